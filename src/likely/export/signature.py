"""The inputs and outputs of what is exported, by name."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from ..core import LikelyError

INPUT, OUTPUT = "inputs", "predictions"


def shapes_of(example: Any) -> Any:
    """Return shape and type of each array of an example.

    Args:
        example: What a function of one event takes: an array, or a dictionary or a
            tuple of them; of arrays, or of what has their `shape` and `dtype`.

    Raises:
        LikelyError: If it has no array, or something else in it.
    """

    def shape(leaf: Any) -> jax.ShapeDtypeStruct:
        try:
            array = leaf if hasattr(leaf, "shape") else np.asarray(leaf)
            if np.dtype(array.dtype).kind in "biuf":
                return jax.ShapeDtypeStruct(array.shape, array.dtype)
        except (TypeError, ValueError):
            pass
        raise LikelyError(
            "`example` must be what the function takes for one event, arrays of "
            f"numbers; got {type(leaf).__name__}."
        )

    found = jax.tree.map(shape, example)
    if not jax.tree.leaves(found):
        raise LikelyError("`example` must have at least one array; it has none.")
    return found


def names_of(tree: Any, alone: str) -> list[str]:
    """Return a name for each array of a tree: its keys, or its place.

    Args:
        tree: A dictionary gives its keys; a tuple gives places behind `alone`.
        alone: Name of an array without keys.
    """
    leaves, _ = jax.tree_util.tree_flatten_with_path(tree)
    names = []
    for path, _ in leaves:
        name = jax.tree_util.keystr(path, simple=True, separator=".")
        named = path and isinstance(path[0], jax.tree_util.DictKey)
        names.append(name if named else f"{alone}.{name}" if name else alone)
    return names


def outputs_of(result: Any) -> list[str]:
    """Return a name for each array that a function returns.

    Raises:
        LikelyError: If it returns none.
    """
    names = names_of(result, OUTPUT)
    if not names:
        raise LikelyError(
            "the function returns no array, so there is nothing to export; return what "
            "it computes."
        )
    return names


def called(task: Callable[[], Any]) -> Any:
    """Return what a task returns that traces a user's function.

    Raises:
        LikelyError: If JAX cannot trace it.
    """
    try:
        return task()
    except LikelyError:
        raise
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        first = str(error).strip().split("\n")[0]
        raise LikelyError(
            "the function cannot be exported, since JAX cannot trace it for an event "
            f"like `example`: {type(error).__name__}: {first}"
        ) from error
