"""The idx files of MNIST: images in one file, their labels in another beside it."""

import gzip
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Shaped

from ..core.errors import LikelyError
from .format import AbstractFormat, Chunk, no_tree

# As in train-images-idx3-ubyte.gz or train-images.idx3-ubyte.
NAME = re.compile(r".*(?:images|labels)[-.]idx[1-9]-ubyte(?:\.gz)?", re.IGNORECASE)
IMAGES, LABELS = "images", "labels"
_TYPES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


@final
class IdxFormat(AbstractFormat):
    """Reads idx: `images`, and `labels` if their file is beside that of the images.

    Two zero bytes, the type of a number, the number of axes $d$, their lengths as $d$
    big-endian integers of 32 bits, and the numbers; compressed by gzip if the name
    ends so.

    References:
        Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST database of handwritten digits
        (1998), "The IDX file format".
    """

    def _contents(self, path: Path, tree: str | None) -> dict[str, str]:
        found = {}
        for name, file in _files(path, tree).items():
            shape = _head(file)[1][1:]
            reason = f"it has an array of shape {shape} in each event"
            found[name] = reason if shape else ""
        return found

    def _shapes(self, path: Path, tree: str | None) -> dict[str, tuple[int, ...]]:
        heads = {name: _head(file) for name, file in _files(path, tree).items()}
        return {name: shape[1:] for name, (_, shape) in heads.items() if shape[1:]}

    def _chunks(
        self, path: Path, tree: str | None, columns: Sequence[str], step: int
    ) -> Iterator[Chunk]:
        arrays = {n: _array(f) for n, f in _files(path, tree).items() if n in columns}
        counts = {name: len(array) for name, array in arrays.items()}
        if len(set(counts.values())) > 1:
            raise LikelyError(f"`{path}` and the file beside it differ: {counts}.")
        for start in range(0, max(counts.values()), step):
            yield {name: arrays[name][start : start + step] for name in columns}

    def _write(
        self, path: Path, tree: str | None, columns: Mapping[str, np.ndarray]
    ) -> None:
        raise LikelyError(f"`{path}`: idx files are only read; write .npz or .h5.")


def _files(path: Path, tree: str | None) -> dict[str, Path]:
    no_tree(path, tree)
    if IMAGES not in path.name.lower():
        return {LABELS: path}
    beside = path.with_name(re.sub("images([-.])idx[1-9]", r"labels\1idx1", path.name))
    return {IMAGES: path, LABELS: beside} if beside.is_file() else {IMAGES: path}


def _opened(path: Path) -> Any:
    return gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")


def _head(path: Path) -> tuple[str, tuple[int, ...]]:
    """Return the type of the numbers and the shape of the array."""
    with _opened(path) as file:
        zeros, kind, axes = file.read(2), *file.read(2)
        if zeros != b"\0\0" or kind not in _TYPES or not axes:
            raise LikelyError(f"`{path}` does not begin as an idx file does.")
        shape = np.frombuffer(file.read(4 * axes), ">u4")
    return _TYPES[kind], tuple(shape.tolist())


def _array(path: Path) -> Shaped[np.ndarray, "..."]:
    kind, shape = _head(path)
    with _opened(path) as file:
        content = file.read()[4 + 4 * len(shape) :]
    size = math.prod(shape) * np.dtype(kind).itemsize
    if len(content) != size:
        raise LikelyError(
            f"`{path}` says that it holds an array of shape {shape}, {size} bytes, and "
            f"has {len(content)}; copy it again."
        )
    return np.frombuffer(content, kind).reshape(shape)
