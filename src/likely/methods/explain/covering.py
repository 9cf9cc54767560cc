"""Occlusion: what the output loses when a patch of an image is covered."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from ...core import LikelyError
from .arguments import finite, floats, whole
from .blocks import in_blocks, rows_of_block
from .images import image_of
from .one_sample import check_function, check_outputs

DOOR = "occlusion"


@final
@dataclass(frozen=True)
class Occlusion:
    """What the output loses when a patch of an image is covered.

    Args:
        drops: Output as it is minus output with the patch covered, by place.
        rows: First rows of the patches.
        columns: Their first columns.
        pixels: For each pixel, the mean drop of the patches that cover it.
        output: As it is.
    """

    drops: Float[np.ndarray, "rows columns"]
    rows: Int[np.ndarray, " rows"]
    columns: Int[np.ndarray, " columns"]
    pixels: Float[np.ndarray, "height width"]
    output: float


def occlusion(
    function: Callable[..., Any],
    image: Any,
    *,
    size: Any = 4,
    stride: int = 1,
    fill: Any = 0.0,
) -> Occlusion:
    r"""Cover a patch of an image at each place, and see what the output loses.

    $$D_{rc} = f(x) - f(x \text{ with } x_{r..r+h,\,c..c+w} \text{ replaced})$$

    in all channels. The last patch of a row or column ends at the edge of the image.

    Args:
        function: Of one image to one number, as the logit of a class.
        image: Of shape (height, width), or (channels, height, width).
        size: Of the patch: one number of pixels, or (height, width).
        stride: Pixels from one patch to the next, at most `size`.
        fill: What covers: a number, or an array that broadcasts to the image, as a
            blurred copy or one number a channel, of shape (channels, 1, 1).

    Raises:
        LikelyError: If `image` is no such array of finite numbers, `function` does not
            give one finite number for it, or the patch does not fit.

    References:
        M. Zeiler, R. Fergus, ECCV (2014), arXiv:1311.2901.
    """
    x = image_of(image, DOOR)
    if x.ndim not in (2, 3):
        raise LikelyError(
            f"`{DOOR}(image=...)` takes the shape (height, width), or "
            f"(channels, height, width); got {x.shape}."
        )
    patch = _patch(size, x.shape[-2:])
    step = whole(stride, 1, f"`{DOOR}(stride=...)`")
    if step > min(patch):
        raise LikelyError(
            f"`{DOOR}(stride=...)` must be at most the size of the patch, {patch}, or "
            f"pixels between patches are never covered; got {step}."
        )
    cover = _cover(fill, x)
    f = check_function(function, x.shape, x.dtype, DOOR)
    rows, columns = (
        np.append(np.arange(0, n - p, step), n - p)
        for n, p in zip(x.shape[-2:], patch, strict=True)
    )
    places = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1)
    places = places.reshape(-1, 2)
    limits = jnp.array(patch)
    block = rows_of_block(x.size, len(places))
    images = jnp.asarray(x), jnp.asarray(cover)
    outputs = in_blocks(
        lambda places: _covered(f, images, places, limits),
        (places,),
        block,
        DOOR,
    ).astype(float)
    # A patch of no size covers nothing: the same program gives the output as it is.
    nothing = jnp.zeros((block, 2), int)
    plain = np.asarray(_covered(f, images, nothing, 0 * limits)).astype(float)
    check_outputs(plain[:1], "the image", DOOR)
    check_outputs(outputs, "covered images", DOOR)
    drops = (plain[0] - outputs).reshape(len(rows), len(columns))
    R, C = (
        (np.arange(n) >= first[:, None]) & (np.arange(n) < first[:, None] + p)
        for first, p, n in zip((rows, columns), patch, x.shape[-2:], strict=True)
    )
    pixels = R.T @ drops @ C / np.outer(R.sum(axis=0), C.sum(axis=0))
    return Occlusion(drops, rows, columns, pixels, float(plain[0]))


def _patch(size: Any, limits: tuple[int, ...]) -> tuple[int, int]:
    place = f"`{DOOR}(size=...)`"
    sides = tuple(size) if isinstance(size, tuple | list) else (size, size)
    if len(sides) != 2:
        raise LikelyError(
            f"{place} takes a number of pixels, or (height, width); got {size!r}."
        )
    height, width = (whole(side, 1, place) for side in sides)
    if height > limits[0] or width > limits[1]:
        raise LikelyError(
            f"{place}: the patch, {height} x {width}, is larger than the image, "
            f"{limits[0]} x {limits[1]}."
        )
    return height, width


def _cover(fill: Any, x: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    place = f"`{DOOR}(fill=...)`"
    cover = floats(fill, place).astype(x.dtype)
    finite(cover, place)
    try:
        return np.broadcast_to(cover, x.shape)
    except ValueError as error:
        raise LikelyError(
            f"{place} takes a number or an array that broadcasts to the image, of "
            f"shape {x.shape}; got shape {cover.shape}."
        ) from error


@eqx.filter_jit
def _covered(
    function: Callable[..., Any],
    images: tuple[Float[Array, "*shape"], Float[Array, "*shape"]],
    places: Int[Array, "places 2"],
    patch: Int[Array, "2"],
) -> Array:
    x, cover = images
    height, width = x.shape[-2:]

    def at(place: Int[Array, "2"]) -> Array:
        (r, c), (h, w) = place, patch
        i, j = jnp.arange(height)[:, None], jnp.arange(width)[None, :]
        inside = (i >= r) & (i < r + h) & (j >= c) & (j < c + w)
        return function(jnp.where(jnp.broadcast_to(inside, x.shape), cover, x))

    return jax.vmap(at)(places)
