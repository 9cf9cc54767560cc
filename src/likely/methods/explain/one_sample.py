"""The contract of a function that is explained: one sample in, one number out."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from ...core import (
    LikelyError,
    runtime as runtime,  # float64 is set before the first array is made
)

# What JAX, Equinox and the checks of shapes raise where arguments do not fit.
ILL_FITTING = (TypeError, ValueError, IndexError, AttributeError)


def check_function(
    function: Any, shape: tuple[int, ...], dtype: Any, door: str
) -> Callable[..., Any]:
    """Check, without computing anything, that a function maps a sample to a number.

    Args:
        function: What the user gave.
        shape: Of one sample.
        dtype: Of its numbers.
        door: Name of the public function.

    Raises:
        LikelyError: If it is no function, does not take such a sample, or gives
            anything else than one floating-point number.
    """
    place = f"`{door}(function=...)`"
    if not callable(function):
        raise LikelyError(
            f"{place} takes a function of one sample; got {type(function).__name__}."
        )
    sample = jax.ShapeDtypeStruct(shape, dtype)
    try:
        output: Any = eqx.filter_eval_shape(function, sample)
    except ILL_FITTING as error:
        raise LikelyError(
            f"{place} cannot be evaluated for one sample of shape {shape} and type "
            f"{sample.dtype}: {first_line(error)} It has to be written in `jax.numpy`; "
            "networks in float32 may need inputs in float32."
        ) from error
    shown = getattr(output, "shape", None)
    if shown != ():
        got = type(output).__name__ if shown is None else f"shape {shown}"
        raise LikelyError(
            f"{place} must give one number for one sample; got {got}. Take one output, "
            "as `lambda x: net(x)[0]`."
        )
    if not jnp.issubdtype(output.dtype, np.floating):
        raise LikelyError(
            f"{place} must give a floating-point number; got {output.dtype}."
        )
    return function


def check_outputs(outputs: Float[np.ndarray, "*shape"], of: str, door: str) -> None:
    """Check that a function gave finite numbers.

    Raises:
        LikelyError: If not.
    """
    bad = int((~np.isfinite(outputs)).sum())
    if bad:
        raise LikelyError(
            f"`{door}(function=...)` gives {bad} values that are not finite, of "
            f"{outputs.size}, at {of}; explain a function that is finite there, as a "
            "logit."
        )


def first_line(error: Exception) -> str:
    """Return the first line of an error, as a sentence."""
    text = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
    return text if text.endswith((".", "!", "?")) else text + "."
