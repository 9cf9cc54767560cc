"""Central intervals for the content of a bin."""

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike
from scipy.special import gammainccinv, gammaincinv, ndtri

from ..core.errors import LikelyError

ONE_SIGMA = 0.6826894921370859


def garwood(
    counts: ArrayLike,
    variances: ArrayLike | None = None,
    *,
    level: float = ONE_SIGMA,
) -> tuple[Float[np.ndarray, "..."], Float[np.ndarray, "..."]]:
    r"""Return the lower and upper edge of the central interval of each bin.

    With $\alpha = 1 - level$ and $P^{-1}(k, p)$ the quantile of the gamma distribution
    of shape $k$, half the quantile of $\chi^2_{2k}$,

    $$n_- = P^{-1}(n, \alpha/2), \qquad n_+ = P^{-1}(n + 1, 1 - \alpha/2),$$

    and $n_- = 0$ for an empty bin. A weighted bin, $W = \sum w$ and $V = \sum w^2$, is
    $s = V/W$ times a count of $n_{eff} = W^2/V$, so its interval is that of $n_{eff}$
    times $s$. An empty bin among weighted ones takes $s = \sum V / \sum |W|$ of all
    bins. Where $W \le 0$ although there are events, which no Poisson count describes,
    the interval is $W \pm z \sqrt V$.

    Args:
        counts: Events, or sum of weights $W$, in each bin.
        variances: Sum of squared weights $V$ in each bin; None for counts.
        level: Probability content.

    Raises:
        LikelyError: If `level` is not between 0 and 1, the shapes differ, or a count or
            a variance is negative.

    References:
        F. Garwood (1936), Biometrika 28, 437. G. Bohm and G. Zech (2014), Nucl.
        Instrum. Meth. A 748, 1, arXiv:1309.1287, for weighted events.
    """
    if not 0 < level < 1:
        raise LikelyError(
            f"`garwood(level=...)` is a probability between 0 and 1; got {level}."
        )
    total = np.asarray(counts, float)
    if variances is None:
        if np.any(total < 0):
            raise LikelyError(
                f"`garwood(counts=...)`: a count is never negative; got {total.min()}. "
                "For weighted bins give `variances`, the sums of squared weights."
            )
        return _count_interval(total, level)
    spread = np.asarray(variances, float)
    if spread.shape != total.shape or np.any(spread < 0):
        raise LikelyError(
            "`garwood(variances=...)` holds one sum of squared weights, not negative, "
            f"for each of the {total.size} bins; got shape {spread.shape}."
        )
    return _weighted_interval(total, spread, level)


def _count_interval(
    n: Float[np.ndarray, "..."], level: float
) -> tuple[Float[np.ndarray, "..."], Float[np.ndarray, "..."]]:
    tail = 0.5 * (1 - level)
    # The gamma distribution of shape 0 does not exist; its limit is all at zero.
    lower = np.where(n > 0, gammaincinv(np.where(n > 0, n, 1.0), tail), 0.0)
    return lower, gammainccinv(n + 1, tail)


def _weighted_interval(
    total: Float[np.ndarray, "..."], spread: Float[np.ndarray, "..."], level: float
) -> tuple[Float[np.ndarray, "..."], Float[np.ndarray, "..."]]:
    weight = np.abs(total).sum()
    typical = spread.sum() / weight if weight > 0 else 1.0
    poisson = (total > 0) & (spread > 0)
    scale = np.where(poisson, spread, typical) / np.where(poisson, total, 1.0)
    lower, upper = _count_interval(np.where(poisson, total, 0.0) / scale, level)
    half = ndtri(0.5 * (1 + level)) * np.sqrt(spread)
    normal = ~poisson & (spread > 0)
    return (
        np.where(normal, total - half, scale * lower),
        np.where(normal, total + half, scale * upper),
    )
