"""How a histogram is filled: edges, ranges, and the bin of each event."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from ..core.errors import LikelyError
from ..core.observable import Observable


def rising(name: str, edges: Any) -> Float[np.ndarray, " edges"]:
    """Return edges as an array.

    Raises:
        LikelyError: If they are not at least two finite, rising numbers.
    """
    try:
        array = np.array(edges, float)
    except (TypeError, ValueError):
        array = np.zeros(0)
    rises = array.ndim == 1 and len(array) > 1 and np.isfinite(array).all()
    if not rises or (np.diff(array) <= 0).any():
        raise LikelyError(
            f"the bin edges of `{name}` must be at least two finite, rising numbers; "
            f"got {str(edges)[:80]}."
        )
    return array


def ranges_of(
    ranges: Any,
) -> tuple[dict[str, tuple[float, float]], dict[str, str]]:
    """Return lower and upper end by name, and the units that are known."""
    if not isinstance(ranges, Mapping):
        observables = list(ranges)
        if not all(isinstance(o, Observable) for o in observables):
            raise LikelyError(
                "ranges are given by name, such as {'mass': (60, 120)}, or as "
                f"observables; got {ranges!r}."
            )
        ends = {o.name: (o.lower, o.upper) for o in observables}
        return ends, {o.name: o.unit for o in observables if o.unit}
    found = {}
    for name, entry in ranges.items():
        if isinstance(entry, Observable):
            entry = (entry.lower, entry.upper)
        pair = rising(str(name), entry)
        if len(pair) != 2:
            raise LikelyError(
                f"the range of `{name}` is two numbers, lower and upper; got {entry!r}."
            )
        found[str(name)] = (float(pair[0]), float(pair[1]))
    return found, {}


def edges_of(
    name: str, bins: Any, ranges: Mapping[str, tuple[float, float]]
) -> Float[np.ndarray, " edges"]:
    """Return the edges of an axis, given them or a number of equal bins."""
    if np.ndim(bins) > 0:
        return rising(name, bins)
    whole = isinstance(bins, int | np.integer) and not isinstance(bins, bool)
    if not whole or bins < 1:
        raise LikelyError(
            f"`Binned.of`: the bins of `{name}` are a positive whole number or edges; "
            f"got {bins!r}."
        )
    if name not in ranges:
        raise LikelyError(
            f"`Binned.of`: {bins} bins of `{name}` need its range; give `ranges`, such "
            f"as {{'{name}': (60, 120)}} or `model.observables`, or give edges."
        )
    return np.linspace(*ranges[name], int(bins) + 1)


def places_of(
    columns: Sequence[np.ndarray], edges: Sequence[np.ndarray]
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the bin of each event, counted row by row; -1 outside.

    As in NumPy, the last bin of an axis holds its upper edge too.
    """
    place = np.zeros(len(columns[0]), np.int64)
    inside = np.ones(len(columns[0]), bool)
    for column, axis in zip(columns, edges, strict=True):
        found = np.searchsorted(axis, column, side="right") - 1
        found = np.where(column == axis[-1], len(axis) - 2, found)
        inside &= (found >= 0) & (found < len(axis) - 1)
        place = place * (len(axis) - 1) + found
    return np.where(inside, place, -1)


def filled(
    places: np.ndarray, shape: tuple[int, ...], weights: np.ndarray | None
) -> Float[np.ndarray, "*bins"]:
    """Return the sum of weights in each bin."""
    size = int(np.prod(shape))
    return np.bincount(places, weights, minlength=size).astype(float).reshape(shape)
