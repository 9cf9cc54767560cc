"""Scaled dot-product attention, in plain operations that every export knows."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from ...core import (  # float64 is set before the first array is made
    LikelyError,
    runtime as runtime,
)

# Below any score, and yet a number: the difference of two infinities is none.
LOWEST = -1e30


def attention_weights(
    queries: Any, keys: Any, *, mask: Any = None
) -> Float[Array, "targets sources"]:
    r"""Return how much each target looks at each source.

    $a_{ts} = e^{q_t \cdot k_s/\sqrt d} / \sum_{s'} e^{q_t \cdot k_{s'}/\sqrt d}$,
    with the sum over the sources that the mask lets through.

    Args:
        queries: $q_t$, of shape (targets, d).
        keys: $k_s$, of shape (sources, d).
        mask: What may be looked at, of shape (targets, sources); a target without any
            has weights of zero. None lets all through.

    Raises:
        LikelyError: If the arrays are of other shapes, or the mask is of numbers.

    References:
        A. Vaswani et al., arXiv:1706.03762, eq. 1.
    """
    q, k, _ = _checked("attention_weights", queries, keys, keys, mask)
    return _weights(q, k, mask)


def attend(
    queries: Any, keys: Any, values: Any, *, mask: Any = None
) -> Float[Array, "targets width"]:
    r"""Return $y_t = \sum_s a_{ts} v_s$ with the weights of `attention_weights`.

    Args:
        queries: $q_t$, of shape (targets, d).
        keys: $k_s$, of shape (sources, d).
        values: $v_s$, of shape (sources, width).
        mask: What may be looked at, of shape (targets, sources); a target without any
            gets zeros. None lets all through.

    Raises:
        LikelyError: If the arrays are of other shapes, or the mask is of numbers.
    """
    q, k, v = _checked("attend", queries, keys, values, mask)
    return _weights(q, k, mask) @ v


@jax.jit
def _weights(
    queries: Float[Array, "targets dim"],
    keys: Float[Array, "sources dim"],
    mask: Any,
) -> Float[Array, "targets sources"]:
    # bfloat16 has 8 bits of precision, too few for a sum of exponentials.
    wide = jnp.promote_types(queries.dtype, jnp.float32)
    scores = (queries @ keys.T).astype(wide) / math.sqrt(keys.shape[1])
    if mask is not None:
        scores = jnp.where(mask, scores, LOWEST)
    highest = lax.stop_gradient(jnp.max(scores, axis=1, keepdims=True))
    parts = jnp.exp(scores - highest)
    if mask is None:
        weights = parts / jnp.sum(parts, axis=1, keepdims=True)
    else:
        # Behind the exponential, too: of a target without sources all are exp(0).
        parts = jnp.where(mask, parts, 0)
        total = jnp.sum(parts, axis=1, keepdims=True)
        weights = parts / jnp.where(total > 0, total, 1)
    return weights.astype(queries.dtype)


def _numbers(x: Any) -> Float[Array, "..."]:
    x = jnp.asarray(x)
    return x if jnp.issubdtype(x.dtype, jnp.floating) else x.astype(float)


def _checked(
    name: str, queries: Any, keys: Any, values: Any, mask: Any
) -> list[Float[Array, "rows width"]]:
    given = {"queries": queries, "keys": keys, "values": values}
    try:
        found = [_numbers(array) for array in given.values()]
        mask_shape = np.shape(mask)
    except (TypeError, ValueError):
        raise LikelyError(
            f"`{name}` takes arrays of numbers; got texts, nothing, or lists of "
            "unequal length: give vectors of one length, in rows."
        ) from None
    shapes = [array.shape for array in found]
    for argument, shape in zip(given, shapes, strict=True):
        if len(shape) != 2 or 0 in shape:
            raise LikelyError(
                f"`{name}`: `{argument}` must be vectors in rows; got {shape}."
            )
    q, k, v = shapes
    if q[1] != k[1]:
        raise LikelyError(
            f"`{name}`: `keys` must be as long as `queries`; got {k} and {q}."
        )
    if v[0] != k[0]:
        raise LikelyError(
            f"`{name}`: `values` must be as many as `keys`; got {v} and {k}."
        )
    wanted = q[0], k[0]
    if mask is not None and (
        mask_shape != wanted or getattr(mask, "dtype", None) != np.dtype(bool)
    ):
        raise LikelyError(
            f"`{name}`: `mask` must be of shape {wanted} and of true and false; got "
            f"{mask_shape} of {getattr(mask, 'dtype', type(mask).__name__)}."
        )
    return found
