"""One epoch of gradient descent as one compiled program, for all members at once."""

from collections.abc import Callable
from functools import partial
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax
from jax.sharding import Mesh, PartitionSpec
from jaxtyping import Array, Bool, Float, Int, UInt32

from ..losses.learning_loss import AbstractLearningLoss
from .cpu_operations import quick_on_cpu
from .kept import AXIS
from .rules import AbstractRule


@final
class Learner(eqx.Module):
    """The state of a training: everything that a step changes.

    Args:
        weights: The weights of the model.
        moments: What the rule keeps of past gradients.
        step: Number of steps made.
    """

    weights: Any
    moments: Any
    step: Int[Array, "*members"]


@final
class Recipe(eqx.Module):
    """What a step does; the same for all members but for the learning rate.

    Args:
        rest: The model without its weights.
        loss: The loss.
        rule: How a gradient moves the weights.
        precision: Of the products of matrices.
        batch: Events a step.
        takes_key: Whether the model is given a random key.
    """

    rest: Any
    loss: AbstractLearningLoss
    rule: AbstractRule
    precision: str = eqx.field(static=True)
    batch: int = eqx.field(static=True)
    takes_key: bool = eqx.field(static=True)

    def losses(self, weights: Any, x: Any, t: Any, keys: Any) -> Float[Array, " batch"]:
        """Return the loss of each event of a batch."""
        low = jnp.bfloat16 if self.precision == "bfloat16" else None

        def lowered(tree: Any) -> Any:
            return jax.tree.map(
                lambda a: a.astype(low) if low and eqx.is_inexact_array(a) else a, tree
            )

        model = eqx.combine(lowered(weights), self.rest)
        if keys is None and self.takes_key:
            # Equinox's own dropout asks for a key unless it is told to do nothing.
            model = eqx.nn.inference_mode(model)

        def one(x: Any, t: Any, key: Any) -> Float[Array, ""]:
            output = model(lowered(x)) if key is None else model(lowered(x), key=key)
            output = output.astype(jnp.float32) if low else output
            value = self.loss.of_event(output, t)
            if self.loss.of_outputs is not None:
                value = value + self.loss.of_outputs(output, x)
            return value

        return jax.vmap(one, (0, 0, None if keys is None else 0))(x, t, keys)


@final
class Scale(eqx.Module):
    """The numbers of a step that members may differ in.

    Args:
        rate: The largest learning rate.
        events: $N / (b W)$.
        penalty: $1 / W$.
        steps: Number of steps in the whole training, for schedules.
        seed: Seeds of the members.
    """

    rate: Float[Array, "*members"]
    events: Float[Array, "*members"]
    penalty: Float[Array, "*members"]
    steps: Float[Array, "*members"]
    seed: UInt32[Array, "*members"]


@eqx.filter_jit
def started(recipe: Recipe, weights: Any) -> Learner:
    """Return the state before the first step."""
    moments = jax.vmap(recipe.rule.direction().init)(weights)
    members = len(jax.tree.leaves(weights)[0])
    return Learner(weights, moments, jnp.zeros(members, jnp.int32))


@eqx.filter_jit
def run_epoch(
    recipe: Recipe,
    learner: Learner,
    scale: Scale,
    data: Any,
    rows: Int[Array, "members steps batch"],
    active: Bool[Array, " members"],
    mesh: Mesh | None,
) -> tuple[Learner, Float[Array, "members 2"]]:
    """Return the state after all steps, and sums of losses and squared gradients.

    Args:
        recipe: What a step does.
        learner: The state before.
        scale: The numbers of a step.
        data: Inputs, targets and weights of all events.
        rows: The events of each step; -1 is none.
        active: Which members learn; the others stay as they are.
        mesh: The devices that members are spread over, or None.
    """

    def one(member: Any, data: Any) -> Any:
        learner, scale, rows, active = member

        def learn() -> Any:
            return _steps(recipe, learner, scale, data, rows)

        def rest() -> Any:
            return learner, jnp.zeros(2, scale.rate.dtype)

        return lax.cond(active, learn, rest)

    members = learner, scale, rows, active
    return over_members(one, members, data, mesh)


def over_members(
    function: Callable[[Any, Any], Any], members: Any, shared: Any, mesh: Mesh | None
) -> Any:
    """Return a function of each member and of what they share.

    Small products of matrices gain nothing from a batch on a CPU: there a member
    follows the other, on each core its own (docs/decisions.md, "Members of an
    ensemble").
    """
    count = len(jax.tree.leaves(members)[0])
    if count == 1:
        only = jax.tree.map(lambda a: a[0], members)
        return jax.tree.map(lambda a: a[None], function(only, shared))
    if mesh is None:
        return jax.vmap(function, (0, None))(members, shared)

    def in_turn(members: Any, shared: Any) -> Any:
        return lax.map(lambda member: function(member, shared), members)

    return jax.shard_map(
        in_turn,
        mesh=mesh,
        in_specs=(PartitionSpec(AXIS), PartitionSpec()),
        out_specs=PartitionSpec(AXIS),
        check_vma=False,
    )(members, shared)


def _steps(
    recipe: Recipe, learner: Learner, scale: Scale, data: Any, rows: Any
) -> tuple[Learner, Float[Array, "2"]]:
    inputs, targets, weights = data
    # All batches at once: a gather in each step would cost as much as the step.
    batches = jax.tree.map(lambda a: a[rows], (inputs, targets, weights))
    key = jax.random.key(scale.seed)
    direction, schedule = recipe.rule.direction(), recipe.rule.learning_rate

    def loss(weights: Any, batch: Any, key: Any) -> tuple[Array, Array]:
        x, t, w = batch
        keys = jax.random.split(key, len(w)) if recipe.takes_key else None
        total = jnp.sum(w * recipe.losses(weights, x, t, keys))
        model = eqx.combine(weights, recipe.rest)
        penalty = sum((p(model) for p in recipe.loss.penalties), start=jnp.zeros(()))
        return scale.events * total + scale.penalty * penalty, total

    def step(index: Array, carry: Any) -> Any:
        learner, sums = carry
        x, t, w = jax.tree.map(lambda a: a[index], batches)
        w = jnp.where(rows[index] < 0, 0, w)
        step_key = jax.random.fold_in(key, learner.step)
        grad = quick_on_cpu(jax.grad(loss, has_aux=True), recipe.batch)
        g, total = grad(learner.weights, (x, t, w), step_key)
        u, moments = direction.update(g, learner.moments, learner.weights)
        eta = scale.rate * schedule.factor(learner.step / scale.steps)
        moved = jax.tree.map(
            lambda w, u: w - eta.astype(w.dtype) * u, learner.weights, u
        )
        square = optax.tree.norm(g, squared=True)
        added = sums + jnp.stack([total, square]).astype(sums.dtype)
        return Learner(moved, moments, learner.step + 1), added

    used = jnp.sum(rows[:, 0] >= 0)
    return lax.fori_loop(0, used, step, (learner, jnp.zeros(2, scale.rate.dtype)))


@eqx.filter_jit
def sum_of_losses(
    recipe: Recipe, weights: Any, data: Any, rows: Any, mesh: Mesh | None
) -> Float[Array, "members 2"]:
    """Return the weighted losses of events, and their weights, summed.

    Args:
        recipe: What a step does.
        weights: Of the members.
        data: Inputs, targets and weights of all events.
        rows: The events of each block, (members, blocks, size); -1 is none.
        mesh: The devices that members are spread over, or None.
    """

    def one(member: Any, data: Any) -> Any:
        weights, rows = member
        losses = quick_on_cpu(partial(recipe.losses, keys=None), rows.shape[-1])

        def block(index: Any, total: Any) -> Any:
            x, t, w = jax.tree.map(lambda a: a[rows[index]], data)
            w = jnp.where(rows[index] < 0, 0, w)
            each = losses(weights, x, t)
            # An event without weight does not count, whatever its loss.
            part = jnp.sum(jnp.where(w == 0, 0, w * each).astype(float))
            return total + jnp.stack([part, jnp.sum(w.astype(float))])

        used = jnp.sum(rows[:, 0] >= 0)
        return lax.fori_loop(0, used, block, jnp.zeros(2))

    return over_members(one, (weights, rows), data, mesh)


def seeds_of(seed: int, members: int) -> Any:
    """Return a seed for each member, the first that of a training of its own."""
    sequence = np.random.SeedSequence(seed).generate_state(members)
    return np.asarray(sequence, np.uint32)
