"""The trials of a search for hyperparameters, checked."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from ...core import LikelyError, nearest

STATES = ("complete", "pruned", "failed")


@final
@dataclass(frozen=True)
class Trial:
    """One choice of hyperparameters and what became of it.

    Args:
        number: Of the trial, in the order in which they began.
        state: "complete", "pruned" or "failed".
        value: The loss of the validation, smaller is better; None if there is none.
        parameters: The choice, by name.
        seconds: That it took, or None.
    """

    number: int
    state: str
    value: float | None
    parameters: Mapping[str, Any]
    seconds: float | None = None


def trials_of(trials: Sequence[Mapping[str, Any]]) -> tuple[Trial, ...]:
    """Return trials in the order of their numbers.

    Args:
        trials: Mappings with "number", "state", "value", "parameters" and perhaps
            "seconds".

    Raises:
        LikelyError: If something is missing, or there is no such state.
    """
    return tuple(sorted((_trial(t) for t in trials), key=lambda t: t.number))


def best_first(trials: Sequence[Trial]) -> list[Trial]:
    """Return the complete trials by value, then the pruned ones, then the failed."""

    def place(trial: Trial) -> tuple[int, float, int]:
        known = math.inf if trial.value is None else trial.value
        return STATES.index(trial.state), known, trial.number

    return sorted(trials, key=place)


def in_words(value: Any) -> str:
    """Return the value of a hyperparameter as text."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(in_words(v) for v in value) + "]"
    return str(value)


def is_number(value: Any) -> bool:
    """Return whether a value is a finite number, and no condition."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value)


def _trial(given: Mapping[str, Any]) -> Trial:
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
    # A value that is not finite has no place on an axis; the trial has none.
    known = float(value) if value is not None and math.isfinite(value) else None
    if state == "complete" and known is None:
        raise LikelyError(
            f"trial {given['number']} is complete and has the value {value!r}; give "
            'the loss, or the state "failed".'
        )
    return Trial(
        int(given["number"]), state, known, given["parameters"], given.get("seconds")
    )
