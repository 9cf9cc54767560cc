"""The significance that an experiment with signal is expected to have."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from ...core.errors import LikelyError
from .inputs import array_of

VERB = "approximate_median_significance"
# Below, the difference of two nearly equal numbers is taken from its series, whose
# next term is 1e-17 of it.
SMALL, ORDER = 0.01, 9


class Significance(NamedTuple):
    r"""A significance with its derivatives.

    Args:
        value: $Z$.
        by_signal: $dZ/ds$.
        by_background: $dZ/db$, at one $\sigma/b$.
    """

    value: Float[np.ndarray, " n"]
    by_signal: Float[np.ndarray, " n"]
    by_background: Float[np.ndarray, " n"]


def approximate_median_significance(
    s: ArrayLike,
    b: ArrayLike,
    *,
    b_reg: float = 0.0,
    sigma_b: ArrayLike | None = None,
) -> float | Float[np.ndarray, "..."]:
    r"""Return the median significance of a counting experiment, in standard deviations.

    $$Z = \sqrt{2 \bigl[(s + b) \log(1 + s/b) - s\bigr]}$$

    for the background $b$ known, eq. 97 of Cowan et al., "AMS2" of the Higgs challenge,
    which adds `b_reg` of 10 to $b$ so that no cut with next to no background wins by
    chance. For $s \ll b$ it becomes $s/\sqrt b$, "AMS3". With a background known to
    $\sigma$ by another count, of $b^2/\sigma^2$ events,

    $$Z = \sqrt{2 \Bigl[(s + b) \log \frac{(s + b)(b + \sigma^2)}{b^2 + (s + b)
    \sigma^2} - \frac{b^2}{\sigma^2} \log\Bigl(1 + \frac{\sigma^2 s}{b (b +
    \sigma^2)}\Bigr)\Bigr]}$$

    Args:
        s: Expected signal events that pass; zero or negative ones give zero.
        b: Expected background events that pass, not negative.
        b_reg: Added to the background.
        sigma_b: Error $\sigma$ of the background, in events.

    Returns:
        A number for numbers, else an array; infinite without background, if known.

    Raises:
        LikelyError: If a number is not finite, `b`, `b_reg` or `sigma_b` is negative,
            or both of the last two are given.

    References:
        G. Cowan, K. Cranmer, E. Gross, O. Vitells, Eur. Phys. J. C 71 (2011) 1554,
        arXiv:1007.1727; G. Cowan, Discovery sensitivity for a counting experiment with
        background uncertainty (2012), eq. 20; C. Adam-Bourdarios et al., JMLR W&CP 42
        (2015) 19.
    """
    signal = _checked("s", s, negative=True)
    background = _checked("b", b)
    extra = _checked("b_reg", b_reg)
    if sigma_b is None:
        error = np.zeros(())
    else:
        error = _checked("sigma_b", sigma_b)
        if np.any(extra > 0):
            raise LikelyError(
                f"`{VERB}`: `b_reg` and `sigma_b` are two ways to be careful with the "
                "background; give one of them."
            )
    try:
        shapes = np.broadcast_arrays(signal, background + extra, error)
    except ValueError:
        raise LikelyError(
            f"`{VERB}`: `s`, `b` and `sigma_b` are numbers, or arrays of one shape; "
            f"got {signal.shape}, {background.shape} and {error.shape}."
        ) from None
    shape = shapes[0].shape
    found = significance(*(x.ravel() for x in shapes)).value
    return found.reshape(shape) if shape else float(found[0])


def significance(
    s: Float[np.ndarray, " n"],
    b: Float[np.ndarray, " n"],
    sigma: Float[np.ndarray, " n"],
) -> Significance:
    r"""Return the significance and its derivatives.

    With $m = b^2/\sigma^2$ events of a count of $\tau b$, $\tau = b/\sigma^2$, the
    likelihood of $n = s + b$ and $m$ is largest without signal at $\hat b = (n + m)/(1
    + \tau)$, and

    $$\tfrac12 Z^2 = K(n, \hat b) + K(m, \tau \hat b), \qquad
    K(x, y) = x \log\frac xy - x + y,$$

    two terms that are not negative: no digits are lost for a small signal.

    Args:
        s: Signal; where it is not positive, all three are zero.
        b: Background; where it is negative, the value is NaN, and where it is zero and
            known, infinite.
        sigma: Its error, zero if it is known; the derivatives are at one $\sigma/b$.
    """
    positive = (s > 0) & (b > 0)
    x, y = np.where(positive, s, 1.0), np.where(positive, b, 1.0)
    rho = np.where(positive, sigma, 0.0) ** 2 / y
    best = y + x * rho / (1 + rho)
    u, v = x / (1 + rho) / best, -x * rho / (1 + rho) / best
    # Of a known background K(m, tau b) is zero, and tau infinite.
    tau = np.where(rho > 0, 1 / np.where(rho > 0, rho, 1.0), 0.0)
    z = np.sqrt(2 * best * (_h(u) + tau * _h(v)))
    by_s = np.log1p(u)
    by_b = by_s - x / (1 + rho) / y
    zero, moving = np.zeros(s.shape), positive & (z > 0)
    alone = (s > 0) & (b == 0) & (sigma == 0)
    none = np.where(b < 0, np.nan, np.where(alone, np.inf, 0.0))
    return Significance(
        np.where(positive, z, none),
        np.divide(by_s, z, out=zero.copy(), where=moving),
        np.divide(by_b, z, out=zero.copy(), where=moving),
    )


def _h(u: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    r"""Return $(1 + u) \log(1 + u) - u = \sum_{k \ge 2} (-u)^k / (k (k - 1))$."""
    small = np.abs(u) < SMALL
    near = np.where(small, u, 0.0)
    series = np.zeros_like(near)
    for k in range(ORDER, 1, -1):
        series = 1 / (k * (k - 1)) - near * series
    series = near * near * series
    far = np.where(small, 1.0, u)
    return np.where(small, series, (1 + far) * np.log1p(far) - far)


def _checked(
    name: str, value: Any, *, negative: bool = False
) -> Float[np.ndarray, "..."]:
    found = array_of(VERB, name, value)
    if found.dtype.kind not in "iuf" or not np.all(np.isfinite(found)):
        raise LikelyError(
            f"`{VERB}({name}=...)` is a finite number; got {value!r:.80}."
        )
    if not negative and np.any(found < 0):
        raise LikelyError(
            f"`{VERB}({name}=...)` is not negative; got {float(found.min()):.6g}."
        )
    return found.astype(float)
