"""Which events belong to which model of a simultaneous fit."""

from typing import TypeVar

import numpy as np

from ..data import Dataset, Stream, number_in_several, number_of, values_of
from .document import Document
from .plan import Plan
from .sources import placed
from .yaml_reader import Path

Events = TypeVar("Events", Dataset, Stream)


def split(
    events: Events, plan: Plan, document: Document, notes: list[str]
) -> dict[str, Events]:
    """Return the events of each category, and note which they are.

    Those of a stream are not counted: its fit says which category has none.

    Raises:
        LikelyError: If a category has none, an event is in two, or the values of the
            column are not one for each model.
    """
    conditions = _conditions(events, plan, document)
    found: dict[str, Events] = {}
    for name, text in conditions.items():
        place: Path = ("simultaneous", "models", name)
        with placed(document, place):
            part = events.select(text)
        found[name] = part
        if isinstance(events, Dataset) and not number_of(part):
            raise document.error(
                place, f"has none of the {len(events)} selected events: `{text}`."
            )
    _check_disjoint(events, list(conditions.values()), plan, document)
    if isinstance(events, Dataset):
        lost = len(events) - sum(number_of(part) for part in found.values())
        if lost:
            notes.append(f"{lost} of {len(events)} events belong to no model.")
    notes += [f"`{name}` has the events of `{t}`." for name, t in conditions.items()]
    return found


def _check_disjoint(
    events: Dataset | Stream, conditions: list[str], plan: Plan, document: Document
) -> None:
    if plan.by is not None:
        return  # an event has one value of the column
    twice = number_in_several(events, conditions)
    if twice:
        raise document.error(
            ("simultaneous", "models"),
            f"have {twice} of {number_of(events)} events in more than one of them; an "
            "event must count once.",
        )


def _conditions(
    events: Dataset | Stream, plan: Plan, document: Document
) -> dict[str, str]:
    """Return the condition of each category.

    By a column without values in the study, they are its values in their order.
    """
    if plan.by is None:
        return {model.name: model.when or "" for model in plan.models}
    if plan.models[0].value is not None:
        return {model.name: f"{plan.by} == {model.value}" for model in plan.models}
    values = [float(value) for value in values_of(events, plan.by)]
    if not np.isfinite(values).all():
        bad = number_of(events.select(f"not isfinite({plan.by})"))
        raise document.error(
            ("simultaneous", "by"),
            f"is `{plan.by}`, which is not finite in {bad} of {number_of(events)} "
            f"selected events; leave them out, with `isfinite({plan.by})`.",
        )
    if len(values) != len(plan.models):
        shown = ", ".join(f"{value:g}" for value in values[:8])
        more = ", ..." if len(values) > 8 else ""
        raise document.error(
            ("simultaneous", "by"),
            f"is `{plan.by}`, with the values {shown}{more}, and there are "
            f"{len(plan.models)} models; say which value each has (`value: 0`).",
        )
    pairs = zip(plan.models, values, strict=True)
    return {model.name: f"{plan.by} == {_text(value)}" for model, value in pairs}


def _text(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
