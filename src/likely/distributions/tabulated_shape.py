"""The contract of a shape that is so slow that a likelihood interpolates it."""

from typing import Any, final

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import (
    AbstractTabulated,
    Table,
    grid_of,
    log_sum,
    node_values,
    polynomials,
    split_channels,
    staged,
)
from ..core.tabulation import LOG_WEIGHTS, NODES
from .inversion import draw
from .shape import AbstractShape

Limit = Float[Array, ""] | float


class AbstractTabulatedShape(AbstractShape, AbstractTabulated):
    """A shape whose integral and samples come from a table of it, too.

    To implement one, write `plan` and `log_value`; see `AbstractTabulated`.
    """

    @final
    def table_range(self) -> tuple[float, float]:
        return self.observable.lower, self.observable.upper

    @final
    def log_integral(self, lower: Limit, upper: Limit) -> Float[Array, ""]:
        table = self.table()
        # A panel that a limit cuts is as smooth as the whole.
        edges = jnp.clip(table.edges, lower, jnp.maximum(upper, lower))
        half = 0.5 * jnp.diff(edges)[:, None]
        x = edges[:-1, None] + half * (1.0 + NODES)[None]
        low, high = table.edges[:-1, None], table.edges[1:, None]
        place = (2.0 * x - low - high) / jnp.where(high > low, high - low, 1.0)
        powers = table.coefficients[0]
        logs = jnp.broadcast_to(powers[-1][:, None], place.shape)
        for power in range(powers.shape[0] - 2, -1, -1):
            logs = logs * place + powers[power][:, None]
        log_half = jnp.log(jnp.where(half > 0, half, 1.0)) + LOG_WEIGHTS[None]
        return log_sum(jnp.where(half > 0, logs + log_half, -jnp.inf))

    @final
    def log_integral_with_error(
        self, lower: Limit, upper: Limit
    ) -> tuple[Float[Array, ""], Float[Array, ""]]:
        """Return `log_integral` and the relative error of the interpolation."""
        error = jnp.exp(grid_of(self).panels.log_error)
        return self.log_integral(lower, upper), error

    @final
    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        table = self.table()
        x = draw(lambda m: table(m[None])[0][0], table.edges, jax.random.uniform(key))
        return jnp.clip(x, *self.table_range())[None]

    @final
    def table(self) -> Table:
        """Return the logarithm of the shape as a table.

        It can be differentiated twice in the arguments of the shape.
        """
        grid = grid_of(self)
        leaves, structure = jax.tree.flatten(self)

        def tower(order: int, a: Float[Array, " n"], grid: Any) -> tuple[Array, ...]:
            numbers = [a[i] for i in range(len(leaves))]
            shape = jax.tree.unflatten(structure, numbers)
            powers = polynomials(node_values(shape, grid, order))
            return split_channels(powers, len(leaves), order)

        arguments = [jnp.asarray(leaf, float) for leaf in leaves]
        packed = jnp.stack(arguments) if arguments else jnp.zeros(0)
        powers = staged(tower, packed, grid)
        return Table(grid.panels.edges, powers[None], grid.panels.count)
