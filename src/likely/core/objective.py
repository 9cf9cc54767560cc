"""The contracts of a fit: an objective, a loss that makes it, and a minimiser."""

import abc
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Key, PRNGKeyArray

from .result import Status
from .space import ParameterSpace


@dataclass(frozen=True)
class Derivatives:
    """An objective at one point, with its exact first and second derivatives.

    Args:
        value: Minus the log-likelihood.
        gradient: With respect to the free parameters.
        hessian: Likewise.
    """

    value: float
    gradient: Float[np.ndarray, " free"]
    hessian: Float[np.ndarray, "free free"]


@jax.jit
def apply(pure: Any, x: Float[Array, " free"]) -> Any:
    """Run a function that is a pytree, compiled once for equal structures."""
    return pure(x)


class AbstractGenerator(eqx.Module):
    """Draws data sets like those of an objective, inside a compiled program.

    Args:
        room: Number of events that a data set has room for.
    """

    room: eqx.AbstractVar[int]

    @abc.abstractmethod
    def numbers(self, keys: Key[Array, " toys"]) -> Int[np.ndarray, " toys *parts"]:
        """Return the number of events of each data set, or of each of its parts."""

    @abc.abstractmethod
    def data(self, key: PRNGKeyArray, n: Any) -> Any:
        """Return one data set of `n` events, as a pytree of arrays."""

    @abc.abstractmethod
    def likelihood(self, data: Any) -> Any:
        """Return value, gradient and Hessian for one data set, as a function."""


class AbstractObjective(abc.ABC):
    """Minus a log-likelihood, as a function of the free parameters of `space`.

    Args:
        space: The parameters.
        n_events: That the likelihood sums over.
        sum_of_weights: Of these events.
        extended: Whether the number of events is part of the likelihood.
        weighted: Whether the events have weights, so that the inverse Hessian is not
            the covariance.
    """

    space: ParameterSpace
    n_events: int
    sum_of_weights: float
    extended: bool
    weighted: bool

    @property
    @abc.abstractmethod
    def pure(self) -> Any:
        """Return value, gradient and Hessian as a function that JAX can transform."""

    @property
    @abc.abstractmethod
    def pure_value(self) -> Any:
        """Return the value alone as a function that JAX can transform."""

    @property
    @abc.abstractmethod
    def pure_gradient(self) -> Any:
        """Return value and gradient as a function that JAX can transform."""

    @abc.abstractmethod
    def value(self, x: Float[np.ndarray, " free"]) -> float:
        """Return minus the log-likelihood."""

    @abc.abstractmethod
    def derivatives(self, x: Float[np.ndarray, " free"]) -> Derivatives:
        """Return value, gradient and exact Hessian together."""

    @abc.abstractmethod
    def score_covariance(
        self, x: Float[np.ndarray, " free"]
    ) -> Float[np.ndarray, "free free"]:
        r"""Return $D$, the covariance of the gradient at `x`.

        Of weighted events it is, in general, $\sum_i w_i^2\, \nabla\log f(x_i)\,
        \nabla\log f(x_i)^\top$ and the same of what constrains a parameter.
        """

    @abc.abstractmethod
    def part(self, blocks: int) -> "AbstractObjective":
        """Return the objective of the first blocks of events, weighted as all.

        It runs by the same program. Where events are not in blocks it is the objective
        itself.
        """

    @abc.abstractmethod
    def rehearsals(self) -> "Sequence[AbstractObjective]":
        """Return objectives of growing parts of the events, to be fitted before all."""

    @abc.abstractmethod
    def generator(
        self, x: Float[np.ndarray, " free"], *, n_events: int | None = None
    ) -> AbstractGenerator:
        """Return what draws data sets like this one from the model at `x`.

        Raises:
            LikelyError: If it cannot be said how such data are distributed.
        """


class AbstractPureObjective(AbstractObjective):
    """An objective that JAX can transform, whose numbers come from compiled programs.

    To implement one, write `pure`, `pure_gradient` and `pure_value`.
    """

    @final
    def value(self, x: Float[np.ndarray, " free"]) -> float:
        return float(apply(self.pure_value, np.asarray(x, float)))

    @final
    def derivatives(self, x: Float[np.ndarray, " free"]) -> Derivatives:
        value, gradient, hessian = apply(self.pure, np.asarray(x, float))
        return Derivatives(float(value), np.asarray(gradient), np.asarray(hessian))


class AbstractLoss(eqx.Module):
    """What makes a model and data an objective."""

    @abc.abstractmethod
    def objective(self, model: Any, data: Any, derived: Any = ()) -> AbstractObjective:
        """Return the function to be minimised.

        Raises:
            LikelyError: If model and data do not fit together.
        """


@dataclass(frozen=True)
class Minimum:
    """Where a minimiser stopped.

    Args:
        x: The free parameters.
        derivatives: The objective there.
        active: Which parameters sit on a limit and would go beyond it.
        edm: Estimated vertical distance to the minimum.
        code: Why the minimiser stopped, in its own numbering.
        history: Value after each accepted iteration.
        status: The same in words.
    """

    x: Float[np.ndarray, " free"]
    derivatives: Derivatives
    active: Bool[np.ndarray, " free"]
    edm: float
    code: int = 0
    history: tuple[float, ...] = ()
    status: Status = Status(ok=False, message="not yet diagnosed")


class AbstractMinimiser(eqx.Module):
    """A way to find the minimum of an objective inside the limits."""

    @abc.abstractmethod
    def minimise(
        self,
        objective: Any,
        start: Float[np.ndarray, " free"],
        *,
        held: Bool[np.ndarray, " free"] | None = None,
    ) -> Minimum:
        """Return the minimum found from `start`; `held` parameters do not move."""
