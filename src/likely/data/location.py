"""From what a user writes as `files` to the list of files it means."""

import glob
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias, final

from ..core.errors import LikelyError, nearest
from .format import AbstractFormat
from .formats import FORMATS, format_of

Files: TypeAlias = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]

_WITH_TREE = re.compile(
    r"(?P<path>.+(?:"
    + "|".join(re.escape(end) for end in FORMATS)
    + r")):(?P<tree>.+)",
    re.IGNORECASE,
)
_PATTERN = re.compile(r"[*?\[]")


@final
@dataclass(frozen=True)
class Location:
    """One file, the table in it (None: the only one), and its format."""

    path: Path
    tree: str | None
    format: AbstractFormat


def locate(files: Files, tree: str | None = None) -> tuple[Location, ...]:
    """Return the files that a path, a glob, `file:tree` or a list of these names.

    Raises:
        LikelyError: If there is none, one is missing, empty or of an unknown format,
            or one is named twice, which would count its events twice.
    """
    found = [found for entry in _entries(files) for found in _expand(entry, tree)]
    seen: set[tuple[str, str | None]] = set()
    for location in found:
        key = (os.path.realpath(location.path), location.tree)
        if key in seen:
            raise LikelyError(
                f"`{location.path}` is named twice, its events would count twice; "
                "remove one."
            )
        seen.add(key)
    return tuple(found)


def _entries(files: Files) -> list[str]:
    entries: list[Any] = list(files) if isinstance(files, list | tuple) else [files]
    if not entries:
        raise LikelyError("`files` names no file; give a path, a glob or a list.")
    for entry in entries:
        if not isinstance(entry, str | os.PathLike) or not str(entry):
            raise LikelyError(
                f"`files` must be a path, a glob or a list of these; got {entry!r}."
            )
    return [os.path.expanduser(os.fspath(entry)) for entry in entries]


def _expand(text: str, tree: str | None) -> list[Location]:
    if "://" in text:
        raise LikelyError(f"`{text}` is not on this machine; copy the file here first.")
    if not os.path.exists(text) and (match := _WITH_TREE.fullmatch(text)):
        if tree is not None and tree != match["tree"]:
            raise LikelyError(
                f"`{text}` names the tree `{match['tree']}` and `tree` is `{tree}`; "
                "drop one."
            )
        text, tree = match["path"], match["tree"]
    if len(os.path.basename(text)) > 255:  # the file system raises instead of saying no
        raise LikelyError(f"there is no file `{text[:60]} ...`; its name is too long.")
    paths = [Path(text)]
    if _PATTERN.search(text) and not paths[0].exists():
        paths = [Path(path) for path in sorted(glob.glob(text, recursive=True))]
        if not paths:
            raise LikelyError(f"no file matches `{text}`.")
    return [Location(_checked(path), tree, format_of(path)) for path in paths]


def _checked(path: Path) -> Path:
    if path.is_dir():
        raise LikelyError(
            f"`{path}` is a folder; name a file, or all of one kind as `{path}/*.root`."
        )
    if not path.exists():
        raise LikelyError(f"there is no file `{path}`; {_neighbours(path)}")
    if not os.access(path, os.R_OK):
        raise LikelyError(f"`{path}` may not be read; ask its owner for permission.")
    if path.stat().st_size == 0:
        raise LikelyError(f"`{path}` is empty, it has zero bytes.")
    return path


def _neighbours(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"there is no folder `{folder}` either."
    try:
        names = sorted(p.name for p in islice(folder.iterdir(), 2_000))
    except OSError:
        return f"the folder `{folder}` cannot be listed."
    return nearest(path.name, names)
