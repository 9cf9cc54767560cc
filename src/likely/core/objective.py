"""The contracts of a fit: an objective, a loss that makes it, and a minimiser."""

import abc
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Bool, Float

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


class AbstractObjective(abc.ABC):
    """Minus a log-likelihood, as a function of the free parameters of `space`."""

    space: ParameterSpace
    n_events: int
    sum_of_weights: float

    @property
    @abc.abstractmethod
    def pure(self) -> Any:
        """Return value, gradient and Hessian as a function that JAX can transform."""

    @property
    @abc.abstractmethod
    def pure_value(self) -> Any:
        """Return the value alone as a function that JAX can transform."""

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
