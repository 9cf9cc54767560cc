"""Weighted means over events, with their standard errors."""

import numpy as np
from jaxtyping import Float


def weighted_mean(
    values: Float[np.ndarray, "events ..."],
    weights: Float[np.ndarray, " events"] | None,
) -> tuple[Float[np.ndarray, "*shape"], Float[np.ndarray, "*shape"]]:
    r"""Return mean and standard error of values over events.

    $$\bar f = \sum_i w_i f_i / W, \qquad \sigma^2 = \frac{n}{n-1}
    \sum_i w_i^2 (f_i - \bar f)^2 / W^2, \qquad W = \sum_i w_i$$

    Of one event the error is NaN.
    """
    n = len(values)
    f = np.asarray(values, float)
    w = np.ones(n) if weights is None else weights
    W = w.sum()
    mean = np.tensordot(w, f, axes=1) / W
    squares = np.tensordot(w**2, (f - mean) ** 2, axes=1) / W**2
    factor = n / (n - 1) if n > 1 else np.nan
    return np.asarray(mean), np.asarray(np.sqrt(factor * squares))
