"""One sample of a sequence or a set: its items, and which of them are padding."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from ..core import LikelyError
from .net import sample


def items_of(
    net: Any, x: Any, inputs: int
) -> tuple[Float[Array, "items inputs"], Bool[Array, " items"] | None]:
    """Return the items of one sample, and which of them are real.

    Args:
        net: The network that they are for.
        x: An array of shape (items, inputs), or a pair of it and a mask of shape
            (items,), which is false for padding.
        inputs: Numbers of an item.

    Returns:
        The items, with zeros for padding, and the mask, or None.

    Raises:
        LikelyError: If it is neither, or the mask is not of true and false.
    """
    what = f"items of {inputs} numbers each, alone or as a pair (items, mask)"
    mask = None
    if isinstance(x, tuple | list) and len(x) == 2 and _is_mask(x[1]):
        x, mask = x
    items = sample(net, x, (None, inputs), what=what)
    if not len(items):
        raise LikelyError(f"`{type(net).__name__}` takes {what}; got no item.")
    if mask is None:
        return items, None
    if mask.shape != items.shape[:1]:
        raise LikelyError(
            f"`{type(net).__name__}` takes {what}, and the mask has a truth value for "
            f"each item; got items of shape {items.shape} and a mask of shape "
            f"{mask.shape}."
        )
    mask = jnp.asarray(mask)
    # Whatever the padding holds, NaN for instance, must not reach any output.
    return jnp.where(mask[:, None], items, 0), mask


def masked(
    x: Float[Array, "items width"], mask: Bool[Array, " items"] | None
) -> Float[Array, "items width"]:
    """Return items with zeros in place of padding."""
    return x if mask is None else jnp.where(mask[:, None], x, 0)


def _is_mask(x: Any) -> bool:
    return isinstance(x, np.ndarray | jax.Array) and x.dtype == np.dtype(bool)
