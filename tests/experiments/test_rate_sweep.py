"""Many nets at once are the nets one by one."""

import jax
import numpy as np

from dlfigs.experiments.normalized_training import Run, train_normalized
from dlfigs.experiments.rate_sweep import sweep_rates


def test_a_sweep_trains_the_same_nets_as_one_after_another():
    sizes = {"depth": 2, "width": 16, "seeds": 3}
    rates, kinds = (0.03, 0.3), ("none", "batch")
    one_by_one = train_normalized(
        jax.random.key(5), runs=[Run(kind, "relu", r, 32, 40) for kind in kinds for r in rates], **sizes
    )
    sweep = sweep_rates(jax.random.key(5), rates=rates, batch=32, steps=40, **sizes)
    assert sweep.sizes == {"normalization": 2, "rate": 2, "seed": 3, "step": 40}
    shape = (2, 2, 3)
    np.testing.assert_allclose(sweep.loss.values.reshape(4, 3, 40), one_by_one.loss, rtol=2e-3)
    for name in ("validation_accuracy", "test_accuracy"):
        expected = one_by_one[name].isel(statistics=1).values.reshape(shape)  # uncorrected averages
        np.testing.assert_allclose(sweep[name], expected, atol=0.004)  # one digit of 300
    assert sweep.loss[..., -1].mean() < 0.7 * sweep.loss[..., 0].mean()
