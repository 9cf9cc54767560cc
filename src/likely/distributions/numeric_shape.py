"""The contract of a shape without a closed integral: quadrature and inversion."""

import abc
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import (
    AbstractDistribution,
    log_cosh,
    log_integrate,
    log_integrate_with_error,
    panel_edges,
    resolve,
)
from .inversion import draw
from .shape import AbstractShape

_PANELS = 24
# What a density has whose normalisation knows its error.
_ESTIMATES = ("log_norm_with_error", "log_integral_with_error")


class AbstractNumericShape(AbstractShape):
    """A shape with one peak and tails whose integral has no closed form.

    To implement one, write `log_shape` and `peak`; the integral over any interval, its
    error and the sampling follow.
    """

    @abc.abstractmethod
    def peak(self) -> tuple[Float[Array, ""], Float[Array, ""]]:
        """Return where the peak is and its half width at half maximum, roughly."""

    @final
    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        centre, width = self.peak()
        return log_integrate(self._log_value, lower, upper, centre=centre, width=width)

    @final
    def log_integral_with_error(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> tuple[Float[Array, ""], Float[Array, ""]]:
        """Return `log_integral` and an estimate of the integral's relative error."""
        centre, width = self.peak()
        return log_integrate_with_error(
            self._log_value, lower, upper, centre=centre, width=width
        )

    @final
    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        centre, width = self.peak()
        start, length = panel_edges(lower, upper, centre, width, _PANELS)
        edges = jnp.append(start, start[-1] + length)

        def log_density(u: Float[Array, ""]) -> Float[Array, ""]:
            x = jnp.clip(centre + width * jnp.sinh(u), lower, upper)
            return self._log_value(x) + log_cosh(u)

        u = draw(log_density, edges, jax.random.uniform(key))
        return jnp.clip(centre + width * jnp.sinh(u), lower, upper)[None]

    @final
    def _log_value(self, x: Float[Array, ""]) -> Float[Array, ""]:
        return self.log_shape(x[None])


def normalisation_error(model: Any) -> float:
    """Return the relative error of the normalisation integrals in a model.

    It is the largest over the model's shapes that are integrated by a rule which
    estimates its own error, each at its parameters' own values. Other shapes, of closed
    form or of a rule whose error a test bounds for all arguments, count as zero.

    Args:
        model: A density, or any pytree that holds densities.
    """

    def numeric(node: Any) -> bool:
        return isinstance(node, AbstractDistribution) and any(
            hasattr(node, name) for name in _ESTIMATES
        )

    shapes = [s for s in jax.tree.leaves(model, is_leaf=numeric) if numeric(s)]
    return max((float(_error(resolve(shape))) for shape in shapes), default=0.0)


@eqx.filter_jit
def _error(density: Any) -> Float[Array, ""]:
    if hasattr(density, "log_norm_with_error"):
        return density.log_norm_with_error()[1]
    (observable,) = density.observables
    return density.log_integral_with_error(observable.lower, observable.upper)[1]
