"""HDF5 files: datasets of one length in a group, or one compound dataset."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, final

import numpy as np

from ..core.errors import LikelyError, nearest
from .format import JAGGED, AbstractFormat, Chunk, array_shape, why_not


@final
class Hdf5Format(AbstractFormat):
    """Reads and writes HDF5; `tree` is the path of a group or a compound dataset."""

    def _contents(self, path: Path, tree: str | None) -> dict[str, str]:
        import h5py

        with h5py.File(path, "r") as file:
            table = _table(path, file, tree)
            if isinstance(table, h5py.Dataset):
                return {name: why_not(table.dtype[name]) for name in table.dtype.names}
            members = ((name, table.get(name)) for name in table)
            return {n: _why_not(m) for n, m in members if isinstance(m, h5py.Dataset)}

    def _shapes(self, path: Path, tree: str | None) -> dict[str, tuple[int, ...]]:
        import h5py

        with h5py.File(path, "r") as file:
            table = _table(path, file, tree)
            if isinstance(table, h5py.Dataset):
                types = [(n, table.dtype[n], ()) for n in table.dtype.names]
            else:
                members = [(name, table.get(name)) for name in table]
                types = [
                    (n, m.dtype, m.shape[1:])
                    for n, m in members
                    if isinstance(m, h5py.Dataset)
                ]
        found = {name: array_shape(dtype, shape) for name, dtype, shape in types}
        return {name: shape for name, shape in found.items() if shape}

    def _chunks(
        self, path: Path, tree: str | None, columns: Sequence[str], step: int
    ) -> Iterator[Chunk]:
        import h5py

        with h5py.File(path, "r") as file:
            table = _table(path, file, tree)
            if isinstance(table, h5py.Dataset):
                for start in range(0, len(table), step):
                    rows = table[start : start + step]
                    yield {name: rows[name] for name in columns}
                return
            counts = {name: len(table[name]) for name in columns}
            if len(set(counts.values())) > 1:
                raise LikelyError(
                    f"the columns of `{path}` differ in length: {counts}."
                )
            for start in range(0, max(counts.values()), step):
                yield {name: table[name][start : start + step] for name in columns}

    def _write(
        self, path: Path, tree: str | None, columns: Mapping[str, np.ndarray]
    ) -> None:
        import h5py

        with h5py.File(path, "w") as file:
            group = file.require_group(tree) if tree else file
            for name, array in columns.items():
                group.create_dataset(name, data=array)


def _table(path: Path, file: Any, tree: str | None) -> Any:
    """Return the group of columns, or the compound dataset."""
    tables = _tables(file)
    if tree is None:
        if not tables:
            raise LikelyError(f"`{path}` holds no one-dimensional dataset.")
        if len(tables) > 1 and "/" not in tables:
            shown = ", ".join(f"`{name}`" for name in sorted(tables)[:12])
            raise LikelyError(
                f"`{path}` holds {len(tables)} tables: {shown}; name one as `tree`."
            )
        wanted = "/" if "/" in tables else next(iter(tables))
    else:
        wanted = tree.strip("/") or "/"
    if wanted not in tables:
        raise LikelyError(
            f"`{path}` holds no table `{tree}`; {nearest(wanted, tables)}"
        )
    table = tables[wanted]
    if "pandas_type" in table.attrs or "pandas_type" in table.parent.attrs:
        raise LikelyError(
            f"`{wanted}` in `{path}` was written by pandas in its own layout; write "
            "Parquet (`to_parquet`) or one dataset a column instead."
        )
    return table


def _tables(file: Any) -> dict[str, Any]:
    """Return by its path every compound dataset and every group of datasets."""
    import h5py

    found: dict[str, Any] = {}
    of_arrays: dict[str, Any] = {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.dtype.names and item.ndim == 1:
            found[name] = item
        elif isinstance(item, h5py.Dataset) and item.ndim == 1:
            found.setdefault(name.rpartition("/")[0] or "/", item.parent)
        elif isinstance(item, h5py.Dataset) and item.ndim > 1:
            of_arrays.setdefault(name.rpartition("/")[0] or "/", item.parent)

    file.visititems(visit)
    return found or of_arrays


def _why_not(item: Any) -> str:
    import h5py

    if item.ndim == 0:
        return "it is a single number"
    if h5py.check_vlen_dtype(item.dtype) not in (None, str, bytes):
        return JAGGED
    return why_not(item.dtype, item.shape[1:])
