"""A network and its events, ready to make steps without a training."""

from typing import Any, final

import jax.numpy as jnp
from jaxtyping import Array

from ...core import LikelyError
from ..losses.learning_loss import AbstractLearningLoss
from .checks import takes_key
from .ensemble import Ensemble, members_of
from .epoch import Recipe
from .objective import LearningObjective
from .rules import AbstractRule
from .store import Store, dtype_of


def objective_of(model: Any, data: Any, loss: Any) -> LearningObjective:
    """Return the loss of one network as an objective.

    Raises:
        LikelyError: If model, data and loss do not fit together.
    """
    if not isinstance(loss, AbstractLearningLoss):
        raise LikelyError(
            "`loss` must be that of a network, such as `lk.losses.Categorical()`; got "
            f"{type(loss).__name__}."
        )
    if isinstance(model, Ensemble):
        raise LikelyError("`model` must be one network; take a member of the ensemble.")
    return loss.objective(model, data)


@final
class Bench:
    """What a step needs.

    Args:
        objective: Network, events and loss.
        rule: How a gradient moves the weights.
        batch: Events a step, or None for all.
        precision: Of the products of matrices.
    """

    def __init__(
        self,
        objective: LearningObjective,
        rule: AbstractRule,
        batch: int | None,
        precision: str = "float32",
    ):
        self.weights, rest, _ = members_of(objective.model)
        self.dtype = dtype_of(self.weights)
        n, W = objective.n_events, objective.sum_of_weights
        b = min(batch or n, n)
        key = takes_key(objective.model)
        self.recipe = Recipe(rest, objective.loss, rule, precision, b, key)
        self.store = Store.of(objective.train, objective.validation, 1, self.dtype)
        self.events, self.penalty = self.each(n / (b * W)), self.each(1 / W)

    def each(self, value: float) -> Array:
        """Return a number for the one member that there is."""
        return jnp.full(1, value, self.dtype)
