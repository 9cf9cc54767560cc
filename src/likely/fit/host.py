"""Objectives that are evaluated on the host: their events are not in memory."""

import abc
from typing import Any

import numpy as np
from jaxtyping import Float

from ..core import AbstractObjective, LikelyError, apply


class AbstractHostObjective(AbstractObjective):
    """An objective whose sums are made outside of a compiled program.

    A minimiser calls `value`, `value_and_gradient` and `derivatives`; there is nothing
    that JAX could transform.
    """

    @property
    def pure(self) -> Any:
        """Refuse: the events are read again for each evaluation."""
        raise not_in_memory()

    @property
    def pure_value(self) -> Any:
        """Refuse, likewise."""
        raise not_in_memory()

    @property
    def pure_gradient(self) -> Any:
        """Refuse, likewise."""
        raise not_in_memory()

    @abc.abstractmethod
    def value_and_gradient(
        self, x: Float[np.ndarray, " free"]
    ) -> tuple[float, Float[np.ndarray, " free"]]:
        """Return minus the log-likelihood and its gradient."""


def gradient_at(
    objective: Any, x: Float[np.ndarray, " free"]
) -> tuple[float, Float[np.ndarray, " free"]]:
    """Return value and gradient of an objective of either kind."""
    if isinstance(objective, AbstractHostObjective):
        return objective.value_and_gradient(x)
    value, gradient = apply(objective.pure_gradient, np.asarray(x, float))
    return float(value), np.asarray(gradient)


def not_in_memory() -> LikelyError:
    """Return what a user is told who asks for the events."""
    return LikelyError(
        "the events of a stream are not in memory, so this cannot be done with a fit "
        "to it; read them with `lk.read(...)`, or a part of them with `select`."
    )
