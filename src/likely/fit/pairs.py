"""Many data sets drawn from one model and fitted with two, as one compiled program."""

from functools import partial
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, PartitionSpec
from jaxtyping import Array, Bool, Float, Int, Key

from ..core import AbstractGenerator
from .many import AXIS, descend
from .trust_region import CONVERGED, Box, State


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
    mesh = Mesh(np.array(jax.devices()), (AXIS,))

    def on_device(rivals: Any, keys: Any, numbers: Any) -> Pairs:
        def one_batch(toys: Any) -> Pairs:
            keys, numbers = toys
            return _fit_batch(rivals, jax.random.wrap_key_data(keys), numbers)

        n = len(numbers)
        batches = (
            keys.reshape(n // batch, batch, -1),
            numbers.reshape(n // batch, batch, *numbers.shape[1:]),
        )
        ends = jax.lax.map(one_batch, batches)
        return jax.tree.map(lambda a: a.reshape(n, *a.shape[2:]), ends)

    all_, part = PartitionSpec(), PartitionSpec(AXIS)
    return jax.shard_map(
        on_device,
        mesh=mesh,
        in_specs=(all_, part, part),
        out_specs=part,
        check_vma=False,
    )(rivals, jax.random.key_data(keys), numbers)


def _fit_batch(
    rivals: Rivals, keys: Key[Array, " fits"], numbers: Int[Array, " fits *parts"]
) -> Pairs:
    data = jax.vmap(rivals.null.data)(keys, numbers)

    def evaluate_with(generator: AbstractGenerator) -> Any:
        def evaluate(x: Float[Array, "fits free"]) -> Any:
            return jax.vmap(lambda x, data: generator.likelihood(data)(x))(x, data)

        return evaluate

    fits = len(numbers)
    start = jnp.broadcast_to(rivals.null_start, (fits, len(rivals.null_start)))
    null = descend(evaluate_with(rivals.null), rivals.null_box, start)
    evaluate = evaluate_with(rivals.other)
    known = rivals.places >= 0
    # Every fit of the null hypothesis is a point of the alternative.
    inherited = jnp.where(known, null.x[:, rivals.places], 0.0)

    def one_start(_: Any, given: Any) -> Any:
        inherits, point = given
        x = jnp.where(known & inherits, inherited, point)
        end = descend(evaluate, rivals.box, x)
        return None, (_value(end), end.code)

    starts = jnp.asarray(rivals.inherits), jnp.asarray(rivals.starts)
    _, (values, codes) = jax.lax.scan(one_start, None, starts)
    usable = jnp.where(codes == CONVERGED, values, jnp.inf)
    best = usable.argmin(axis=0)
    fit = jnp.arange(fits)
    null_code = jnp.asarray(null.code)
    return Pairs(_value(null), null_code, values[best, fit], codes[best, fit])


def _value(end: State) -> Float[Array, " fits"]:
    """Return the value at the minimum.

    What remains of the distance is taken off, as in `many.fit_toys`.
    """
    return jnp.asarray(end.value - jnp.where(end.code == CONVERGED, end.edm, 0.0))
