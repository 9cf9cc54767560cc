"""The likelihood of events that stay in their files."""

import copy
from collections.abc import Callable, Iterator
from typing import Any, final

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float

from ..core import (
    AbstractGenerator,
    AbstractObjective,
    Derivatives,
    EventBlocks,
    apply,
    progress,
)
from ..core.events import BLOCK
from ..data import Source
from .gradient import value_and_gradient
from .host import AbstractHostObjective, not_in_memory
from .offending_event import Search
from .pure_likelihood import negative_log_likelihood, score_covariance, value_alone
from .streamed_blocks import chunks_of, shape_of
from .streamed_survey import Survey, used_events


@final
class StreamedObjective(AbstractHostObjective):
    r"""Minus the log-likelihood of the events of a stream.

    Each evaluation reads the files once, in chunks $c$ of one shape, and adds up what
    the likelihood in memory gives for each,

    $$-\log L = \sum_{c=1}^{K} \lambda_c - (K - 1)\,\lambda_\emptyset$$

    with compensated sums; $\lambda_\emptyset$, of no event, is what is not of the
    events and would else be counted $K$ times.

    Args:
        sample: The objective of the sample of the survey.
        survey: What is known of all events.
    """

    def __init__(self, sample: Any, survey: Survey):
        self.survey, self.stream = survey, survey.stream
        self.model, self.program = sample.model, sample.program
        self.constraints, self.space = sample.constraints, sample.space
        self.weight_errors, self.extended = sample.weight_errors, sample.extended
        self.n_events = survey.n_events
        self.sum_of_weights = survey.sum_of_weights
        self.weighted = survey.stream.weighted
        self.sample = _scaled(sample, survey.sum_of_weights)
        self._shape = shape_of(survey.n_events)

    @property
    def sources(self) -> tuple[Source, ...]:
        """Return the files that the events are read from."""
        return self.survey.sources

    @property
    def events(self) -> Any:
        """Refuse: the events are not in memory."""
        raise not_in_memory()

    @property
    def blocks(self) -> Any:
        """Refuse, likewise."""
        raise not_in_memory()

    @property
    def weights(self) -> Any:
        """Return None for events without weights; refuse for others."""
        if self.weighted:
            raise not_in_memory()
        return None

    def value(self, x: Float[np.ndarray, " free"]) -> float:
        return float(self._sum(lambda b: apply(value_alone(self.program, b), x)))

    def value_and_gradient(
        self, x: Float[np.ndarray, " free"]
    ) -> tuple[float, Float[np.ndarray, " free"]]:
        value, gradient = self._sum(
            lambda b: apply(value_and_gradient(self.program, b), x)
        )
        return float(value), gradient

    def derivatives(self, x: Float[np.ndarray, " free"]) -> Derivatives:
        value, gradient, hessian = self._sum(
            lambda b: apply(negative_log_likelihood(self.program, b), x)
        )
        return Derivatives(float(value), gradient, hessian)

    def score_covariance(
        self, x: Float[np.ndarray, " free"]
    ) -> Float[np.ndarray, "free free"]:
        if self.weight_errors == "none":
            return self.derivatives(x).hessian
        if self.weight_errors == "sum_of_squares" and self.weighted:
            return self._sum(
                lambda b: apply(negative_log_likelihood(self.program, _squared(b)), x)
            )[2]
        x = np.asarray(x, float)
        return self._sum(lambda b: score_covariance(self.program, x, b))

    def part(self, blocks: int) -> AbstractObjective:
        """Return the objective of the first blocks of the sample, in memory."""
        return self.sample.part(blocks)

    def rehearsals(self) -> list[AbstractObjective]:
        """Return objectives of growing parts of the sample, and of all of it.

        Negative weights need all events to make a density.
        """
        if not self.survey.positive:
            return []
        return [*self.sample.rehearsals(), self.sample]

    def generator(
        self, x: Float[np.ndarray, " free"], *, n_events: int | None = None
    ) -> AbstractGenerator:
        """Return what draws data sets like this one from the model at `x`."""
        n = self.n_events if n_events is None else n_events
        return self.sample.generator(x, n_events=n)

    def histogram(
        self, observable: str, edges: Float[np.ndarray, " edges"]
    ) -> tuple[
        Float[np.ndarray, " bins"],
        Float[np.ndarray, " bins"],
        Float[np.ndarray, " bins"],
    ]:
        """Return sums of weights, of squared weights, and entries, in one pass.

        Args:
            observable: Name of a column of the model.
            edges: Of the bins, in its unit, rising.
        """
        row = self.stream.names.index(observable)
        found = np.zeros((3, len(edges) - 1))
        with progress("reading") as tell:
            for events, w in self._used():
                entries = np.histogram(events[row], edges)[0]
                if w is None:
                    found += entries
                else:
                    n = np.histogram(events[row], edges, weights=w)[0]
                    V = np.histogram(events[row], edges, weights=w**2)[0]
                    found += np.stack([n, V, entries])
                tell()
        counts, variances, entries = found
        return counts, variances, entries

    def offending_event(self, x: Float[np.ndarray, " free"]) -> str:
        """Return which event makes the likelihood infinite or undefined."""
        values = {n: float(v) for n, v in self.space.values(x).items()}
        search = Search(self.model, values)
        for events, _ in self._used():
            search.look(events)
        return search.told()

    def _used(self) -> Any:
        return used_events(self.model, self.stream, self.survey.thread)

    def _chunks(self) -> Iterator[EventBlocks]:
        return chunks_of(self._used(), self._shape)

    def _sum(self, of_chunk: Callable[[EventBlocks], Any]) -> Any:
        """Return the sum over all chunks of what `of_chunk` makes of each."""
        shards, blocks = self._shape
        n_chunks = -(-self.n_events // (shards * blocks * BLOCK))
        total = _Compensated()
        nothing: Any = None
        with progress("reading", n_chunks) as tell:
            for number, chunk in enumerate(self._chunks()):
                if number == 1:
                    nothing = jax.device_get(of_chunk(_empty(chunk)))
                total.add(jax.device_get(of_chunk(chunk)))
                if nothing is not None:
                    total.add(jax.tree.map(np.negative, nothing))
                tell()
        return total.sum


@final
class _Compensated:
    """Neumaier's sum of pytrees of arrays."""

    def __init__(self):
        self.total: Any = None
        self.lost: Any = None

    def add(self, part: Any) -> None:
        part = jax.tree.map(np.asarray, part)
        if self.total is None:
            self.total, self.lost = part, jax.tree.map(np.zeros_like, part)
            return
        added = jax.tree.map(np.add, self.total, part)
        self.lost = jax.tree.map(_lost_digits, self.lost, self.total, part, added)
        self.total = added

    @property
    def sum(self) -> Any:
        return jax.tree.map(np.add, self.total, self.lost)


def _lost_digits(lost: Any, total: Any, part: Any, added: Any) -> Any:
    larger = np.abs(total) >= np.abs(part)
    return lost + np.where(larger, (total - added) + part, (part - added) + total)


def _empty(blocks: EventBlocks) -> EventBlocks:
    return eqx.tree_at(lambda b: b.used, blocks, np.zeros_like(blocks.used))


def _squared(blocks: EventBlocks) -> EventBlocks:
    weights: Any = blocks.weights
    return eqx.tree_at(lambda b: b.weights, blocks, _square(weights))


@jax.jit
def _square(weights: Array) -> Array:
    return weights * weights


def _scaled(sample: Any, total: float) -> Any:
    """Return the objective of a sample as it stands for all events."""
    other = copy.copy(sample)
    used = int(np.max(sample.blocks.used))
    other.blocks = sample.blocks.first(used, total / sample.sum_of_weights)
    other.sum_of_weights = total
    return other
