"""The tables of a likelihood's slow factors, made outside of the loop over events."""

from collections.abc import Sequence

import jax
import numpy as np
from jaxtyping import Array, Float

from ..core import (
    AbstractTabulated,
    EventBlocks,
    Factor,
    Table,
    Term,
    grid_of,
    node_values,
    polynomials,
)

# A table has some 300 nodes, and takes longer to make than their values.
WORTH_A_TABLE = 500

# For each factor of each term its table, or None if it is computed at each event.
Tables = tuple[tuple[Table | None, ...], ...]
# For each factor which of its leaves are variables.
Moving = Sequence[Sequence[Sequence[int | None]]]


def tables_of(
    terms: Sequence[Term], moving: Moving, events: EventBlocks, *, order: int
) -> Tables:
    """Return the tables of the factors that a likelihood interpolates.

    Args:
        terms: Of the density.
        moving: For each leaf of each factor its variable, None if it has none.
        events: Few of them need no table.
        order: Of the highest derivative in the tables: 0, 1 or 2.
    """
    _, blocks, _, size = events.columns.shape
    few = blocks * size < WORTH_A_TABLE
    return tuple(
        tuple(
            None if few else _table(factor, indices, order)
            for factor, indices in zip(term.factors, rows, strict=True)
        )
        for term, rows in zip(terms, moving, strict=True)
    )


def log_shapes(
    factor: Factor, table: Table | None, x: Float[Array, "dim size"]
) -> Float[Array, " size"]:
    """Return the logarithm of a factor at each event of a block."""
    if table is None:
        return jax.vmap(factor.log_shape, in_axes=1)(x)
    return table(x[factor.columns[0]])[0]


def _table(factor: Factor, indices: Sequence[int | None], order: int) -> Table | None:
    shape = factor.shape
    if not isinstance(shape, AbstractTabulated):
        return None
    grid = grid_of(shape)
    powers = polynomials(node_values(shape, grid, order))
    n = len(indices)
    # The first derivatives, and the upper triangle of the second ones, row by row.
    pairs = [(i, j) for i in range(n) for j in range(i, n)]
    chosen = [0]
    if order > 0:
        chosen += [1 + i for i in range(n) if indices[i] is not None]
    if order > 1:
        moving = [indices[i] is not None and indices[j] is not None for i, j in pairs]
        chosen += [1 + n + k for k, m in enumerate(moving) if m]
    return Table(grid.panels.edges, powers[np.array(chosen)], grid.panels.count)
