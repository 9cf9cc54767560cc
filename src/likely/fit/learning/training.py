"""The course of a training: epochs, the best weights, early stopping, checkpoints."""

import time
from dataclasses import dataclass, field
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import PartitionSpec
from jaxtyping import Bool, Float, Int

from ...core import LikelyError, progress
from .checkpoint import Checkpoint
from .checks import is_number, numbers_vary, takes_key
from .descent import Descent
from .ensemble import members_of, rebuilt
from .epoch import (
    Learner,
    Recipe,
    Scale,
    run_epoch,
    seeds_of,
    started,
    sum_of_losses,
)
from .kept import AXIS, placed
from .objective import LearningObjective
from .store import Store, dtype_of

# Seconds between two checkpoints.
PATIENCE = 2.0


@final
@dataclass(frozen=True, eq=False)
class Training:
    """How a training went, epoch by epoch; losses are those of an event.

    Args:
        training_loss: Mean while the weights moved, for each epoch and member.
        validation_loss: At the end of each epoch; `nan` without validation events.
        gradient_norm: Root of the mean square of the gradients of batches.
        learning_rate: At the end of each epoch.
        best_epoch: Number of epochs after which each member was best, whose weights
            are returned.
        stopped: Whether each member stopped early.
        diverged: Epoch in which each member's loss was no longer finite; -1 if never.
        n_weights: Weights of one member.
        steps: Steps of an epoch.
        seconds: Of each epoch.
    """

    training_loss: Float[np.ndarray, "epochs members"]
    validation_loss: Float[np.ndarray, "epochs members"]
    gradient_norm: Float[np.ndarray, "epochs members"]
    learning_rate: Float[np.ndarray, "epochs members"]
    best_epoch: Int[np.ndarray, " members"]
    stopped: Bool[np.ndarray, " members"]
    diverged: Int[np.ndarray, " members"]
    n_weights: int
    steps: int
    seconds: Float[np.ndarray, " epochs"]

    @property
    def epochs(self) -> int:
        """Return the number of epochs made."""
        return len(self.training_loss)


@dataclass
class _Course:
    """What is known of the epochs so far."""

    rows: list[Float[np.ndarray, "4 members"]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    best_loss: Any = None
    best_epoch: Any = None
    stopped: Any = None
    diverged: Any = None

    @staticmethod
    def of(members: int) -> "_Course":
        return _Course(
            best_loss=np.full(members, np.inf),
            best_epoch=np.zeros(members, int),
            stopped=np.zeros(members, bool),
            diverged=np.full(members, -1),
        )

    @property
    def active(self) -> Bool[np.ndarray, " members"]:
        return ~self.stopped & (self.diverged < 0)

    @property
    def watched(self) -> Float[np.ndarray, " members"]:
        return self.rows[-1][1]


def train(
    objective: LearningObjective, descent: Descent
) -> tuple[Any, Training, Float[np.ndarray, " members"]]:
    """Return the trained model, how the training went, and each member's loss.

    The loss is that of an event of the training, of the model that is returned.

    Raises:
        LikelyError: If early stopping has no validation events to watch, or a
            checkpoint is of another training.
    """
    if descent.stopping is not None and not objective.is_watched:
        raise LikelyError(
            "`EarlyStopping` watches validation events and there are none; give "
            '`fit` the data {"train": ..., "validation": ...}.'
        )
    run = _Run(objective, descent)
    checkpoint = Checkpoint.of(objective, descent)
    state, course = run.beginning()
    if checkpoint is not None:
        state, course = _resumed(checkpoint, state, course, descent.epochs)
    written = time.perf_counter()
    begin = len(course.rows)
    logs = descent.log
    with progress("training", descent.epochs) as tell, logs.following(course) as note:
        for _ in range(begin):
            tell("")
        for epoch in range(begin, descent.epochs):
            if not course.active[: run.members].any():
                break
            state = run.epoch(state, course, epoch)
            note()
            tell(_text(course))
            if descent.watch is not None and descent.watch(epoch + 1, course.watched):
                break
            due = time.perf_counter() - written > PATIENCE
            if checkpoint is not None and due:
                checkpoint.write(state, course)
                written = time.perf_counter()
    if checkpoint is not None:
        checkpoint.write(state, course)
    learner, best = state
    chosen = best if descent.stopping is not None else learner.weights
    # On no device in particular, so that they go with any other arrays.
    weights = jax.tree.map(lambda a: jnp.asarray(np.asarray(a)[: run.members]), chosen)
    loss = run.mean_loss(chosen, run.store.blocks(run.store.train))[: run.members]
    return rebuilt(objective.model, weights), run.outcome(course), loss


@final
class _Run:
    """What stays the same from epoch to epoch."""

    def __init__(self, objective: LearningObjective, descent: Descent):
        weights, rest, self.members = members_of(objective.model)
        self.descent = descent
        dtype = dtype_of(weights)
        self.store = _store(objective, self.members, dtype)
        n = np.array([len(rows) for rows in self.store.train])
        self.batch = int(min(descent.batch or n.max(), n.max()))
        self.W = self.store.sum_of_weights
        self.slots = len(self.store.train)
        more = self.slots - self.members
        self.recipe = Recipe(
            with_arrays(rest, dtype) if numbers_vary(objective) else rest,
            with_arrays(objective.loss, dtype),
            with_arrays(descent.rule, dtype),
            descent.precision,
            self.batch,
            takes_key(objective.model),
        )
        self.weights = jax.tree.map(
            lambda a: self._placed(np.concatenate([a, a[:1].repeat(more, 0)])), weights
        )
        self.steps = self.store.steps(self.batch)
        self.seeds = seeds_of(descent.seed, self.slots)
        total = self.steps * descent.epochs
        self.scale = Scale(
            self._each(descent.rule.learning_rate.rate, dtype),
            self._placed((n / (self.batch * self.W)).astype(dtype)),
            self._placed((1 / self.W).astype(dtype)),
            self._each(total, dtype),
            self._placed(self.seeds),
        )
        watched = self.store.validation
        self.watched = self.store.blocks(watched) if len(watched[0]) else None
        self.n_weights = objective.n_weights // self.members

    def beginning(self) -> tuple[Any, _Course]:
        course = _Course.of(self.slots)
        course.stopped[self.members :] = True
        # Spread as an epoch leaves it: for another layout the epoch is compiled again.
        learner = jax.tree.map(self._placed, started(self.recipe, self.weights))
        return (learner, self.weights), course

    def epoch(self, state: Any, course: _Course, epoch: int) -> Any:
        """Return the state after one more epoch, which is noted in the course."""
        begin = time.perf_counter()
        learner, best = state
        active = course.active
        sums = np.zeros((self.slots, 2))
        order = self.store.batches(self.seeds, epoch, self.batch)
        for data, rows in self.store.chunks(order):
            learner, part = run_epoch(
                self.recipe,
                learner,
                self.scale,
                data,
                rows,
                self._placed(active),
                self.store.mesh,
            )
            sums = sums + np.asarray(part, float)
        loss = np.where(active, sums[:, 0] / self.W, np.nan)
        watched = self.mean_loss(learner.weights, self.watched)
        best = self._judge(learner, best, course, (loss, watched, epoch))
        rate = np.asarray(self.scale.rate, float) * self._factor(epoch)
        norm = np.sqrt(sums[:, 1] / self.steps)
        shown = np.where(active, watched, np.nan)
        course.rows.append(np.stack([loss, shown, norm, rate])[:, : self.members])
        course.seconds.append(time.perf_counter() - begin)
        return learner, best

    def mean_loss(self, weights: Any, rows: Any) -> Float[np.ndarray, " members"]:
        """Return the loss of an event, `nan` where there are no events."""
        if rows is None:
            return np.full(self.slots, np.nan)
        sums = np.zeros((self.slots, 2))
        for data, some in self.store.chunks(rows):
            part = sum_of_losses(self.recipe, weights, data, some, self.store.mesh)
            sums = sums + np.asarray(part)
        return sums[:, 0] / sums[:, 1]

    def _judge(self, learner: Learner, best: Any, course: _Course, seen: Any) -> Any:
        """Note what the epoch was like, and return the best weights so far."""
        loss, watched, epoch = seen
        active, stopping = course.active, self.descent.stopping
        finite = np.isfinite(loss) & (np.isfinite(watched) | (self.watched is None))
        course.diverged[active & ~finite] = epoch
        if stopping is None:
            course.best_epoch[active & finite] = epoch + 1
            return best
        better = active & finite & (watched < course.best_loss - stopping.smallest)
        course.best_loss[better] = watched[better]
        course.best_epoch[better] = epoch + 1
        course.stopped |= active & (epoch + 1 - course.best_epoch >= stopping.patience)
        if better[active].all() and active.all():
            return learner.weights
        return _where(self._placed(better), learner.weights, best)

    def outcome(self, course: _Course) -> Training:
        """Return the course as arrays."""
        columns = np.stack(course.rows)
        return Training(
            *(columns[:, i] for i in range(4)),
            best_epoch=course.best_epoch[: self.members],
            stopped=course.stopped[: self.members],
            diverged=course.diverged[: self.members],
            n_weights=self.n_weights,
            steps=self.steps,
            seconds=np.array(course.seconds),
        )

    def _factor(self, epoch: int) -> float:
        done = ((epoch + 1) * self.steps - 1) / (self.steps * self.descent.epochs)
        return float(self.descent.rule.learning_rate.factor(jnp.asarray(done)))

    def _each(self, value: Any, dtype: Any) -> Any:
        """Return a number for each slot, given one for all or one a member."""
        given = np.asarray(value, dtype)
        if given.ndim and len(given) != self.members:
            raise LikelyError(
                f"`learning_rate` has {len(given)} values for {self.members} members; "
                "give one, or one for each member of the ensemble."
            )
        whole = np.full(self.slots, given.flat[0], dtype)
        whole[: self.members] = given
        return self._placed(whole)

    def _placed(self, array: Any) -> Any:
        return placed(array, self.store.mesh, PartitionSpec(AXIS))


def _store(objective: LearningObjective, members: int, dtype: Any) -> Store:
    if objective.rotation is not None:
        return Store.of_rotation(objective.rotation, dtype)
    return Store.of(objective.train, objective.validation, members, dtype)


@eqx.filter_jit
def _where(chosen: Any, new: Any, old: Any) -> Any:
    def pick(a: Any, b: Any) -> Any:
        return jnp.where(chosen.reshape(-1, *[1] * (a.ndim - 1)), a, b)

    return jax.tree.map(pick, new, old)


def _resumed(
    checkpoint: Checkpoint, state: Any, course: _Course, epochs: int
) -> tuple[Any, Any]:
    found = checkpoint.read(state)
    if found is None:
        return state, course
    state, content = found
    if len(content["rows"]) > epochs:
        raise LikelyError(
            f"the checkpoint `{checkpoint.file}` is of {len(content['rows'])} epochs, "
            f"more than `epochs={epochs}`; ask for as many, or name another file."
        )
    return state, _Course(
        rows=[np.array(row, float) for row in content["rows"]],
        seconds=list(content["seconds"]),
        **{
            name: np.array(content[name])
            for name in ("best_loss", "best_epoch", "stopped", "diverged")
        },
    )


def with_arrays(tree: Any, dtype: Any) -> Any:
    """Return a tree whose numbers are arguments of a program, not parts of it.

    Another learning rate, share of dropout or strength of a penalty needs no other
    program.
    """

    def array(leaf: Any) -> Any:
        # Zero switches a term off, of which the program without it is the quicker one.
        return np.asarray(leaf, dtype) if is_number(leaf) and leaf else leaf

    return jax.tree.map(array, tree)


def mean_known(losses: Float[np.ndarray, " members"]) -> float:
    """Return the mean of the losses that are finite, `nan` if none is."""
    known = losses[np.isfinite(losses)]
    return float(known.mean()) if len(known) else np.nan


def _text(course: _Course) -> str:
    loss, watched, *_ = course.rows[-1]
    text = f"loss {mean_known(loss):.5g}"
    if np.isnan(watched).all():
        return text
    return f"{text}, validation {mean_known(watched):.5g}"
