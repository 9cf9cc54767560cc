"""Equinox's layers with first weights of ours, made without compiling a program."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float

from .activations import ACTIVATIONS
from .initialisation import Seed, limit, on_device, uniform

Layer = TypeVar("Layer")

# PyTorch has the same.
EPSILON = 1e-5


def dense(
    inputs: int,
    outputs: int,
    seed: Seed,
    *,
    activation: str = "identity",
    bias: bool = True,
    dtype: Any,
) -> eqx.nn.Linear:
    """Return a matrix and a bias of zeros.

    Args:
        inputs: Numbers that go in.
        outputs: Numbers that come out.
        seed: Of the matrix.
        activation: What follows, which decides the size of the weights.
        bias: Whether there is one.
        dtype: Of the weights.
    """
    build = partial(eqx.nn.Linear, inputs, outputs, use_bias=bias, dtype=dtype)
    rule = ACTIVATIONS[activation].rule
    weight = uniform(seed, (outputs, inputs), limit(rule, inputs, outputs), dtype)
    return _filled(empty(build), weight, dtype)


def convolution(
    dimensions: int,
    channels: tuple[int, int],
    seed: Seed,
    *,
    kernel: int = 3,
    stride: int = 1,
    activation: str = "identity",
    dtype: Any,
) -> eqx.nn.Conv:
    """Return a convolution, padded with zeros, and a bias of zeros.

    Args:
        dimensions: Axes of the image.
        channels: How many come in and go out.
        seed: Of the kernel.
        kernel: Size of the kernel along each axis, in pixels.
        stride: Step of the kernel, in pixels; with 1 the image keeps its size.
        activation: What follows, which decides the size of the weights.
        dtype: Of the weights.
    """
    before = padding(kernel)
    build = partial(
        eqx.nn.Conv,
        dimensions,
        *channels,
        kernel,
        stride=stride,
        padding=((before, kernel - 1 - before),) * dimensions,
        dtype=dtype,
    )
    shape = (channels[1], channels[0], *(kernel,) * dimensions)
    area = kernel**dimensions
    rule = ACTIVATIONS[activation].rule
    bound = limit(rule, channels[0] * area, channels[1] * area)
    return _filled(empty(build), uniform(seed, shape, bound, dtype), dtype)


def padding(kernel: int) -> int:
    """Return how many pixels a kernel reaches to the left of its own."""
    return (kernel - 1) // 2


NORMALISATIONS = ("layer", "rms")
NORMALISATIONS_OF_IMAGES = ("group", "layer")


def normalisation(kind: str | None, width: int, dtype: Any) -> Any:
    """Return a normalisation of a vector, or None.

    Args:
        kind: "layer" (arXiv:1607.06450), "rms" (arXiv:1910.07467) or None.
        width: Numbers in the vector.
        dtype: Of its weights.
    """
    if kind is None:
        return None
    options = {"eps": EPSILON, "dtype": dtype}
    if kind == "rms":
        build = partial(eqx.nn.RMSNorm, width, use_bias=False, **options)
    else:
        build = partial(eqx.nn.LayerNorm, width, **options)
    return _filled(empty(lambda key: build()), _ones(width, dtype), dtype)


def normalisation_of_images(kind: str | None, channels: int, dtype: Any) -> Any:
    """Return a normalisation of an image with channels first, or None.

    Args:
        kind: "group" (arXiv:1803.08494) in up to 8 groups of channels, "layer" for all
            of them together, or None.
        channels: How many there are.
        dtype: Of its weights.
    """
    if kind is None:
        return None
    groups = math.gcd(8, channels) if kind == "group" else 1
    build = partial(eqx.nn.GroupNorm, groups, channels, eps=EPSILON, dtype=dtype)
    return _filled(empty(lambda key: build()), _ones(channels, dtype), dtype)


def normalised(norm: Any, x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """Return what a normalisation makes of numbers; those themselves if it is None."""
    return x if norm is None else norm(x)


def zeros(shape: tuple[int, ...], dtype: Any) -> Array:
    """Return an array of zeros, without a program that would be compiled for it."""
    return on_device(np.zeros(shape, dtype))


def _ones(width: int, dtype: Any) -> Array:
    return on_device(np.ones(width, dtype))


def empty(build: Callable[..., Layer]) -> Layer:
    """Return a layer of which only the shapes are made."""
    key = jax.eval_shape(partial(jax.random.key, 0))
    return eqx.filter_eval_shape(lambda key: build(key=key), key)


def _filled(layer: Any, weight: Array, dtype: Any) -> Any:
    layer = eqx.tree_at(lambda part: part.weight, layer, weight)
    if layer.bias is None:
        return layer
    return eqx.tree_at(lambda part: part.bias, layer, zeros(layer.bias.shape, dtype))
