"""One trial of a search: the options that were tried, and what became of them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

STATES = ("complete", "pruned", "failed")


@final
@dataclass(frozen=True)
class Trial:
    """One choice of options, and what became of it.

    Args:
        number: Its place among the trials, from 0.
        state: "complete", "pruned" (given up on the way) or "failed".
        value: What is to be small; of a pruned trial the smallest loss seen, None of
            one that failed.
        parameters: The options, by name.
        seconds: That it took; nan if that is not known.
        losses: The loss after each epoch, where it was told; nan is None.
        message: Why it failed.
    """

    number: int
    state: str
    value: float | None
    parameters: Mapping[str, Any]
    seconds: float = 0.0
    losses: tuple[float | None, ...] = ()
    message: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the trial as a report and `result.json` have it."""
        return {
            "number": self.number,
            "state": self.state,
            "value": self.value,
            "parameters": dict(self.parameters),
            "seconds": round(self.seconds, 3),
        }

    def kept(self) -> dict[str, Any]:
        """Return all of the trial, as JSON can hold it."""
        return {
            **self.to_dict(),
            "losses": list(self.losses),
            "message": self.message,
        }

    @staticmethod
    def of_dict(kept: Mapping[str, Any]) -> "Trial":
        """Return the trial that `kept` has described.

        Raises:
            KeyError: If an entry is missing.
            TypeError: If an entry is of another type.
            ValueError: If there is no such state.
        """
        if kept["state"] not in STATES:
            raise ValueError(f"there is no state {kept['state']!r}")
        value = kept["value"]
        return Trial(
            int(kept["number"]),
            kept["state"],
            None if value is None else float(value),
            dict(kept["parameters"]),
            float(kept["seconds"]),
            tuple(kept["losses"]),
            str(kept["message"]),
        )


def best_first(trials: Iterable[Trial]) -> list[Trial]:
    """Return the complete trials by their values, then the pruned, the failed."""

    def place(trial: Trial) -> tuple[int, float, int]:
        known = math.inf if trial.value is None else trial.value
        return STATES.index(trial.state), known, trial.number

    return sorted(trials, key=place)


def in_words(value: Any) -> str:
    """Return the value of an option as text."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(in_words, value)) + "]"
    return str(value)


def known_losses(losses: Sequence[float]) -> tuple[float | None, ...]:
    """Return losses with None for those that are not finite, as JSON needs them."""
    return tuple(float(x) if math.isfinite(x) else None for x in losses)
