"""What a search has found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from ...core.errors import LikelyError
from .trial import STATES, Trial, best_first, in_words

# Rows of the table as text.
MOST_ROWS = 20


@final
@dataclass(frozen=True)
class Search:
    """The trials of a search, and the best of them.

    Args:
        trials: In the order of their numbers.
        seconds: That the search took, all runs of it together.
    """

    trials: tuple[Trial, ...]
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Return whether a trial came to its end."""
        return any(t.state == "complete" for t in self.trials)

    @property
    def best(self) -> Trial:
        """Return the trial of the smallest value, the first of equal ones.

        Raises:
            LikelyError: If no trial came to its end.
        """
        if not self.ok:
            reasons = [t.message for t in self.trials if t.message]
            first = f" The first says: {reasons[0]}" if reasons else ""
            raise LikelyError(
                f"none of the {len(self.trials)} trials came to its end.{first}"
            )
        return self.in_order[0]

    @property
    def in_order(self) -> list[Trial]:
        """Return the complete trials by their values, then the pruned, the failed."""
        return best_first(self.trials)

    @property
    def message(self) -> str:
        """Return what became of the search, in a sentence."""
        count = len(self.trials)
        few = {s: sum(t.state == s for t in self.trials) for s in STATES}
        text = f"{count} trial{'s' * (count != 1)}"
        text += f", {few['pruned']} of them given up early" * bool(few["pruned"])
        text += f", {few['failed']} failed" * bool(few["failed"])
        if not self.ok:
            return f"{text}; none came to its end."
        best = self.best
        options = ", ".join(f"{k} = {in_words(v)}" for k, v in best.parameters.items())
        return f"{text}; the best is trial {best.number}, {best.value:.6g}: {options}."

    def to_dict(self) -> dict[str, Any]:
        """Return the search as `result.json` has it."""
        return {
            "best": self.best.number if self.ok else None,
            "parameters": dict(self.best.parameters) if self.ok else None,
            "seconds": round(self.seconds, 3),
            "trials": [trial.to_dict() for trial in self.trials],
        }

    def __str__(self) -> str:
        """Return the sentence, and the trials as a table, the best first."""
        names = list(self.trials[0].parameters) if self.trials else []
        head = ["trial", "state", "value", "seconds", *names]
        rows = [_row(t, names) for t in self.in_order[:MOST_ROWS]]
        cells = [head, *rows]
        widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
        lines = [
            "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
            for row in cells
        ]
        lines.insert(1, "-" * sum([*widths, 2 * (len(widths) - 1)]))
        more = len(self.trials) - len(rows)
        foot = [f"and {more} more trials"] if more else []
        return "\n".join([self.message, *lines, *foot])


def _row(trial: Trial, names: list[str]) -> list[str]:
    value = "" if trial.value is None else f"{trial.value:.6g}"
    options: Mapping[str, Any] = trial.parameters
    each = [in_words(options[name]) for name in names]
    return [str(trial.number), trial.state, value, f"{trial.seconds:.1f}", *each]
