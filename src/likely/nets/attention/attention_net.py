"""The encoder of a transformer, for sets and sequences of items."""

from dataclasses import KW_ONLY, InitVar
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from ...core import LikelyError
from ..layered import AbstractLayered
from ..net import DTYPES, knob, made, option, refuse_made, weight_type
from ..parts import (
    ACTIVATIONS,
    choice,
    dense,
    keys_for,
    normalisation,
    parts,
    seed_of,
    share,
    uniform,
    whole,
)
from ..sequence import items_of, masked
from .block import EncoderBlock, encoder_block

SUMMARIES = ("mean", "maximum", "token", "items")
POSITIONS = ("sine",)


@final
class AttentionNet(AbstractLayered):
    """A linear embedding of items, blocks of attention, a summary, a linear layer.

    One sample is an array of shape (items, inputs), or a pair of it and a mask of shape
    (items,), true for what is no padding. Without `positions` the order of the items
    does not matter.

    Args:
        inputs: Numbers of an item.
        outputs: Numbers that come out.
        width: Numbers of an item inside.
        heads: Of attention; a divisor of `width`.
        blocks: How many, each of attention and of a network for each item.
        feed_forward: Width of that network's hidden layer; None for twice `width`.
        summary: What the last layer gets: the "mean" or the "maximum" of the items, an
            additional, learned item ("token"), or each of the "items": the output is
            then of shape (items, outputs), with zeros for padding.
        positions: "sine" adds waves of the place of an item to it; None does not.
        activation: One of `ACTIVATIONS`.
        dropout: Share of the numbers that is set to zero in training.
        dtype: As of `MLP`.
        key: Random numbers of the first weights.

    Raises:
        LikelyError: If an option is not as described.

    References:
        A. Vaswani et al., arXiv:1706.03762; the token: J. Devlin et al.,
        arXiv:1810.04805.
    """

    inputs: int = option()
    outputs: int = option()
    _: KW_ONLY
    width: int = option(default=64)
    heads: int = option(default=4)
    blocks: int = option(default=2)
    feed_forward: int | None = option(default=None)
    summary: str = option(default="mean")
    positions: str | None = option(default=None)
    activation: str = option(default="gelu")
    dropout: float = knob(default=0.0)
    dtype: str = option(default="float32")
    key: InitVar[Any]
    embedding: eqx.nn.Linear = made()
    token: Float[Array, "1 width"] | None = made()
    encoder: tuple[EncoderBlock, ...] = made()
    norm: eqx.nn.LayerNorm = made()
    last: eqx.nn.Linear = made()

    def __post_init__(self, key: Any) -> None:
        refuse_made(self)
        for name in ("inputs", "outputs", "width", "heads", "blocks"):
            setattr(self, name, whole(self, name))
        self.feed_forward = (
            2 * self.width if self.feed_forward is None else whole(self, "feed_forward")
        )
        choice(self, "summary", SUMMARIES)
        choice(self, "positions", (None, *POSITIONS))
        if self.width % self.heads or (self.positions and self.width % 2):
            raise LikelyError(
                "`AttentionNet(width=...)` must be a multiple of `heads`, and even "
                f"where there are `positions`; got {self.width} for {self.heads} heads."
            )
        choice(self, "activation", ACTIVATIONS)
        self.dropout = share(self, "dropout")
        choice(self, "dtype", DTYPES)
        kind = weight_type(self.dtype)
        one, two, three, *seeds = parts(seed_of(self, key), 3 + self.blocks)
        self.embedding = dense(self.inputs, self.width, one, dtype=kind)
        if self.summary == "token":
            self.token = uniform(two, (1, self.width), 1.0, kind)
        self.encoder = tuple(encoder_block(self, seed, dtype=kind) for seed in seeds)
        self.norm = normalisation("layer", self.width, kind)
        self.last = dense(self.width, self.outputs, three, dtype=kind)

    def activations(
        self, x: Any, *, key: PRNGKeyArray | None = None
    ) -> dict[str, Float[Array, "..."]]:
        items, mask = items_of(self, x, self.inputs)
        h = jax.vmap(self.embedding)(items)
        if self.positions:
            h = h + jnp.asarray(waves(*h.shape), h.dtype)
        if self.token is not None:
            h = jnp.concatenate([self.token, h])
            mask = None if mask is None else jnp.pad(mask, (1, 0), constant_values=True)
        found = {"embedding": h}
        phi, rate = ACTIVATIONS[self.activation].function, self.dropout
        # All may look at what is no padding.
        sees = None if mask is None else jnp.broadcast_to(mask, (len(h), len(h)))
        keys = keys_for(key, rate, self.blocks)
        for i, (block, here) in enumerate(zip(self.encoder, keys, strict=True)):
            h, weights = block(h, mask=sees, phi=phi, rate=rate, key=here)
            found |= {f"attention.{i}": weights, f"blocks.{i}": h}
        h = jax.vmap(self.norm)(h)
        if self.summary == "items":
            return found | {"output": masked(jax.vmap(self.last)(h), mask)}
        found["summary"] = summarised(h, mask, self.summary)
        return found | {"output": self.last(found["summary"])}


def summarised(
    items: Float[Array, "items width"], mask: Bool[Array, " items"] | None, kind: str
) -> Float[Array, " width"]:
    """Return one vector for all items; of no items it is zero.

    Args:
        items: Those of one sample.
        mask: False for padding; None if there is none.
        kind: "mean", "maximum" or "token", the first item.
    """
    if kind == "token":
        return items[0]
    if mask is None:
        mask = jnp.ones(len(items), bool)
    if kind == "maximum":
        # `initial` is a lowest number, and not minus infinity, for the sake of slopes.
        lowest = jnp.finfo(items.dtype).min
        found = jnp.max(jnp.where(mask[:, None], items, lowest), 0, initial=lowest)
        return jnp.where(jnp.any(mask), found, 0)
    number = jnp.maximum(jnp.sum(mask), 1).astype(items.dtype)
    return jnp.sum(masked(items, mask), axis=0) / number


def waves(places: int, width: int) -> Float[np.ndarray, "places width"]:
    r"""Return $\sin(p/10^{8i/w})$ in column $2i$ and the cosine in column $2i + 1$.

    Args:
        places: Number of items; $p$ counts them from 0.
        width: $w$, an even number.

    References:
        A. Vaswani et al., arXiv:1706.03762, section 3.5.
    """
    slow = 10_000.0 ** (np.arange(0, width, 2) / width)
    angle = np.arange(places)[:, None] / slow
    return np.stack([np.sin(angle), np.cos(angle)], axis=-1).reshape(places, width)
