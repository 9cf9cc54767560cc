"""The residual convolution net."""

from dataclasses import KW_ONLY, InitVar
from typing import Any, final

import equinox as eqx
from jaxtyping import Array, Float, PRNGKeyArray

from ..net import DTYPES, knob, made, option, refuse_made, sample, weight_type
from ..parts import (
    ACTIVATIONS,
    NORMALISATIONS_OF_IMAGES,
    Seed,
    choice,
    convolution,
    dense,
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
from .pooling import summarised
from .windows import INPUT, AbstractConvolutional, Window


@final
class ResidualBlock(eqx.Module):
    r"""$h' = s(a) + W_2 * d(\varphi(n_2(W_1 * a)))$ with $a = \varphi(n_1(h))$.

    The shortcut $s$ is $h$ itself, or a convolution of $a$ by one pixel where the
    number of channels or of pixels changes.
    """

    norms: tuple[Any, Any]
    first: eqx.nn.Conv
    second: eqx.nn.Conv
    shortcut: eqx.nn.Conv | None

    def __call__(
        self,
        h: Float[Array, "channels ..."],
        *,
        phi: Any,
        rate: float,
        key: PRNGKeyArray | None,
    ) -> Float[Array, "after ..."]:
        a = phi(normalised(self.norms[0], h))
        inner = drop_out(phi(normalised(self.norms[1], self.first(a))), rate, key)
        return (h if self.shortcut is None else self.shortcut(a)) + self.second(inner)


@final
class ResidualConvNet(AbstractConvolutional):
    """Residual blocks of convolutions, the average of all pixels, a linear layer.

    The first block of each stage but the first one halves the image.

    Args:
        inputs: As of `ConvNet`.
        outputs: Numbers that come out.
        dimensions: As of `ConvNet`.
        channels: Channels of each stage.
        blocks: Blocks of each stage, of two convolutions each.
        kernel: Size of the kernels along each axis, in pixels.
        activation: One of `ACTIVATIONS`.
        dropout: Share of the numbers inside a block that is set to zero in training.
        normalisation: "group", "layer" or None.
        dtype: As of `MLP`.
        key: Random numbers of the first weights.

    Raises:
        LikelyError: If an option is not as described.

    References:
        K. He et al., arXiv:1603.05027, figure 1b.
    """

    inputs: tuple[int, ...] = option()
    outputs: int = option()
    _: KW_ONLY
    dimensions: int | None = option(default=None)
    channels: tuple[int, ...] = option(default=(16, 32, 64))
    blocks: int = option(default=2)
    kernel: int = option(default=3)
    activation: str = option(default="relu")
    dropout: float = knob(default=0.0)
    normalisation: str | None = option(default="group")
    dtype: str = option(default="float32")
    key: InitVar[Any]
    stem: eqx.nn.Conv = made()
    stages: tuple[tuple[ResidualBlock, ...], ...] = made()
    norm: Any = made()
    last: eqx.nn.Linear = made()

    def __post_init__(self, key: Any) -> None:
        refuse_made(self)
        self.inputs = wholes(self, "inputs", some=True)
        size, depth = image_shape(self)
        self.outputs = whole(self, "outputs")
        self.channels = wholes(self, "channels", some=True)
        self.blocks = whole(self, "blocks")
        self.kernel = whole(self, "kernel")
        choice(self, "activation", ACTIVATIONS)
        self.dropout = share(self, "dropout")
        choice(self, "normalisation", (None, *NORMALISATIONS_OF_IMAGES))
        choice(self, "dtype", DTYPES)
        kind = weight_type(self.dtype)
        stem, last, *seeds = parts(seed_of(self, key), 2 + len(self.channels))
        self.stem = convolution(
            len(size), (depth, self.channels[0]), stem, kernel=self.kernel, dtype=kind
        )
        self.stages = tuple(
            tuple(
                self._block(stage, block, len(size), part)
                for block, part in enumerate(parts(seed, self.blocks))
            )
            for stage, seed in enumerate(seeds)
        )
        width = self.channels[-1]
        self.norm = normalisation_of_images(self.normalisation, width, kind)
        self.last = dense(width, self.outputs, last, dtype=kind)

    def activations(
        self, x: Any, *, key: PRNGKeyArray | None = None
    ) -> dict[str, Float[Array, "..."]]:
        what = f"an image of shape {self.inputs}"
        h = sample(self, x, self.inputs, what=what)
        h = self.stem(channels_first(h, self.stem.num_spatial_dims))
        found = {"stem": channels_last(h)}
        phi, rate = ACTIVATIONS[self.activation].function, self.dropout
        keys = iter(keys_for(key, rate, len(self.channels) * self.blocks))
        for i, stage in enumerate(self.stages):
            for j, block in enumerate(stage):
                h = block(h, phi=phi, rate=rate, key=next(keys))
                found[f"stages.{i}.{j}"] = channels_last(h)
        found["summary"] = summarised(phi(normalised(self.norm, h)), "average")
        found["output"] = self.last(found["summary"])
        return found

    @property
    def windows(self) -> tuple[Window, ...]:
        k, p = self.kernel, padding(self.kernel)
        found = [Window("stem", (INPUT,), k, before=p)]
        for i, stage in enumerate(self.stages):
            for j in range(len(stage)):
                s = _stride(i, j)
                # Of two convolutions, the first with the stride.
                reach = k + (k - 1) * s
                after = (found[-1].name,)
                found.append(Window(f"stages.{i}.{j}", after, reach, s, p * (1 + s)))
        return tuple(found)

    def _block(self, stage: int, block: int, axes: int, seed: Seed) -> ResidualBlock:
        width = self.channels[stage]
        before = self.channels[max(stage - 1, 0)] if block == 0 else width
        stride = _stride(stage, block)
        changes = before != width or stride > 1
        kind = weight_type(self.dtype)
        one, two, three = parts(seed, 3)
        name, options = self.activation, {"kernel": self.kernel, "dtype": kind}
        pair, same = (before, width), (width, width)
        beside = {"kernel": 1, "stride": stride, "dtype": kind}
        return ResidualBlock(
            norms=(
                normalisation_of_images(self.normalisation, before, kind),
                normalisation_of_images(self.normalisation, width, kind),
            ),
            first=convolution(
                axes, pair, one, stride=stride, activation=name, **options
            ),
            second=convolution(axes, same, two, **options),
            shortcut=convolution(axes, pair, three, **beside) if changes else None,
        )


def _stride(stage: int, block: int) -> int:
    return 2 if stage and block == 0 else 1
