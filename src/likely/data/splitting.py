"""What splitting events into categories asks of them, in memory or in files."""

import numpy as np
from jaxtyping import Shaped

from .dataset import Dataset
from .lazy import Stream

# A column of more values than these has no categories: no more are looked for.
MOST = 1000


def number_of(events: Dataset | Stream) -> int:
    """Return the number of events; those of a stream are counted, file by file."""
    if isinstance(events, Dataset):
        return len(events)
    one = events.only(events.names[:1])
    return sum(part.events_selected for _, part in one.parts())


def values_of(events: Dataset | Stream, column: str) -> Shaped[np.ndarray, " values"]:
    """Return the values of a column, each once, sorted.

    Of a stream only some where they are more than a thousand.

    Raises:
        LikelyError: If there is no such column.
    """
    if isinstance(events, Dataset):
        return np.unique(events[column])
    found = np.zeros(0)
    for _, part in events.only([column]).parts():
        found = np.asarray(np.union1d(found, part.columns[column]))
        if len(found) > MOST:
            break
    return found


def number_in_several(events: Dataset | Stream, conditions: list[str]) -> int:
    """Return how many events fulfil more than one of the conditions."""
    both = " + ".join(f"where({text}, 1, 0)" for text in conditions)
    return number_of(events.select(f"{both} > 1"))
