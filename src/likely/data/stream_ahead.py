"""Read the next chunk while the one before is computed."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

Item = TypeVar("Item")
_END: Any = object()
DEPTH = 2


def reading_thread() -> ThreadPoolExecutor:
    """Return a thread that reads, for all passes over the same files.

    A new one each pass takes a new part of the heap: 40 MB a pass of 20 million events.
    It ends with what holds it.
    """
    return ThreadPoolExecutor(1, thread_name_prefix="reading")


def ahead(items: Iterator[Item], thread: ThreadPoolExecutor) -> Iterator[Item]:
    """Yield the items, two of which are made in a thread beforehand.

    What the iterator raises is raised here, in its place.
    """
    waiting: deque[Future[Item]] = deque()
    try:
        # One thread: the futures are made, and end, in the order of the items.
        while True:
            while len(waiting) < DEPTH:
                waiting.append(thread.submit(next, items, _END))
            item = waiting.popleft().result()
            if item is _END:
                return
            yield item
            del item  # not kept while the next one is waited for
    finally:
        for future in waiting:
            future.cancel()
