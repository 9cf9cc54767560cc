"""The course of a training as event files of TensorBoard."""

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, final

from ...core import LikelyError
from .log import AbstractLog, Epoch
from .packages import check_package

# By which our files are known, so that none of another program is removed.
SUFFIX = ".likely"


@final
class TensorBoard(AbstractLog):
    """Writes curves that `tensorboard --logdir FOLDER` shows, epoch by epoch.

    Tags are those of `Training`: `training_loss`, `validation_loss`, `gradient_norm`,
    `learning_rate`, of several networks the mean, and `member-3/training_loss` and so
    on of each.

    Args:
        folder: Made if it is not there; one for each training, since event files that
            an earlier one has left there are replaced.

    Raises:
        LikelyError: If the package tensorboardX is not installed.
    """

    def __init__(self, folder: str | os.PathLike[str]):
        check_package("tensorboard")
        self.folder = Path(folder)
        self._writer: Any = None
        self._epoch = 0

    def begin(self, earlier: Sequence[Epoch]) -> None:
        """Write a file with the epochs so far.

        Raises:
            LikelyError: If the folder cannot be written.
        """
        self._close()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for file in self.folder.glob(f"*.tfevents.*{SUFFIX}"):
                file.unlink()
            self._writer = self._opened(SUFFIX)
            self._epoch = 0
            for epoch in earlier:
                self._write(epoch.number, epoch.curves)
            self._writer.flush()
        except OSError as error:
            with suppress(OSError):
                self._close()
            raise LikelyError(
                f"event files cannot be written to `{self.folder}`: "
                f"{error.strerror or error}."
            ) from None

    def note(self, epoch: Epoch) -> None:
        """Append an epoch."""
        self._write(epoch.number, epoch.curves)
        self._writer.flush()

    def end(self, *, ok: bool) -> None:
        """Close the file."""
        self._close()

    def conclude(self, values: Mapping[str, float], folder: Path | None) -> None:
        """Write the numbers as points at the last epoch, in a file of their own."""
        # The first file may have been made in the same second, which its name has.
        self._writer = self._opened(f".end{SUFFIX}")
        self._write(self._epoch, values)
        self._close()

    def _opened(self, suffix: str) -> Any:
        from tensorboardX.event_file_writer import EventsWriter

        # `SummaryWriter` writes in a thread: a full disk would end that thread without
        # a word, and its queue, once full, would hold up the training for ever.
        return EventsWriter(str(self.folder / "events"), suffix)

    def _write(self, number: int, values: Mapping[str, float]) -> None:
        # Generated code, of which a type checker finds no names.
        events: Any = import_module("tensorboardX.proto.event_pb2")
        summaries: Any = import_module("tensorboardX.proto.summary_pb2")
        content = summaries.Summary()
        for tag, value in values.items():
            content.value.add(tag=tag, simple_value=value)
        event = events.Event(wall_time=time.time(), step=number, summary=content)
        self._writer.write_event(event)
        self._epoch = number

    def _close(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
