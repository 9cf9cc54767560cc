"""A hook through which long work says how far it is; silent unless someone listens."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Protocol, TypeAlias


class Advance(Protocol):
    """Tells the listener that one step is done."""

    def __call__(self, text: str = "") -> None: ...


Listener: TypeAlias = Callable[[str, int | None], AbstractContextManager[Advance]]


@contextmanager
def _silent(label: str, total: int | None) -> Iterator[Advance]:
    def advance(text: str = "") -> None:
        pass

    yield advance


_LISTENER: ContextVar[Listener] = ContextVar("likely_progress", default=_silent)


def progress(label: str, total: int | None = None) -> AbstractContextManager[Advance]:
    """Announce work of `total` steps (None: unknown); call what it gives each step."""
    return _LISTENER.get()(label, total)


@contextmanager
def use_progress(listener: Listener) -> Iterator[None]:
    """Send the progress of everything inside the block to `listener(label, total)`."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)
