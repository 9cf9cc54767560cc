"""Where trials are made: a contract, and this process, one after the other."""

import abc
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, final

# What a trial is given: "number", "parameters" and "bars".
Task: TypeAlias = Mapping[str, Any]
# What it leaves: "state", "value", "losses", "seconds" and "message".
Outcome: TypeAlias = Mapping[str, Any]
Evaluate: TypeAlias = Callable[[Task], Outcome]


class AbstractPool(abc.ABC):
    """Something that makes trials."""

    @property
    @abc.abstractmethod
    def room(self) -> int:
        """Return how many trials should be under way at most."""

    @abc.abstractmethod
    def start(self, task: Task) -> None:
        """Begin a trial, or put it in the queue."""

    @abc.abstractmethod
    def finished(self) -> tuple[int, Outcome]:
        """Wait for a trial that was begun, and return its number and what it left."""


@final
class InTurn(AbstractPool):
    """Trials one after the other, in this process.

    Args:
        evaluate: Makes a trial.
    """

    def __init__(self, evaluate: Evaluate):
        self._evaluate = evaluate
        self._queue: deque[Task] = deque()

    @property
    def room(self) -> int:
        return 1

    def start(self, task: Task) -> None:
        self._queue.append(task)

    def finished(self) -> tuple[int, Outcome]:
        task = self._queue.popleft()
        return task["number"], self._evaluate(task)
