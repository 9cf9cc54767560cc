"""The course of a training as a plain table that grows."""

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, final

from ...core import write_whole
from .log import CURVES, AbstractLog, Epoch

COLUMNS = ("epoch", "member", *CURVES, "seconds")


@final
class MetricsFile(AbstractLog):
    """Writes a CSV file with a line for each epoch and member, at once.

    A member that has stopped has no more lines; what is not known is empty.

    Args:
        file: The file to make or to replace. A training that goes on from a checkpoint
            begins it anew, with the epochs of the checkpoint.
    """

    def __init__(self, file: str | os.PathLike[str]):
        self.file = Path(file)
        self._stream: Any = None

    def begin(self, earlier: Sequence[Epoch]) -> None:
        """Write the file with the epochs so far."""
        self._close()
        lines = [COLUMNS, *(line for epoch in earlier for line in _lines(epoch))]
        write_whole(self.file, _text(lines))
        self._stream = self.file.open("a", encoding="utf-8", newline="")

    def note(self, epoch: Epoch) -> None:
        """Append an epoch."""
        self._stream.write(_text(_lines(epoch)))
        self._stream.flush()

    def end(self, *, ok: bool) -> None:
        """Close the file."""
        self._close()

    def conclude(self, values: Mapping[str, float], folder: Path | None) -> None:
        """Do nothing: the file is of epochs."""

    def _close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()


def _lines(epoch: Epoch) -> list[tuple[Any, ...]]:
    return [
        (
            epoch.number,
            member,
            *(f"{known[name]:.8g}" if name in known else "" for name in CURVES),
            f"{epoch.seconds:.6g}",
        )
        for member, known in enumerate(epoch.members)
        if known
    ]


def _text(lines: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()
