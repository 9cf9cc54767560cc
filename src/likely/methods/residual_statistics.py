"""Bias, spread and width of weighted residuals, each with its error."""

import math

import numpy as np
from jaxtyping import Bool, Float
from numpy.typing import ArrayLike

from ..stats.classifiers import Measured
from ..stats.classifiers.influence import effective_number
from ..stats.classifiers.measured import measured_efficiency
from ..stats.intervals import ONE_SIGMA

# A level is reached if it is to the rounding of the sums.
ROUNDING = 1e-12
UNKNOWN = Measured(math.nan, math.nan, math.nan, math.nan)

Numbers = Float[np.ndarray, " events"]


def mean(x: Numbers, w: Numbers) -> Measured:
    r"""Return $\bar x = \sum w x / W$ with $W = \sum w$, and its error.

    Here and below an estimate moves by $u_i$ with event $i$, and its variance is
    $\frac{n}{n - 1} \sum_i u_i^2$ with $n = W^2 / \sum w^2$, that of a mean without
    weights; here $u_i = w_i (x_i - \bar x) / W$.

    Args:
        x: One number an event.
        w: Weights of positive sum.
    """
    found = float(w @ x / w.sum())
    return _measured(found, w * (x - found) / w.sum(), w)


def root_mean_square(x: Numbers, w: Numbers) -> Measured:
    r"""Return $\sqrt{\sum w x^2 / W}$.

    $u_i = w_i (x_i^2 - v) / (2 W \sqrt v)$ with $v$ the mean square.
    """
    square = float(w @ x**2 / w.sum())
    if not square > 0:  # all zero, or negative weights that outweigh the rest
        return UNKNOWN if square < 0 else Measured(0.0, 0.0, 0.0, 0.0)
    root = math.sqrt(square)
    return _measured(root, w * (x**2 - square) / (2 * w.sum() * root), w)


def standard_deviation(x: Numbers, w: Numbers) -> Measured:
    r"""Return $\sqrt{\sum w (x - \bar x)^2 / W}$."""
    return root_mean_square(x - w @ x / w.sum(), w)


def half_width(x: Numbers, w: Numbers) -> Measured:
    r"""Return half of the width of the central 68.3 %, $(q_+ - q_-) / 2$.

    With $p_\pm$ its ends and $s_\pm = dq/dp$ there,

    $$u_i = \frac{w_i}{2 W} \bigl[s_+ (p_+ - [x_i \le q_+]) - s_- (p_- - [x_i \le
    q_-])\bigr].$$

    The slope $s$ is that between the quantiles at $p \pm \sigma_p$, one standard error
    of the share below the quantile.

    Args:
        x: One number an event.
        w: Weights of positive sum.

    References:
        R. Woodruff, J. Am. Stat. Assoc. 47 (1952) 635, for the interval of a quantile.
    """
    order = np.argsort(x, kind="stable")
    x, w = x[order], w[order]
    moved, ends = np.zeros(len(x)), []
    for sign in (-1, 1):
        p = 0.5 * (1 + sign * ONE_SIGMA)
        q = _sorted_quantiles(x, w, [p])[0]
        u = w * (p - (x <= q)) / w.sum()
        spread = math.sqrt(float(u @ u))
        levels = np.clip([p - spread, p + spread], 0.0, 1.0)
        low, high = _sorted_quantiles(x, w, levels)
        moved += 0.5 * sign * u * (high - low) / max(np.ptp(levels), ROUNDING)
        ends.append(q)
    return _measured(0.5 * float(ends[1] - ends[0]), moved, w)


def explained_share(truth: Numbers, residuals: Numbers, w: Numbers) -> Measured:
    r"""Return $R^2 = 1 - A/B$, $A = \sum w r^2$ and $B = \sum w (t - \bar t)^2$.

    $u_i = w_i \bigl(A (t_i - \bar t)^2 / B - r_i^2\bigr) / B$.

    Args:
        truth: $t$.
        residuals: $r$.
        w: Weights of positive sum.
    """
    around = (truth - w @ truth / w.sum()) ** 2
    A, B = float(w @ residuals**2), float(w @ around)
    if not B > 0:
        return UNKNOWN
    return _measured(1 - A / B, w * (A / B * around - residuals**2) / B, w)


def share(passing: Bool[np.ndarray, " events"], w: Numbers) -> Measured:
    """Return the share of the weights of the events that pass."""
    W = w.sum()
    squares = w * w / W**2
    return measured_efficiency(
        float(w[passing].sum() / W), float(squares[passing].sum()), float(squares.sum())
    )


def quantiles(
    x: Numbers, w: Numbers, levels: ArrayLike
) -> Float[np.ndarray, " levels"]:
    r"""Return the least $x$ below or at which lies the share $p$ of the weights.

    Of weights that are partly negative the share is not rising: the first $x$ counts.

    Args:
        x: One number an event.
        w: Weights of positive sum.
        levels: $p$, each from 0 to 1.
    """
    order = np.argsort(x, kind="stable")
    return _sorted_quantiles(x[order], w[order], levels)


def _sorted_quantiles(
    x: Numbers, w: Numbers, levels: ArrayLike
) -> Float[np.ndarray, " levels"]:
    below = np.maximum.accumulate(np.cumsum(w) / w.sum())
    places = np.searchsorted(below, np.asarray(levels) * (1 - ROUNDING))
    return x[np.minimum(places, len(x) - 1)]


def _measured(value: float, moved: Numbers, w: Numbers) -> Measured:
    n = effective_number(w)
    # A single event does not know its spread; the ratio may round to more than one.
    if n < 1 + 1e-9:
        return Measured(value, math.nan, math.nan, math.nan)
    error = math.sqrt(n / (n - 1) * float(moved @ moved))
    return Measured(value, error, value - error, value + error)
