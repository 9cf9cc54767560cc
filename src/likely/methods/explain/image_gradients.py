"""Which pixels move the output: its gradient, sharp and averaged."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key

from ...core import LikelyError, quick
from .arguments import real, whole
from .blocks import in_blocks, rows_of_block
from .images import image_of
from .means import weighted_mean
from .one_sample import check_function


@final
@dataclass(frozen=True)
class SmoothGradients:
    """The mean gradient at an image with noise.

    Args:
        values: Of the shape of the image.
        errors: Their standard errors, from the noise that was drawn.
    """

    values: Float[np.ndarray, "*shape"]
    errors: Float[np.ndarray, "*shape"]


def saliency(function: Callable[..., Any], image: Any) -> Float[np.ndarray, "*shape"]:
    r"""Return the gradient $\partial f / \partial x$ of the output for an image.

    Drawn as a map, it is usually $|\partial f / \partial x|$, the largest of all
    channels.

    Args:
        function: Of one image to one number, as the logit of a class.
        image: Of any shape that the function takes. Its precision is that of the
            computation.

    Raises:
        LikelyError: If `image` is no array of finite numbers, `function` does not give
            one number for it, or the gradient is not finite.

    References:
        K. Simonyan, A. Vedaldi, A. Zisserman, ICLR (2014), arXiv:1312.6034.
    """
    x = image_of(image, "saliency")
    f = check_function(function, x.shape, x.dtype, "saliency")
    return _checked(np.asarray(_gradient(f, jnp.asarray(x))).astype(float), "saliency")


def smooth_gradients(
    function: Callable[..., Any],
    image: Any,
    *,
    samples: int = 64,
    noise: float = 0.15,
    seed: int = 0,
) -> SmoothGradients:
    r"""Return the mean gradient over images with Gaussian noise.

    $$\frac{1}{n} \sum_k \frac{\partial f}{\partial x}(x + \sigma \epsilon_k), \qquad
    \epsilon_k \sim N(0, 1)$$

    It is an estimate of the gradient of $f$ smeared by $\sigma$, in which the
    fluctuations of `saliency` from pixel to pixel are gone.

    Args:
        function: Of one image to one number, as the logit of a class.
        image: Of any shape that the function takes.
        samples: $n$, 2 or more.
        noise: $\sigma$ in units of the range of the image, from its least to its
            greatest value.
        seed: Of the noise.

    Raises:
        LikelyError: If `image` is no array of finite numbers or has one value only,
            `function` does not give one number for it, or a gradient is not finite.

    References:
        D. Smilkov, N. Thorat, B. Kim, F. Viegas, M. Wattenberg, arXiv:1706.03825.
    """
    door = "smooth_gradients"
    x = image_of(image, door)
    n = whole(samples, 2, f"`{door}(samples=...)`")
    part = real(noise, 0.0, f"`{door}(noise=...)`")
    root = jax.random.key(whole(seed, 0, f"`{door}(seed=...)`"))
    f = check_function(function, x.shape, x.dtype, door)
    sigma = jnp.asarray(part * np.ptp(x), x.dtype)
    if not sigma > 0:
        raise LikelyError(
            f"`{door}`: the noise is {part:g} of the range of the image, which is "
            f"{np.ptp(x):g}; without noise, use `saliency`."
        )
    centre = jnp.asarray(x)
    found = in_blocks(
        lambda numbers: _noisy_gradients(f, centre, sigma, root, numbers),
        (np.arange(n),),
        rows_of_block(x.size, n),
        "smooth gradients",
    )
    return SmoothGradients(*weighted_mean(_checked(found, door), None))


def _checked(
    gradient: Float[np.ndarray, "*shape"], door: str
) -> Float[np.ndarray, "*shape"]:
    bad = int((~np.isfinite(gradient)).sum())
    if bad:
        raise LikelyError(
            f"`{door}(function=...)`: {bad} numbers of the gradient, of "
            f"{gradient.size}, are not finite."
        )
    return gradient


@eqx.filter_jit
def _gradient(function: Callable[..., Any], x: Float[Array, "*shape"]) -> Array:
    return jax.grad(function)(x)


@eqx.filter_jit
def _noisy_gradients(
    function: Callable[..., Any],
    x: Float[Array, "*shape"],
    sigma: Float[Array, ""],
    root: Key[Array, ""],
    numbers: Int[Array, " samples"],
) -> Array:
    def of_sample(number: Int[Array, ""]) -> Array:
        key = jax.random.fold_in(root, number)
        epsilon = jax.random.normal(quick(key), jnp.shape(x), x.dtype)
        return jax.grad(function)(x + sigma * epsilon)

    return jax.vmap(of_sample)(numbers)
