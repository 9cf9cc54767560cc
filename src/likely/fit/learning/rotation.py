"""Events of which each member of an ensemble learns another part."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Int

from ...core import LikelyError
from ...data import Samples


@final
@dataclass(frozen=True, eq=False)
class Rotation:
    """Events, and which of them each member of an ensemble learns.

    Args:
        samples: All events.
        train: Rows of the events that each member learns.
        validation: Rows of those that watch it; empty for none.
    """

    samples: Samples
    train: tuple[Int[np.ndarray, " _"], ...]
    validation: tuple[Int[np.ndarray, " _"], ...] = ()

    @staticmethod
    def of_folds(
        samples: Samples, fold: Any, *, validation: float = 0.0, seed: int = 0
    ) -> "Rotation":
        """Return a rotation: member m learns from all events but those of fold m.

        Args:
            samples: All events.
            fold: Number of the fold of each event, from 0; `lk.folds` makes it.
            validation: Fraction of what a member would learn that watches it instead.
            seed: Of the choice of these events.

        Raises:
            LikelyError: If `fold` has not an entry for each event, there are fewer than
                two folds, or a member has no events to learn.
        """
        folds = np.asarray(fold)
        if folds.shape != (len(samples),) or folds.dtype.kind not in "iu":
            raise LikelyError(
                f"`fold` must be a whole number for each of {len(samples)} events; got "
                f"{folds.dtype} of shape {folds.shape}."
            )
        if not 0 <= validation < 1:
            raise LikelyError(f"`validation` must be in [0, 1); got {validation:g}.")
        u = np.random.default_rng(seed).random(len(folds))
        members = int(folds.max()) + 1
        parts = [np.flatnonzero(folds != m).astype(np.int32) for m in range(members)]
        train = tuple(rows[u[rows] >= validation] for rows in parts)
        watch = tuple(rows[u[rows] < validation] for rows in parts)
        if members < 2 or folds.min() < 0 or not all(len(rows) for rows in train):
            raise LikelyError(
                f"`fold` must number at least two folds from 0; got {folds.min()} to "
                f"{folds.max()} for {len(folds)} events."
            )
        return Rotation(samples, train, watch if validation else ())

    @property
    def size(self) -> int:
        """Return the number of members."""
        return len(self.train)
