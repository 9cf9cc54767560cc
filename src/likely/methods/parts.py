"""Events in parts and in folds: who learns them, and who judges them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float, Int

from ..core import LikelyError
from ..data import Dataset, Samples, folds as make_folds
from ..fit import Rotation
from ..fit.losses import AbstractLearningLoss


@final
@dataclass(frozen=True)
class CrossOptions:
    """How events are dealt out to the members of a rotation of folds.

    Args:
        loss: The likelihood; None for that of the method.
        balanced: Whether weights are scaled so that all classes weigh the same.
        validation: Fraction of the events of a member that watches it.
        seed: Of the folds.
    """

    loss: AbstractLearningLoss | None = None
    balanced: bool = False
    validation: float = 0.2
    seed: int = 0


DEFAULT = CrossOptions()


def samples_of_parts(
    parts: Mapping[str, Dataset], samples_of: Callable[[Dataset], Samples]
) -> dict[str, Samples]:
    """Return the events that a network learns, and those that watch it.

    Raises:
        LikelyError: If there is no part "train".
    """
    part_of(parts, "train")
    learnt = [name for name in ("train", "validation") if name in parts]
    return {name: samples_of(parts[name]) for name in learnt}


def rotation_of(
    samples: Samples, folds: int, options: CrossOptions, *, strata: Any = None
) -> tuple[Int[np.ndarray, " events"], Rotation]:
    """Return the fold of each event, and which events each network learns.

    Raises:
        LikelyError: If there are fewer events than folds, or fewer than two folds.
    """
    fold = make_folds(len(samples), folds, seed=options.seed, strata=strata)
    share, seed = options.validation, options.seed
    return fold, Rotation.of_folds(samples, fold, validation=share, seed=seed)


def part_of(parts: Mapping[str, Dataset], part: str) -> Dataset:
    """Return the events of a part.

    Raises:
        LikelyError: If there is none of that name.
    """
    if part not in parts:
        raise LikelyError(
            f"there is no part `{part}`; there are {', '.join(parts) or 'none'}."
        )
    return parts[part]


def predicted(found: Any, part: str) -> Float[np.ndarray, "..."]:
    """Return what a classification or a regression says of the events of a part.

    Of a rotation of folds it is said by the networks that `rotated` takes.

    Raises:
        LikelyError: If there is no such part.
    """
    data = part_of(found.parts, part)
    if found.fold is None:
        return found.predictor(data)
    return rotated(found.predictor.members(data), found.fold, part)


def rotated(
    each: Float[np.ndarray, "members events *shape"] | Any,
    fold: Int[np.ndarray, " events"],
    part: str,
) -> Float[np.ndarray, "..."]:
    """Return predictions of events by members of a rotation.

    Args:
        each: Of each member for each event.
        fold: The member that has not seen the event.
        part: "train" for the mean of the members that have, else that of the one.
    """
    alone = each[fold, np.arange(len(fold))]
    if part != "train":
        return alone
    return (each.sum(axis=0) - alone) / (len(each) - 1)
