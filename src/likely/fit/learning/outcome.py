"""What a training leaves, as the result of a fit."""

from typing import Any

import jax
import numpy as np

from ...core import Result, Status, compile_clock
from .descent import Descent
from .objective import LearningObjective
from .training import Training, train

# The loss still falls by more than this part of itself over the last tenth.
STILL_FALLING = 1e-3


def trained(objective: Any, descent: Any) -> Result | None:
    """Return the result of a training, None if that is not what `descent` does.

    Provenance is added by `fit`.

    Raises:
        LikelyError: As `train` does.
    """
    if not isinstance(descent, Descent):
        return None
    with compile_clock() as clock:
        model, training = train(objective, descent)
    loss = 2.0 * objective.sum_of_weights * _mean(training)
    return Result(
        status=status_of(training, objective),
        estimates=(),
        derived=(),
        covariance=np.zeros((0, 0)),
        covariance_names=(),
        loss=loss,
        n_events=objective.n_events,
        sum_of_weights=objective.sum_of_weights,
        model=model,
        objective=objective,
        minimum=training,
        history=tuple(np.nanmean(training.training_loss, axis=1).tolist()),
        timings={
            "compile": clock.seconds,
            "fit": max(float(training.seconds.sum()) - clock.seconds, 0.0),
        },
    )


def status_of(training: Training, objective: LearningObjective) -> Status:
    """Return what became of a training, in words."""
    bad = np.flatnonzero(training.diverged >= 0)
    if len(bad):
        which = "" if len(training.diverged) == 1 else f" of {len(bad)} members"
        epoch = int(training.diverged[bad].min()) + 1
        return Status(
            ok=False,
            message=f"the loss{which} was no longer finite in epoch {epoch}: lower the "
            "learning rate, clip the gradients by `Clipped(rule, norm=1.0)`, or look "
            "for extreme inputs and weights.",
        )
    return Status(ok=True, message=_ended(training)).noting(
        *_notes(training, objective)
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


def _notes(training: Training, objective: LearningObjective) -> list[str]:
    notes = []
    constant = constant_loss(objective)
    reached = _mean(training)
    if np.isfinite(constant) and reached >= constant:
        notes.append(
            "nothing was learnt: a prediction that knows nothing of the inputs has "
            f"the loss {constant:.5g} an event, this model {reached:.5g}. Change the "
            "learning rate, train longer, or look at the inputs."
        )
    watched = training.validation_loss
    if len(watched) >= 10 and np.isfinite(watched).all() and not training.stopped.any():
        tenth = max(len(watched) // 10, 1)
        change = watched[-tenth - 1].mean() - watched[-1].mean()
        if change > STILL_FALLING * abs(watched[-1].mean()):
            notes.append(
                f"the validation loss still falls, by {change:.2g} in the last "
                f"{tenth} epoch{'s' if tenth > 1 else ''}: more epochs would help."
            )
    return notes


def constant_loss(objective: LearningObjective) -> float:
    """Return the loss of an event that the best constant output has."""
    samples, loss = objective.train, objective.loss
    shape = None if samples.targets is None else samples.targets.shape
    if shape is None or len(shape) > 1:
        return np.nan
    output = np.asarray(loss.constant(samples.targets, samples.weights), float)
    if not np.isfinite(output).all():
        return np.nan
    each = jax.jit(jax.vmap(loss.of_event, (None, 0)))(output, samples.targets)
    return float(np.average(each, weights=samples.weights))


def _last(losses: Any) -> Any:
    """Return the last loss of each member that is known."""
    known = np.isfinite(losses)
    last = len(losses) - 1 - np.argmax(known[::-1], axis=0)
    return np.where(known.any(axis=0), losses[last, np.arange(losses.shape[1])], np.nan)


def _mean(training: Training) -> float:
    """Return the loss of an event of the training, at the weights that are returned."""
    epochs = np.maximum(training.best_epoch, 1) - 1
    rows = training.training_loss[epochs, np.arange(len(epochs))]
    return float(np.mean(rows))
