"""Numbers looked up in an array at places, which may depend on the event."""

from typing import Any

import numpy as np
from jax.lax import GatherScatterMode

from ...core import LikelyError
from .graph import Tensor, is_tensor
from .operation import Operation, Rule, reshaped


def by_value(what: str) -> LikelyError:
    """Return the error of a model that does something at a place that varies."""
    return LikelyError(
        f"the model {what} that depends on the event, for which there is no rule here; "
        "compare and sum instead (a one-hot code times the table), or write StableHLO."
    )


def _gather(o: Operation) -> Tensor:
    x, places = o.values
    if is_tensor(x):
        return _of_event(o, x, places) if is_tensor(places) else _known(o, x, places)
    assert is_tensor(places)
    return _of_table(o, np.asarray(x), places)


def _known(o: Operation, x: Tensor, places: Any) -> Tensor:
    """Write numbers of the event, at places that are known here."""
    numbers, index = o.params["dimension_numbers"], np.asarray(places)
    axes = numbers.start_index_map
    plain = _is_plain(o, x.shape) and index.shape[-1:] == (1,)
    index = index[..., 0] if plain else index
    # The axes of the indices have to stand where ONNX puts them.
    place = axes[0] if plain else 0
    kept = [*range(place), *range(place + index.ndim, len(o.shape))]
    plain = plain and list(numbers.offset_dims) == kept
    if not plain or index.min() < 0 or index.max() >= x.shape[axes[0]]:
        raise LikelyError(
            "the model looks numbers up in a way for which there is no rule here; take "
            "slices, or write StableHLO."
        )
    names = {"axis": place + 1}
    return o.result(o.graph.add("Gather", x, index, attributes=names))


def _of_event(o: Operation, x: Tensor, places: Tensor) -> Tensor:
    """Write numbers of a row of the event, at places of the event."""
    if len(x.shape) != 1 or not _is_plain(o, x.shape):
        raise by_value("looks numbers up at a place")
    count = int(np.prod(o.shape))
    index = reshaped(o.graph, _inside(o, places, x.shape[0]), (count,))
    found = o.graph.add("GatherElements", x, index, attributes={"axis": 1})
    return o.reshaped(Tensor(found, (count,), x.dtype))


def _of_table(o: Operation, table: Any, places: Tensor) -> Tensor:
    """Write rows of a table of constants, or of one for each member of an ensemble."""
    numbers, rank = o.params["dimension_numbers"], len(places.shape) - 1
    if numbers.operand_batching_dims:
        return _of_tables(o, table, places)
    behind = tuple(range(rank, len(o.shape)))
    if not _is_plain(o, table.shape) or numbers.offset_dims != behind:
        raise by_value("looks numbers up at a place")
    rows = np.moveaxis(table, numbers.start_index_map[0], 0)
    inside = _inside(o, places, len(rows))
    index = reshaped(o.graph, inside, places.shape[:-1])
    return o.result(o.graph.add("Gather", rows, index, attributes={"axis": 0}))


def _of_tables(o: Operation, tables: Any, places: Tensor) -> Tensor:
    numbers = o.params["dimension_numbers"]
    alone = (
        tables.ndim == 2
        and numbers.operand_batching_dims == numbers.start_indices_batching_dims == (0,)
        and numbers.start_index_map == numbers.collapsed_slice_dims == (1,)
        and places.shape[-1] == 1
    )
    if not alone:
        raise by_value("looks numbers up at a place")
    members, size = tables.shape
    inside = _inside(o, places, size)
    # As one table, in which that of each member begins later.
    first = (np.arange(members) * size).astype(inside.dtype)
    first = first.reshape(-1, *[1] * (len(places.shape) - 1))
    moved = o.graph.add("Add", inside, first)
    index = reshaped(o.graph, moved, places.shape[:-1])
    names = {"axis": 0}
    return o.result(o.graph.add("Gather", tables.ravel(), index, attributes=names))


def _is_plain(o: Operation, shape: tuple[int, ...]) -> bool:
    """Return whether whole slices at places along one axis are taken."""
    numbers, sizes = o.params["dimension_numbers"], o.params["slice_sizes"]
    axes = numbers.start_index_map
    one = len(axes) == 1 and numbers.collapsed_slice_dims == axes
    whole = all(sizes[i] == shape[i] for i in range(len(shape)) if i not in axes)
    return one and whole and sizes[axes[0]] == 1 and not numbers.operand_batching_dims


def _inside(o: Operation, places: Tensor, size: int) -> Tensor:
    mode = o.params["mode"]
    if mode == GatherScatterMode.PROMISE_IN_BOUNDS:
        return places
    if mode != GatherScatterMode.CLIP:
        raise by_value("looks numbers up, or nan where there are none, at a place")
    first, last = (np.asarray(n, places.dtype) for n in (0, size - 1))
    name = o.graph.add("Min", o.graph.add("Max", places, first), last)
    return Tensor(name, places.shape, places.dtype)


RULES: dict[str, Rule] = {"gather": _gather}
