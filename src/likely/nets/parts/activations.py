r"""The functions between the layers, each with a derivative that is finite everywhere.

At the kinks of `relu` and `leaky_relu` the derivative is that of the left side. With
each goes the rule that starts the weights in front of it, see `initialisation`.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ...core import runtime as runtime  # float64 is set before the first array is made


class Activation(NamedTuple):
    """A function of numbers, and the rule of the weights that lead to it."""

    function: Callable[[Float[Array, "..."]], Float[Array, "..."]]
    rule: str


def _gelu(x: Float[Array, "..."]) -> Float[Array, "..."]:
    r"""Return $x\,\Phi(x)$, exactly and not by the formula with a tanh."""
    return jax.nn.gelu(x, approximate=False)


def _identity(x: Float[Array, "..."]) -> Float[Array, "..."]:
    return x


def _leaky_relu(x: Float[Array, "..."]) -> Float[Array, "..."]:
    r"""Return $\max(x, x/100)$."""
    return jnp.where(x > 0, x, 0.01 * x)


ACTIVATIONS = {
    "relu": Activation(jax.nn.relu, "he"),
    "leaky_relu": Activation(_leaky_relu, "he"),
    "elu": Activation(jax.nn.elu, "he"),
    "selu": Activation(jax.nn.selu, "lecun"),
    "gelu": Activation(_gelu, "he"),
    "silu": Activation(jax.nn.silu, "he"),
    "tanh": Activation(jnp.tanh, "glorot"),
    "sigmoid": Activation(jax.nn.sigmoid, "glorot"),
    "softplus": Activation(jax.nn.softplus, "he"),
    "identity": Activation(_identity, "glorot"),
}
