"""The U-Net, which gives outputs for each pixel."""

from dataclasses import KW_ONLY, InitVar
from itertools import pairwise
from typing import Any, final

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import LikelyError
from ..net import DTYPES, knob, made, option, refuse_made, sample, weight_type
from ..parts import (
    ACTIVATIONS,
    NORMALISATIONS_OF_IMAGES,
    Seed,
    choice,
    convolution,
    drop_out,
    keys_for,
    normalisation_of_images,
    normalised,
    padding,
    parts,
    seed_of,
    share,
    whole,
    wholes,
)
from .image import channels_first, channels_last
from .pooling import POOLINGS, WINDOW, pooled
from .windows import INPUT, AbstractConvolutional, Window


@final
class Pair(eqx.Module):
    r"""Two convolutions, $h' = \varphi(n(W * h))$ each."""

    convolutions: tuple[eqx.nn.Conv, eqx.nn.Conv]
    norms: tuple[Any, Any]

    def __call__(
        self, h: Float[Array, "channels ..."], phi: Any
    ) -> Float[Array, "after ..."]:
        for layer, norm in zip(self.convolutions, self.norms, strict=True):
            h = phi(normalised(norm, layer(h)))
        return h


@final
class UNet(AbstractConvolutional):
    """Convolutions that shrink an image and enlarge it again, with shortcuts between.

    At each level two convolutions; on the way down pooling of two by two pixels, on the
    way up a transposed convolution of two by two pixels, whose result is joined to what
    the way down had at that level. Last a linear layer for each pixel. An image of any
    size is padded with zeros at its ends, and the result cut.

    Args:
        inputs: Channels of the image; with 1 it may do without that axis.
        outputs: Numbers that come out for each pixel, as a last axis.
        dimensions: Axes of the image, 1 to 3.
        channels: Channels of each level, from the largest image to the smallest.
        kernel: Size of the kernels along each axis, in pixels.
        pooling: "maximum" or "average".
        activation: One of `ACTIVATIONS`.
        dropout: Share of the numbers that is set to zero in training, at the end of
            each level.
        normalisation: "group", "layer" or None.
        dtype: As of `MLP`.
        key: Random numbers of the first weights.

    Raises:
        LikelyError: If an option is not as described.

    References:
        O. Ronneberger, P. Fischer, T. Brox, arXiv:1505.04597, figure 1.
    """

    inputs: int = option()
    outputs: int = option()
    _: KW_ONLY
    dimensions: int = option(default=2)
    channels: tuple[int, ...] = option(default=(16, 32, 64))
    kernel: int = option(default=3)
    pooling: str = option(default="maximum")
    activation: str = option(default="relu")
    dropout: float = knob(default=0.0)
    normalisation: str | None = option(default="group")
    dtype: str = option(default="float32")
    key: InitVar[Any]
    down: tuple[Pair, ...] = made()
    up: tuple[Pair, ...] = made()
    enlarging: tuple[eqx.nn.Conv, ...] = made()
    last: eqx.nn.Conv = made()

    def __post_init__(self, key: Any) -> None:
        refuse_made(self)
        self.inputs = whole(self, "inputs")
        self.outputs = whole(self, "outputs")
        self.dimensions = whole(self, "dimensions")
        if self.dimensions > 3:
            raise LikelyError(
                f"`UNet(dimensions=...)` must be 1, 2 or 3; got {self.dimensions}."
            )
        self.channels = wholes(self, "channels", some=True)
        self.kernel = whole(self, "kernel")
        choice(self, "pooling", POOLINGS)
        choice(self, "activation", ACTIVATIONS)
        self.dropout = share(self, "dropout")
        choice(self, "normalisation", (None, *NORMALISATIONS_OF_IMAGES))
        choice(self, "dtype", DTYPES)
        down, up, enlarging, last = parts(seed_of(self, key), 4)
        levels, kind = len(self.channels), weight_type(self.dtype)
        ways = list(pairwise((self.inputs, *self.channels)))
        seeds = zip(ways, parts(down, levels), strict=True)
        self.down = tuple(self._pair(pair, seed) for pair, seed in seeds)
        # From the smallest image to the largest.
        back = [(wide, thin) for thin, wide in reversed(ways[1:])]
        seeds = zip(back, parts(up, levels - 1), strict=True)
        self.up = tuple(self._pair((2 * n, n), seed) for (_, n), seed in seeds)
        axes, area = self.dimensions, WINDOW**self.dimensions
        seeds = zip(back, parts(enlarging, levels - 1), strict=True)
        self.enlarging = tuple(
            convolution(axes, (wide, thin * area), seed, kernel=1, dtype=kind)
            for (wide, thin), seed in seeds
        )
        pair = (self.channels[0], self.outputs)
        self.last = convolution(axes, pair, last, kernel=1, dtype=kind)

    def activations(
        self, x: Any, *, key: PRNGKeyArray | None = None
    ) -> dict[str, Float[Array, "..."]]:
        image, phi = self._image(x), ACTIVATIONS[self.activation].function
        size = image.shape[1:]
        step = WINDOW ** (len(self.channels) - 1)
        h = jnp.pad(image, [(0, 0), *((0, -n % step) for n in size)])
        keys = iter(keys_for(key, self.dropout, 2 * len(self.channels) - 1))
        found: dict[str, Array] = {}
        levels = []
        for i, pair in enumerate(self.down):
            if i:
                h = pooled(h, self.pooling)
                found[f"pool.{i}"] = channels_last(h)
            h = drop_out(pair(h, phi), self.dropout, next(keys))
            found[f"down.{i}"] = channels_last(h)
            levels.append(h)
        for i, (layer, pair) in enumerate(zip(self.enlarging, self.up, strict=True)):
            h = enlarged(layer(h))
            found[f"enlarged.{i}"] = channels_last(h)
            h = pair(jnp.concatenate([levels[-2 - i], h]), phi)
            h = drop_out(h, self.dropout, next(keys))
            found[f"up.{i}"] = channels_last(h)
        cut = tuple(slice(0, n) for n in size)
        found["output"] = channels_last(self.last(h))[cut]
        return found

    @property
    def windows(self) -> tuple[Window, ...]:
        # Of two convolutions.
        pair = {"kernel": 2 * self.kernel - 1, "before": 2 * padding(self.kernel)}
        found = [Window("down.0", (INPUT,), **pair)]
        levels = len(self.channels)
        for i in range(1, levels):
            found += [
                Window(f"pool.{i}", (f"down.{i - 1}",), WINDOW, WINDOW),
                Window(f"down.{i}", (f"pool.{i}",), **pair),
            ]
        for i in range(levels - 1):
            below = f"up.{i - 1}" if i else f"down.{levels - 1}"
            found += [
                Window(f"enlarged.{i}", (below,), enlarge=WINDOW),
                Window(f"up.{i}", (f"down.{levels - 2 - i}", f"enlarged.{i}"), **pair),
            ]
        return (*found, Window("output", (found[-1].name,)))

    def _image(self, x: Any) -> Float[Array, "channels ..."]:
        axes = (None,) * self.dimensions
        what = f"an image in {self.dimensions} dimensions with {self.inputs} channels"
        alone = self.inputs == 1 and getattr(x, "ndim", 0) == self.dimensions
        shape = axes if alone else (*axes, self.inputs)
        return channels_first(sample(self, x, shape, what=what), self.dimensions)

    def _pair(self, channels: tuple[int, int], seed: Seed) -> Pair:
        before, width = channels
        kind = weight_type(self.dtype)
        options = {
            "kernel": self.kernel,
            "activation": self.activation,
            "dtype": kind,
        }
        one, two = parts(seed, 2)
        return Pair(
            convolutions=(
                convolution(self.dimensions, (before, width), one, **options),
                convolution(self.dimensions, (width, width), two, **options),
            ),
            norms=(
                normalisation_of_images(self.normalisation, width, kind),
                normalisation_of_images(self.normalisation, width, kind),
            ),
        )


def enlarged(x: Float[Array, "channels ..."]) -> Float[Array, "fewer ..."]:
    """Return an image of twice the pixels along each axis, from its channels.

    Behind a convolution by one pixel that is a transposed convolution by two with a
    stride of two, in 24 in place of 41 ms (W. Shi et al., arXiv:1609.05158).
    """
    axes = x.ndim - 1
    x = x.reshape(-1, *(WINDOW,) * axes, *x.shape[1:])
    order = [axis for i in range(1, axes + 1) for axis in (axes + i, i)]
    x = x.transpose(0, *order)
    pixels = (x.shape[i] * x.shape[i + 1] for i in range(1, 2 * axes + 1, 2))
    return x.reshape(x.shape[0], *pixels)
