r"""An acceptance that is a cubic spline of the decay time.

$\varepsilon(t) = \sum_k v_k B_k(t)$ with the B-splines of the knots, the first and the
last of which count four times: there are two more coefficients than knots, the first
and the last are the acceptance at the ends, and it is positive if all of them are.

References:
    C. de Boor, A Practical Guide to Splines, Springer 1978; T. M. Karbach, G. Raven and
    M. Schiller, arXiv:1407.0748.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, final

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy.interpolate import PPoly

from ...core import LikelyError, Observable

ORDER = 3


@final
class Acceptance(NamedTuple):
    r"""$\sum_k p_{jk} s^k$ with $s = (t - e_j)/h_j$ between the edges $e_j$.

    Args:
        edges: $e_j$.
        powers: $p_{jk}$.
    """

    edges: Float[Array, " edges"]
    powers: Float[Array, "segments powers"]

    @property
    def widths(self) -> Float[Array, " segments"]:
        """Return the $h_j$."""
        return self.edges[1:] - self.edges[:-1]

    def __call__(self, t: Float[Array, ""]) -> Float[Array, ""]:
        """Return the acceptance at a time between the first and the last edge."""
        inner = jnp.where(t >= self.edges[1:-1], 1.0, 0.0)
        one = jnp.ones(1)
        within = jnp.append(one, inner) - jnp.append(inner, 0.0)
        powers = within @ self.powers
        s = (t - within @ self.edges[:-1]) / (within @ self.widths)
        return powers[0] + s * (powers[1] + s * (powers[2] + s * powers[3]))


def as_knots(values: Iterable[Any]) -> tuple[Any, ...]:
    """Return the knots, as plain numbers where they are numbers."""
    plain = int | float | np.number
    return tuple(float(v) if isinstance(v, plain) else v for v in values)


def spline(knots: tuple[float, ...], values: Sequence[Any]) -> Acceptance:
    """Return the spline with these coefficients."""
    v = jnp.stack([jnp.asarray(value, float) for value in values])
    return Acceptance(jnp.asarray(knots, float), jnp.asarray(_basis(knots)) @ v)


def check_spline(
    owner: str,
    observable: Observable,
    knots: tuple[float, ...],
    values: Sequence[Any],
) -> None:
    """Check the knots of an acceptance, and how many coefficients there are.

    Raises:
        LikelyError: If the knots do not rise or do not cover the range, or there are
            not two more coefficients than knots.
    """
    if not knots and not values:
        return
    numbers = all(isinstance(knot, float) for knot in knots)
    covers = False
    if numbers and len(knots) > 1:
        first, last = min(knots), max(knots)
        covers = first <= observable.lower and last >= observable.upper
    if not covers or not np.all(np.diff(knots) > 0):
        raise LikelyError(
            f"`{owner}(knots=...)` must be rising times that cover the range of "
            f"`{observable.name}`, [{observable.lower:g}, {observable.upper:g}]; "
            f"got {knots}."
        )
    if len(values) != len(knots) + 2:
        raise LikelyError(
            f"`{owner}(acceptance=...)`: a cubic spline of {len(knots)} knots has "
            f"{len(knots) + 2} coefficients; got {len(values)}."
        )


@lru_cache(maxsize=64)
def _basis(knots: tuple[float, ...]) -> np.ndarray:
    """Return the powers of each B-spline: (segments, powers, coefficients)."""
    padded = np.pad(np.array(knots, float), ORDER, mode="edge")
    pieces = np.stack(
        [
            PPoly.from_spline((padded, unit, ORDER)).c[::-1, ORDER:-ORDER]
            for unit in np.eye(len(knots) + 2)
        ],
        axis=-1,
    )
    scale = np.diff(knots)[:, None] ** np.arange(ORDER + 1)
    return np.moveaxis(pieces, 0, 1) * scale[:, :, None]
