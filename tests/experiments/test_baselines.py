"""The line to beat: fitted by scikit-learn, chosen on validation examples, and honest about its list."""

import jax
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from dlfigs.experiments.baselines import TOLERANCE, logistic_regression, regularized
from dlfigs.experiments.tasks import draw_task


@pytest.fixture(scope="module")
def task():
    sizes = {"side": 8, "most": 5, "copies": 1, "seeds": 2}
    return draw_task(jax.random.key(0), source=range(5), target=range(5, 10), **sizes)


def test_the_strength_is_the_best_on_validation_examples_over_all_seeds(task):
    strengths = (1e-6, 1e-2, 10.0)
    found = logistic_regression(task, budgets=(1, 5), strengths=strengths)
    for budget in (1, 5):
        fits = [
            [
                LogisticRegression(C=c, max_iter=1000, tol=TOLERANCE).fit(x[: 5 * budget], y[: 5 * budget])
                for c in strengths
            ]
            for x, y in zip(task.x_train, task.y_train, strict=True)
        ]
        kinds = ((task.x_validation, task.y_validation), (task.x_test, task.y_test))
        validation, test = (
            np.array([[f.score(a, b) for f in row] for row, a, b in zip(fits, x, y, strict=True)])
            for x, y in kinds
        )
        best = validation.mean(axis=0).argmax()
        one = found.sel(budget=budget)
        assert one.strength == strengths[best]
        np.testing.assert_allclose(one.test_accuracy, test[:, best])
        np.testing.assert_allclose(one.validation_accuracy, validation[:, best])
    assert (found.test_accuracy > 0.5).all()


def test_a_list_that_ends_too_early_is_told():
    """A list that is too short must not pass for a tuned baseline; an end by chance may."""
    sizes = {"side": 14, "most": 60, "copies": 10, "seeds": 12}
    task = draw_task(jax.random.key(0), source=range(5), target=range(5, 10), **sizes)

    def ends(*strengths):
        return logistic_regression(task, budgets=(60,), strengths=strengths).strength_at_end.item()

    assert ends(0.1, 1.0) == 1  # the stronger is seen to be better, and so might be a third
    assert ends(0.01, 0.1, 1.0) == 0
    assert ends(1.0, 10.0) == 0  # level: one of them is an end, but not seen to be better


def test_one_strength_is_no_choice(task):
    with pytest.raises(ValueError, match="at least two"):
        logistic_regression(task, budgets=(1,), strengths=(1.0,))


def test_several_kinds_of_inputs_are_tuned_each_for_itself(task):
    blind = task._replace(x_train=0 * task.x_train)
    both = regularized({"pixels": task, "nothing": blind}, budgets=(5,))
    assert both.start.values.tolist() == ["pixels", "nothing"]
    alone = logistic_regression(task, budgets=(5,))
    np.testing.assert_array_equal(both.test_accuracy.sel(start="pixels"), alone.test_accuracy)
    assert (both.test_accuracy.sel(start="nothing") < 0.4).all()
    assert both.strength.dims == both.strength_at_end.dims == ("start", "budget")
