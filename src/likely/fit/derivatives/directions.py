"""The directions in the space of inputs along which tangents are computed."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from ...core import LikelyError, nearest
from .program import Program, elements, size

# So many inputs have a column each; more would make the table unreadable.
FEW = 6


def read_directions(
    program: Program, direction: Any
) -> tuple[tuple[str, ...], Float[np.ndarray, "directions inputs"]]:
    """Return the names of the directions, and their parts along each input.

    Args:
        program: The function with its inputs.
        direction: A name of an input, several names, one vector over the inputs, a
            matrix of several, or None: every input if there are few.

    Raises:
        LikelyError: If an input is not known or a vector has another length.
    """
    numbers = program.numbers
    n = len(numbers)
    if direction is None:
        direction = list(numbers) if n <= FEW else []
    if isinstance(direction, str):
        direction = [direction]
    if isinstance(direction, list | tuple) and all(
        isinstance(d, str) for d in direction
    ):
        places = {name: k for k, name in enumerate(numbers)}
        chosen = [name for d in direction for name in _named(program, d, places)]
        seeds = np.zeros((len(chosen), n))
        seeds[np.arange(len(chosen)), [places[name] for name in chosen]] = 1.0
        return tuple(chosen), seeds
    try:
        seeds = np.atleast_2d(np.asarray(direction, dtype=float))
    except (TypeError, ValueError):
        seeds = np.empty((0, 0))
    if seeds.ndim != 2 or seeds.shape[1] != n or not np.isfinite(seeds).all():
        raise LikelyError(
            f"`direction` must be names of inputs or vectors of {n} finite numbers, "
            f"one for each of {_few(numbers)}; got {_short(direction)}."
        )
    return tuple(_vector(seed) for seed in seeds), seeds


def seeds_of_inputs(
    program: Program, seeds: Float[np.ndarray, "directions inputs"]
) -> dict[int, np.ndarray]:
    """Return the tangents of each real input, (directions, *shape)."""
    found, start = {}, 0
    for i in program.real:
        leaf = program.leaves[i]
        stop = start + size(leaf.shape)
        part = seeds[:, start:stop].reshape(len(seeds), *leaf.shape)
        found[i] = part.astype(leaf.dtype)
        start = stop
    return found


def _named(program: Program, name: str, places: Mapping[str, int]) -> list[str]:
    if name in places:
        return [name]
    leaves = {program.names[i]: program.leaves[i].shape for i in program.real}
    if name not in leaves:
        raise LikelyError(
            f"`direction` has no real input `{name}`: "
            f"{nearest(name, dict.fromkeys([*leaves, *places]))}"
        )
    return elements(name, leaves[name])


def _vector(seed: Float[np.ndarray, " inputs"]) -> str:
    shown = ", ".join(f"{part:g}" for part in seed[:FEW])
    return f"({shown}{', ...' if len(seed) > FEW else ''})"


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")


def _short(given: Any) -> str:
    text = repr(given)
    return text if len(text) <= 80 else text[:80] + " ..."
