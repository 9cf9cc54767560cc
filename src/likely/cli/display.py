"""Text as wide as the terminal, and progress for what takes longer than a moment."""

import re
import shutil
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import final

from ..core.listener import Advance, use_progress

PATIENCE = 2.0  # seconds in which nothing is shown
INTERVAL = 30.0  # seconds between two lines of one stage
_LAST_COLUMN = re.compile(r".*\S  +(?=\S)")


def show(text: str) -> None:
    """Print text, on a terminal with what is too long under its last column."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns
        text = "\n".join(_wrapped(line, width) for line in text.splitlines())
    print(text)


def _wrapped(line: str, width: int) -> str:
    before = _LAST_COLUMN.match(line)
    return textwrap.fill(
        line,
        max(width, 40),  # narrower than any table
        subsequent_indent=" " * (before.end() if before else 0),
        break_long_words=False,  # the name of a file can be copied
        break_on_hyphens=False,
    )


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
            TimeRemainingColumn,
        )

        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
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
    """Lines for each long stage, where standard error is a file or a pipe."""

    @contextmanager
    def listen(self, label: str, total: int | None) -> Iterator[Advance]:
        steps = f" ({total} steps)" if total else ""
        message = f"likely: {label}{steps} ..."
        timer = threading.Timer(PATIENCE, _write_line, [message])
        timer.daemon = True
        timer.start()
        begin = told = time.monotonic()
        done = 0

        def advance(text: str = "") -> None:
            nonlocal done, told
            done += 1
            now = time.monotonic()
            if total and now - told > INTERVAL:
                told = now
                left = (now - begin) / done * (total - done)
                tail = f", {text}" if text else ""
                _write_line(
                    f"likely: {label} {done} of {total}, {left:.0f} s left{tail}"
                )

        try:
            yield advance
        finally:
            timer.cancel()

    def stop(self) -> None:
        pass


def _write_line(text: str) -> None:
    sys.stderr.write(text + "\n")
