"""A turn-on times an exponential fall, as in tag-and-probe fits."""

from typing import final

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import Observable, Scalar
from ..arguments import check_arguments, number
from ..erfc import log_erfc_times
from ..shape import AbstractShape
from ..turn_on import draw_turn_on, log_turn_on_integral


@final
class CMSShape(AbstractShape):
    r"""CMS shape, $s(x) = \operatorname{erfc}(\beta(\alpha-x))\,e^{-\gamma(x-\alpha)}$.

    It is that of RooCMSShape, whose further argument, the peak, is a constant factor
    $e^{\gamma\,\mathrm{peak}}$ and cancels in a normalised density.

    Args:
        observable: What is measured; its unit is that of `alpha`.
        alpha: Middle of the turn-on.
        beta: Its steepness, in the inverse unit of the observable, positive.
        gamma: Rate of the fall, in the inverse unit of the observable; negative for a
            rise, zero for a plateau.

    Raises:
        LikelyError: If an argument is of another type or `beta` is not positive.

    References:
        RooCMSShape of CMSSW, PhysicsTools/TagAndProbe (efficiencies by tag and probe).
    """

    observable: Observable = eqx.field(static=True)
    alpha: Scalar
    beta: Scalar
    gamma: Scalar

    def __check_init__(self) -> None:
        check_arguments(self, positive=("beta",))

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        d, gamma = m - number(self.alpha), number(self.gamma)
        z, half = number(self.beta) * d, 0.5 * gamma / number(self.beta)
        # Less g^2/4, as the integral is.
        exponent = -gamma * d - half * half
        return log_erfc_times(-z, -((z + half) ** 2), exponent)

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        r"""Return the integral over $y = \beta(x-\alpha) + g/2$; $g = \gamma/\beta$."""
        log_integral = log_turn_on_integral(*self._interval(lower, upper))
        return log_integral - jnp.log(number(self.beta))

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        g, a, b = self._interval(lower, upper)
        z = draw_turn_on(g, a, b, key) - 0.5 * g
        x = number(self.alpha) + z / number(self.beta)
        return jnp.clip(x, lower, upper)[None]

    def _interval(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> tuple[Array, Array, Array]:
        """Return g and the limits in y."""
        alpha, beta = number(self.alpha), number(self.beta)
        g = number(self.gamma) / beta
        return g, beta * (lower - alpha) + 0.5 * g, beta * (upper - alpha) + 0.5 * g
