"""What a log is told of a training."""

import abc
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import final

import numpy as np
from jaxtyping import Float

LONGEST = 200  # characters of a reason
# Of each member, as `Training` has them.
CURVES = ("training_loss", "validation_loss", "gradient_norm", "learning_rate")


@final
@dataclass(frozen=True, eq=False)
class Epoch:
    """One epoch of a training; losses are those of an event.

    Args:
        number: From 1.
        training_loss: Mean while the weights moved, of each member; `nan` of one that
            has stopped.
        validation_loss: At the end; `nan` without validation events.
        gradient_norm: Root of the mean square of the gradients of batches.
        learning_rate: At the end.
        seconds: That it took.
    """

    number: int
    training_loss: Float[np.ndarray, " members"]
    validation_loss: Float[np.ndarray, " members"]
    gradient_norm: Float[np.ndarray, " members"]
    learning_rate: Float[np.ndarray, " members"]
    seconds: float

    @cached_property
    def members(self) -> tuple[dict[str, float], ...]:
        """Return what is known of each member, empty of one that has stopped."""
        found = []
        for values in zip(*(getattr(self, name) for name in CURVES), strict=True):
            known = {n: float(v) for n, v in zip(CURVES, values, strict=True)}
            # A network alone has no epochs after its last: there it ran away.
            if math.isnan(known["training_loss"]) and len(self.training_loss) > 1:
                known = {}
            found.append({n: v for n, v in known.items() if not math.isnan(v)})
        return tuple(found)

    @cached_property
    def curves(self) -> dict[str, float]:
        """Return a point of each curve: means, and `member-3/...` where are several."""
        names = dict.fromkeys(name for known in self.members for name in known)
        found = {
            name: float(
                np.mean([known[name] for known in self.members if name in known])
            )
            for name in names
        }
        if len(self.members) > 1:
            for m, known in enumerate(self.members):
                found |= {f"member-{m}/{name}": v for name, v in known.items()}
        return {**found, "seconds": self.seconds}


def reason_of(error: Exception) -> str:
    """Return what an error says, in a line: some quote whole pages."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text.rstrip(".") if len(text) <= LONGEST else f"{text[:LONGEST]} [...]"


class AbstractLog(abc.ABC):
    """Where the course of a training is told to.

    `Logs` calls it: `begin`, then `note` after each epoch, then `end`; `conclude` later
    if there is more to tell. After an error of `note` it is not called again before the
    end of the training, where `begin` is called with all epochs.
    """

    @abc.abstractmethod
    def begin(self, earlier: Sequence[Epoch]) -> None:
        """Start, so that there is each epoch that was made before, and no other.

        Raises:
            LikelyError: If that cannot be; no epoch is made then.
        """

    @abc.abstractmethod
    def note(self, epoch: Epoch) -> None:
        """Add an epoch. Any error may be raised."""

    @abc.abstractmethod
    def end(self, *, ok: bool) -> None:
        """Finish: the training is over. Any error may be raised.

        Args:
            ok: Whether it went well.
        """

    @abc.abstractmethod
    def conclude(self, values: Mapping[str, float], folder: Path | None) -> None:
        """Add what is known of the trained model. Any error may be raised.

        Args:
            values: Numbers by name.
            folder: Files that belong to it, or None.
        """
