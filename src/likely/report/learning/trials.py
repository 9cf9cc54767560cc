"""The trials of a search for hyperparameters, checked."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ...core import LikelyError, nearest
from ...fit.options import whole
from ...methods.search import Trial
from ...methods.search.trial import STATES


def trials_of(trials: Any) -> tuple[Trial, ...]:
    """Return trials in the order of their numbers.

    Args:
        trials: Mappings with "number", "state", "value", "parameters" and perhaps
            "seconds".

    Raises:
        LikelyError: If something is missing or of another type, or there is no such
            state.
    """
    if not isinstance(trials, Sequence) or isinstance(trials, str):
        raise LikelyError(
            "`trials` must be a list of trials, such as "
            f"`[t.to_dict() for t in search.trials]`; got {type(trials).__name__}."
        )
    return tuple(sorted((_trial(t) for t in trials), key=lambda t: t.number))


def is_number(value: Any) -> bool:
    """Return whether a value is a finite number, and no condition."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value)


def _trial(given: Any) -> Trial:
    if not isinstance(given, Mapping):
        raise LikelyError(
            "a trial must be a mapping, such as `search.best.to_dict()`; got "
            f"{type(given).__name__}."
        )
    needed = ("number", "state", "value", "parameters")
    missing = [k for k in needed if k not in given]
    if missing:
        raise LikelyError(
            f"a trial has {', '.join(needed)}; `{missing[0]}` is missing in "
            f"{dict(given)!r:.100}."
        )
    state, value = given["state"], given["value"]
    if state not in STATES:
        raise LikelyError(
            f"trial {given['number']} has the state `{state}`; "
            f"{nearest(str(state), STATES)}"
        )
    if not isinstance(given["parameters"], Mapping):
        raise LikelyError(
            f"trial {given['number']} must have `parameters` by their names; got "
            f"{given['parameters']!r:.80}."
        )
    number, seconds = whole("number", 0)(given["number"]), given.get("seconds")
    # A value that is not finite has no place on an axis; the trial has none.
    known = None if value is None else _number(given, "value")
    known = known if known is not None and math.isfinite(known) else None
    if state == "complete" and known is None:
        raise LikelyError(
            f"trial {given['number']} is complete and has the value {value!r}; give "
            'the loss, or the state "failed".'
        )
    return Trial(
        number,
        state,
        known,
        given["parameters"],
        math.nan if seconds is None else _number(given, "seconds"),
    )


def _number(given: Mapping[str, Any], key: str) -> float:
    try:
        return float(given[key])
    except (TypeError, ValueError):
        raise LikelyError(
            f"trial {given['number']} must have a number as `{key}`; got "
            f"{given[key]!r:.80}."
        ) from None
