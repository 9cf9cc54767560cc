"""The contract of a one-dimensional density normalised on its observable's range."""

from typing import final

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ..core import AbstractDistribution, AbstractIntegrable, Factor, Observable, Term


class AbstractShape(AbstractDistribution, AbstractIntegrable):
    r"""A density of one observable, $f(x) = s(x) / \int_a^b s(x')\,dx'$.

    To implement one, write `log_shape` (of one event), `log_integral` (of any interval
    inside the range) and `sample`; everything event-independent belongs into
    `log_integral`, which a fit evaluates once and not once an event.
    """

    observable: eqx.AbstractVar[Observable]

    @property
    @final
    def observables(self) -> tuple[Observable, ...]:
        """Return the one observable, as a tuple."""
        return (self.observable,)

    @final
    def log_prob(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        inside = (m >= self.observable.lower) & (m <= self.observable.upper)
        # A shape need not be defined outside the range (ARGUS beyond its endpoint).
        safe = jnp.where(
            inside, m, 0.5 * (self.observable.lower + self.observable.upper)
        )
        log_shape = self.log_shape(safe[None])
        # Where the shape is zero on the whole range, so is its integral (ARGUS that
        # ends below it): the density is zero, not infinity minus infinity.
        zero = ~inside | (log_shape == -jnp.inf)
        log_norm = jnp.where(zero, 0.0, self.log_norm())
        return jnp.where(zero, -jnp.inf, log_shape - log_norm)

    @final
    def terms(self) -> tuple[Term, ...]:
        one = jnp.ones(())
        return (Term(one, -self.log_norm(), (Factor(self, (0,)),)),)
