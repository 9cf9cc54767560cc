"""The ranges of the observables: which events lie in them."""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Bool

from ..core.observable import Observable
from ..data import Dataset
from .document import Document
from .plan import Plan


def range_notes(plan: Plan) -> list[str]:
    """Return a sentence for each observable whose range only selects events."""
    fitted = {observable.name for observable in plan.fitted}
    return [
        f"`{name}` is in no component; its range selects events."
        for name in plan.observables
        if name not in fitted
    ]


def in_range(
    events: Dataset,
    observables: Observable | Iterable[Observable],
    document: Document,
) -> Bool[np.ndarray, " events"]:
    """Return which events lie in the range of an observable, or of all of several.

    Raises:
        LikelyError: If a value is not finite, or no event is in the range.
    """
    single = isinstance(observables, Observable)
    observables = [observables] if single else list(observables)
    for observable in observables:
        _check_range(events, observable, document)
    inside = in_ranges(events, observables)
    if not inside.any():
        listed = " and ".join(f"`{observable.name}`" for observable in observables)
        raise document.error(
            ("observables",),
            f"have none of the {len(events)} selected events in the ranges of {listed} "
            "at once; mend the ranges or the units.",
        )
    return inside


def _check_range(events: Dataset, observable: Observable, document: Document) -> None:
    path = ("observables", observable.name)
    values = np.asarray(events[observable.name], float)
    bad = ~np.isfinite(values)
    if bad.any():
        raise document.error(
            path,
            f"is not finite in {int(bad.sum())} of {len(values)} selected events; "
            f"leave them out, with `data.select` such as isfinite({observable.name}).",
        )
    if not in_ranges(events, [observable]).any():
        raise document.error(
            path,
            f"has none of the {len(values)} selected events in its range "
            f"[{observable.lower:g}, {observable.upper:g}]: they span "
            f"[{values.min():g}, {values.max():g}]; mend the range or the unit.",
        )


def in_ranges(
    events: Dataset, observables: Iterable[Observable]
) -> Bool[np.ndarray, " events"]:
    """Return which events lie in all of these ranges."""
    inside = np.ones(len(events), bool)
    for observable in observables:
        values = np.asarray(events[observable.name], float)
        inside &= (values >= observable.lower) & (values <= observable.upper)
    return inside
