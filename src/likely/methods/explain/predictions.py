"""Outputs of a model for a matrix of events, and for variants of that matrix."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from jaxtyping import Float

from ...core import LikelyError
from .arguments import floats
from .blocks import rows_of_block
from .one_sample import ILL_FITTING, first_line

# Numbers in one matrix given to `predict`: 256 MB of float64.
MOST_NUMBERS = 1 << 25


def predicted(
    predict: Any, matrix: Float[np.ndarray, "rows dim"], door: str
) -> Float[np.ndarray, "rows ..."]:
    """Return `predict(matrix)`, checked.

    Raises:
        LikelyError: If `predict` does not take the matrix, or does not give finite
            outputs for each row.
    """
    place = f"`{door}(predict=...)`"
    if not callable(predict):
        raise LikelyError(
            f"{place} takes a function of a matrix; got {type(predict).__name__}."
        )
    try:
        found = predict(matrix)
    except LikelyError:
        raise
    except ILL_FITTING as error:
        raise LikelyError(
            f"{place} failed for a matrix of shape {matrix.shape} and type "
            f"{matrix.dtype}: {first_line(error)}"
        ) from error
    outputs = floats(found, place, "must give")
    if outputs.ndim == 0 or len(outputs) != len(matrix):
        raise LikelyError(
            f"{place} must give one output a row, {len(matrix)} of them; got shape "
            f"{outputs.shape}."
        )
    bad = int((~np.isfinite(outputs)).sum())
    if bad:
        raise LikelyError(
            f"{place} gives {bad} values that are not finite, of {outputs.size}."
        )
    return outputs


def variants(
    predict: Callable[..., Any],
    matrix: Float[np.ndarray, "events dim"],
    change: Callable[[int, Float[np.ndarray, "events dim"]], None],
    *,
    count: int,
    door: str,
) -> Iterator[Float[np.ndarray, "events ..."]]:
    """Give the outputs for each of several changed copies of a matrix.

    As many copies as fit are stacked and given to `predict` at once, always as many: a
    compiled model is compiled once.

    Args:
        predict: Of a matrix.
        matrix: Events.
        change: Changes copy number k in place.
        count: Number of copies.
        door: Name of the public function.
    """
    size = rows_of_block(matrix.size, count, MOST_NUMBERS)
    for start in range(0, count, size):
        stack = np.empty((size, *matrix.shape), matrix.dtype)
        stack[:] = matrix
        for k in range(size):
            change(min(start + k, count - 1), stack[k])
        outputs = predicted(predict, stack.reshape(-1, matrix.shape[1]), door)
        outputs = outputs.reshape(size, len(matrix), *outputs.shape[1:])
        yield from outputs[: count - start]
