"""Closed forms that judge the measurements.

Nothing of `dlfigs.nets` or `dlfigs.experiments` is used here: a claim is not judged by the code
that it judges. Activations and their derivatives are therefore written a second time, in NumPy and
from their definitions.
"""

from dlfigs.theory.activations import (
    ACTIVATIONS,
    GELU_LOWEST,
    LAMBERT_W_OF_1_OVER_E,
    SELU_ALPHA,
    SELU_SCALE,
    STEEPEST,
    SWISH_STEEPEST_AT,
    Activation,
    gaussian_mean,
    gelu_best_logistic,
    gelu_logistic_error,
    sigmoid_chain_bound,
    swish_beta_slope,
    swish_beta_slope_peak,
    swish_distance_to_relu,
    swish_minimum,
    swish_steepest,
)
from dlfigs.theory.dead_units import (
    born_dead,
    dead_by_bias,
    dead_by_layer,
    estimate_all_negative,
    relu_kernels,
)
from dlfigs.theory.descent import (
    best_ridge_penalty,
    least_squares_test_error,
    least_squares_training_error,
    ridge_test_error,
)
from dlfigs.theory.early_stopping import (
    RISK_RATIO_BOUND,
    closest_penalty,
    descent_filter,
    filter_risk,
    flow_filter,
    largest_filter_gap,
    ridge_filter,
)
from dlfigs.theory.normalization import (
    batch_norm_gradient_growth,
    batch_norm_inference_error,
    batch_norm_output_variance,
    batch_statistics_noise,
    constant_statistics_error,
    moving_average_bias,
    rotation_angle,
    start_up_steps,
)
from dlfigs.theory.penalties import (
    absolute_deviations_error,
    contaminated,
    ista_bound,
    l1_weight,
    l1_zero_share,
    l2_weight,
    least_squares_error,
)
from dlfigs.theory.phases import (
    critical_point,
    critical_sigma_w2,
    depth_scale,
    fixed_point,
)
from dlfigs.theory.regularization import (
    dropout_factor,
    dropout_gradient,
    dropout_ridge,
    dropout_variance,
)
from dlfigs.theory.residual import (
    residual_growth,
    residual_moments,
)
from dlfigs.theory.selu import (
    SELU_LOWEST,
    SeluNet,
    alpha_dropout_affine,
    selu_constants,
    selu_jacobian,
    selu_log_variance,
    selu_map,
    selu_moments,
    selu_signal,
    selu_slope_square,
    selu_window,
)
from dlfigs.theory.signals import (
    finite_width,
    gradient_interval,
    layer_by_layer,
    log_variance,
    mean_field,
    relu_floor,
    relu_log_factor,
    relu_separation,
    weight_variance,
)
from dlfigs.theory.transfer import frozen_error, interpolation_error
