"""Boosted trees trained by events: the same result as that of a network."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import numpy as np
from jaxtyping import Float

from ...core import AbstractMinimiser, LikelyError, Result, progress
from ...data import Samples
from ...fit import LearningObjective, Rotation, Training
from ...fit.fit import fit, library_versions
from ...fit.learning.ensemble import stacked
from ...fit.learning.outcome import constant_loss
from ...fit.logs import Logs
from ...fit.losses import AbstractLearningLoss
from .arrays import networks_of
from .boosting import Boosting, refuse_minimiser
from .grow import Grown, grow
from .status import status_of


def boost_or_fit(
    net: Any,
    data: Any,
    loss: AbstractLearningLoss,
    outputs: int,
    minimisers: tuple[AbstractMinimiser | None, AbstractMinimiser],
) -> Result:
    """Return the result of training whatever stands in the place of a network.

    Args:
        net: `Boosting`, or a network.
        data: "train" and, if there are some, "validation"; or a rotation of folds.
        loss: What is minimised.
        outputs: Numbers that trees must give.
        minimisers: What the user gave, or None, and that of a network by default.

    Raises:
        LikelyError: If the events cannot be learnt from.
    """
    given, usual = minimisers
    if isinstance(net, Boosting):
        refuse_minimiser(given)
        return boost(net, data, loss, outputs)
    return fit(net, data, loss=loss, minimiser=given or usual)


def boost(
    boosting: Boosting,
    data: Mapping[str, Samples] | Rotation,
    loss: AbstractLearningLoss,
    outputs: int,
) -> Result:
    """Return the result of boosting trees by events; its model is a network.

    Args:
        boosting: What the trees are to be like.
        data: "train" and, if there are some, "validation"; or a rotation of folds.
        loss: As `boosted_loss` returns it.
        outputs: Numbers that it needs.

    Raises:
        LikelyError: If scikit-learn is not there, or the events are not for trees.
    """
    if boosting.members > 1 and isinstance(data, Rotation):
        raise LikelyError(
            "`Boosting(members=...)` stands beside folds, which have trees each; take "
            "one of them."
        )
    begin = time.perf_counter()
    pairs = _pairs(boosting, data)
    whole = data.samples if isinstance(data, Rotation) else data["train"]
    for samples in {id(s): s for pair in pairs for s in pair if s is not None}.values():
        _check(samples, loss, outputs)
    seeds = np.random.SeedSequence(boosting.seed).generate_state(len(pairs))
    grown = []
    with progress("boosting trees", len(pairs)) as tell, _told(boosting.log) as told:
        for (train, validation), seed in zip(pairs, seeds, strict=True):
            grown.append(grow(boosting, train, validation, loss, int(seed)))
            tell()
        training = _watched(boosting, _training(boosting, grown))
        told(training)
    nets = networks_of(grown, training.best_epoch.tolist(), whole.inputs.shape[1])
    joined = stacked([*nets]) if len(nets) > 1 else nets[0]
    members, last = np.arange(len(grown)), training.best_epoch - 1
    reached = float(np.mean(training.training_loss[last, members]))
    constant = constant_loss(LearningObjective(loss, joined, whole, None))
    return Result(
        status=status_of(training, constant, reached).noting(*boosting.log.failures),
        estimates=(),
        derived=(),
        covariance=np.zeros((0, 0)),
        covariance_names=(),
        loss=2.0 * whole.sum_of_weights * reached,
        n_events=len(whole),
        sum_of_weights=whole.sum_of_weights,
        model=joined,
        minimum=training,
        history=tuple(float(np.nanmean(row)) for row in training.training_loss),
        timings={"compile": 0.0, "fit": time.perf_counter() - begin},
        provenance={
            **library_versions(),
            "scikit-learn": version("scikit-learn"),
            "seed": boosting.seed,
            "data": [],
        },
    )


@contextmanager
def _told(log: Logs) -> Iterator[Callable[[Training], None]]:
    """Begin a log; give what tells it of a training, whose steps are known at its end.

    Raises:
        LikelyError: If it cannot begin.
    """
    course = SimpleNamespace(rows=[], seconds=[], diverged=np.array([-1]))
    with log.following(course) as note:

        def tell(training: Training) -> None:
            course.diverged = training.diverged
            columns = (
                training.training_loss,
                training.validation_loss,
                training.gradient_norm,
                training.learning_rate,
            )
            for *row, seconds in zip(*columns, training.seconds, strict=True):
                course.rows.append(row)
                course.seconds.append(float(seconds))
                note()

        yield tell


def _pairs(
    boosting: Boosting, data: Mapping[str, Samples] | Rotation
) -> list[tuple[Samples, Samples | None]]:
    """Return the events of each member, and those that watch it."""
    if not isinstance(data, Rotation):
        return [(data["train"], data.get("validation"))] * boosting.members
    watching = data.validation or [None] * data.size
    return [
        (data.samples.take(rows), None if watch is None else data.samples.take(watch))
        for rows, watch in zip(data.train, watching, strict=True)
    ]


def _check(samples: Samples, loss: AbstractLearningLoss, outputs: int) -> None:
    if np.ndim(samples.inputs) != 2:
        raise LikelyError(
            "boosted trees take columns, numbers in a row for each event; got "
            f"inputs of shape {np.shape(samples.inputs)}: take a network."
        )
    targets: Any = samples.targets
    loss.check((outputs,), targets)


def _training(boosting: Boosting, grown: Sequence[Grown]) -> Training:
    """Return the course of all members, one that ended earlier filled up by nan."""
    count = max(len(one.trees) for one in grown)

    def table(columns: Sequence[Any]) -> Float[np.ndarray, "steps members"]:
        found = np.full((count, len(columns)), np.nan)
        for m, column in enumerate(columns):
            found[: len(column), m] = column
        return found

    watched = table([one.validation_loss for one in grown])
    kept = np.array([len(one.trees) for one in grown])
    if boosting.stopping is not None and np.isfinite(watched[0]).all():
        kept = np.nanargmin(watched, axis=0) + 1
    leaves = [[int(n["is_leaf"].sum()) for s in o.trees for n in s] for o in grown]
    steps = np.full((count, 1), boosting.learning_rate).repeat(len(grown), axis=1)
    return Training(
        training_loss=table([one.training_loss for one in grown]),
        validation_loss=watched,
        gradient_norm=np.full(steps.shape, np.nan),
        learning_rate=steps,
        best_epoch=kept,
        stopped=np.array([one.stopped for one in grown]),
        diverged=np.array([_diverged(one.training_loss) for one in grown]),
        n_weights=max(map(sum, leaves)),
        steps=1,
        seconds=np.full(count, sum(one.seconds for one in grown) / count),
    )


def _diverged(losses: Float[np.ndarray, " steps"]) -> int:
    bad = np.flatnonzero(~np.isfinite(losses))
    return int(bad[0]) if len(bad) else -1


def _watched(boosting: Boosting, training: Training) -> Training:
    """Return the course up to where the one who watches has had enough."""
    if boosting.watch is None:
        return training
    count = 0
    for losses in training.validation_loss:
        count += 1
        if boosting.watch(count, losses):
            break
    rows = slice(count)
    return replace(
        training,
        training_loss=training.training_loss[rows],
        validation_loss=training.validation_loss[rows],
        gradient_norm=training.gradient_norm[rows],
        learning_rate=training.learning_rate[rows],
        best_epoch=np.minimum(training.best_epoch, count),
        seconds=training.seconds[rows],
    )
