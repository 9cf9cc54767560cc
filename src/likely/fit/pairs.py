"""Many data sets drawn from one model and fitted with two, as one compiled program."""

from functools import partial
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Key

from ..core import AbstractGenerator
from .batches import in_batches, likelihoods, values_at_minimum
from .many import descend
from .trust_region import CONVERGED, Box


@final
class Rivals(eqx.Module):
    """The fits of a null hypothesis and of an alternative that contains it.

    Args:
        null: Draws the data sets and gives the likelihood of the null hypothesis.
        other: Gives the likelihood of the alternative for the same data sets.
        null_box: Limits and scale of the parameters of the null hypothesis.
        null_start: Where its fits start: the true values.
        box: Limits and scale of those of the alternative.
        starts: Where its fits start.
        inherits: Which starts take the fitted values of the null hypothesis for the
            parameters that it has, so that these fits end no higher.
        places: For each parameter of the alternative its place among those of the null
            hypothesis; -1 where it has none.
    """

    null: AbstractGenerator
    other: AbstractGenerator
    null_box: Box
    null_start: Float[Array | np.ndarray, " null_free"]
    box: Box
    starts: Float[Array | np.ndarray, "starts free"]
    inherits: Bool[Array | np.ndarray, " starts"]
    places: Int[Array | np.ndarray, " free"]


@final
class Pairs(eqx.Module):
    """The ends of the fits of both hypotheses to many data sets.

    Args:
        null_value: Minus the log-likelihood at the minimum of the null hypothesis.
        null_code: Why the minimiser stopped; see `trust_region`.
        value: The least one of the alternative, of the fits that converged.
        code: Why that one stopped.
    """

    null_value: Float[Array, " fits"]
    null_code: Int[Array, " fits"]
    value: Float[Array, " fits"]
    code: Int[Array, " fits"]


@partial(jax.jit, static_argnames=("batch",))
def fit_pairs(
    rivals: Rivals,
    keys: Key[Array, " fits"],
    numbers: Int[Array | np.ndarray, " fits *parts"],
    *,
    batch: int,
) -> Pairs:
    """Draw a data set for each key and fit it with both models; see `fit_toys`.

    Args:
        rivals: The two models.
        keys: One a data set; a multiple of `batch` times the number of devices.
        numbers: Of events, likewise.
        batch: Fits side by side.
    """
    return in_batches(_fit_batch, rivals, keys, numbers, batch=batch)


def _fit_batch(
    rivals: Rivals, keys: Key[Array, " fits"], numbers: Int[Array, " fits *parts"]
) -> Pairs:
    data = jax.vmap(rivals.null.data)(keys, numbers)

    fits = len(numbers)
    start = jnp.broadcast_to(rivals.null_start, (fits, len(rivals.null_start)))
    null = descend(likelihoods(rivals.null, data), rivals.null_box, start)
    evaluate = likelihoods(rivals.other, data)
    known = rivals.places >= 0
    # Every fit of the null hypothesis is a point of the alternative.
    inherited = jnp.where(known, null.x[:, rivals.places], 0.0)

    def one_start(_: Any, given: Any) -> Any:
        inherits, point = given
        x = jnp.where(known & inherits, inherited, point)
        end = descend(evaluate, rivals.box, x)
        return None, (values_at_minimum(end), end.code)

    starts = jnp.asarray(rivals.inherits), jnp.asarray(rivals.starts)
    _, (values, codes) = jax.lax.scan(one_start, None, starts)
    usable = jnp.where(codes == CONVERGED, values, jnp.inf)
    best = usable.argmin(axis=0)
    fit = jnp.arange(fits)
    null_code = jnp.asarray(null.code)
    return Pairs(
        values_at_minimum(null), null_code, values[best, fit], codes[best, fit]
    )
