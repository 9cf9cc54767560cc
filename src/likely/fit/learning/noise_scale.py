"""The noise of gradients of batches, and the size of a batch that it asks for."""

from dataclasses import dataclass
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from ...core import Estimate, LikelyError
from ...core.table import rounded
from ..losses.learning_loss import AbstractLearningLoss
from ..options import whole
from .bench import Bench, objective_of
from .descent import Descent
from .epoch import Recipe

# Of the jackknife: with fewer batches its error would be no error.
FEWEST_BATCHES = 4


@final
@dataclass(frozen=True, eq=False)
class GradientNoise:
    r"""How much gradients of batches scatter about that of all events.

    Args:
        scale: $B = \mathrm{tr}\,\Sigma / |G|^2$, the simple noise scale, in events;
            `nan` where the gradient $G$ is not seen above its noise.
        squared_norm: $|G|^2$, without the bias of its noise; it may be negative.
        trace: $\mathrm{tr}\,\Sigma$, with the covariance $\Sigma$ of the gradients of
            events.
        batch: Events of each batch that was looked at.
        batches: Their number.
    """

    scale: Estimate
    squared_norm: Estimate
    trace: Estimate
    batch: int
    batches: int

    def __str__(self) -> str:
        """Return the noise scale in words."""
        B = self.scale
        if not np.isfinite(B.value):
            return "the gradient is not seen above its noise"
        value, error = rounded(B.value, B.error)
        return f"noise scale {value}{f' ± {error}' if error else ''} events"


def gradient_noise(
    model: Any,
    data: Any,
    *,
    loss: AbstractLearningLoss,
    batch: int = 32,
    seed: int = 0,
) -> GradientNoise:
    r"""Return the noise of gradients: how many events a batch should have.

    With the gradients $G_j$ of $m$ disjoint batches of $b$ events, and their mean
    $\bar G$,

    $$\mathrm{tr}\,\Sigma = \frac{b}{m - 1} \sum_j |G_j - \bar G|^2, \qquad
      |G|^2 = |\bar G|^2 - \frac{\mathrm{tr}\,\Sigma}{m b}, \qquad
      B = \frac{\mathrm{tr}\,\Sigma}{|G|^2}.$$

    The first two have no bias, and errors are of the jackknife over batches. Batches
    much smaller than $B$ average noise away, and twice the events make a step worth
    twice as much; of batches much larger each event is worth less. $B$ grows in the
    course of a training, so look at its middle, too.

    Args:
        model: A network, at whose weights the gradients are.
        data: As for `fit`; of a dictionary the training events.
        loss: The loss. Events count with their weights.
        batch: $b$.
        seed: Of the order of events, and of what is random in the model.

    Raises:
        LikelyError: If model, data and loss do not fit together, or there are fewer
            events than for 4 batches.

    Source:
        S. McCandlish, J. Kaplan, D. Amodei et al. (2018), arXiv:1812.06162, equation
        2.9; their appendix A.1 is the case of two sizes of batches.
    """
    b, seed = whole("batch")(batch), whole("seed", 0)(seed)
    objective = objective_of(model, data, loss)
    m = objective.n_events // b
    if m < FEWEST_BATCHES:
        raise LikelyError(
            f"`batch` must be at most {max(objective.n_events // FEWEST_BATCHES, 1)}, "
            f"so that {objective.n_events} events make {FEWEST_BATCHES} batches; got "
            f"{b}."
        )
    bench = Bench(objective, Descent().rule, b)
    order = np.random.default_rng(seed).permutation(objective.n_events)
    data, rows = bench.store.kept.chunk(order[None, : m * b].reshape(1, m, b))
    found = _scatter(
        bench.recipe,
        jax.tree.map(lambda a: a[0], bench.weights),
        (bench.events[0], bench.penalty[0]),
        data,
        (rows[0], jax.random.key(seed)),
    )
    square, d, e = (np.asarray(a, float) for a in found)
    return _noise(float(square), d, e, b)


@eqx.filter_jit
def _scatter(recipe: Recipe, weights: Any, scale: Any, data: Any, drawn: Any) -> Any:
    rows, keys = jnp.asarray(drawn[0]), jax.random.split(drawn[1], len(drawn[0]))

    def loss(weights: Any, rows: Any, key: Any) -> Array:
        x, t, w = jax.tree.map(lambda a: a[rows], data)
        each = jax.random.split(key, len(w)) if recipe.takes_key else None
        total = jnp.sum(w * recipe.losses(weights, x, t, each))
        model = eqx.combine(weights, recipe.rest)
        penalty = sum((p(model) for p in recipe.loss.penalties), start=jnp.zeros(()))
        return scale[0] * total + scale[1] * penalty

    def gradient(batch: Any) -> Any:
        g = jax.grad(loss)(weights, *batch)
        return jax.tree.map(lambda a: a.astype(float), g)

    def dot(a: Any, b: Any) -> Array:
        products = jax.tree.map(jnp.vdot, a, b)
        return sum(jax.tree.leaves(products), start=jnp.zeros(()))

    def add(total: Any, batch: Any) -> Any:
        return jax.tree.map(jnp.add, total, gradient(batch)), None

    # Twice over the events: gradients of all batches would not fit into memory.
    nothing = jax.tree.map(lambda a: jnp.zeros(a.shape), weights)
    total, _ = jax.lax.scan(add, nothing, (rows, keys))
    mean = jax.tree.map(lambda a: a / len(rows), total)

    def products(batch: Any) -> Any:
        delta = jax.tree.map(jnp.subtract, gradient(batch), mean)
        return dot(delta, delta), dot(delta, mean)

    return dot(mean, mean), *jax.lax.map(products, (rows, keys))


def _noise(square: float, d: Any, e: Any, b: int) -> GradientNoise:
    r"""Return estimates and errors, given $|\bar G|^2$ and two products of each batch.

    Of $\delta_j = G_j - \bar G$ they are $d_j = |\delta_j|^2$ and $e_j = \delta_j \cdot
    \bar G$. Without the batch $j$ the mean is $\bar G - \delta_j / (m - 1)$, and the
    sum of squares about it $\sum_i d_i - \frac{m}{m - 1} d_j$.
    """
    m = len(d)

    def estimates(Q: Any, square: Any, m: int) -> Any:
        trace = b * Q / (m - 1)
        norm = square - trace / (m * b)
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = np.where(norm > 0, trace / norm, np.nan)
        return np.stack([scale, norm, trace])

    found = estimates(d.sum(), square, m)
    left = square - 2 * e / (m - 1) + d / (m - 1) ** 2
    without = estimates(d.sum() - d * m / (m - 1), left, m - 1)
    centred = without - without.mean(axis=1, keepdims=True)
    errors = np.sqrt((m - 1) / m * np.sum(centred**2, axis=1))
    names = "noise scale", "squared norm", "trace"
    scale, norm, trace = (
        Estimate(name, float(value), float(error) if np.isfinite(error) else None)
        for name, value, error in zip(names, found, errors, strict=True)
    )
    return GradientNoise(scale, norm, trace, b, m)
