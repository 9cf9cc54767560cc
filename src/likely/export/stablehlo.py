"""A function of one event as StableHLO for a batch of events."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
from jax import export as jax_export

from ..core import LikelyError, write_whole
from .signature import called, outputs_of, shapes_of

# What is written on one kind of processor runs on the others.
PLATFORMS = ("cpu", "cuda", "rocm", "tpu")
EVENTS = "events"


def export_stablehlo(
    function: Callable[[Any], Any], example: Any, file: str | os.PathLike[str]
) -> None:
    """Write a function of one event as a StableHLO program of many, with its weights.

    The file is that of `jax.export`: a portable artifact of StableHLO, which later
    versions of XLA read, and the shapes of its inputs and outputs. Their first axis is
    that of events, of any length.

    Args:
        function: Of arrays, such as a network with its weights.
        example: What it takes for one event: an array, or a dictionary or a tuple.
        file: The file to make or to replace, usually `.stablehlo`.

    Raises:
        LikelyError: If JAX cannot trace the function, or the file cannot be written.
    """
    (events,) = jax_export.symbolic_shape(EVENTS)
    many = jax.tree.map(
        lambda leaf: jax.ShapeDtypeStruct((events, *leaf.shape), leaf.dtype),
        shapes_of(example),
    )

    def batch(inputs: Any) -> Any:
        return jax.vmap(function)(inputs)

    written = jax_export.export(jax.jit(batch), platforms=PLATFORMS)
    exported = called(lambda: written(many))
    outputs_of(exported.out_avals)
    write_whole(Path(file), bytes(exported.serialize()))


def load_stablehlo(file: str | os.PathLike[str]) -> Callable[[Any], Any]:
    """Return the function of a batch of events that `export_stablehlo` wrote.

    JAX alone does the same: `jax.export.deserialize(bytearray(content)).call`.

    Args:
        file: Which was written.

    Raises:
        LikelyError: If it cannot be read, or is no such file.
    """
    try:
        content = bytearray(Path(file).read_bytes())
    except OSError as error:
        raise LikelyError(f"`{file}` cannot be read: {error.strerror}.") from None
    try:
        exported = jax_export.deserialize(content)
    except Exception as error:
        # A damaged file ends in whatever the reader of JAX stumbles over.
        raise LikelyError(
            f"`{file}` is no function that `export_stablehlo` wrote: {error}."
        ) from None
    call = jax.jit(exported.call)

    def applied(inputs: Any) -> Any:
        try:
            return call(inputs)
        except (TypeError, ValueError) as error:
            takes = ", ".join(map(str, exported.in_avals))
            raise LikelyError(
                f"the function of `{file}` takes {takes}; the inputs do not fit."
            ) from error

    return applied
