"""ROOT files: a TTree or an RNTuple, one branch or field a column."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, final

import numpy as np

from ..core.errors import LikelyError, nearest
from .format import JAGGED, AbstractFormat, Chunk, array_shape, why_not

_TREES = ("TTree", "TNtuple", "TNtupleD", "TChain")
_RNTUPLES = ("ROOT::RNTuple", "ROOT::Experimental::RNTuple")
_FLAT_FIELDS = {"bool", "char", "float", "double", "int", "unsigned int"} | {
    f"{sign}int{bits}_t" for sign in ("", "u") for bits in (8, 16, 32, 64)
}
_ROWS_WRITTEN = 100_000  # in one basket: about a megabyte, what ROOT reads well


@final
class RootFormat(AbstractFormat):
    """Reads TTree and RNTuple, and writes a TTree, by uproot."""

    def _contents(self, path: Path, tree: str | None) -> dict[str, str]:
        with open_table(path, tree) as table:
            if hasattr(table, "branches"):
                return {name: _branch(table[key]) for name, key in _keys(table).items()}
            return {key: _field(table[key]) for key in table.keys()}  # noqa: SIM118

    def _shapes(self, path: Path, tree: str | None) -> dict[str, tuple[int, ...]]:
        from uproot.interpretation import numerical

        with open_table(path, tree) as table:
            if not hasattr(table, "branches"):
                return {}
            kinds = {n: table[key].interpretation for n, key in _keys(table).items()}
        found = {
            name: array_shape(kind.to_dtype)
            for name, kind in kinds.items()
            if isinstance(kind, numerical.Numerical)
        }
        return {name: shape for name, shape in found.items() if shape}

    def _chunks(
        self, path: Path, tree: str | None, columns: Sequence[str], step: int
    ) -> Iterator[Chunk]:
        cores = min(8, os.cpu_count() or 1)
        with open_table(path, tree) as table, ThreadPoolExecutor(cores) as threads:
            is_tree = hasattr(table, "branches")
            keys = _keys(table) if is_tree else {name: name for name in columns}
            # Only columns are read here: uproot ignores a cut on an RNTuple silently.
            options = {"decompression_executor": threads} if is_tree else {}
            for start in range(0, table.num_entries, step):
                stop = min(start + step, table.num_entries)
                yield {
                    name: np.asarray(
                        table[keys[name]].array(
                            entry_start=start, entry_stop=stop, library="np", **options
                        )
                    )
                    for name in columns
                }

    def _write(
        self, path: Path, tree: str | None, columns: Mapping[str, np.ndarray]
    ) -> None:
        import uproot

        count = len(next(iter(columns.values())))
        with uproot.recreate(path) as file:
            types = {n: np.dtype((a.dtype, a.shape[1:])) for n, a in columns.items()}
            table = file.mktree(tree or "events", types)
            for start in range(0, count, _ROWS_WRITTEN):
                stop = start + _ROWS_WRITTEN
                table.extend({n: a[start:stop] for n, a in columns.items()})


@contextmanager
def open_table(path: Path, tree: str | None) -> Iterator[Any]:
    """Open a TTree or an RNTuple for as long as the context lasts."""
    import uproot

    # Chunks are used once: a cache of them would only hold memory.
    opened: Any = uproot.open
    with opened(path, array_cache=None) as file:
        check_whole(path, file.file.fEND)
        classes = file.classnames(recursive=True)
        names = [n for n, kind in classes.items() if kind in _TREES + _RNTUPLES]
        yield file[_chosen(path, tree, names)]


def check_whole(path: Path, end: int) -> None:
    """Refuse a file whose last part is missing, though its first may be readable."""
    size = path.stat().st_size
    if size < end:
        raise LikelyError(
            f"`{path}` is cut off, it has {size} of {end} bytes; copy it again."
        )


def _chosen(path: Path, tree: str | None, names: Sequence[str]) -> str:
    """Return the name of the table, with the cycle where one was asked for."""
    short = list(dict.fromkeys(name.split(";")[0] for name in names))
    if not names:
        raise LikelyError(f"`{path}` holds neither a TTree nor an RNTuple.")
    if tree is None:
        if len(short) == 1:
            return short[0]
        shown = ", ".join(f"`{name}`" for name in short[:12])
        raise LikelyError(
            f"`{path}` holds {len(short)} trees: {shown}; name one as `tree`."
        )
    wanted = tree.strip("/")
    if wanted not in short and wanted not in names:
        raise LikelyError(f"`{path}` holds no tree `{tree}`; {nearest(tree, short)}")
    return wanted


def _keys(table: Any) -> dict[str, str]:
    """Return the key of each branch by its own name, where that is unique."""
    keys = list(table.keys())
    short = [key.rsplit("/", 1)[-1] for key in keys]
    unique = {name for name in short if short.count(name) == 1}
    pairs = zip(short, keys, strict=True)
    return {name if name in unique else key: key for name, key in pairs}


def _branch(branch: Any) -> str:
    from uproot.interpretation import jagged, numerical

    kind = branch.interpretation
    if isinstance(kind, jagged.AsJagged):
        return JAGGED
    if isinstance(kind, numerical.Numerical):
        return why_not(kind.to_dtype)
    return f"it is not numeric ({branch.typename})"


def _field(field: Any) -> str:
    name = field.typename.replace("std::", "")
    if name.startswith(("vector", "RVec", "ROOT::VecOps::RVec", "array", "bitset")):
        return JAGGED
    if not field.top_level:
        return "it is a part of another field"
    if not name:
        return "it is a record, or a list of records"
    return "" if name in _FLAT_FIELDS else f"it is not numeric ({field.typename})"
