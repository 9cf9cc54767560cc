"""The contract of a file format: what a file holds, read in chunks, and written."""

import abc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ..core.errors import LikelyError
from ..core.files import whole_file
from ..core.grammar import shorten

Chunk = dict[str, np.ndarray]
JAGGED = (
    "it is jagged (a list in each event); write one quantity an event, such as the "
    "leading entry, into the file"
)


class AbstractFormat(abc.ABC):
    """A file format, whose library is imported only when a file of it is met.

    To implement one, write the methods with an underscore; the public ones turn
    whatever a library raises for a damaged file into one sentence.
    """

    def contents(self, path: Path, tree: str | None) -> dict[str, str]:
        """Return every column, and why it cannot be read (empty where it can).

        Args:
            path: The file.
            tree: Name of the table in it, or None for the only one.

        Raises:
            LikelyError: If the file or the table cannot be read.
        """
        with reading(path):
            return self._contents(path, tree)

    def shapes(self, path: Path, tree: str | None) -> dict[str, tuple[int, ...]]:
        """Return the shape of each column that has an array of numbers in each event.

        Such a column is read where it is named; `contents` says why it is no number.

        Raises:
            LikelyError: If the file or the table cannot be read.
        """
        with reading(path):
            return self._shapes(path, tree)

    def chunks(
        self, path: Path, tree: str | None, columns: Sequence[str], step: int
    ) -> Iterator[Chunk]:
        """Yield the columns, at most `step` events at a time.

        Raises:
            LikelyError: If the file or the table cannot be read.
        """
        with reading(path):
            yield from self._chunks(path, tree, columns, step)

    def write(
        self, path: Path, tree: str | None, columns: Mapping[str, np.ndarray]
    ) -> None:
        """Write the columns to a file, whole or not at all.

        Raises:
            LikelyError: If the file cannot be written, or not with these names.
        """
        with whole_file(path) as temporary:
            try:
                self._write(temporary, tree, columns)
            except (LikelyError, MemoryError):
                raise
            except Exception as error:
                raise LikelyError(
                    f"`{path}` cannot be written; do all columns have names that a "
                    f"{path.suffix} file can hold? ({_told(error)})"
                ) from None

    @abc.abstractmethod
    def _contents(self, path: Path, tree: str | None) -> dict[str, str]: ...

    @abc.abstractmethod
    def _shapes(self, path: Path, tree: str | None) -> dict[str, tuple[int, ...]]: ...

    @abc.abstractmethod
    def _chunks(
        self, path: Path, tree: str | None, columns: Sequence[str], step: int
    ) -> Iterator[Chunk]: ...

    @abc.abstractmethod
    def _write(
        self, path: Path, tree: str | None, columns: Mapping[str, np.ndarray]
    ) -> None: ...


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever a library raises for a damaged file into one sentence."""
    try:
        yield
    except LikelyError:
        raise
    except MemoryError:  # also from a damaged length in a small file
        raise LikelyError(
            f"`{path}` asks for more memory than there is; read fewer `columns`, or "
            "copy it again if it is not that large, it is damaged then."
        ) from None
    except Exception as error:  # each library has its own dozen types for a bad file
        raise LikelyError(
            f"`{path}` cannot be read as a {path.suffix} file; is it complete, and "
            f"what its ending says? ({_told(error)})"
        ) from None


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {shorten(str(error), 200)}"


def no_tree(path: Path, tree: str | None) -> None:
    """Refuse a tree for a format that holds a single table."""
    if tree is not None:
        raise LikelyError(
            f"`tree` is `{tree}`, but a {path.suffix} file holds one table without a "
            "name; leave `tree` out."
        )


def no_arrays(path: Path, columns: Mapping[str, np.ndarray]) -> None:
    """Refuse arrays for a format that holds numbers only."""
    for name, array in columns.items():
        if array.ndim > 1:
            raise LikelyError(
                f"`{name}` is an array in each event, which a {path.suffix} file "
                "cannot hold; write .npz or .h5."
            )


def array_shape(dtype: np.dtype, shape: tuple[int, ...] = ()) -> tuple[int, ...]:
    """Return the shape of an array of numbers in each event; () if there is none."""
    whole = (*shape, *dtype.shape)
    return whole if dtype.base.kind in "biuf" and 0 not in whole else ()


def why_not(dtype: np.dtype, shape: tuple[int, ...] = ()) -> str:
    """Return why entries of `dtype` and `shape` are not one number an event, or ""."""
    if dtype.shape or shape:
        return f"it has an array of shape {dtype.shape or shape} in each event"
    if dtype.names:
        return "it is a record of several fields"
    if dtype.kind not in "biuf":
        return f"it is not numeric ({dtype})"
    return ""
