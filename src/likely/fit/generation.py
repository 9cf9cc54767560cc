"""Data sets drawn from a model inside a compiled program: the toys of a fit."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key, PRNGKeyArray
from scipy import special

from ..core import (
    AbstractDistribution,
    AbstractGenerator,
    EventBlocks,
    LikelyError,
    evaluate,
    resolve,
    sample_given,
)
from ..core.events import BLOCK
from .constraint import GaussConstraint
from .program import Program
from .pure_likelihood import negative_log_likelihood

# A Poisson number lies further above its mean than this many standard deviations in
# one of 1e15 data sets.
TAIL = 8.0


@final
class Generator(AbstractGenerator):
    r"""Draws data sets of a model, and gives the likelihood of each.

    An extended model draws $n \sim \mathrm{Poisson}(\nu)$ events, another one always
    the same number. What constrains a parameter is measured anew in each data set:
    $m_j \sim \mathrm{Gauss}(p_j, s_j)$ around the true value. A model that is
    conditional on columns gets their values from the data: the same rows in each data
    set or, of an extended model, rows chosen at random.

    Args:
        truth: The model at the true parameters, all numbers.
        program: The model that is fitted, and its constraints.
        constrained: True value of each constrained scalar.
        given: Columns that the model is conditional on, one row an event.
        expected: Mean number of events.
        room: Number of events that a data set has room for.
    """

    truth: AbstractDistribution
    program: Program
    constrained: Float[Array, " constraints"]
    given: Float[Array | np.ndarray, "rows given"]
    expected: Float[Array, ""]
    room: int = eqx.field(static=True)

    @classmethod
    def of(
        cls,
        model: Any,
        program: Program,
        constraints: Sequence[GaussConstraint],
        values: Mapping[str, Any],
        *,
        n_events: int,
        given: Float[np.ndarray, "rows given"],
    ) -> "Generator":
        """Return the generator of a model at these values of its parameters.

        Args:
            model: With parameters.
            program: Of the model and the constraints.
            constraints: Terms that are not of the events.
            values: True value of each parameter.
            n_events: Events of each data set; an extended model has its own number.
            given: Columns that the model is conditional on, one row an event.

        Raises:
            LikelyError: If the expected number of events is not positive.
        """
        truth = resolve(model, values)
        expected = float(truth.expected() if program.extended else n_events)
        if not 0 < expected < math.inf:
            raise LikelyError(
                f"data sets of {expected:g} expected events cannot be drawn; give the "
                "yields values whose sum is positive."
            )
        constrained = [evaluate(c.parameter, values) for c in constraints]
        return cls(
            truth=truth,
            program=program,
            constrained=jnp.asarray(constrained, float),
            given=given,
            expected=jnp.asarray(expected, float),
            room=_room_for(expected, extended=program.extended),
        )

    def numbers(self, keys: Key[Array, " toys"]) -> Int[np.ndarray, " toys"]:
        """Return the number of events of the data set of each key."""
        mean = float(self.expected)
        if not self.program.extended:
            return np.full(len(keys), round(mean))
        return np.minimum(_poisson(_uniforms(keys), mean), self.room)

    def data(
        self, key: PRNGKeyArray, n: Any
    ) -> tuple[EventBlocks, Float[Array, " constraints"]]:
        """Return the `n` events of one data set, and the means of its constraints."""
        draw, outside = jax.random.split(key)
        events = self._events(draw)
        noise = jax.random.normal(outside, self.constrained.shape)
        means = self.constrained + self.program.constraint_sigmas * noise
        return in_blocks(events, n), means

    def _events(self, key: PRNGKeyArray) -> Float[Array, "room dim"]:
        if not self.given.shape[1]:
            return jax.vmap(self.truth.sample)(jax.random.split(key, self.room))
        choose, draw = jax.random.split(key)
        rows = jnp.arange(self.room) % len(self.given)
        if self.program.extended:
            rows = jax.random.randint(choose, (self.room,), 0, len(self.given))
        given = jnp.asarray(self.given)[rows]
        keys = jax.random.split(draw, self.room)
        drawn = jax.vmap(lambda k, c: sample_given(self.truth, k, c))(keys, given)
        return jnp.concatenate([drawn, given], axis=1)

    def likelihood(self, data: tuple[EventBlocks, Float[Array, " constraints"]]) -> Any:
        """Return minus the log-likelihood of one data set, with derivatives."""
        blocks, means = data
        return negative_log_likelihood(
            self.program.with_constraint_means(means), blocks
        )


def _uniforms(keys: Key[Array, " toys"]) -> Float[np.ndarray, " toys"]:
    """Return a number in [0, 1) for each key: its own bits, which are no draw's."""
    words = np.asarray(jax.random.key_data(keys)).astype(np.uint64)
    return ((words[:, 0] << 32 | words[:, 1]) >> 11) * 2.0**-53


def _poisson(u: Float[np.ndarray, " toys"], mean: float) -> Int[np.ndarray, " toys"]:
    """Return the smallest n whose cumulative Poisson probability reaches u.

    Not drawn in the program: JAX's sampler takes two seconds to compile.
    """
    n = np.ceil(special.pdtrik(u, mean))
    before = np.maximum(n - 1, 0)
    return np.where(special.pdtr(before, mean) >= u, before, n).astype(int)


def _room_for(expected: float, *, extended: bool) -> int:
    """Return the number of events that a data set needs room for."""
    if not extended:
        return max(round(expected), 1)
    return math.ceil(expected + TAIL * math.sqrt(expected) + TAIL)


def block_size(room: int) -> int:
    """Return the size of the blocks that `room` events are kept in."""
    return BLOCK if room > BLOCK else -(-room // 128) * 128


def in_blocks(events: Float[Array, "room dim"], n: Any) -> EventBlocks:
    """Return the first `n` of some events as blocks of a single device."""
    room, dim = events.shape
    size = block_size(room)
    blocks = -(-room // size)
    padding = jnp.broadcast_to(events[:1], (blocks * size - room, dim))
    columns = jnp.concatenate([events, padding]).reshape(blocks, size, dim)
    counts = jnp.clip(n - size * jnp.arange(blocks), 0, size)
    return EventBlocks(
        jnp.swapaxes(columns, 1, 2)[None],
        None,
        counts[None],
        jnp.array([blocks]),
        jnp.ones(1),
        None,
    )
