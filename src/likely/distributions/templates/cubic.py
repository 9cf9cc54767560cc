r"""A positive piecewise cubic on even knots: its value, integral and draws.

Between two knots it is $\sum_k b_k \binom{3}{k} t^k (1-t)^{3-k}$ with
$b = (v_0,\; v_0 + h d_0/3,\; v_1 - h d_1/3,\; v_1)$ from values $v$ and slopes $d$ at
the knots, $h$ apart. With no $b_k$ below zero it is positive, and a mixture of Beta
densities, which are drawn from exactly.
"""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

Real = Float[Array, ""] | float
# Nodes of the two-point Gauss-Legendre rule on [0, 1], exact for a cubic.
_GAUSS = 0.5 + np.array([-0.5, 0.5]) / np.sqrt(3.0)


@final
class Cubic(eqx.Module):
    """The curve on the interval from the first knot to the last.

    Args:
        start: First knot.
        step: Distance of the knots.
        curve: Value and slope at each knot, limited by `positive`.
        sums: Integral from the first knot to each, and from each to the last.
    """

    start: Real
    step: Real
    curve: Float[Array | np.ndarray, "knots 2"]
    sums: Float[Array | np.ndarray, "knots 2"]

    def value(self, x: Real) -> Float[Array, ""]:
        """Return the curve at a place between the first and the last knot."""
        cell, t = self._place(jnp.asarray(x, float))
        return self._inside(cell, t)

    def integral(self, lower: Real, upper: Real) -> Float[Array, ""]:
        """Return the integral over an interval between the first and last knot.

        Of parts of two cells and of the whole ones between them, all positive.
        """
        ends = jnp.stack([jnp.asarray(lower, float), jnp.asarray(upper, float)])
        cells, t = self._place(ends)
        i, j = cells
        same = i == j
        # From t_0 to the end of the first cell, and from the begin of the last to t_1.
        begin = jnp.stack([t[0], jnp.where(same, t[1], 0.0)])
        length = jnp.stack([jnp.where(same, t[1], 1.0), t[1]]) - begin
        nodes = begin[None] + length[None] * jnp.asarray(_GAUSS)[:, None]
        parts = jax.vmap(self._inside, (None, 0))(cells, nodes)
        outer = 0.5 * self.step * jnp.sum(length[None] * parts)
        # From the end where less lies beyond, so that small differences keep digits.
        low, high = jnp.asarray(self.sums)[jnp.stack([jnp.minimum(i + 1, j), j])]
        left = high[0] < low[1]
        return outer + jnp.where(left, high[0] - low[0], low[1] - high[1])

    def draw(self, key: PRNGKeyArray) -> Float[Array, ""]:
        r"""Return a draw: a cell, one of its $b_k$, and of Beta(k + 1, 4 - k).

        That is the (k + 1)-th smallest of four uniform numbers.
        """
        u = jax.random.uniform(key, (6,))
        below = jnp.asarray(self.sums)[:, 0]
        cell = jnp.searchsorted(below, u[0] * below[-1], side="right") - 1
        cell = jnp.clip(cell, 0, len(below) - 2)
        parts = jnp.cumsum(self._bernstein(cell))
        k = jnp.minimum((u[1] * parts[-1] >= parts).sum(), 3)
        return self.start + self.step * (cell + jnp.sort(u[2:])[k])

    def _place(
        self, x: Float[Array, "..."]
    ) -> tuple[Int[Array, "..."], Float[Array, "..."]]:
        """Return the cell of a place, and where in it, from 0 to 1."""
        u = (x - self.start) / self.step
        cell = jnp.clip(jax.lax.stop_gradient(u).astype(int), 0, len(self.curve) - 2)
        return cell, u - cell

    def _bernstein(self, cell: Int[Array, "..."]) -> Float[Array, "4 ..."]:
        # In bounds: one operation, where checked indices are a dozen.
        knots = jnp.asarray(self.curve).at[jnp.stack([cell, cell + 1])]
        at = knots.get(mode="promise_in_bounds", wrap_negative_indices=False)
        (v_0, v_1), (d_0, d_1) = at[..., 0], at[..., 1] * (self.step / 3.0)
        return jnp.stack([v_0, v_0 + d_0, v_1 - d_1, v_1])

    def _inside(
        self, cell: Int[Array, "..."], t: Float[Array, "..."]
    ) -> Float[Array, "..."]:
        b_0, b_1, b_2, b_3 = self._bernstein(cell)
        s = 1.0 - t
        return s * s * (s * b_0 + 3.0 * t * b_1) + t * t * (3.0 * s * b_2 + t * b_3)


def positive(
    values: Float[np.ndarray, " knots"],
    slopes: Float[np.ndarray, " knots"],
    step: float,
) -> tuple[Float[np.ndarray, "knots 2"], Float[np.ndarray, "knots 2"]]:
    r"""Return the positive curve of values and slopes, with integral one, and its sums.

    Slopes are at most $3v/h$ in size, so that no $b_k$ is negative. It changes only a
    tail that falls by a factor of $e^3$ from one knot to the next.
    """
    values = np.maximum(values, 0.0)
    slopes = np.clip(slopes, -3.0 * values / step, 3.0 * values / step)
    change = step / 12.0 * (slopes[:-1] - slopes[1:])
    parts = step * (0.5 * (values[:-1] + values[1:]) + change)
    total = parts.sum()
    below = np.append(0.0, np.cumsum(parts))
    above = np.append(np.cumsum(parts[::-1])[::-1], 0.0)
    return np.stack([values, slopes], 1) / total, np.stack([below, above], 1) / total
