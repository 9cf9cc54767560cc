"""The contract of a shape of any form: panels that adapt to it, and inversion."""

from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import (
    Panels,
    integration_error,
    log_panel_integral,
    panel_integral_error,
    refined,
    staged,
)
from .inversion import draw
from .shape import AbstractShape

_FIRST = 32
_MOST = 512
# Of the integral, in each panel.
_TOLERANCE = 1e-11

Limit = Float[Array, ""] | float


class AbstractAdaptiveShape(AbstractShape):
    """A shape of any form: several peaks, kinks, steps, oscillations.

    The range is cut into 32 panels, and those with the largest errors are halved until
    all are below 1e-11 of the integral, or there are 512. To implement one, write
    `log_shape`, which may be minus infinity; the integral, its error and the sampling
    follow. The derivative of the integral is the integral of the derivative: a step
    must not move with a parameter that is fitted.
    """

    @final
    def log_integral(self, lower: Limit, upper: Limit) -> Float[Array, ""]:
        r"""Return $\log \int_{lower}^{upper} s(x)\,dx$; the limits are constants."""
        leaves, structure = jax.tree.flatten(self)

        def log_value(arguments: tuple[Array, ...], x: Float[Array, ""]) -> Array:
            return jax.tree.unflatten(structure, arguments).log_shape(x[None])

        def tower(order: int, a: Float[Array, " n"], where: Any) -> tuple[Array, ...]:
            return log_panel_integral(log_value, a, where, order=order)

        arguments = [jnp.asarray(leaf, float) for leaf in leaves]
        packed = jnp.stack(arguments) if arguments else jnp.zeros(0)
        limits = jnp.asarray(lower, float), jnp.asarray(upper, float)
        return staged(tower, packed, (self.panels(), *limits))

    @final
    def log_integral_with_error(
        self, lower: Limit, upper: Limit
    ) -> tuple[Float[Array, ""], Float[Array, ""]]:
        """Return `log_integral` and an estimate of the integral's relative error."""
        return panel_integral_error(self._log_value, (self.panels(), lower, upper))

    @final
    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        x = draw(self._log_value, self.panels().edges, jax.random.uniform(key))
        return jnp.clip(x, lower, upper)[None]

    @final
    def panels(self) -> Panels:
        """Return panels of the range on each of which a rule of 21 nodes does."""
        lower, upper = self.observable.lower, self.observable.upper
        frozen = jax.lax.stop_gradient(self)
        edges = lower + (upper - lower) * jnp.arange(_FIRST + 1) / _FIRST
        return refined(
            integration_error(frozen._log_value),
            edges,
            log_tolerance=float(np.log(_TOLERANCE)),
            most=_MOST,
            of_total=True,
        )

    @final
    def _log_value(self, x: Float[Array, ""]) -> Float[Array, ""]:
        return self.log_shape(x[None])
