"""Files that are written whole or not at all, and their fingerprint."""

import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import LikelyError


def write_whole(path: str | os.PathLike[str], content: bytes | str) -> None:
    """Write `content` to `path`, so that a run killed meanwhile leaves the old file.

    Args:
        path: The file to make or to replace.
        content: Text is written in UTF-8, with the line ends it has.

    Raises:
        LikelyError: If the folder does not exist or cannot be written.
    """
    data = content.encode() if isinstance(content, str) else content
    with whole_file(path) as temporary:
        try:
            temporary.write_bytes(data)
        except OSError as error:
            raise _unwritable(Path(path), error) from None


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path of the same ending, which becomes `path` on success.

    The temporary file lies in the same folder, since only a rename within one file
    system is atomic; it is removed if the body raises.

    Args:
        path: The file to make or to replace.

    Raises:
        LikelyError: If the folder does not exist or cannot be written.
    """
    path = Path(path)
    if not path.name:
        raise LikelyError(f"cannot write `{path}`: it is a folder; name a file.")
    temporary = path.with_name(f".{path.stem[:40]}.{uuid.uuid4().hex}{path.suffix}")
    try:
        if path.is_dir():
            raise IsADirectoryError(0, "it is a folder")
        temporary.open("xb").close()
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from None
    try:
        yield temporary
        try:
            _to_disk(temporary)
            os.replace(temporary, path)
            _to_disk(path.parent)
        except OSError as error:
            raise _unwritable(path, error) from None
    finally:
        temporary.unlink(missing_ok=True)


def sha256_of(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file in hexadecimal digits, read piece by piece."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _to_disk(path: Path) -> None:
    # Without it a power cut after the rename may leave an empty file of that name.
    if path.is_dir() and os.name != "posix":
        return  # Windows opens no folders, and orders its renames itself
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritable(path: Path, error: OSError | ValueError) -> LikelyError:
    if not path.parent.is_dir():
        return LikelyError(
            f"cannot write `{path}`: there is no folder `{path.parent}`; make it first."
        )
    reason = getattr(error, "strerror", None) or error
    return LikelyError(f"cannot write `{path}`: {reason}.")
