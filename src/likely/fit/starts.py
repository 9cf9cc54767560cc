"""Points spread evenly over the limits, and the choice of the promising ones."""

from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float

from ..core import ParameterSpace


def spread(
    space: ParameterSpace, start: Float[np.ndarray, " free"], n: int
) -> Float[np.ndarray, "n free"]:
    r"""Return `n` points of the recurrence $u_i = \{ i\,\alpha \}$ in the limits.

    $\alpha_j = \phi_d^{-j}$ with $\phi_d^{d+1} = \phi_d + 1$. A parameter without two
    limits keeps its start value.

    References:
        M. Roberts (2018), "The unreasonable effectiveness of quasirandom sequences";
        H. Niederreiter, Random Number Generation and Quasi-Monte Carlo (1992).
    """
    lower, upper = space.lower, space.upper
    d = max(len(lower), 1)
    phi = 2.0
    for _ in range(64):
        phi = (1.0 + phi) ** (1.0 / (d + 1.0))
    alpha = phi ** -np.arange(1.0, d + 1.0)
    u = np.mod(0.5 + np.outer(np.arange(1, n + 1), alpha), 1.0)[:, : len(lower)]
    bounded = np.isfinite(lower) & np.isfinite(upper)
    low, width = np.where(bounded, lower, 0.0), np.where(bounded, upper - lower, 0.0)
    return np.where(bounded, low + u * width, start)


def promising(
    pure_value: Any, points: Float[np.ndarray, "n free"], most: int
) -> Float[np.ndarray, "m free"]:
    """Return the points of least objective; not finite counts as largest."""
    values = np.asarray(_values(pure_value, points))
    values = np.where(np.isfinite(values), values, np.inf)
    return points[np.argsort(values, kind="stable")[:most]]


@jax.jit
def _values(pure_value: Any, points: Float[Array, "n free"]) -> Float[Array, " n"]:
    return jax.lax.map(pure_value, points)
