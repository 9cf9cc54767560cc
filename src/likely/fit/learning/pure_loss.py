"""The loss of a small model as pure functions of its weights, for JAX."""

from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from ...core import EventBlocks, sum_over_events
from ...data import Samples
from ..losses.learning_loss import AbstractLearningLoss


@final
class LossOfEvent(eqx.Module):
    """The loss of one event as a function of all weights in a row."""

    rest: Any
    weights: Any
    loss: AbstractLearningLoss
    shapes: tuple[tuple[int, ...], ...] = eqx.field(static=True)
    whole: tuple[bool, bool] = eqx.field(static=True)

    @classmethod
    def of(cls, objective: Any) -> "LossOfEvent":
        weights, rest = eqx.partition(objective.model, eqx.is_inexact_array)
        targets: Any = objective.train.targets
        shapes = objective.train.inputs.shape[1:], targets.shape[1:]
        wide = jax.tree.map(lambda a: a.astype(float), weights)
        kinds = objective.train.inputs.dtype.kind, targets.dtype.kind
        whole = kinds[0] != "f", kinds[1] != "f"
        return cls(Static(rest), wide, objective.loss, shapes, whole)

    def model(self, x: Float[Array, " weights"]) -> Any:
        whole = eqx.combine(ravel_pytree(self.weights)[1](x), self.rest.value)
        return eqx.nn.inference_mode(whole)

    def split(self, row: Float[Array, " dim"]) -> tuple[Array, Array]:
        """Return inputs and target of an event from its columns."""
        size = int(np.prod(self.shapes[0]))
        inputs = row[:size].reshape(self.shapes[0])
        target = row[size:].reshape(self.shapes[1])
        # Columns of events are in double precision, an index is a whole number.
        inputs = inputs.astype(int) if self.whole[0] else inputs
        return inputs, target.astype(int) if self.whole[1] else target

    def __call__(
        self, x: Float[Array, " weights"], row: Float[Array, " dim"]
    ) -> Float[Array, ""]:
        inputs, target = self.split(row)
        output = self.model(x)(inputs)
        value = self.loss.of_event(output, target)
        if self.loss.of_outputs is not None:
            value = value + self.loss.of_outputs(output, inputs)
        return value

    def penalty(self, x: Float[Array, " weights"]) -> Float[Array, ""]:
        model = self.model(x)
        return sum((p(model) for p in self.loss.penalties), start=jnp.zeros(()))


@jax.tree_util.register_pytree_node_class
class Static:
    """Something that is part of a program and not of its arguments."""

    def __init__(self, value: Any):
        self.value = value
        leaves, self._structure = jax.tree.flatten(value)
        self._leaves = tuple(leaves)

    def tree_flatten(self) -> tuple[tuple[()], "Static"]:
        return (), self

    @classmethod
    def tree_unflatten(cls, auxiliary: "Static", children: Any) -> "Static":
        return auxiliary

    def __hash__(self) -> int:
        return hash((self._leaves, self._structure))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Static)
            and self._structure == other._structure
            and self._leaves == other._leaves
        )


def blocks(samples: Samples) -> EventBlocks:
    """Return inputs and targets as the columns of events."""
    n = len(samples)
    targets: Any = samples.targets
    columns = [samples.inputs.reshape(n, -1), targets.reshape(n, -1)]
    rows = np.concatenate([np.asarray(c, float) for c in columns], axis=1)
    return EventBlocks.of(np.ascontiguousarray(rows.T), samples.weights)


def value_alone(
    function: LossOfEvent, blocks: EventBlocks, x: Float[Array, " weights"]
) -> Float[Array, ""]:
    """Return the loss over all events."""

    def block(x: Any, columns: Any, w: Any) -> Any:
        return jnp.dot(w, jax.vmap(function, (None, 1))(x, columns))

    return sum_over_events(block, x, blocks) + function.penalty(x)


def value_and_gradient(
    function: LossOfEvent, blocks: EventBlocks, x: Float[Array, " weights"]
) -> Any:
    """Return the loss over all events and its gradient."""

    def block(x: Any, columns: Any, w: Any) -> Any:
        def total(x: Any) -> Any:
            return jnp.dot(w, jax.vmap(function, (None, 1))(x, columns))

        return jax.value_and_grad(total)(x)

    sums = sum_over_events(block, x, blocks)
    return jax.tree.map(jnp.add, sums, jax.value_and_grad(function.penalty)(x))


def derivatives(
    function: LossOfEvent, blocks: EventBlocks, x: Float[Array, " weights"]
) -> Any:
    """Return the loss over all events, its gradient and its Hessian."""

    def block(x: Any, columns: Any, w: Any) -> Any:
        def total(x: Any) -> Any:
            return jnp.dot(w, jax.vmap(function, (None, 1))(x, columns))

        return *jax.value_and_grad(total)(x), jax.hessian(total)(x)

    sums = sum_over_events(block, x, blocks)
    penalty = function.penalty
    prior = *jax.value_and_grad(penalty)(x), jax.hessian(penalty)(x)
    return jax.tree.map(jnp.add, sums, prior)


def score_products(
    function: LossOfEvent, blocks: EventBlocks, x: Float[Array, " weights"]
) -> Float[Array, "weights weights"]:
    r"""Return $\sum_i w_i^2\, \nabla\ell_i \nabla\ell_i^\top$."""

    def block(x: Any, columns: Any, w: Any) -> Any:
        g = jax.vmap(jax.grad(function), (None, 1))(x, columns)
        return (g * w[:, None] ** 2).T @ g

    return sum_over_events(block, x, blocks)
