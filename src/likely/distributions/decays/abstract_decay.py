"""The contract of a decay-time density, in one sum of exponentials and a wave."""

import abc
from typing import final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ..inversion import draw
from ..shape import AbstractShape
from .parts import DecayParts

# Panels of the draws: 64 over the range, more where the decays begin.
_EVEN = np.linspace(0.0, 1.0, 65)
_SIGMAS = np.array([-9, -6, -4, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 4, 6, 9])
_LIFETIMES = 2.0 ** np.arange(-2, 6)


class AbstractDecay(AbstractShape):
    """A density of the decay time.

    To implement one, write `parts`; value, integral and sampling follow. Up to 80
    oscillations in the range are drawn exactly (to 1e-8).
    """

    @abc.abstractmethod
    def parts(self) -> DecayParts:
        """Return what the density is made of."""

    @final
    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (t,) = x
        return self.parts().log_value(t)

    @final
    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        return self.parts().log_integral(lower, upper)

    @final
    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        parts = self.parts()
        b, sigma = parts.resolution.place()
        start = parts.resolution.begins(jnp.asarray([lower], float))[0]
        edges = [
            start + (upper - start) * _EVEN,
            b + sigma * _SIGMAS,
            jnp.maximum(b, start) + _LIFETIMES / parts.rates[0],
        ]
        if parts.acceptance is not None:
            edges.append(parts.acceptance.edges)
        panels = jnp.sort(jnp.clip(jnp.concatenate(edges), start, upper))
        t = draw(parts.log_value, panels, jax.random.uniform(key))
        return jnp.clip(t, lower, upper)[None]
