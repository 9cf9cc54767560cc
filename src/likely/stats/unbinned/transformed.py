r"""Kolmogorov-Smirnov and Anderson-Darling tests of the transform $u = F(x)$."""

from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from ...core import AbstractDistribution, LikelyError, Result
from .fitted_data import AbstractStatistic, by_toys, checked_numbers, tested_fit
from .outcome import UnbinnedTest

# Panels of the quadrature: half of them equal, half with equal probability.
PANELS = 512
DRAWS = 8192
NODES, NODE_WEIGHTS = (0.5 * a for a in np.polynomial.legendre.leggauss(6))
# A probability below one in 1e17 is a rounding error of the integral.
SMALLEST = 1e-17


@final
class Distance(AbstractStatistic):
    """How far transformed events are from a uniform distribution.

    Args:
        knots: Edges of the panels of the quadrature, over the observable's range.
        squared: Whether it is that of Anderson and Darling.
    """

    knots: Float[Array, " knots"]
    squared: bool = eqx.field(static=True)

    def of(
        self,
        model: AbstractDistribution,
        x: Float[Array, "room dim"],
        counted: Bool[Array, " room"],
    ) -> Float[Array, ""]:
        # What does not count goes to the upper end, behind all others.
        ordered = jnp.sort(jnp.where(counted, x[:, 0], self.knots[-1]))
        F, S = _cumulative(model, self.knots, ordered)
        n, i = counted.sum(), jnp.arange(len(ordered))
        valid = i < n
        if self.squared:
            terms = (2 * i + 1) * jnp.log(F) + (2 * (n - i) - 1) * jnp.log(S)
            return -n - jnp.where(valid, terms, 0.0).sum() / n
        apart = jnp.maximum((i + 1) / n - F, F - i / n)
        return jnp.where(valid, apart, 0.0).max()


def kolmogorov_smirnov_test(
    result: Result, *, toys: int = 500, seed: int = 0
) -> UnbinnedTest:
    r"""Test a one-dimensional fit by the largest distance of the distributions.

    $$D = \max_i \max\bigl(\tfrac{i}{n} - F(x_{(i)}),\ F(x_{(i)}) -
    \tfrac{i-1}{n}\bigr)$$

    The p-value is by toys that are refitted: with fitted parameters the distance is
    much smaller than the tables of Kolmogorov say.

    Args:
        result: A converged unbinned fit of one observable, without weights.
        toys: Number of toys.
        seed: Of the random numbers.

    Raises:
        LikelyError: If the fit is no such fit.

    References:
        H. Lilliefors, J. Am. Stat. Assoc. 62 (1967) 399.
    """
    words = "kolmogorov_smirnov_test", "Kolmogorov-Smirnov distance"
    return _test(words, result, toys, seed, squared=False)


def anderson_darling_test(
    result: Result, *, toys: int = 500, seed: int = 0
) -> UnbinnedTest:
    r"""Test a one-dimensional fit by a distance that looks at the tails as well.

    $$A^2 = -n - \frac1n \sum_i (2i-1) \bigl[\log F(x_{(i)}) +
    \log\bigl(1 - F(x_{(n+1-i)})\bigr)\bigr]$$

    The p-value is by toys that are refitted.

    Args:
        result: A converged unbinned fit of one observable, without weights.
        toys: Number of toys.
        seed: Of the random numbers.

    Raises:
        LikelyError: If the fit is no such fit.

    References:
        T. Anderson, D. Darling, J. Am. Stat. Assoc. 49 (1954) 765.
    """
    words = "anderson_darling_test", "Anderson-Darling distance"
    return _test(words, result, toys, seed, squared=True)


def _test(
    words: tuple[str, str], result: Any, toys: int, seed: int, *, squared: bool
) -> UnbinnedTest:
    verb, method = words
    result = tested_fit(verb, result)
    checked_numbers(verb, toys=(toys, 1), seed=(seed, 0))
    model: Any = result.model
    if len(model.observables) != 1:
        raise LikelyError(
            f"`{verb}` orders events, so it is for one observable; the model has "
            f"{[o.name for o in model.observables]}. Use `point_to_point_test` or "
            "`mixed_sample_test`."
        )
    statistic = Distance(_knots(model), squared)
    observed, reference = by_toys(result, statistic, toys, seed)
    return UnbinnedTest.of(method, observed, reference, result.n_events)


def _knots(model: Any) -> Float[Array, " knots"]:
    """Return edges that are close together where the density is large."""
    (observable,) = model.observables
    drawn = np.asarray(model.samples(jax.random.key(0), DRAWS))[:, 0]
    half = np.linspace(0, 1, PANELS // 2 + 1)
    equal = observable.lower + (observable.upper - observable.lower) * half
    return jnp.asarray(np.sort(np.concatenate([equal, np.quantile(drawn, half)[1:-1]])))


def _cumulative(
    model: AbstractDistribution, knots: Float[Array, " knots"], x: Float[Array, " n"]
) -> tuple[Float[Array, " n"], Float[Array, " n"]]:
    r"""Return $F(x)$ and $1 - F(x)$, by Gauss-Legendre quadrature from knot to knot."""

    def integral(a: Float[Array, " m"], b: Float[Array, " m"]) -> Float[Array, " m"]:
        total = jnp.zeros_like(a)
        for node, weight in zip(NODES, NODE_WEIGHTS, strict=True):
            at = a + (b - a) * (0.5 + node)
            total = total + weight * jnp.exp(jax.vmap(model.log_prob)(at[:, None]))
        return (b - a) * total

    panels = integral(knots[:-1], knots[1:])
    below = jnp.concatenate([jnp.zeros(1), jnp.cumsum(panels)])
    i = jnp.clip(jnp.searchsorted(knots, x, side="right") - 1, 0, len(knots) - 2)
    part = below[i] + integral(knots[i], x)
    F = part / below[-1]
    return jnp.clip(F, SMALLEST, 1.0), jnp.clip(1.0 - F, SMALLEST, 1.0)
