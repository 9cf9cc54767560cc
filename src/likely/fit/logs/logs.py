"""Logs of a training, none of which can end it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, final

import numpy as np

from ...core import LikelyError
from .log import AbstractLog, Epoch, reason_of


@final
class Logs:
    """Tells several logs of a training, which goes on where one of them fails.

    A log that cannot begin is an error before the first epoch. One that fails later is
    left alone until the training is over, and told of all epochs then; if it fails
    again, `failures` says so, which become notes of the result.

    Args:
        logs: That are told.
    """

    def __init__(self, *logs: AbstractLog):
        self.logs = logs
        self._failed: dict[AbstractLog, str] = {}
        self._begun: list[AbstractLog] = []

    @staticmethod
    def of(given: Any) -> "Logs":
        """Return a log, several, or None for none, as logs.

        Raises:
            LikelyError: If something else is given.
        """
        if given is None or isinstance(given, Logs):
            return NONE if given is None else given
        several = given if isinstance(given, Sequence) else (given,)
        for log in several:
            if not isinstance(log, AbstractLog):
                raise LikelyError(
                    "`log` must be a log, such as "
                    f"`lk.logs.TensorBoard(folder)`; got {type(log).__name__}."
                )
        return Logs(*several)

    @property
    def failures(self) -> tuple[str, ...]:
        """Return what logs did not get, in a sentence each."""
        return tuple(self._failed.values())

    @contextmanager
    def following(self, course: Any) -> Iterator[Callable[[], None]]:
        """Begin; give what is to be called after each epoch; end.

        Args:
            course: With `rows` of losses, norms and rates, and `seconds`, of each epoch
                so far; `diverged` is negative for members that did not.

        Raises:
            LikelyError: If a log cannot begin.
        """

        def epoch(place: int) -> Epoch:
            loss, watched, norm, rate = course.rows[place]
            return Epoch(place + 1, loss, watched, norm, rate, course.seconds[place])

        def note() -> None:
            last = epoch(len(course.rows) - 1)
            self._each(f"in epoch {last.number}", lambda log: log.note(last))

        def begin(log: AbstractLog) -> None:
            log.begin([epoch(place) for place in range(len(course.rows))])

        def end(log: AbstractLog) -> None:
            if log in self._failed:
                begin(log)
                del self._failed[log]
            log.end(ok=ok and not np.any(course.diverged >= 0))

        self._failed, self._begun, ok = {}, [], False
        try:
            for log in self.logs:
                begin(log)
                self._begun.append(log)
            yield note
            ok = True
        finally:
            self._each("at the end of the training", end, self._begun)

    def conclude(self, values: Mapping[str, float], folder: Path | None = None) -> None:
        """Tell the logs what is known of the trained model, also of one without epochs.

        Args:
            values: Numbers by name.
            folder: Files that belong to it.
        """

        def tell(log: AbstractLog) -> None:
            if log not in self._begun:
                log.begin([])
                log.end(ok=True)
            log.conclude(values, folder)

        self._each("with the trained model", tell)

    def _each(
        self,
        when: str,
        tell: Callable[[AbstractLog], None],
        logs: Sequence[AbstractLog] | None = None,
    ) -> None:
        if logs is None:
            logs = [log for log in self.logs if log not in self._failed]
        for log in logs:
            try:
                tell(log)
            # Hours of training are worth more than any log: whatever a disk, a server
            # or another package raises is kept as a sentence.
            except Exception as error:
                name = type(log).__name__
                text = f"the log {name} failed {when}: {reason_of(error)}."
                # What comes after a failure follows from it.
                self._failed.setdefault(log, text)


# One for all, by which minimisers without logs are equal.
NONE = Logs()
