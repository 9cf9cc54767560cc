"""What a training leaves, as the result of a fit."""

import time
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Float

from ...core import Result, Status, compile_clock
from ..losses.learning_loss import AbstractLearningLoss
from .descent import Descent
from .doubts import nothing_learnt, still_falling
from .ensemble import Ensemble
from .objective import LearningObjective
from .training import Training, mean_known, train, with_arrays


def trained(objective: Any, descent: Any) -> Result | None:
    """Return the result of a training, None if that is not what `descent` does.

    Provenance is added by `fit`.

    Raises:
        LikelyError: As `train` does.
    """
    if not isinstance(descent, Descent):
        return None
    begin = time.perf_counter()
    with compile_clock() as clock:
        model, training, losses = train(objective, descent)
    seconds = time.perf_counter() - begin
    status = status_of(training, objective, float(np.mean(losses)))
    return Result(
        status=status.noting(*descent.log.failures),
        estimates=(),
        derived=(),
        covariance=np.zeros((0, 0)),
        covariance_names=(),
        loss=_minus_two_log_likelihood(objective, model, losses),
        n_events=objective.n_events,
        sum_of_weights=objective.sum_of_weights,
        model=model,
        objective=objective,
        minimum=training,
        history=tuple(mean_known(row) for row in training.training_loss),
        timings={
            "compile": clock.seconds,
            "fit": max(seconds - clock.seconds, 0.0),
        },
    )


def _minus_two_log_likelihood(
    objective: LearningObjective, model: Any, losses: Float[np.ndarray, " members"]
) -> float:
    """Return twice the sum over events and the penalties, the mean of the members."""
    members = (
        [model.member(m) for m in range(model.size)]
        if isinstance(model, Ensemble)
        else [model]
    )
    penalties = [sum(float(p(m)) for p in objective.loss.penalties) for m in members]
    return 2.0 * float(np.mean(objective.sum_of_weights * losses + penalties))


def status_of(
    training: Training, objective: LearningObjective, reached: float
) -> Status:
    """Return what became of a training, in words.

    Args:
        training: Its course.
        objective: What was trained.
        reached: Loss of an event of the training, of the model that is returned.
    """
    bad = np.flatnonzero(training.diverged >= 0)
    if len(bad):
        members = len(training.diverged)
        which = "" if members == 1 else f" of {len(bad)} of {members} members"
        epoch = int(training.diverged[bad].min()) + 1
        return Status(
            ok=False,
            message=f"the loss{which} was no longer finite in epoch {epoch}: lower the "
            "learning rate, clip the gradients by `Clipped(rule, norm=1.0)`, or look "
            "for extreme inputs and weights.",
        )
    return Status(ok=True, message=_ended(training)).noting(
        *_notes(training, objective, reached)
    )


def _ended(training: Training) -> str:
    each = "" if len(training.best_epoch) == 1 else ", mean of the members"
    epochs = f"{training.epochs} epoch{'s' if training.epochs > 1 else ''}"
    last = np.nanmean(_last(training.training_loss))
    text = f"trained for {epochs} of {training.steps} steps, loss {last:.5g} an event"
    watched = _last(training.validation_loss)
    if np.isnan(watched).all():
        return f"{text}{each}."
    if not training.stopped.any() and np.all(training.best_epoch == training.epochs):
        return f"{text}, {np.nanmean(watched):.5g} in validation{each}."
    best = [
        training.validation_loss[epoch - 1, member]
        for member, epoch in enumerate(training.best_epoch)
    ]
    first, final = training.best_epoch.min(), training.best_epoch.max()
    when = f"epoch {first}" if first == final else f"epochs {first} to {final}"
    return (
        f"{text}; the weights are those of {when}, where the validation loss was "
        f"smallest, {np.mean(best):.5g}{each}."
    )


def _notes(
    training: Training, objective: LearningObjective, reached: float
) -> list[str]:
    remedy = "Change the learning rate, train longer, or look at the inputs."
    constant = constant_loss(objective)
    return [
        *nothing_learnt(constant, reached, "this model", remedy),
        *still_falling(training, "epoch", "epochs"),
    ]


def constant_loss(objective: LearningObjective) -> float:
    """Return the loss of an event that the best constant output has."""
    samples, loss = objective.train, objective.loss
    if samples.targets is None:
        return np.nan
    output = np.asarray(loss.constant(samples.targets, samples.weights), float)
    if not np.isfinite(output).all():
        return np.nan
    each = _losses(with_arrays(loss, float), output, samples.targets)
    return float(np.average(each, weights=samples.weights))


@eqx.filter_jit
def _losses(loss: AbstractLearningLoss, output: Any, targets: Any) -> Any:
    return jax.vmap(loss.of_event, (None, 0))(output, targets)


def _last(losses: Any) -> Any:
    """Return the last loss of each member that is known."""
    known = np.isfinite(losses)
    last = len(losses) - 1 - np.argmax(known[::-1], axis=0)
    return np.where(known.any(axis=0), losses[last, np.arange(losses.shape[1])], np.nan)
