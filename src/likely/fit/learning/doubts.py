"""What the course of a training leaves to be doubted, in sentences."""

from collections.abc import Iterator
from typing import Any

import numpy as np

# By which part of itself a loss must fall in a tenth of a training to be said to fall.
STILL_FALLING = 1e-3
# Epochs or steps below which a tenth of them says nothing.
FEWEST = 10


def nothing_learnt(
    constant: float, reached: float, what: str, remedy: str
) -> Iterator[str]:
    """Yield a note if a model is no better than the best constant output.

    Args:
        constant: Loss of an event of that output, nan if it is not known.
        reached: Loss of an event of the model.
        what: What the model is called.
        remedy: What to try.
    """
    if np.isfinite(constant) and reached >= constant:
        yield (
            "nothing was learnt: a prediction that knows nothing of the inputs has "
            f"the loss {constant:.5g} an event, {what} {reached:.5g}. {remedy}"
        )


def still_falling(training: Any, unit: str, more: str) -> Iterator[str]:
    """Yield a note if the validation loss still falls at the end.

    Args:
        training: The course.
        unit: What its rows are: epochs or steps.
        more: What there should be more of.
    """
    watched = training.validation_loss
    enough = len(watched) >= FEWEST and np.isfinite(watched).all()
    if not enough or training.stopped.any():
        return
    tenth = len(watched) // 10
    change = watched[-tenth - 1].mean() - watched[-1].mean()
    if change > STILL_FALLING * abs(watched[-1].mean()):
        yield (
            f"the validation loss still falls, by {change:.2g} in the last {tenth} "
            f"{unit}{'s' if tenth > 1 else ''}: more {more} would help."
        )
