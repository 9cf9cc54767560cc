"""Progress on standard error, for what takes longer than a moment."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import final

from ..core.listener import Advance, use_progress

PATIENCE = 2.0  # seconds in which nothing is shown


@contextmanager
def showing_progress(*, quiet: bool = False) -> Iterator[None]:
    """Show how far the work inside the block is, unless `quiet`."""
    if quiet:
        yield
        return
    display = _Bars() if sys.stderr.isatty() else _Lines()
    with use_progress(display.listen):
        try:
            yield
        finally:
            display.stop()


@final
class _Bars:
    """Bars on a terminal, gone when the work is done."""

    def __init__(self):
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
        )

        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[text]}", markup=False),
            console=Console(stderr=True),
            transient=True,
        )
        self._lock = threading.Lock()
        self._stopped = False

    @contextmanager
    def listen(self, label: str, total: int | None) -> Iterator[Advance]:
        task = self._progress.add_task(label, total=total, text="")
        timer = threading.Timer(PATIENCE, self._start)
        timer.daemon = True
        timer.start()

        def advance(text: str = "") -> None:
            self._progress.update(task, advance=1, text=text)

        try:
            yield advance
        finally:
            timer.cancel()
            self._progress.remove_task(task)

    def _start(self) -> None:
        with self._lock:
            if not self._stopped:
                self._progress.start()

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            self._progress.stop()


@final
class _Lines:
    """One line for each long stage, where standard error is a file or a pipe."""

    @contextmanager
    def listen(self, label: str, total: int | None) -> Iterator[Advance]:
        steps = f" ({total} steps)" if total else ""
        message = f"likely: {label}{steps} ..."
        timer = threading.Timer(PATIENCE, _write_line, [message])
        timer.daemon = True
        timer.start()

        def advance(text: str = "") -> None:
            pass

        try:
            yield advance
        finally:
            timer.cancel()

    def stop(self) -> None:
        pass


def _write_line(text: str) -> None:
    sys.stderr.write(text + "\n")
