"""Histograms drawn from a model: the toys of a binned fit."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key, PRNGKeyArray

from ..core import AbstractGenerator, LikelyError, evaluate
from .bin_costs import AbstractBinCost, Bins, with_counts
from .binned_derivatives import binned_derivatives
from .binned_expectation import BinnedExpectation
from .constraint import GaussConstraint
from .template_statistics import TemplateCost

# Counts, means of constraints, and contents of templates relative to the model's.
Drawn: TypeAlias = tuple[
    Float[Array, "*bins"], Float[Array, " constraints"], Float[Array, "templates bins"]
]


@final
class BinnedGenerator(AbstractGenerator):
    r"""Draws histograms, and gives the likelihood of each.

    Of an extended model each bin is $n_b \sim \mathrm{Poisson}(\mu_b)$, of another one
    the same number of events is shared among the bins. What constrains a parameter is
    measured anew in each histogram, and templates of a known number of events are drawn
    anew with it: a bin of $N$ effective events gets $\mathrm{Poisson}(N)/N$ times its
    content.

    Args:
        room: Number of bins.
        expectation: Of the model that is fitted.
        cost: Of the counts.
        mean: Expected counts at the true parameters.
        constrained: True value of each constrained scalar.
        simulated: Effective events in each bin of each template that is drawn anew, one
            row a template.
    """

    room: int = eqx.field(static=True)
    expectation: BinnedExpectation
    cost: AbstractBinCost
    mean: Bins
    constrained: Float[Array, " constraints"]
    simulated: Float[np.ndarray, "templates bins"]

    @classmethod
    def of(
        cls,
        expectation: BinnedExpectation,
        cost: AbstractBinCost,
        mean: Float[np.ndarray, "*bins"],
        constraints: Sequence[GaussConstraint],
        values: Mapping[str, Any],
    ) -> "BinnedGenerator":
        """Return the generator at these values of the parameters.

        Args:
            expectation: Of the model that is fitted.
            cost: Of the counts.
            mean: Expected counts there.
            constraints: Terms that are not of the bins.
            values: True value of each parameter.

        Raises:
            LikelyError: If a bin expects less than nothing, or all of them nothing.
        """
        total = float(mean.sum())
        if not 0 < total < math.inf or not (mean >= 0).all():
            raise LikelyError(
                f"histograms of {total:g} expected events, {mean.min():g} in the least "
                "bin, cannot be drawn; give the yields values with which every bin "
                "expects zero events or more."
            )
        constrained = [evaluate(c.parameter, values) for c in constraints]
        simulated: list[Any] = []
        if isinstance(cost, TemplateCost):
            simulated = [n for n in cost.simulated if n is not None]
        return cls(
            room=mean.size,
            expectation=expectation,
            cost=cost,
            mean=mean,
            constrained=jnp.asarray(constrained, float),
            simulated=np.array(simulated).reshape(len(simulated), mean.size),
        )

    def numbers(self, keys: Key[Array, " toys"]) -> Int[np.ndarray, "toys counts"]:
        """Return the counts of the histogram of each key, and of its templates.

        Not drawn in the program: JAX's sampler takes four seconds to compile.
        """
        mean = np.ravel(np.asarray(self.mean))
        words = np.asarray(jax.random.key_data(keys)).reshape(len(keys), -1)
        draws = [np.random.default_rng(word) for word in words]
        if self.expectation.program.extended:
            means = np.append(mean, self.simulated)
            return np.stack([draw.poisson(means) for draw in draws])
        total, shares = round(float(mean.sum())), mean / mean.sum()
        return np.stack([draw.multinomial(total, shares) for draw in draws])

    def data(self, key: PRNGKeyArray, n: Int[Array, " counts"]) -> Drawn:
        """Return the histogram, the means of its constraints, and its templates."""
        bins = self.room
        counts = jnp.asarray(n[:bins], float).reshape(np.shape(self.mean))
        noise = jax.random.normal(jax.random.split(key)[1], self.constrained.shape)
        sigmas = self.expectation.program.constraint_sigmas
        expected = jnp.asarray(self.simulated)
        contents = n[bins:].reshape(expected.shape)
        # Where there are no events the content is zero, or is exactly known.
        some = expected > 0
        ratios = jnp.where(some, contents / jnp.where(some, expected, 1.0), 1.0)
        return counts, self.constrained + sigmas * noise, ratios

    def likelihood(self, data: Drawn) -> Any:
        """Return value, gradient and Hessian for one histogram, as a function."""
        counts, means, ratios = data
        program = self.expectation.program.with_constraint_means(means)
        moved = eqx.tree_at(lambda e: e.program, self.expectation, program)
        cost = with_counts(self.cost, counts)
        if isinstance(cost, TemplateCost):
            cost = cost.of_drawn(ratios)
        return binned_derivatives(moved, cost)
