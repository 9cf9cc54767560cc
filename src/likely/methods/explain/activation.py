"""The image that a model likes best: gradient ascent in its input."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int

from ...core import LikelyError, progress
from .arguments import real, whole
from .one_sample import check_function

DOOR = "activation_maximisation"
STRETCH = 32  # steps between two signs of life
START = 0.1  # standard deviation of the noise to begin with
# Square of a difference of neighbours that counts as none: the slope of the root of a
# sum of squares is infinite at zero.
ROUNDING = 1e-8


@final
@dataclass(frozen=True)
class ActivationMaximum:
    """An input at which the output is large.

    Args:
        image: The input.
        output: There, without penalties.
        history: Output minus penalties before each step, and at the end.
    """

    image: Float[np.ndarray, "*shape"]
    output: float
    history: Float[np.ndarray, " points"]


def activation_maximisation(
    function: Callable[..., Any],
    shape: Any,
    *,
    steps: int = 256,
    learning_rate: float = 0.05,
    l2: float = 0.01,
    total_variation: float = 0.0,
    seed: int = 0,
) -> ActivationMaximum:
    r"""Return the input that makes the output large, and is no more than it has to be.

    $$x^* = \arg\max_x\; f(x) - \lambda \sum_i x_i^2 - \tau \sum_{rc}
    \sqrt{(x_{r+1,c} - x_{rc})^2 + (x_{r,c+1} - x_{rc})^2}$$

    by Adam in float32, from small noise, with a learning rate that falls to zero as a
    cosine. The penalties keep the input small ($\lambda$) and smooth ($\tau$); of a
    channels-first image each channel has a total variation of its own.

    Args:
        function: Of one input to one number: the logit of a class, one unit of a layer.
        shape: Of the input.
        steps: How many.
        learning_rate: Of the first step, in units of the input.
        l2: $\lambda$.
        total_variation: $\tau$, for inputs of two axes or more.
        seed: Of the noise.

    Raises:
        LikelyError: If `shape` is none, `function` does not give one number for it, or
            the ascent leaves the finite numbers.

    References:
        D. Erhan, Y. Bengio, A. Courville, P. Vincent, Univ. of Montreal TR 1341 (2009);
        K. Simonyan, A. Vedaldi, A. Zisserman, arXiv:1312.6034 ($\lambda$);
        A. Mahendran, A. Vedaldi, CVPR (2015), arXiv:1412.0035 ($\tau$).
    """
    sides = _shape(shape)
    n = whole(steps, 1, f"`{DOOR}(steps=...)`")
    rate = real(learning_rate, 0.0, f"`{DOOR}(learning_rate=...)`")
    penalties = (
        real(l2, 0.0, f"`{DOOR}(l2=...)`"),
        real(total_variation, 0.0, f"`{DOOR}(total_variation=...)`"),
    )
    if penalties[1] > 0 and len(sides) < 2:
        raise LikelyError(
            f"`{DOOR}(total_variation=...)` is for inputs of two axes or more; the "
            f"shape is {sides}."
        )
    key = jax.random.key(whole(seed, 0, f"`{DOOR}(seed=...)`"))
    f = check_function(function, sides, np.float32, DOOR)
    x = START * jax.random.normal(key, sides, np.float32)
    state, history = _adam().init(x), np.empty(n + 1)
    settings = jnp.array([rate, *penalties])
    with progress("maximising", -(-n // STRETCH)) as tell:
        for first in range(0, n, STRETCH):
            last = min(first + STRETCH, n)
            x, state, values = _ascend(
                f, (x, state), jnp.array([first, last, n]), settings
            )
            history[first:last] = np.asarray(values)[: last - first]
            tell(f"{history[last - 1]:.4g}")
    history[n], output = (float(v) for v in _heights(f, x, settings))
    image = np.asarray(x).astype(float)
    # Slopes whose squares overflow stop Adam, where output and image are finite.
    moments = jax.tree.leaves(state)
    if not all(np.isfinite(a).all() for a in (history, image, *moments)):
        bad = np.flatnonzero(~np.isfinite(history))
        raise LikelyError(
            f"`{DOOR}` has left the finite numbers after "
            f"{int(bad[0]) if len(bad) else n} of {n} steps; take a smaller "
            "`learning_rate`, or a larger `l2`."
        )
    return ActivationMaximum(image, output, history)


def _shape(shape: Any) -> tuple[int, ...]:
    place = f"`{DOOR}(shape=...)`"
    if not isinstance(shape, tuple | list) or not shape:
        raise LikelyError(
            f"{place} takes the shape of one input, as (1, 28, 28); got {shape!r}."
        )
    return tuple(whole(side, 1, place) for side in shape)


def _adam() -> optax.GradientTransformation:
    """Return Adam with steps of one; they are scaled where they are taken."""
    return optax.adam(1.0)


def _height(
    x: Float[Array, "*shape"], function: Callable[..., Any], settings: Any
) -> tuple[Array, Array]:
    """Return output minus penalties, and the output."""
    _, l2, tau = settings
    output = function(x)
    height = output - l2 * jnp.sum(x**2)
    if x.ndim >= 2:
        height = height - tau * _total_variation(x)
    return height, output


def _total_variation(x: Float[Array, "*shape"]) -> Array:
    # No difference across the edge.
    down = jnp.diff(x, axis=-2, append=x[..., -1:, :])
    right = jnp.diff(x, axis=-1, append=x[..., -1:])
    return jnp.sum(jnp.sqrt(down**2 + right**2 + ROUNDING))


@eqx.filter_jit
def _heights(function: Callable[..., Any], x: Array, settings: Any) -> Any:
    return _height(x, function, settings)


@eqx.filter_jit
def _ascend(
    function: Callable[..., Any],
    start: Any,
    steps: Int[Array, "3"],
    settings: Float[Array, "3"],
) -> tuple[Array, Any, Float[Array, " stretch"]]:
    """Take the steps from `first` to before `last` of `n`."""
    first, last, n = steps
    rate, ascent = settings[0], jax.value_and_grad(_height, has_aux=True)

    def step(k: Int[Array, ""], carry: Any) -> Any:
        x, state, values = carry
        (height, _), slope = ascent(x, function, settings)
        update: Any = _adam().update(-slope, state)
        change, state = update
        now = rate * 0.5 * (1 + jnp.cos(jnp.pi * k / n))
        values = values.at[k - first].set(height)
        return (x + now * change).astype(x.dtype), state, values

    carry = (*start, jnp.zeros(STRETCH))
    return jax.lax.fori_loop(first, last, step, carry)
