"""The learning-rate range test: the loss while the learning rate grows."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from ...core import LikelyError
from ..losses.learning_loss import AbstractLearningLoss
from ..options import positive, whole
from .bench import Bench, objective_of
from .descent import Descent
from .epoch import Scale, run_epoch, seeds_of, started, sum_of_losses
from .schedules import Exponential
from .store import BLOCK, Store

# The suggested rate is below that of the smallest loss by this factor.
SAFETY = 10.0


@final
@dataclass(frozen=True, eq=False)
class LearningRateRange:
    """The loss of an event while the learning rate grew, step by step.

    Args:
        rates: Learning rate of each step.
        losses: Loss of an event after the step; not finite once it diverges.
        start: Loss of an event before the first step.
        suggestion: A tenth of the rate where the loss was smallest, or None if the loss
            never fell.
        message: What was seen, in a sentence.
    """

    rates: Float[np.ndarray, " steps"]
    losses: Float[np.ndarray, " steps"]
    start: float
    suggestion: float | None
    message: str


def learning_rate_range(
    model: Any,
    data: Any,
    *,
    loss: AbstractLearningLoss,
    minimiser: Descent | None = None,
    lowest: float = 1e-6,
    highest: float = 1.0,
    steps: int = 100,
) -> LearningRateRange:
    r"""Return the loss while the learning rate grows: the range test.

    $\eta_k = \eta_{low} (\eta_{high} / \eta_{low})^{k / (K - 1)}$ in the $K$ steps of
    one training. Below some rate nothing is learnt, above another the loss rises again;
    a good rate lies between them, and the loss is looked at after each step: that of up
    to 4096 validation events, or training events where there are none.

    Args:
        model: A network, which stays as it is.
        data: As for `fit`.
        loss: The loss.
        minimiser: The descent to be tested; rule, batch, seed and precision count.
        lowest: $\eta_{low}$.
        highest: $\eta_{high}$.
        steps: $K$.

    Raises:
        LikelyError: If model, data and loss do not fit together, or an option is not as
            described.

    Source:
        L. N. Smith (2017), arXiv:1506.01186, section 3.3; the suggestion is "minimum"
        of J. Howard and S. Gugger (2020), arXiv:2002.04688.
    """
    minimiser = Descent() if minimiser is None else minimiser
    if not isinstance(minimiser, Descent):
        raise LikelyError(
            "`minimiser` must be a `Descent`, whose learning rate is to be found; got "
            f"{type(minimiser).__name__}."
        )
    low, high = positive("lowest")(lowest), positive("highest")(highest)
    steps = whole("steps", 2)(steps)
    if not low < high:
        raise LikelyError(
            f"`lowest` must be below `highest`; got {low:g} and {high:g}."
        )
    growing = Exponential(low, final=high / low)
    rule = eqx.tree_at(lambda r: r.learning_rate, minimiser.rule, growing)
    objective = objective_of(model, data, loss)
    bench = Bench(objective, rule, minimiser.batch, minimiser.precision)
    start, losses = _course(bench, steps, minimiser.seed)
    rates = np.geomspace(low, high, steps)
    best = _best(losses, start)
    return LearningRateRange(
        rates,
        losses,
        start,
        None if best is None else float(rates[best] / SAFETY),
        _seen(rates, losses, best),
    )


def _course(bench: Bench, steps: int, seed: int) -> tuple[float, Any]:
    """Return the loss before the first step, and that after each."""
    recipe, store, seeds = bench.recipe, bench.store, seeds_of(seed, 1)
    scale = Scale(
        bench.each(recipe.rule.learning_rate.rate),
        bench.events,
        bench.penalty,
        bench.each(steps - 1),  # so that the last rate is the highest
        jnp.asarray(seeds),
    )
    watched = store.validation if len(store.validation[0]) else store.train
    some = store.blocks(tuple(rows[:BLOCK] for rows in watched))

    def seen(weights: Any) -> float:
        sums = np.zeros(2)
        for data, rows in store.chunks(some):
            sums = (
                sums + np.asarray(sum_of_losses(recipe, weights, data, rows, None))[0]
            )
        return float(sums[0] / sums[1])

    learner, losses = started(recipe, bench.weights), np.full(steps, np.nan)
    start, active = seen(bench.weights), jnp.ones(1, bool)
    batches = _full_batches(store, seeds, recipe.batch)
    # The chunks are of one step: none is prepared beforehand.
    for k in range(steps):
        data, rows = store.kept.chunk(next(batches))
        learner, _ = run_epoch(recipe, learner, scale, data, rows, active, None)
        losses[k] = seen(learner.weights)
        if not np.isfinite(losses[k]):
            break
    return start, losses


def _full_batches(
    store: Store, seeds: Any, batch: int
) -> Iterator[Int[np.ndarray, "1 1 batch"]]:
    """Yield the events of step after step; what is left of an epoch is left out."""
    for epoch in count():
        for chunk in store.batches(seeds, epoch, batch):
            for k in range(chunk.shape[1]):
                if chunk[0, k, -1] >= 0:
                    yield chunk[:, k : k + 1]


def _best(losses: Any, start: float) -> int | None:
    """Return the step after which the loss was smallest, None if it never fell."""
    known = np.where(np.isfinite(losses), losses, np.inf)
    best = int(np.argmin(known))
    return best if known[best] < start else None


def _seen(rates: Any, losses: Any, best: int | None) -> str:
    if best is None:
        return (
            "the loss never fell: take a smaller `lowest`, or look at inputs and loss."
        )
    text = f"the loss was smallest at a learning rate of {rates[best]:.2g}"
    if best == len(rates) - 1:
        return f"{text}, the highest that was tried: raise `highest`."
    return f"{text}; {rates[best] / SAFETY:.2g} is a tenth of it."
