"""The first look at all events of a stream: their number, and a sample of them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float

from ..core import AbstractDistribution, LikelyError, Observable, progress
from ..data import Part, Source, Stream, ahead, reading_thread
from .events_of import column_names

# A sample of so many events, or up to twice as many, is kept in memory.
SAMPLE = 1 << 20

Events = Float[np.ndarray, "dim _"]
Weights = Float[np.ndarray, " _"] | None


@final
@dataclass(frozen=True)
class Survey:
    """What is known of the events of a stream that a model uses.

    Args:
        stream: The events, of the model's columns only.
        n_events: Those in range, of a weight that is not zero.
        sum_of_weights: Of these.
        positive: Whether no weight is negative.
        events: A sample of them, every n-th, one row a column of the model.
        weights: Of the sample.
        sources: The files.
        thread: In which they are read.
    """

    stream: Stream
    n_events: int
    sum_of_weights: float
    positive: bool
    events: Events
    weights: Weights
    sources: tuple[Source, ...]
    thread: ThreadPoolExecutor


def used_events(
    model: Any, stream: Stream, thread: ThreadPoolExecutor
) -> Iterator[tuple[Events, Weights]]:
    """Yield the events inside the ranges of a model's observables, part by part.

    Events of weight zero are left out; the next part is read meanwhile.
    """
    return ahead((_used(model, part) for _, part in stream.parts()), thread)


def survey_of(model: AbstractDistribution, stream: Stream) -> Survey:
    """Read the events once, check them, and keep a sample.

    Raises:
        LikelyError: As `events_of` does for events in memory.
    """
    stream = stream.only(column_names(model))
    checks = [_Finite(f"column `{name}`") for name in stream.names]
    weights_check = _Finite("the weight")
    sample, total, thread = _Sample(), _Total(), reading_thread()
    counts = np.zeros((len(stream.locations), 2), int)
    with progress("looking at all events") as tell:
        for number, part in ahead(stream.parts(), thread):
            counts[number] += part.events_read, part.events_selected
            for name, check in zip(stream.names, checks, strict=True):
                check.add(np.asarray(part.columns[name], float))
            if part.weights is not None:
                weights_check.add(part.weights)
            events, weights = _used(model, part)
            total.add(events, weights)
            sample.add(events, weights)
            tell(f"{counts[:, 0].sum()} events")
    sources = stream.sources([(int(a), int(b)) for a, b in counts])
    for check in checks:
        check.done()
    if total.inside == 0:
        raise LikelyError(_nothing_in_range(model.observables, checks))
    weights_check.done()
    if stream.weighted and not total.weight > 0:
        raise LikelyError(
            "the sum of weights of the events in range must be > 0; "
            f"got {total.weight:g}. Check the weight column and `select`."
        )
    return Survey(
        stream,
        total.used,
        total.weight if stream.weighted else float(total.used),
        total.positive,
        *sample.kept(),
        sources,
        thread,
    )


def _used(model: AbstractDistribution, part: Part) -> tuple[Events, Weights]:
    columns = [np.asarray(column, float) for column in part.columns.values()]
    keep = np.ones(part.events_selected, bool)
    for observable, column in zip(model.observables, columns, strict=False):
        keep &= (column >= observable.lower) & (column <= observable.upper)
    weights = part.weights
    if weights is not None:
        keep &= weights != 0
    if keep.all():
        return np.stack(columns), weights
    events = np.stack([column[keep] for column in columns])
    return events, None if weights is None else weights[keep]


@final
class _Finite:
    """Counts the values of one column that are not finite, and its span."""

    def __init__(self, what: str):
        self.what = what
        self.count, self.bad = 0, 0
        self.first = (0, 0.0)
        self.least, self.largest = np.inf, -np.inf

    def add(self, column: Float[np.ndarray, " events"]) -> None:
        bad = ~np.isfinite(column)
        if bad.any():
            row = int(bad.argmax())
            if not self.bad:
                self.first = self.count + row, float(column[row])
            self.bad += int(bad.sum())
        elif len(column):
            self.least = min(self.least, float(column.min()))
            self.largest = max(self.largest, float(column.max()))
        self.count += len(column)

    def done(self) -> None:
        """Refuse the column if a value is not finite."""
        if self.bad:
            row, value = self.first
            raise LikelyError(
                f"{self.what} holds {self.bad} of {self.count} values that are not "
                f"finite, the first ({value}) in selected event {row}; select them "
                "away, for instance with `isfinite(...)`."
            )


@final
class _Total:
    """Counts events and adds up weights."""

    def __init__(self):
        self.inside, self.used, self.weight = 0, 0, 0.0
        self.positive = True

    def add(self, events: Events, weights: Weights) -> None:
        self.inside += events.shape[1]
        self.used += events.shape[1]
        if weights is not None and len(weights):
            self.weight += float(weights.sum())
            self.positive &= bool(weights.min() >= 0)


@final
class _Sample:
    """Every n-th event; n doubles where the sample becomes too large."""

    def __init__(self):
        self.stride, self.seen, self.count = 1, 0, 0
        self.parts: list[tuple[Events, Weights]] = []

    def add(self, events: Events, weights: Weights) -> None:
        first = -self.seen % self.stride
        chosen = slice(first, None, self.stride)
        # Copies: a view would keep the whole part in memory.
        few = events[:, chosen].copy()
        self.parts.append((few, None if weights is None else weights[chosen].copy()))
        self.seen += events.shape[1]
        self.count += few.shape[1]
        while self.count > 2 * SAMPLE:
            every = [
                (e[:, ::2], None if w is None else w[::2]) for e, w in [self.kept()]
            ]
            self.parts, self.stride = every, 2 * self.stride
            self.count = every[0][0].shape[1]

    def kept(self) -> tuple[Events, Weights]:
        """Return the sample."""
        events = np.concatenate([e for e, _ in self.parts], axis=1)
        weights = [w for _, w in self.parts if w is not None]
        return events, np.concatenate(weights) if weights else None


def _nothing_in_range(
    observables: tuple[Observable, ...], checks: list[_Finite]
) -> str:
    parts = [
        f"`{o.name}` spans [{c.least:g}, {c.largest:g}], its range is "
        f"[{o.lower:g}, {o.upper:g}]"
        for o, c in zip(observables, checks, strict=False)
    ]
    return (
        f"none of the {checks[0].count} events is in the range of the observables: "
        f"{'; '.join(parts)}. Check the range and the unit."
    )
