"""Images as a user has them, channels last or none, and as Equinox wants them."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from ...core import LikelyError
from ..parts import whole


def image_shape(net: Any) -> tuple[tuple[int, ...], int]:
    """Return the size of an image and its number of channels.

    Args:
        net: A network whose `inputs` are whole numbers.

    Returns:
        The pixels along each axis, and the number of channels.

    Raises:
        LikelyError: If it is no image in one, two or three `dimensions`.
    """
    shape = net.inputs
    dimensions = len(shape) if net.dimensions is None else whole(net, "dimensions")
    if dimensions > 3 or len(shape) - dimensions not in (0, 1):
        raise LikelyError(
            f"`{type(net).__name__}(inputs=...)` is the shape of an image in one, two "
            "or three `dimensions`, and has one axis more, the last, where it has "
            f"channels; got {list(shape)} and {dimensions} dimensions."
        )
    size = shape[:dimensions]
    return size, shape[dimensions] if len(shape) > dimensions else 1


def channels_first(
    x: Float[Array, "..."], dimensions: int
) -> Float[Array, "channels ..."]:
    """Return an image with its channels in front, one of them if it has none."""
    return x[None] if x.ndim == dimensions else jnp.moveaxis(x, -1, 0)


def channels_last(x: Float[Array, "channels ..."]) -> Float[Array, "..."]:
    """Return an image with its channels behind."""
    return jnp.moveaxis(x, 0, -1)
