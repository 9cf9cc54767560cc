"""Networks and minimisers of those who name none."""

from typing import Any

import jax
from jaxtyping import PRNGKeyArray

from ..data import Images, Inputs
from ..fit import Adam, Clipped, Descent, EarlyStopping, Ensemble
from ..nets import MLP, ConvNet, TabularNet

PATIENCE = 10


def default_minimiser(*, watched: bool, clip: bool = False) -> Descent:
    """Return gradient descent, with early stopping where events watch.

    Args:
        watched: Whether there are events that watch.
        clip: Whether gradients are clipped, as a width that is learnt may start far too
            small for some events.
    """
    rule = Clipped(Adam(), 1.0) if clip else Adam()
    return Descent(rule, stopping=EarlyStopping(PATIENCE) if watched else None)


def default_net(
    features: Inputs, outputs: int, key: Any = None
) -> MLP | TabularNet | ConvNet:
    """Return a network of three hidden layers of 100, or one of two convolutions."""
    key = jax.random.key(0) if key is None else key
    if isinstance(features, Images):
        return ConvNet(features.shape, outputs, dimensions=2, key=key)
    if features.codes:
        return TabularNet(
            features.size, outputs, categories=tuple(features.codes.items()), key=key
        )
    return MLP(features.size, outputs, key=key)


def default_ensemble(
    features: Inputs, outputs: int, members: int, seed: int
) -> Ensemble:
    """Return as many of these networks as there are folds."""

    def make(key: PRNGKeyArray) -> Any:
        return default_net(features, outputs, key)

    return Ensemble.of(make, members, key=jax.random.key(seed))
