"""The multilayer perceptron, and the linear model that it is without hidden layers."""

from dataclasses import KW_ONLY, InitVar
from itertools import pairwise
from typing import Any, final

import equinox as eqx
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import LikelyError
from .layered import AbstractLayered
from .net import DTYPES, knob, made, option, refuse_made, sample, weight_type
from .parts import (
    ACTIVATIONS,
    NORMALISATIONS,
    choice,
    dense,
    drop_out,
    flag,
    keys_for,
    normalisation,
    normalised,
    parts,
    seed_of,
    share,
    whole,
    wholes,
)


@final
class MLP(AbstractLayered):
    r"""Multilayer perceptron, with a last layer that is linear.

    $h_0 = x$, $h_l = d(\varphi(n(W_l h_{l-1} + b_l)))$, $y = W_L h_{L-1} + b_L$ with
    the normalisation $n$, the activation $\varphi$ and dropout $d$. With `residual`,
    $h_{l-1}$ is added to $h_l$ for $l > 1$ wherever the two have one width.

    Args:
        inputs: Numbers of one sample.
        outputs: Numbers that come out.
        hidden: Widths of the hidden layers; none of them makes a linear model.
        activation: One of `ACTIVATIONS`.
        dropout: Share of the hidden numbers that is set to zero in training.
        normalisation: "layer", "rms" or None.
        residual: Whether layers add to what they are given.
        dtype: "float32", "float64", or "bfloat16", which computes in that type with
            weights and outputs in float32.
        key: Random numbers of the first weights, which `layers` holds.

    Raises:
        LikelyError: If an option is not as described, or `residual` is asked for where
            no two neighbouring hidden layers have one width.
    """

    inputs: int = option()
    outputs: int = option()
    _: KW_ONLY
    hidden: tuple[int, ...] = option(default=(100, 100, 100))
    activation: str = option(default="relu")
    dropout: float = knob(default=0.0)
    normalisation: str | None = option(default=None)
    residual: bool = option(default=False)
    dtype: str = option(default="float32")
    key: InitVar[Any]
    layers: tuple[eqx.nn.Linear, ...] = made()
    norms: tuple[Any, ...] = made()

    def __post_init__(self, key: Any) -> None:
        refuse_made(self)
        self.inputs = whole(self, "inputs")
        self.outputs = whole(self, "outputs")
        self.hidden = wholes(self, "hidden")
        choice(self, "activation", ACTIVATIONS)
        self.dropout = share(self, "dropout")
        choice(self, "normalisation", (None, *NORMALISATIONS))
        self.residual = flag(self, "residual")
        choice(self, "dtype", DTYPES)
        if self.residual and not any(a == b for a, b in pairwise(self.hidden)):
            raise LikelyError(
                "`MLP(residual=...)` adds the input of a hidden layer to its output, "
                "for which two neighbours must have one width; `hidden` is "
                f"{list(self.hidden)}."
            )
        kind = weight_type(self.dtype)
        widths = (self.inputs, *self.hidden, self.outputs)
        follows = (*(self.activation,) * len(self.hidden), "identity")
        seeds = parts(seed_of(self, key), len(follows))
        self.layers = tuple(
            dense(*pair, seed, activation=name, dtype=kind)
            for pair, seed, name in zip(pairwise(widths), seeds, follows, strict=True)
        )
        self.norms = tuple(
            normalisation(self.normalisation, width, kind) for width in self.hidden
        )

    def activations(
        self, x: Any, *, key: PRNGKeyArray | None = None
    ) -> dict[str, Float[Array, " width"]]:
        h = sample(self, x, (self.inputs,), what=f"{self.inputs} numbers")
        phi = ACTIVATIONS[self.activation].function
        found: dict[str, Array] = {}
        keys = keys_for(key, self.dropout, len(self.hidden))
        *hidden, last = self.layers
        for i, (layer, norm) in enumerate(zip(hidden, self.norms, strict=True)):
            new = drop_out(phi(normalised(norm, layer(h))), self.dropout, keys[i])
            h = h + new if self.residual and h.shape == new.shape and i else new
            found[f"hidden.{i}"] = h
        found["output"] = last(h)
        return found


def linear(
    inputs: int, outputs: int, *, dtype: str = "float32", key: PRNGKeyArray
) -> MLP:
    """Return the linear model $y = W x + b$: an `MLP` without hidden layers.

    Args:
        inputs: Numbers of one sample.
        outputs: Numbers that come out.
        dtype: As of `MLP`.
        key: Random numbers of the first weights.

    Raises:
        LikelyError: If an option is not as described.
    """
    return MLP(inputs, outputs, hidden=(), dtype=dtype, key=key)
