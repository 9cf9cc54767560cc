"""What became of a boosting, in words."""

import numpy as np

from ...core import Status
from ...fit import Training
from ...fit.learning.doubts import nothing_learnt, still_falling


def status_of(training: Training, constant: float, reached: float) -> Status:
    """Return what became of a boosting.

    Args:
        training: Its course; an epoch is a step.
        constant: Loss of an event of the best constant output, nan if not known.
        reached: Loss of an event of the training, by the trees that are kept.
    """
    bad = training.diverged >= 0
    if bad.any():
        step = int(training.diverged[bad].min()) + 1
        return Status(
            ok=False,
            message=f"the loss was no longer finite in step {step}: lower the learning "
            "rate, or look for extreme targets and weights.",
        )
    remedy = "Lower `minimum_leaf`, or look at the inputs."
    return Status(ok=True, message=_ended(training, reached)).noting(
        *nothing_learnt(constant, reached, "these trees", remedy),
        *still_falling(training, "step", "trees"),
    )


def _ended(training: Training, reached: float) -> str:
    kept, made = training.best_epoch, training.epochs
    each = "" if len(kept) == 1 else ", mean of the members"
    steps = f"{made} step{'s' if made > 1 else ''} of boosting"
    text = f"{steps}, loss {reached:.5g} an event"
    watched = training.validation_loss
    if not np.isfinite(watched[0]).all():
        return f"{text}{each}."
    best = np.mean(watched[kept - 1, np.arange(len(kept))])
    text = f"{text}, {best:.5g} in validation{each}"
    if np.all(kept == made):
        return f"{text}."
    first, last = kept.min(), kept.max()
    span = f"{first}" if first == last else f"{first} to {last}"
    return (
        f"{text}; the trees of the first {span} are kept, where the validation loss "
        "was smallest."
    )
