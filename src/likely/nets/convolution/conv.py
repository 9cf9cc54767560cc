"""The plain convolution net."""

import math
from dataclasses import KW_ONLY, InitVar
from itertools import pairwise
from typing import Any, final

import equinox as eqx
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import LikelyError
from ..mlp import MLP
from ..net import DTYPES, knob, made, option, refuse_made, sample, weight_type
from ..parts import (
    ACTIVATIONS,
    NORMALISATIONS_OF_IMAGES,
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
from .image import channels_first, channels_last, image_shape
from .pooling import POOLINGS, SUMMARIES, WINDOW, pooled, summarised
from .windows import INPUT, AbstractConvolutional, Window


@final
class ConvNet(AbstractConvolutional):
    r"""Convolutions of an image in one, two or three dimensions, then an `MLP`.

    $h_l = d(p(\varphi(n(W_l * h_{l-1} + b_l))))$ with the convolution $*$, padded with
    zeros, the normalisation $n$, the activation $\varphi$, pooling $p$ of two by two
    pixels and dropout $d$.

    Args:
        inputs: Shape of one image, for instance (height, width) or, with
            `dimensions=2`, (height, width, channels).
        outputs: Numbers that come out.
        dimensions: Axes without that of the channels; None if there are no channels.
        channels: Channels of each convolution.
        kernel: Size of the kernels along each axis, in pixels.
        pooling: "maximum", "average" or None.
        summary: What the `MLP` gets: all pixels ("flatten"), or for each channel
            their "average" or "maximum".
        hidden: Widths of the hidden layers of the `MLP`.
        activation: One of `ACTIVATIONS`.
        dropout: Share of the numbers that is set to zero in training.
        normalisation: Of the convolutions: "group", "layer" or None.
        dtype: As of `MLP`.
        key: Random numbers of the first weights.

    Raises:
        LikelyError: If an option is not as described, or pooling leaves no pixels.
    """

    inputs: tuple[int, ...] = option()
    outputs: int = option()
    _: KW_ONLY
    dimensions: int | None = option(default=None)
    channels: tuple[int, ...] = option(default=(16, 32))
    kernel: int = option(default=3)
    pooling: str | None = option(default="maximum")
    summary: str = option(default="flatten")
    hidden: tuple[int, ...] = option(default=(64,))
    activation: str = option(default="relu")
    dropout: float = knob(default=0.0)
    normalisation: str | None = option(default=None)
    dtype: str = option(default="float32")
    key: InitVar[Any]
    convolutions: tuple[eqx.nn.Conv, ...] = made()
    norms: tuple[Any, ...] = made()
    head: MLP = made()

    def __post_init__(self, key: Any) -> None:
        refuse_made(self)
        self.inputs = wholes(self, "inputs", some=True)
        size, depth = image_shape(self)
        self.outputs = whole(self, "outputs")
        self.channels = wholes(self, "channels", some=True)
        self.kernel = whole(self, "kernel")
        choice(self, "pooling", (None, *POOLINGS))
        choice(self, "summary", SUMMARIES)
        self.hidden = wholes(self, "hidden")
        choice(self, "activation", ACTIVATIONS)
        self.dropout = share(self, "dropout")
        choice(self, "normalisation", (None, *NORMALISATIONS_OF_IMAGES))
        choice(self, "dtype", DTYPES)
        left = size
        if self.pooling:
            left = tuple(n // WINDOW ** len(self.channels) for n in size)
        if not all(left):
            raise LikelyError(
                f"`ConvNet(channels=...)` has {len(self.channels)} convolutions, each "
                f"followed by pooling of {WINDOW} pixels, which leaves nothing of an "
                f"image of {list(size)}; take fewer, or `pooling=None`."
            )
        *seeds, last = parts(seed_of(self, key), len(self.channels) + 1)
        kind = weight_type(self.dtype)
        self.convolutions = tuple(
            convolution(
                len(size),
                pair,
                seed,
                kernel=self.kernel,
                activation=self.activation,
                dtype=kind,
            )
            for pair, seed in zip(pairwise((depth, *self.channels)), seeds, strict=True)
        )
        self.norms = tuple(
            normalisation_of_images(self.normalisation, n, kind) for n in self.channels
        )
        pixels = math.prod(left) if self.summary == "flatten" else 1
        self.head = MLP(
            self.channels[-1] * pixels,
            self.outputs,
            hidden=self.hidden,
            activation=self.activation,
            dropout=self.dropout,
            dtype=self.dtype,
            key=last,
        )

    def activations(
        self, x: Any, *, key: PRNGKeyArray | None = None
    ) -> dict[str, Float[Array, "..."]]:
        what = f"an image of shape {self.inputs}"
        h = sample(self, x, self.inputs, what=what)
        h = channels_first(h, self.convolutions[0].num_spatial_dims)
        phi = ACTIVATIONS[self.activation].function
        found: dict[str, Array] = {}
        *keys, last = keys_for(key, self.dropout, len(self.channels) + 1)
        layers = zip(self.convolutions, self.norms, keys, strict=True)
        for i, (layer, norm, here) in enumerate(layers):
            h = phi(normalised(norm, layer(h)))
            found[f"conv.{i}"] = channels_last(h)
            if self.pooling:
                h = pooled(h, self.pooling)
                found[f"pool.{i}"] = channels_last(h)
            h = drop_out(h, self.dropout, here)
        summary = summarised(h, self.summary)
        return found | self.head.activations(summary, key=last)

    @property
    def windows(self) -> tuple[Window, ...]:
        found = []
        before = INPUT
        for i in range(len(self.channels)):
            reach = padding(self.kernel)
            found.append(Window(f"conv.{i}", (before,), self.kernel, before=reach))
            before = f"conv.{i}"
            if self.pooling:
                found.append(Window(f"pool.{i}", (before,), WINDOW, stride=WINDOW))
                before = f"pool.{i}"
        return tuple(found)
