r"""What a difference of counts and expectation costs, bin by bin.

A weighted bin, $n = \sum w$ and $V = \sum w^2$, is described by the scaled Poisson
distribution: $s = V/n$ times a Poisson count of mean $\mu/s$, the effective count $n/s$
(G. Bohm, G. Zech, Nucl. Instrum. Meth. A 748 (2014) 1, arXiv:1309.1287).
"""

import abc
from typing import Any, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .binned_expectation import Parts, expected

Bins = Float[Array | np.ndarray, "*bins"]


class AbstractBinCost(eqx.Module):
    """Minus the log-likelihood of the counts, given the parts of the expectation."""

    counts: eqx.AbstractVar[Bins]

    @abc.abstractmethod
    def __call__(self, parts: Parts) -> Float[Array, ""]:
        """Return the cost."""


def with_counts(cost: Any, counts: Bins) -> Any:
    """Return the same cost of other counts."""
    return eqx.tree_at(lambda c: c.counts, cost, counts)


@final
class PoissonCost(AbstractBinCost):
    r"""Poisson, $\frac1s \sum_b (\mu_b - n_b \log \mu_b)$, or multinomial.

    The constant $\sum_b \log n_b!$ is left out. Of a model that is not extended it is
    $-\frac1s \sum_b n_b \log p_b$ with $p_b = \mu_b/\sum_b \mu_b$, less the constants
    $\log n!$ and $\log n_b!$.

    All weighted bins share one scale, $s = \sum_b V_b/\sum_b n_b$. With a scale of its
    own each bin counts for more where it fluctuates down, which pulls yields by up to
    an error where weights are negative or events few; the common scale pulls nothing
    and costs a few per cent in the errors, which are those of the sandwich.

    Args:
        counts: $n_b$.
        scale: $s$, one for counts of events.
        extended: Whether the model has a number of events.
    """

    counts: Bins
    scale: Float[Array | np.ndarray, ""]
    extended: bool = eqx.field(static=True)

    def __call__(self, parts: Parts) -> Float[Array, ""]:
        mu, n = expected(parts), jnp.asarray(self.counts)
        if self.extended:
            return jnp.sum(mu - count_times_log(n, mu)) / self.scale
        return -jnp.sum(count_times_log(n, mu / mu.sum())) / self.scale


@final
class ChiSquareCost(AbstractBinCost):
    r"""Half of $\chi^2 = \sum_b (n_b - \mu_b)^2/\sigma_b^2$.

    $\sigma_b^2$ is $V_b$ (Neyman; empty bins, whose variance is unknown, are left out),
    $s_b \mu_b$ (Pearson), or $3/(1/V_b + 2/(s_b \mu_b))$ and $s_b \mu_b/2$ in an empty
    bin (combined). Of a model that is not extended $\mu_b$ has the sum of the counts.

    Args:
        counts: $n_b$.
        own: $V_b$, or None for counts of events, where it is $n_b$.
        scales: $s_b$, one for counts of events.
        extended: Whether the model has a number of events.
        variances: "data", "model" or "combined".
    """

    counts: Bins
    own: Bins | None
    scales: Bins
    extended: bool = eqx.field(static=True)
    variances: str = eqx.field(static=True)

    def __call__(self, parts: Parts) -> Float[Array, ""]:
        mu, n = expected(parts), jnp.asarray(self.counts)
        if not self.extended:
            mu = mu * (n.sum() / mu.sum())
        V = n if self.own is None else jnp.asarray(self.own)
        s = jnp.asarray(self.scales)
        known = V > 0
        safe = jnp.where(known, V, 1.0)
        if self.variances == "data":
            return 0.5 * jnp.sum(jnp.where(known, (n - mu) ** 2 / safe, 0.0))
        # Where nothing is expected and nothing seen there is no difference.
        nothing = (mu == 0) & (n == 0)
        modelled = s * jnp.where(nothing, 1.0, jnp.where(mu < 0, jnp.nan, mu))
        if self.variances == "combined":
            both = 3.0 / (1.0 / safe + 2.0 / modelled)
            modelled = jnp.where(known, both, 0.5 * modelled)
        return 0.5 * jnp.sum((n - mu) ** 2 / modelled)


def count_times_log(n: Float[Array, "*bins"], mu: Float[Array, "*bins"]) -> Any:
    r"""Return $n \log\mu$, zero for $n = 0$ whatever the expectation, if it can be one.

    NaN for a negative expectation, which no count has; a minimiser turns back there.
    """
    some = n != 0
    safe = jnp.where(some, mu, jnp.where(mu < 0, jnp.nan, 1.0))
    return n * jnp.log(safe)
