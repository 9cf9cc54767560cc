r"""The same events with other weights: what a bootstrap and a jackknife fit again.

A data set is nothing but the weights of the events and the means of the constraints;
the events themselves are there once, whatever the number of fits.
"""

from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key, PRNGKeyArray
from scipy import special

from ..core import AbstractGenerator, EventBlocks, LikelyError
from .binned_objective import BinnedObjective
from .generation import in_blocks
from .joint_objective import JointObjective
from .likelihood import LikelihoodObjective
from .program import Program
from .pure_likelihood import negative_log_likelihood

# P(k <= j) of the Poisson distribution of mean one; what is above the last is 1e-17.
POISSON_ONE = tuple(float(p) for p in special.pdtr(np.arange(18.0), 1.0))

Weights = Float[Array, "shards blocks size"]


@final
class Weighted(eqx.Module):
    """The events of a fit on one device, and what changes from fit to fit.

    Args:
        program: Of the model and its constraints.
        events: In blocks, without weights.
        weights: Of each event; zero in the padding.
        means: Of the constraints, as measured.
    """

    program: Program
    events: EventBlocks
    weights: Weights
    means: Float[Array, " constraints"]

    @classmethod
    def of(cls, objective: Any) -> "Weighted":
        """Take the events of an unbinned likelihood."""
        n = objective.n_events
        blocks = in_blocks(jnp.asarray(objective.events.T), n)
        own = objective.weights
        weights = _arranged(np.ones(n) if own is None else own, blocks)
        means = jnp.asarray([c.mean for c in objective.constraints], float)
        return cls(objective.program, blocks, jnp.asarray(weights), means)

    @property
    def blocks(self) -> EventBlocks:
        """Return the events with their weights."""
        return self._with(self.weights)

    def likelihood(self, weights: Weights, means: Float[Array, " constraints"]) -> Any:
        """Return minus the log-likelihood with other weights and constraints' means."""
        return negative_log_likelihood(
            self.program.with_constraint_means(means), self._with(weights)
        )

    def _with(self, weights: Weights) -> EventBlocks:
        return eqx.tree_at(
            lambda b: b.weights, self.events, weights, is_leaf=lambda w: w is None
        )


@final
class Resampler(AbstractGenerator):
    r"""Draws how often each event is counted: $w_i \to k_i w_i$.

    Either $k_i \sim \mathrm{Poisson}(1)$, so that the number of events fluctuates as
    it does in data taken for a given time, or $k \sim \mathrm{Multinomial}(n, 1/n)$,
    which keeps the number of events. What constrains a parameter is data as well: its
    mean is drawn anew, $m_j \to \mathrm{Gauss}(m_j, s_j)$, around the measured value
    (the true one is not known, and a fit with all $k_i = 1$ has the measured one).

    Args:
        room: Number of events.
        weighted: The events.
        keep_number: Whether the number of events is kept.
    """

    room: int = eqx.field(static=True)
    weighted: Weighted
    keep_number: bool = eqx.field(static=True)

    def numbers(self, keys: Key[Array, " fits"]) -> Int[np.ndarray, " fits"]:
        """Return the number of events, which is always the same."""
        return np.full(len(keys), self.room)

    def data(
        self, key: PRNGKeyArray, n: Any
    ) -> tuple[Weights, Float[Array, " constraints"]]:
        """Return the weights and the means of one fit."""
        events, outside = jax.random.split(key)
        own = self.weighted.weights
        if self.keep_number:
            chosen = jax.random.randint(events, (self.room,), 0, self.room)
            counts = jnp.zeros(own.size).at[chosen].add(1.0).reshape(own.shape)
        else:
            counts = _poisson_one(jax.random.uniform(events, own.shape))
        means, sigmas = self.weighted.means, self.weighted.program.constraint_sigmas
        noise = jax.random.normal(outside, means.shape)
        return counts * own, means + sigmas * noise

    def likelihood(self, data: tuple[Weights, Float[Array, " constraints"]]) -> Any:
        """Return minus the log-likelihood of one fit, with derivatives."""
        return self.weighted.likelihood(*data)


@final
class LeaveOut(AbstractGenerator):
    r"""Leaves out one group of events after the other, and then varies what is around.

    The data set of number $b < g$ lacks group $b$ and weighs the others $g/(g-1)$. In
    those behind, two for each, one after the other is moved by $\pm 1$ standard
    deviation: the number of events (all weights times $1 \pm s$) and the mean of each
    constraint.

    Args:
        room: Number of events.
        weighted: The events.
        groups: Which group each event is in.
        n_groups: Their number $g$.
        spread: $s$, the relative fluctuation of the number of events.
    """

    room: int = eqx.field(static=True)
    weighted: Weighted
    groups: Int[Array, "shards blocks size"]
    # Arrays: another number of groups is the same program.
    n_groups: Int[Array, ""]
    spread: Float[Array, ""]

    @classmethod
    def of(
        cls, weighted: Weighted, labels: Int[np.ndarray, " events"], spread: float
    ) -> "LeaveOut":
        """Arrange the label of each event, which is 0, 1, ... g - 1."""
        arranged = jnp.asarray(_arranged(labels, weighted.events))
        return cls(
            room=len(labels),
            weighted=weighted,
            groups=arranged,
            n_groups=jnp.asarray(labels.max() + 1),
            spread=jnp.asarray(spread),
        )

    @property
    def sets(self) -> int:
        """Return the number of data sets."""
        return int(self.n_groups) + 2 * (1 + len(self.weighted.means))

    def numbers(self, keys: Key[Array, " fits"]) -> Int[np.ndarray, " fits"]:
        """Return which data set each is; those behind the last are the last."""
        return np.minimum(np.arange(len(keys)), self.sets - 1)

    def data(
        self, key: PRNGKeyArray, n: Any
    ) -> tuple[Weights, Float[Array, " constraints"]]:
        """Return the weights and the means of the fit of number `n`."""
        g, own, means = self.n_groups, self.weighted.weights, self.weighted.means
        behind = n - g
        which, sign = behind // 2, 1.0 - 2.0 * (behind % 2)
        scale = 1.0 + jnp.where((behind >= 0) & (which == 0), sign * self.spread, 0.0)
        left = jnp.where(self.groups == n, 0.0, g / (g - 1.0))
        weights = own * jnp.where(behind < 0, left, scale)
        moved = (jnp.arange(len(means)) == which - 1) & (behind >= 0)
        sigmas = self.weighted.program.constraint_sigmas
        return weights, means + jnp.where(moved, sign, 0.0) * sigmas

    def likelihood(self, data: tuple[Weights, Float[Array, " constraints"]]) -> Any:
        """Return minus the log-likelihood of one fit, with derivatives."""
        return self.weighted.likelihood(*data)


def resampler_of(
    objective: Any, x: Float[np.ndarray, " free"], *, keep_number: bool
) -> AbstractGenerator:
    """Return what resamples the data of a fit.

    Events are counted anew in each category of a simultaneous fit. The bins of a
    histogram are numbers of events: each fluctuates around what it holds.

    Args:
        objective: Of the fit.
        x: Its fitted values.
        keep_number: Whether the number of events is kept.

    Raises:
        LikelyError: If it cannot be said how such data fluctuate.
    """
    if isinstance(objective, LikelihoodObjective):
        return Resampler(objective.n_events, Weighted.of(objective), keep_number)
    if not isinstance(objective, JointObjective | BinnedObjective):
        raise LikelyError(
            "a bootstrap resamples events or bins; this fit minimised a "
            f"{type(objective).__name__}. Read the events of a stream with `lk.read`."
        )
    if objective.weighted:
        raise LikelyError(
            "a bootstrap of weighted data is for the events of one data set: the "
            "fluctuations of a weighted histogram, or of a weighted simultaneous fit, "
            "are not known to it."
        )
    like: Any = objective.generator(x)
    means = jnp.asarray([c.mean for c in objective.constraints], float)
    if isinstance(objective, JointObjective):
        names = [p.name for p in objective.space.free]
        parts = tuple(
            resampler_of(
                part,
                x[[names.index(p.name) for p in part.space.free]],
                keep_number=keep_number,
            )
            for part in objective.parts.values()
        )
        return eqx.tree_at(lambda g: (g.parts, g.constrained), like, (parts, means))
    counts = np.asarray(objective.binned.counts, float)
    return eqx.tree_at(lambda g: (g.mean, g.constrained), like, (counts, means))


def _arranged(values: Any, blocks: EventBlocks) -> np.ndarray:
    """Return one number an event in the arrangement of the blocks, padded by zeros."""
    shards, n_blocks, _, size = blocks.columns.shape
    values = np.asarray(values)
    padded = np.zeros(shards * n_blocks * size, values.dtype)
    padded[: len(values)] = values
    return padded.reshape(shards, n_blocks, size)


def _poisson_one(u: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Return the smallest k whose cumulative probability reaches u."""
    total = jnp.zeros_like(u)
    for below in POISSON_ONE:
        total = total + (u > below)
    return total
