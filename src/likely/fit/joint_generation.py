"""Data sets of several categories at once: the toys of a simultaneous fit."""

import math
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key, PRNGKeyArray

from ..core import AbstractGenerator
from .outside_terms import penalty_derivatives
from .program import Program
from .scattered import grouped, total


@final
class JointGenerator(AbstractGenerator):
    """Draws the data of each category, and anew what constraints were measured with.

    Args:
        room: Number of events that the categories have room for, together.
        parts: Generator of each category.
        places: Positions of the parameters of each part, and of the constraints,
            among all.
        outside: The program of the constraints.
        constrained: True value of each constrained scalar.
        shapes: For each part the shape of its numbers of events in one data set: none
            for a total, one axis for the contents of bins.
    """

    room: int = eqx.field(static=True)
    parts: tuple[AbstractGenerator, ...]
    places: tuple[Int[np.ndarray | Array, " _"], ...]
    outside: Program
    constrained: Float[Array, " constraints"]
    shapes: tuple[tuple[int, ...], ...] = eqx.field(static=True)

    def numbers(self, keys: Key[Array, " toys"]) -> Int[np.ndarray, "toys numbers"]:
        found = [part.numbers(_of_part(keys, i)) for i, part in enumerate(self.parts)]
        return np.concatenate([n.reshape(len(n), -1) for n in found], axis=1)

    def data(self, key: PRNGKeyArray, n: Int[Array, " numbers"]) -> Any:
        ends = np.cumsum([math.prod(shape) for shape in self.shapes])
        own = [
            numbers.reshape(shape)
            for numbers, shape in zip(jnp.split(n, ends[:-1]), self.shapes, strict=True)
        ]
        drawn = tuple(
            part.data(jax.random.fold_in(key, i), own[i])
            for i, part in enumerate(self.parts)
        )
        outside = jax.random.fold_in(key, len(self.parts))
        noise = jax.random.normal(outside, self.constrained.shape)
        return drawn, self.constrained + self.outside.constraint_sigmas * noise

    def likelihood(self, data: Any) -> Any:
        drawn, means = data
        functions = [p.likelihood(d) for p, d in zip(self.parts, drawn, strict=True)]
        if len(means):
            outside = self.outside.with_constraint_means(means)
            functions.append(penalty_derivatives(outside))
        return total(grouped(functions, self.places[: len(functions)]))


@jax.jit
def _of_part(keys: Key[Array, " toys"], i: Any) -> Key[Array, " toys"]:
    return jax.vmap(lambda key: jax.random.fold_in(key, i))(keys)
