r"""Tables of slow factors: values at few nodes, polynomials between them.

The range is cut into panels that are halved until, on each, the polynomial through the
values at twelve Gauss-Legendre nodes has converged; near a peak they are narrow. A
table holds, as polynomials of the place in the panel, the logarithm of the factor and
its first and second derivatives in the factor's arguments. All are interpolated by the
same rule, so the derivatives are those of the interpolated value.
"""

from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from .panels import Panels, refined
from .stages import channels
from .term import AbstractTabulated

SIZE = 12
FIRST_PANELS = 8
MOST_PANELS = 256
# Of the last two coefficients of the Legendre series; the error of the value is less.
TOLERANCE = 1e-9
# Below this part of the highest density the error is absolute, in units of it.
FLOOR = 1e-13

NODES, _WEIGHTS = np.polynomial.legendre.leggauss(SIZE)
LOG_WEIGHTS = np.log(_WEIGHTS)
_ORDERS = np.arange(SIZE)
# From values at the nodes to the coefficients of Legendre polynomials, and of powers.
_TO_LEGENDRE = (
    (_ORDERS + 0.5)[:, None]
    * np.polynomial.legendre.legvander(NODES, SIZE - 1).T
    * _WEIGHTS[None, :]
)
_TO_POWERS = np.linalg.inv(np.vander(NODES, increasing=True))


@final
class Table(eqx.Module):
    """A factor between nodes: a polynomial for each panel and each derivative.

    Args:
        edges: Edges of the panels, not falling.
        coefficients: Of the powers of the place in a panel, from -1 to 1; the value
            first, then the gradient, then the upper triangle of the Hessian.
        count: How many panels are not empty.
    """

    edges: Float[Array, " edges"]
    coefficients: Float[Array, "channels powers panels"]
    count: Int[Array, ""]

    def __call__(self, x: Float[Array, " size"]) -> Float[Array, "channels size"]:
        """Return value and derivatives at each event."""
        panel = self.panel_of(x)
        low, high = _at(self.edges, panel), _at(self.edges, panel + 1)
        place = (2.0 * x - low - high) / jnp.where(high > low, high - low, 1.0)

        def channel(powers: Float[Array, "powers panels"]) -> Float[Array, " size"]:
            total = _at(powers[-1], panel)
            for power in range(SIZE - 2, -1, -1):
                total = total * place + _at(powers[power], panel)
            return total

        # A loop's results are kept: else each of their uses would compute them again.
        return jax.lax.map(channel, self.coefficients)

    def panel_of(self, x: Float[Array, "..."]) -> Int[Array, "..."]:
        """Return the panel that each number is in, by bisection."""
        last = self.edges.shape[0] - 2
        panel = jnp.zeros(x.shape, int)
        step = 1 << max(last, 1).bit_length()
        while step := step // 2:
            further = jnp.minimum(panel + step, last)
            panel = jnp.where(x >= _at(self.edges, further), further, panel)
        # The upper end of the range is that of the empty panels too.
        return jnp.minimum(panel, self.count - 1)


def _at(rows: Float[Array, "*rows panels"], panel: Int[Array, " size"]) -> Array:
    # The tests of other modes take ten times longer to compile than the interpolation.
    return rows.at[..., panel].get(mode="promise_in_bounds")


@final
class Grid(eqx.Module):
    """Where the nodes of a table are, and what its factor needs there.

    Args:
        panels: On each of which a polynomial does.
        plan: The factor's, for all nodes.
    """

    panels: Panels
    plan: Any


def grid_of(factor: AbstractTabulated) -> Grid:
    """Return the panels of a table; a constant as far as derivatives go."""
    frozen = jax.lax.stop_gradient(factor)
    plan = frozen.plan()
    lower, upper = frozen.table_range()
    width = upper - lower

    def logs(low: Float[Array, ""], high: Float[Array, ""]) -> Float[Array, " nodes"]:
        x = low + 0.5 * (high - low) * (1.0 + NODES)
        return jax.vmap(lambda m: frozen.log_value(m, plan))(x)

    even = lower + width * jnp.arange(FIRST_PANELS + 1) / FIRST_PANELS
    seeds = jnp.clip(frozen.seeds(plan), lower, upper)
    edges = jnp.append(even, seeds)
    seen = jax.vmap(logs)(edges[:-1], edges[1:])
    # If the peak is between these nodes, lower values count as important: no harm.
    top = jnp.max(jnp.where(jnp.isfinite(seen), seen, -jnp.inf))

    def measure(low: Float[Array, ""], high: Float[Array, ""]) -> tuple[Array, Array]:
        values = logs(low, high)
        zero = values == -jnp.inf
        last = _TO_LEGENDRE[-2:] @ jnp.where(zero, 0.0, values)
        share = jnp.minimum(jnp.max(values) - top - np.log(FLOOR), 0.0)
        error = jnp.log(jnp.abs(last).max()) + share
        # A panel in which the density ends counts as zero: no event is to be in it.
        error = jnp.where(zero.any(), share, error)
        error = jnp.where(zero.all(), -jnp.inf, error)
        return error, jnp.zeros(())

    tolerance = float(np.log(TOLERANCE))
    found = refined(measure, edges, log_tolerance=tolerance, most=MOST_PANELS)
    return Grid(found, plan)


def node_values(
    factor: AbstractTabulated, grid: Grid, order: int
) -> Float[Array, "panels channels nodes"]:
    """Return a factor's logarithm, and its derivatives, at the nodes of all panels.

    They are in all numbers of the factor, the leaves of its pytree. Those that a fit
    does not move cost little, and normalisation and table are one computation so.

    Args:
        factor: All of whose leaves are numbers.
        grid: Where; at the nodes of empty panels all are zero.
        order: Of the highest derivative: 0, 1 or 2.
    """
    edges, plan = grid.panels.edges, grid.plan
    leaves, structure = jax.tree.flatten(factor)
    arguments = tuple(jnp.asarray(leaf, float) for leaf in leaves)
    n = len(arguments)
    rows = [1, 1 + n, 1 + n + n * (n + 1) // 2][order]

    def fill(i: Array, values: Array) -> Array:
        x = edges[i] + 0.5 * (edges[i + 1] - edges[i]) * (1.0 + NODES)

        def of_one(m: Float[Array, ""]) -> Float[Array, " channels"]:
            def log_value(a: tuple[Array, ...]) -> Float[Array, ""]:
                return jax.tree.unflatten(structure, a).log_value(m, plan)

            return channels(log_value, arguments, order)

        # One panel at a time: its intermediate values stay in the cache.
        found = jax.vmap(of_one, out_axes=1)(x)
        return jax.lax.dynamic_update_index_in_dim(values, found, i, 0)

    nothing = jnp.zeros((edges.shape[0] - 1, rows, SIZE))
    return jax.lax.fori_loop(0, grid.panels.count, fill, nothing)


def polynomials(
    values: Float[Array, "panels channels nodes"],
) -> Float[Array, "channels powers panels"]:
    """Return the coefficients of the powers that have these values at the nodes.

    A panel in which the value, the first channel, is zero at a node (its logarithm not
    finite) is zero as a whole: a polynomial would swing.
    """
    zero = (values[:, :1] == -jnp.inf).any(axis=2, keepdims=True)
    powers = jnp.where(zero, 0.0, values) @ _TO_POWERS.T
    first = np.zeros((1, *powers.shape[1:]), bool)
    first[0, 0, 0] = True
    powers = jnp.where(zero & first, -jnp.inf, powers)
    return jnp.moveaxis(powers, 0, -1)
