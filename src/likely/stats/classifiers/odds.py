"""Calibrated probabilities as ratios of densities, and back."""

from typing import Any

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from ...core.errors import LikelyError
from ...fit.options import number


def density_ratio(probability: ArrayLike, prior: float) -> Float[np.ndarray, "..."]:
    r"""Return the ratio of densities that a calibrated probability stands for.

    $$r = \frac{p(x|s)}{p(x|b)} = \frac{p}{1 - p} \cdot \frac{1 - \pi}{\pi}$$

    Zero for a probability of 0, infinite for 1.

    Args:
        probability: $p$, that an event is signal, from 0 to 1.
        prior: $\pi$, the share of signal in the sum of weights of the events that the
            probability was fitted or calibrated to.

    Raises:
        LikelyError: If a probability is not from 0 to 1, or the prior not between.

    References:
        K. Cranmer, J. Pavez, G. Louppe, arXiv:1506.02169.
    """
    p = _numbers("density_ratio", "probability", probability)
    odds = _odds("density_ratio", prior)
    if not np.all((p >= 0) & (p <= 1)):
        raise LikelyError(
            "`density_ratio(probability=...)` is from 0 to 1, and not NaN; got "
            f"{_bad(p, (p >= 0) & (p <= 1))}."
        )
    ratio = np.full(p.shape, np.inf)
    np.divide(p, (1 - p) * odds, out=ratio, where=p < 1)
    return ratio


def probability_of_ratio(ratio: ArrayLike, prior: float) -> Float[np.ndarray, "..."]:
    r"""Return the probability of signal at any share of signal.

    $$p = \frac{\pi r}{\pi r + 1 - \pi}$$

    With `density_ratio` before, it takes a probability from one share to another.

    Args:
        ratio: $r = p(x|s)/p(x|b)$, not negative; it may be infinite.
        prior: $\pi$, the share of signal.

    Raises:
        LikelyError: If a ratio is negative, or the prior not between 0 and 1.
    """
    r = _numbers("probability_of_ratio", "ratio", ratio)
    odds = _odds("probability_of_ratio", prior)
    if not np.all(r >= 0):
        raise LikelyError(
            "`probability_of_ratio(ratio=...)` is not negative, and not NaN; got "
            f"{_bad(r, r >= 0)}."
        )
    p = np.ones(r.shape)
    scaled = np.where(np.isinf(r), 0.0, r) * odds
    np.divide(scaled, scaled + 1, out=p, where=np.isfinite(r))
    return p


def _numbers(verb: str, name: str, values: Any) -> Float[np.ndarray, "..."]:
    try:
        return np.asarray(values, float)
    except (TypeError, ValueError):
        raise LikelyError(
            f"`{verb}({name}=...)` holds numbers, or is one; got {values!r:.80}."
        ) from None


def _odds(verb: str, prior: Any) -> float:
    rule = "a share between 0 and 1, of signal in the sum of weights"
    share = number(f"{verb}(prior=...)", rule, lambda p: 0 < p < 1)(prior)
    return share / (1 - share)


def _bad(values: Any, good: Any) -> float:
    return float(values[~good].ravel()[0])
