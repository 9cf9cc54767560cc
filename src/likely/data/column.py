"""One column: what may be in it, and how an expression makes one."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Integer, Shaped

from ..core.errors import LikelyError
from ..core.expression import Expression

# A single or half-precision angle loses the digits that cosh(x) - cos(y) needs, and a
# product of two 8-bit charges may wrap around: events are kept in 64 bits.
_WIDE = {"f": np.dtype(np.float64), "i": np.dtype(np.int64), "b": np.dtype(np.bool_)}


def as_column(name: str, values: Any) -> Shaped[np.ndarray, " events"]:
    """Return `values` as one 64-bit number, or one condition, an event.

    Args:
        name: Name of the column, for the message.
        values: Anything that NumPy makes an array of.

    Raises:
        LikelyError: If that is not one-dimensional and numeric.
    """
    try:
        array = np.asarray(values)
    except (TypeError, ValueError):
        raise LikelyError(
            f"column `{name}` must be one number an event; its entries have different "
            "lengths (jagged): define one quantity an event first."
        ) from None
    if array.ndim != 1:
        raise LikelyError(
            f"column `{name}` must be one number an event; got shape {array.shape}."
        )
    kind = array.dtype.kind
    if array.dtype.itemsize <= 4 and kind == "u":
        kind = "i"
    if kind == "u":
        return array.astype(np.uint64, copy=False)
    if kind not in _WIDE:
        raise LikelyError(
            f"column `{name}` must be numeric; got entries of type {array.dtype}."
        )
    return array.astype(_WIDE[kind], copy=False)


def as_array(name: str, values: Any) -> Shaped[np.ndarray, " events *shape"]:
    """Return `values` as one array of numbers, of a small type too, an event.

    Args:
        name: Name of the arrays, for the message.
        values: Anything that NumPy makes an array of, the first axis over the events.

    Raises:
        LikelyError: If the arrays differ in shape, are single numbers or not numeric.
    """
    try:
        array = np.asarray(values)
    except (TypeError, ValueError):
        raise LikelyError(
            f"`{name}` must be arrays of one shape, an array an event; they differ:"
            " bring them to one, with zeros at the end for instance."
        ) from None
    if array.ndim < 2 or 0 in array.shape[1:]:
        raise LikelyError(
            f"`{name}` must be an array an event, the first axis over the events; got "
            f"shape {array.shape}."
        )
    if array.dtype.kind not in "biuf":
        raise LikelyError(
            f"`{name}` must be numeric; got entries of type {array.dtype}."
        )
    # Files of other machines may have the bytes of a number the other way round.
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def defined(
    name: str, expression: Expression, values: Mapping[str, np.ndarray], count: int
) -> Shaped[np.ndarray, " events"]:
    """Return the column that `expression` makes of the columns `values`."""
    result = np.asarray(expression.evaluate(values))
    return as_column(name, np.broadcast_to(result, (count,)))


def condition(
    expression: Expression, values: Mapping[str, np.ndarray], count: int
) -> Bool[np.ndarray, " events"]:
    """Return for each of `count` events whether the selection keeps it.

    Raises:
        LikelyError: If the expression is not a condition.
    """
    result = np.asarray(expression.evaluate(values))
    if result.dtype != np.bool_:
        raise LikelyError(
            f"the selection `{expression.text}` must be a condition such as `pt > 20`; "
            f"its value is a number ({result.dtype})."
        )
    return np.broadcast_to(result, (count,))


def as_weights(
    values: Any,
    count: int,
    *,
    name: str = "weights",
    rows: Integer[np.ndarray, " events"] | None = None,
) -> Float[np.ndarray, " events"]:
    """Return one finite weight an event.

    Args:
        values: One number an event.
        count: The number of events.
        name: What the weights are called, for the message.
        rows: Row of each event in its file, for the message.

    Raises:
        LikelyError: If their number is not `count`, or one is `nan` or infinite.
    """
    weights = as_column(name, values).astype(np.float64)
    if len(weights) != count:
        raise LikelyError(
            f"`{name}` must have one entry an event; got {len(weights)} for {count}."
        )
    bad = np.flatnonzero(~np.isfinite(weights))
    if bad.size:
        row = bad[0] if rows is None else rows[bad[0]]
        raise LikelyError(
            f"`{name}` must be finite; {bad.size} of {count} are not, the first is "
            f"{weights[bad[0]]} in row {row} (counted from 0); remove them by a "
            "selection."
        )
    return weights
