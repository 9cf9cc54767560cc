"""Long work in blocks of one size: one compiled program, constant memory, progress."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ...core import progress

# Numbers in the inputs of a block: 1 MB of float64. The activations of a network are
# a few times that, and stay near the caches.
NUMBERS = 1 << 17


def rows_of_block(per_row: int, n: int, numbers: int = NUMBERS) -> int:
    """Return how many rows a block has, so that the last one is nearly full.

    Args:
        per_row: Numbers that one row gives rise to.
        n: Rows in all.
        numbers: That a block should hold.
    """
    most = max(1, min(n, numbers // max(per_row, 1)))
    blocks = -(-n // most)
    return -(-n // blocks)


def in_blocks(
    program: Callable[..., Any], rows: tuple[Any, ...], size: int, label: str
) -> Any:
    """Return `program(*rows)`, computed block by block.

    Args:
        program: Of arrays of `size` rows; gives a pytree of arrays with as many rows.
        rows: Arrays of equal lengths.
        size: Rows of a block; the last is filled up with copies of the last row.
        label: What the work is called.
    """
    n = len(rows[0])
    parts = []
    with progress(label, -(-n // size)) as tell:
        for start in range(0, n, size):
            chosen = np.minimum(np.arange(start, start + size), n - 1)
            part = program(*(jnp.asarray(values[chosen]) for values in rows))
            kept = min(size, n - start)
            parts.append(jax.tree.map(lambda a, k=kept: np.asarray(a)[:k], part))
            tell()
    return jax.tree.map(lambda *arrays: np.concatenate(arrays), *parts)
