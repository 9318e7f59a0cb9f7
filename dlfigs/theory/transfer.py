"""When a source task helps a target task: linear models, in closed form.

Weights have length 1 and the inputs are independent standard normal numbers, so that the error of
weights w on new examples is the squared distance to the target's weights, noise in labels aside.
"""

from __future__ import annotations

from numpy import ndarray


def interpolation_error(distance2: ndarray, examples: int, inputs: int, noise: float) -> ndarray:
    """Return the mean error of gradient descent that stops when it fits all examples.

    From its start it moves only in the space that the examples span, of `examples` dimensions; of
    the squared distance to the target the rest remains. The noise enters through the pseudo-inverse
    of a normal matrix, whose squared entries have a known mean (Hastie et al., 2022, for start 0).

    Args:
        distance2: Squared distance from the start to the target's weights: 1 for a start at zero,
            2 (1 - cosine) for a start at the source's weights.
        examples: Number of examples, at most `inputs` - 2.
        inputs: Number of inputs.
        noise: Variance of the noise in the labels.

    Returns:
        The shape of `distance2`, dimensionless.
    """
    return distance2 * (1 - examples / inputs) + noise * examples / (inputs - examples - 1)


def frozen_error(cosine: ndarray, examples: int, noise: float) -> ndarray:
    """Return the mean error of a frozen source model of which only the output's scale is learned.

    Least squares with one regressor, x times the source's weights. What it cannot reach,
    1 - cosine**2, acts as more noise.

    Args:
        cosine: Cosine of the angle between the weights of source and target.
        examples: Number of examples, 3 or more.
        noise: Variance of the noise in the labels.

    Returns:
        The shape of `cosine`, dimensionless.
    """
    missed = 1 - cosine**2
    return missed + (missed + noise) / (examples - 2)
