"""What every method here checks of the numbers it is given."""

from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from ...core import LikelyError
from .columns import FeatureColumns


def floats(values: Any, place: str, rule: str = "takes") -> Float[np.ndarray, "*shape"]:
    """Return an array of floating-point numbers; those that are keep their precision.

    Raises:
        LikelyError: If `values` is no array of real numbers.
    """
    try:
        array = np.asarray(values)
        if jnp.issubdtype(array.dtype, np.floating):
            return array
        if array.dtype.kind in "biu":
            return array.astype(float)
    except (TypeError, ValueError):
        # Lists of unequal length, and what JAX traces.
        pass
    raise LikelyError(
        f"{place} {rule} an array of real numbers; got {type(values).__name__}"
        f"{_kind(values)}."
    )


def _kind(values: Any) -> str:
    dtype = getattr(values, "dtype", None)
    return "" if dtype is None else f" of {dtype}"


def finite(array: Float[np.ndarray, "*shape"], place: str) -> None:
    """Check that an array has numbers, and all of them finite.

    Raises:
        LikelyError: If not.
    """
    if array.size == 0:
        raise LikelyError(f"{place} is empty, of shape {array.shape}.")
    bad = int((~np.isfinite(array)).sum())
    if bad:
        raise LikelyError(
            f"{place} holds {bad} values that are not finite, of {array.size}; replace "
            "them first."
        )


def table(
    values: Any, names: Any, door: str, *, missing: bool = False
) -> tuple[Float[np.ndarray, "events dim"], FeatureColumns]:
    """Return `inputs` as a matrix, and what its columns are.

    Args:
        values: What the user gave.
        names: Of the columns.
        door: The function that they have called.
        missing: Whether a number may be missing, nan.

    Raises:
        LikelyError: If `inputs` is no matrix of finite numbers, or `names` does not
            name its columns.
    """
    place = f"`{door}(inputs=...)`"
    array = floats(values, place)
    if array.ndim != 2:
        raise LikelyError(
            f"{place} takes a matrix of shape (events, columns); got shape "
            f"{array.shape}."
        )
    columns = FeatureColumns.of(names, array.shape[1], door)
    check_rows(array, columns, place, missing=missing)
    return array, columns


def check_rows(
    array: Float[np.ndarray, "events dim"],
    columns: FeatureColumns,
    place: str,
    *,
    missing: bool = False,
) -> None:
    """Check a matrix of such columns: some rows, and finite numbers, or nan for none.

    Raises:
        LikelyError: If not.
    """
    if array.size == 0:
        raise LikelyError(f"{place} is empty, of shape {array.shape}.")
    bad = (np.isinf(array) if missing else ~np.isfinite(array)).sum(axis=0)
    if bad.any():
        first = int(np.flatnonzero(bad)[0])
        more = int((bad > 0).sum()) - 1
        also = f"; {more} more columns, too" if more else ""
        raise LikelyError(
            f"{place}: column {first} (`{columns.names[columns.feature_of[first]]}`) "
            f"holds {bad[first]} values that are not finite, of {len(array)} "
            f"events{also}. Replace them, or leave these events out."
        )


def weights_of(weights: Any, n: int, place: str) -> Float[np.ndarray, " n"] | None:
    """Return weights as float64, or None where there are none.

    Raises:
        LikelyError: If there is not one a row, one is not finite, or their sum is not
            positive.
    """
    if weights is None:
        return None
    array = floats(weights, place).astype(float)
    if array.shape != (n,):
        raise LikelyError(
            f"{place} takes one weight for each of {n} events; got shape {array.shape}."
        )
    finite(array, place)
    if not array.sum() > 0:
        raise LikelyError(
            f"{place}: the sum of weights must be positive; it is {array.sum():g}."
        )
    return array


def whole(value: Any, least: int, place: str) -> int:
    """Return a whole number that is not below `least`.

    Raises:
        LikelyError: If it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise LikelyError(f"{place} takes a whole number; got {value!r}.")
    if value < least:
        raise LikelyError(f"{place} must be {least} or more; got {value}.")
    if value >= 1 << 63:
        raise LikelyError(f"{place} must be below 2^63; got {value}.")
    return int(value)


def real(value: Any, least: float, place: str) -> float:
    """Return a finite number that is not below `least`.

    Raises:
        LikelyError: If it is none.
    """
    if isinstance(value, bool) or not isinstance(
        value, int | float | np.integer | np.floating
    ):
        raise LikelyError(f"{place} takes a number; got {value!r}.")
    if not (np.isfinite(value) and value >= least):
        raise LikelyError(
            f"{place} must be a finite number of {least:g} or more; got {value}."
        )
    return float(value)
