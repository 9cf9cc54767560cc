"""The contract of a peak whose tails are power laws from some distance on."""

import abc
from typing import NamedTuple, final

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ..intervals import draw_power, log_power_integral
from ..inversion import choose
from ..shape import AbstractShape
from ..unimodal import draw_unimodal, log_unimodal_integral

Real = Float[Array, ""]


@final
class PowerTails(NamedTuple):
    """Where the tails of a peak start, and how they fall.

    Args:
        mu: What the distances are counted from.
        starts: Distance on the left and on the right, positive; infinite for none.
        powers: Of the tail on the left and on the right, positive.
    """

    mu: Real
    starts: tuple[Real, Real]
    powers: tuple[Real, Real]


class AbstractPowerTailed(AbstractShape):
    r"""A core $g(d)$ of the distance $d = x - \mu$, continued by power laws.

    Beyond the place $e$ where a tail starts, with the slope $k = |g'(e)|/g(e)$,
    $s = g(e) (1 + k|d - e|/n)^{-n}$: value and slope are continuous. Where the core
    rises towards the tail, the tail is constant.

    To implement one, write `log_core`, `core_slope` and `tails`; value, integral and
    sampling follow. The core must be smooth.
    """

    @abc.abstractmethod
    def log_core(self, d: Real) -> Real:
        r"""Return $\log g$."""

    @abc.abstractmethod
    def core_slope(self, d: Real) -> Real:
        r"""Return $g'/g$."""

    @abc.abstractmethod
    def tails(self) -> PowerTails:
        """Return where the tails start, and their powers."""

    @final
    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        (mu, starts, powers), slopes = self.tails(), self._slopes()
        d = m - mu
        log_core = self.log_core(jnp.clip(d, -starts[0], starts[1]))
        left, right = jnp.maximum(-starts[0] - d, 0.0), jnp.maximum(d - starts[1], 0.0)
        return (
            log_core
            - powers[0] * jnp.log1p(slopes[0] * left / powers[0])
            - powers[1] * jnp.log1p(slopes[1] * right / powers[1])
        )

    @final
    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        logs = self._logs(lower, upper)
        return jnp.logaddexp(jnp.logaddexp(logs[0], logs[1]), logs[2])

    @final
    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        (mu, starts, powers), slopes = self.tails(), self._slopes()
        low, high = self._intervals(lower, upper)
        which, where = jax.random.split(key)
        uniform = jax.random.uniform(where)
        core = draw_unimodal(self.log_core, low[0], high[0], jnp.zeros(()), uniform)
        sides = [
            start + draw_power(low[i], high[i], slopes[i - 1], powers[i - 1], uniform)
            for i, start in enumerate(starts, start=1)
        ]
        logs = self._logs(lower, upper)
        d = choose(which, logs, [core, -sides[0], sides[1]])
        return jnp.clip(mu + d, lower, upper)[None]

    @final
    def _slopes(self) -> tuple[Real, Real]:
        """Return how steeply the core falls where the tails start."""
        # Both at once: half the program to compile.
        slopes = jax.vmap(self.core_slope)(self._edges()) * jnp.array([1.0, -1.0])
        falls = jnp.maximum(slopes, 0.0)
        return falls[0], falls[1]

    @final
    def _edges(self) -> Float[Array, "2"]:
        """Return where the core ends; zero for a tail that there is not."""
        left, right = self.tails().starts
        edges = jnp.stack([-left, right])
        return jnp.where(jnp.isfinite(edges), edges, 0.0)

    @final
    def _intervals(
        self, lower: Real | float, upper: Real | float
    ) -> tuple[tuple[Real, Real, Real], tuple[Real, Real, Real]]:
        """Return the interval of the core, and those of the tails from their starts."""
        mu, (left, right), _ = self.tails()
        a, b = lower - mu, upper - mu
        low = jnp.clip(a, -left, right), -left - b, a - right
        high = jnp.clip(b, -left, right), -left - a, b - right
        return (
            (low[0], jnp.maximum(low[1], 0.0), jnp.maximum(low[2], 0.0)),
            (high[0], jnp.maximum(high[1], 0.0), jnp.maximum(high[2], 0.0)),
        )

    @final
    def _logs(self, lower: Real | float, upper: Real | float) -> Float[Array, " parts"]:
        """Return the logarithms of the integrals of the core and of the tails."""
        powers, slopes = self.tails().powers, self._slopes()
        low, high = self._intervals(lower, upper)
        core = log_unimodal_integral(self.log_core, low[0], high[0], jnp.zeros(()))
        both = [jnp.stack(values) for values in (low[1:], high[1:], slopes, powers)]
        tails = jax.vmap(log_power_integral)(*both)
        tails = tails + jax.vmap(self.log_core)(self._edges())
        return jnp.append(core, tails)
