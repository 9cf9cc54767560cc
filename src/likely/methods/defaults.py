"""What classification and regression have in common: defaults, folds."""

from dataclasses import dataclass
from typing import Any, final

import jax
import numpy as np
from jaxtyping import Float, Int

from ..data import Images, Inputs
from ..fit import Adam, Clipped, Descent, EarlyStopping
from ..fit.losses import AbstractLearningLoss
from ..nets import MLP, ConvNet

PATIENCE = 10


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


def default_minimiser(*, watched: bool, clip: bool = False) -> Descent:
    """Return gradient descent, with early stopping where events watch.

    Args:
        watched: Whether there are events that watch.
        clip: Whether gradients are clipped, as a width that is learnt may start far too
            small for some events.
    """
    rule = Clipped(Adam(), 1.0) if clip else Adam()
    return Descent(rule, stopping=EarlyStopping(PATIENCE) if watched else None)


def default_net(features: Inputs, outputs: int, key: Any = None) -> MLP | ConvNet:
    """Return a network of three hidden layers of 100, or one of two convolutions."""
    key = jax.random.key(0) if key is None else key
    if isinstance(features, Images):
        return ConvNet(features.shape, outputs, dimensions=2, key=key)
    return MLP(features.size, outputs, key=key)


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
