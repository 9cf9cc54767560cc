"""The folder of a run: which folder may become one, its log, and its files."""

import os
import time
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import final

from ..core.errors import LikelyError
from ..core.files import write_whole

LOG = "log.txt"
_MARK = "likely "  # the first word of every log, by which a run folder is known
_RESULTS = ("result.json", "report.html", "model.json", "model.safetensors")


@final
class RunFolder:
    """A folder that belongs to a run, and its log.

    Args:
        path: Where it is.
    """

    def __init__(self, path: Path):
        self.path = path
        self._log = [f"{_MARK}{version('likely')}"]
        self._made = False

    @staticmethod
    def claim(path: str | os.PathLike[str]) -> "RunFolder":
        """Return the folder if a run may write there; nothing is made yet.

        Raises:
            LikelyError: If it is a file, holds files of no run, or cannot be written.
        """
        folder = Path(path).expanduser().absolute()
        try:
            if folder.exists() and not folder.is_dir():
                raise LikelyError(
                    f"`--out {folder}` is a file; name a folder that is to be made."
                )
            if folder.is_dir() and any(folder.iterdir()) and not _is_run(folder):
                raise LikelyError(
                    f"`--out {folder}` holds files that are of no run of likely; "
                    "name another folder, or empty this one."
                )
            parent = next(p for p in (folder, *folder.parents) if p.exists())
        except (OSError, ValueError) as error:
            if isinstance(error, LikelyError):
                raise
            raise _unwritable(folder, error) from None
        if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
            raise LikelyError(
                f"`--out {folder}` cannot be made: `{parent}` is not a folder that "
                "may be written."
            )
        return RunFolder(folder)

    def make(self) -> None:
        """Make the folder.

        Raises:
            LikelyError: If that fails.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except (OSError, ValueError) as error:
            raise _unwritable(self.path, error) from None
        self._made = True
        self.note(f"run folder {self.path}")

    def note(self, text: str) -> None:
        """Add lines to the log with the time; nothing is written before `make`."""
        self._log.append(f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {text}")
        if self._made:
            self.write(LOG, "\n".join(self._log) + "\n")

    def write(self, name: str, content: str) -> None:
        """Write a file, whole or not at all."""
        write_whole(self.path / name, content)

    def clear(self) -> None:
        """Remove the results of an earlier run, which would contradict the new ones."""
        for name in _RESULTS:
            (self.path / name).unlink(missing_ok=True)
        self.keep_figures(())

    def keep_figures(self, kept: Iterable[Path]) -> None:
        """Remove the figures of an earlier run, all but those `kept`."""
        names = {path.name for path in kept}
        for kind in ("png", "pdf"):
            for figure in (self.path / "figures").glob(f"*.{kind}"):
                if figure.name not in names:
                    figure.unlink(missing_ok=True)


def _is_run(folder: Path) -> bool:
    try:
        with (folder / LOG).open(encoding="utf-8", errors="replace") as log:
            return log.readline().startswith(_MARK)
    except OSError:
        return False


def _unwritable(folder: Path, error: OSError | ValueError) -> LikelyError:
    reason = getattr(error, "strerror", None) or error
    return LikelyError(f"`--out {folder}` cannot be used: {reason}.")
