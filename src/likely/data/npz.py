"""NumPy's `.npz` archives, one array a column."""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.lib import format as npy

from ..core.errors import LikelyError
from .format import AbstractFormat, Chunk, array_shape, no_tree, why_not


@final
class NpzFormat(AbstractFormat):
    """Reads and writes `.npz`; objects in it, which could run code, are refused."""

    def _contents(self, path: Path, tree: str | None) -> dict[str, str]:
        no_tree(path, tree)
        with zipfile.ZipFile(path) as archive:
            members = [n for n in archive.namelist() if n.endswith(".npy")]
            return {name[:-4]: _why_not(archive, name) for name in members}

    def _shapes(self, path: Path, tree: str | None) -> dict[str, tuple[int, ...]]:
        no_tree(path, tree)
        with zipfile.ZipFile(path) as archive:
            members = [n for n in archive.namelist() if n.endswith(".npy")]
            headers = {name[:-4]: _header(archive, name) for name in members}
        found = {n: array_shape(d, s[1:]) for n, (s, d) in headers.items() if s}
        return {name: shape for name, shape in found.items() if shape}

    def _chunks(
        self, path: Path, tree: str | None, columns: Sequence[str], step: int
    ) -> Iterator[Chunk]:
        no_tree(path, tree)
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in columns}
        counts = {name: len(array) for name, array in arrays.items()}
        if len(set(counts.values())) > 1:
            raise LikelyError(f"the columns of `{path}` differ in length: {counts}.")
        for start in range(0, max(counts.values()), step):
            yield {name: a[start : start + step] for name, a in arrays.items()}

    def _write(
        self, path: Path, tree: str | None, columns: Mapping[str, np.ndarray]
    ) -> None:
        no_tree(path, tree)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, array in columns.items():  # `np.savez` reserves the name `file`
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    npy.write_array(member, array, allow_pickle=False)


def _why_not(archive: zipfile.ZipFile, name: str) -> str:
    shape, dtype = _header(archive, name)
    return why_not(dtype, shape[1:]) if shape else "it is a single number"


def _header(
    archive: zipfile.ZipFile, name: str
) -> tuple[tuple[int, ...], np.dtype[Any]]:
    with archive.open(name) as member:
        version = npy.read_magic(member)
        header = (
            npy.read_array_header_1_0
            if version == (1, 0)
            else npy.read_array_header_2_0
        )
        shape, _, dtype = header(member)
    return shape, dtype
