"""Which events belong to which model of a simultaneous fit."""

import numpy as np

from ..data import Dataset
from .document import Document
from .plan import Plan
from .sources import placed
from .yaml_reader import Path


def split(
    events: Dataset, plan: Plan, document: Document, notes: list[str]
) -> dict[str, Dataset]:
    """Return the events of each category, and note which they are.

    Raises:
        LikelyError: If a category has none, an event is in two, or the values of the
            column are not one for each model.
    """
    conditions = _conditions(events, plan, document)
    found: dict[str, Dataset] = {}
    for name, text in conditions.items():
        place: Path = ("simultaneous", "models", name)
        with placed(document, place):
            found[name] = events.select(text)
        if not len(found[name]):
            raise document.error(
                place, f"has none of the {len(events)} selected events: `{text}`."
            )
    total = sum(len(part) for part in found.values())
    both = " + ".join(f"where({text}, 1, 0)" for text in conditions.values())
    twice = len(events.select(f"{both} > 1"))
    if twice:
        raise document.error(
            ("simultaneous", "models"),
            f"have {twice} of {len(events)} events in more than one of them; an event "
            "must count once.",
        )
    if total < len(events):
        notes.append(
            f"{len(events) - total} of {len(events)} events belong to no model."
        )
    notes += [f"`{name}` has the events of `{t}`." for name, t in conditions.items()]
    return found


def _conditions(events: Dataset, plan: Plan, document: Document) -> dict[str, str]:
    """Return the condition of each category.

    By a column without values in the study, they are its values in their order.
    """
    if plan.by is None:
        return {model.name: model.when or "" for model in plan.models}
    if plan.models[0].value is not None:
        return {model.name: f"{plan.by} == {model.value}" for model in plan.models}
    bad = int((~np.isfinite(np.asarray(events[plan.by], float))).sum())
    if bad:
        raise document.error(
            ("simultaneous", "by"),
            f"is `{plan.by}`, which is not finite in {bad} of {len(events)} selected "
            f"events; leave them out, with `isfinite({plan.by})`.",
        )
    values = [float(value) for value in np.unique(events[plan.by])]
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
