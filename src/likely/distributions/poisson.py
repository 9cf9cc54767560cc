"""Counts."""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import LikelyError, Observable, Scalar, log_sum
from .arguments import check_arguments, number
from .shape import AbstractShape

_MOST = 1_000_000


@final
class Poisson(AbstractShape):
    r"""Poisson, $s(x) = \mu^k e^{-\mu} / k!$ with the count $k$ nearest to $x$.

    A count $k$ is spread evenly over $[k - \frac12, k + \frac12)$: at whole numbers the
    density is the probability of the count, the integral over a bin is the sum over the
    counts in it, and it is normalised like any other density. The range has to end
    between counts, for instance at -0.5 and 20.5 for 0 to 20, as the axis of a
    histogram of counts does.

    Args:
        observable: The count.
        mu: Expected count, positive.

    Raises:
        LikelyError: If an argument is of another type, `mu` is not positive, or the
            range does not end between counts.
    """

    observable: Observable = eqx.field(static=True)
    mu: Scalar

    def __check_init__(self) -> None:
        check_arguments(self, positive=("mu",))
        observable = self.observable
        ends = np.array([observable.lower, observable.upper]) + 0.5
        if (ends != np.round(ends)).any() or not 0 <= ends[0] < ends[1]:
            raise LikelyError(
                "`Poisson(observable=...)`: the range of a count ends between counts, "
                "for instance at -0.5 and 20.5 for 0 to 20; "
                f"got [{observable.lower:g}, {observable.upper:g}]."
            )
        if ends[1] - ends[0] > _MOST:
            raise LikelyError(
                "`Poisson(observable=...)` sums over the counts of the range, a "
                f"million at most; got {ends[1] - ends[0]:.0f}. Use a `Gauss` of "
                "standard deviation sqrt(mu) for as many."
            )

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        return self._log_probability(jnp.floor(m + 0.5))

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        counts = self._counts()
        # The part of each count's interval that is inside.
        low = jnp.maximum(counts - 0.5, lower)
        part = jnp.maximum(jnp.minimum(counts + 0.5, upper) - low, 0.0)
        inside = part > 0
        log_part = jnp.where(inside, jnp.log(jnp.where(inside, part, 1.0)), -jnp.inf)
        return log_sum(self._log_probability(counts) + log_part)

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        counts = self._counts()
        logs = self._log_probability(counts)
        above = jnp.cumsum(jnp.exp(logs - jnp.max(logs)))
        which = (jax.random.uniform(key) * above[-1] >= above).sum()
        return counts[jnp.minimum(which, len(counts) - 1)][None]

    def _counts(self) -> Float[Array, " counts"]:
        lower, upper = self.observable.lower, self.observable.upper
        return jnp.arange(np.ceil(lower), np.ceil(upper))

    def _log_probability(self, k: Float[Array, "..."]) -> Float[Array, "..."]:
        mu = number(self.mu)
        return k * jnp.log(mu) - mu - jax.scipy.special.gammaln(k + 1.0)
