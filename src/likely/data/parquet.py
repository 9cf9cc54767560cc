"""Parquet files, by pyarrow."""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, final

import numpy as np

from ..core.errors import LikelyError
from .format import JAGGED, AbstractFormat, Chunk, no_tree


@final
class ParquetFormat(AbstractFormat):
    """Reads and writes Parquet; a missing number becomes `nan`."""

    def _contents(self, path: Path, tree: str | None) -> dict[str, str]:
        no_tree(path, tree)
        with _library().parquet.ParquetFile(path) as file:
            return {field.name: _why_not(field.type) for field in file.schema_arrow}

    def _shapes(self, path: Path, tree: str | None) -> dict[str, tuple[int, ...]]:
        no_tree(path, tree)
        with _library().parquet.ParquetFile(path) as file:
            found = {field.name: _shape(field.type) for field in file.schema_arrow}
        return {name: shape for name, shape in found.items() if shape}

    def _chunks(
        self, path: Path, tree: str | None, columns: Sequence[str], step: int
    ) -> Iterator[Chunk]:
        no_tree(path, tree)
        with _library().parquet.ParquetFile(path) as file:
            # An iterator keeps what it has read of the file until it ends, so that one
            # over all row groups would hold the file in memory.
            for groups in _row_groups(file.metadata, step):
                for batch in file.iter_batches(step, groups, list(columns)):
                    yield {name: _array(batch.column(name)) for name in columns}

    def _write(
        self, path: Path, tree: str | None, columns: Mapping[str, np.ndarray]
    ) -> None:
        no_tree(path, tree)
        arrow = _library()
        made = {name: _lists(array) for name, array in columns.items()}
        arrow.parquet.write_table(arrow.table(made), path)


def _row_groups(metadata: Any, step: int) -> Iterator[list[int]]:
    """Yield runs of row groups, each run of `step` rows or a little more."""
    groups, rows = [], 0
    for group in range(metadata.num_row_groups):
        groups.append(group)
        rows += metadata.row_group(group).num_rows
        if rows >= step:
            yield groups
            groups, rows = [], 0
    if groups:
        yield groups


def _library() -> Any:
    # Imported here: it is large, and most data are in other formats.
    import pyarrow
    import pyarrow.parquet

    return pyarrow


def _why_not(kind: Any) -> str:
    types = _library().types
    if types.is_list(kind) or types.is_large_list(kind):
        return JAGGED
    if shape := _shape(kind):
        return f"it has an array of shape {shape} in each event"
    numeric = types.is_integer(kind) or types.is_floating(kind)
    if numeric or types.is_boolean(kind) or types.is_decimal(kind):
        return ""
    return f"it is not numeric ({kind})"


def _shape(kind: Any) -> tuple[int, ...]:
    """Return the shape of lists of fixed size that hold numbers; () of others."""
    types, shape = _library().types, ()
    while types.is_fixed_size_list(kind):
        shape, kind = (*shape, kind.list_size), kind.value_type
    numeric = types.is_integer(kind) or types.is_floating(kind)
    return shape if numeric else ()


def _lists(array: np.ndarray) -> Any:
    """Return an array as lists of fixed size, or as it is if it has one axis."""
    arrow, found = _library(), array.reshape(-1)
    if array.ndim == 1:
        return array
    for size in reversed(array.shape[1:]):
        found = arrow.FixedSizeListArray.from_arrays(found, size)
    return found


def _array(column: Any) -> np.ndarray:
    arrow = _library()
    if shape := _shape(column.type):
        count = len(column)
        for _ in shape:
            column = column.flatten()
        numbers = _array(column)
        if numbers.size != count * math.prod(shape):
            raise LikelyError("a list of fixed size is missing in some event.")
        return numbers.reshape(count, *shape)
    if column.null_count or arrow.types.is_decimal(column.type):
        # Arrow's conditions with gaps become Python objects, not `nan`.
        numbers = column.cast(arrow.int8()) if column.type == arrow.bool_() else column
        column = numbers.cast(arrow.float64())
    return column.to_numpy(zero_copy_only=False)
