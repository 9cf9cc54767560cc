"""What a network is: one sample in, one output out, and options that remake it."""

import abc
import dataclasses
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import LikelyError, runtime as runtime

# Of each choice, the type of the weights and that of the arithmetic.
DTYPES = {
    "float32": (jnp.float32, jnp.float32),
    "float64": (jnp.float64, jnp.float64),
    "bfloat16": (jnp.float32, jnp.bfloat16),
}

_OPTION = "likely_option"
_REAL = (jnp.floating, jnp.integer, jnp.bool_)


class AbstractNet(eqx.Module):
    """A network: arrays in, arrays out, one sample at a time.

    The static fields of a network and its numbers, such as the share of dropout, are
    the options of its constructor; its other fields, the weights, are made there from
    the `key`.
    """

    @abc.abstractmethod
    def __call__(
        self, x: Any, *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "*outputs"]:
        """Return the output for one sample.

        Args:
            x: One sample; `jax.vmap` makes a batch of it.
            key: Random numbers of dropout; None, for inference, switches it off.
        """

    @property
    def options(self) -> dict[str, Any]:
        """Return what makes this network again, as JSON can hold it."""
        return {
            field.name: _plain(getattr(self, field.name))
            for field in dataclasses.fields(self)
            if is_option(field)
        }


def is_option(field: Any) -> bool:
    """Return whether a field of a network is an option, and not made of weights."""
    return bool(field.metadata.get(_OPTION))


def option(*, default: Any = dataclasses.MISSING) -> Any:
    """Declare an option of a network, which its constructor checks.

    Args:
        default: Its value where the user gives none; without it they must.
    """
    # The type of a field is that of the checked value. What the user gives may have any
    # other: it is for the constructor to say what is wrong with it.
    return eqx.field(
        static=True, converter=_as_it_is, default=default, metadata={_OPTION: True}
    )


def knob(*, default: float) -> Any:
    """Declare an option that is a number of which another value is no other program.

    Args:
        default: Its value where the user gives none.
    """
    return eqx.field(converter=_as_it_is, default=default, metadata={_OPTION: True})


def made() -> Any:
    """Declare a field of weights, which the constructor makes."""
    return eqx.field(default=None)


def refuse_made(net: AbstractNet) -> None:
    """Check that nobody has given what the constructor makes.

    Raises:
        LikelyError: If a field of weights has a value already.
    """
    for field in dataclasses.fields(net):
        if not is_option(field) and getattr(net, field.name) is not None:
            raise LikelyError(
                f"`{type(net).__name__}` makes its own `{field.name}` from `key`; "
                "leave it out, and put other weights in with `equinox.tree_at`."
            )


def weight_type(dtype: str) -> Any:
    """Return the type of the weights, which is also that of the outputs."""
    return DTYPES[dtype][0]


def in_arithmetic_type(net: AbstractNet, dtype: str) -> Any:
    """Return a network whose weights have the type that it computes in."""

    def cast(leaf: Any) -> Any:
        return leaf.astype(DTYPES[dtype][1]) if eqx.is_inexact_array(leaf) else leaf

    return jax.tree.map(cast, net)


def arrays(x: Any) -> Any:
    """Return a sample with lists of numbers made arrays, if that can be done.

    Raises:
        LikelyError: If an array is of what JAX does not know, as texts or objects.
    """
    if isinstance(x, tuple | list) and any(hasattr(part, "shape") for part in x):
        return tuple(arrays(part) if hasattr(part, "shape") else part for part in x)
    if isinstance(x, np.ndarray | jax.Array):
        if x.dtype.kind in "OSUMm":
            raise LikelyError(
                f"a network takes numbers; got an array of {x.dtype}: turn its entries "
                "into numbers, as by `x.astype(float)`."
            )
        return x
    try:
        return np.asarray(x, float)
    except (TypeError, ValueError):
        return x


def sample(
    net: Any, x: Any, shape: tuple[int | None, ...], *, what: str, dtype: Any = None
) -> Float[Array, "..."]:
    """Return one sample in the type that the network computes in.

    Args:
        net: The network, which has a `dtype`.
        x: What the user gave.
        shape: Size of each axis; None where any will do.
        what: The sample in words, as in "takes ...".
        dtype: Another type; None for that of the arithmetic.

    Raises:
        LikelyError: If the sample is no array of numbers, or of another shape.
    """
    owner = type(net).__name__
    if not isinstance(x, np.ndarray | jax.Array):
        raise LikelyError(f"`{owner}` takes {what}; got {type(x).__name__}.")
    got = x.shape
    if len(got) != len(shape) or any(
        size not in (None, given) for size, given in zip(shape, got, strict=True)
    ):
        batch = " It takes one sample: `jax.vmap(net)` takes a batch of them."
        raise LikelyError(
            f"`{owner}` takes {what}; got an array of shape {tuple(got)}."
            + (batch if len(got) == len(shape) + 1 else "")
        )
    if not any(jnp.issubdtype(x.dtype, kind) for kind in _REAL):
        raise LikelyError(f"`{owner}` takes {what}; got an array of {x.dtype}.")
    return jnp.asarray(x, DTYPES[net.dtype][1] if dtype is None else dtype)


def _as_it_is(value: Any) -> Any:
    return value


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
