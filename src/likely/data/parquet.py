"""Parquet files, by pyarrow."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, final

import numpy as np

from .format import JAGGED, AbstractFormat, Chunk, no_tree


@final
class ParquetFormat(AbstractFormat):
    """Reads and writes Parquet; a missing number becomes `nan`."""

    def _contents(self, path: Path, tree: str | None) -> dict[str, str]:
        no_tree(path, tree)
        with _library().parquet.ParquetFile(path) as file:
            return {field.name: _why_not(field.type) for field in file.schema_arrow}

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
        arrow.parquet.write_table(arrow.table(dict(columns)), path)


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
    numeric = types.is_integer(kind) or types.is_floating(kind)
    if numeric or types.is_boolean(kind) or types.is_decimal(kind):
        return ""
    return f"it is not numeric ({kind})"


def _array(column: Any) -> np.ndarray:
    arrow = _library()
    if column.null_count or arrow.types.is_decimal(column.type):
        # Arrow's conditions with gaps become Python objects, not `nan`.
        numbers = column.cast(arrow.int8()) if column.type == arrow.bool_() else column
        column = numbers.cast(arrow.float64())
    return column.to_numpy(zero_copy_only=False)
