"""Functions of some of the parameters, added up as functions of all of them."""

from collections.abc import Sequence
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float, Int


@final
class Group(eqx.Module):
    """One function, or several that differ in their numbers and share one program.

    Args:
        function: A pytree that is a function; of several, each array has one more axis.
        places: Positions of its parameters among all, one row a function.
    """

    function: Any
    places: Int[np.ndarray | Array, "..."]


def grouped(
    functions: Sequence[Any], places: Sequence[Int[np.ndarray | Array, " _"]]
) -> tuple[Group, ...]:
    """Put functions of the same program together, so that it is compiled once.

    Functions of events that lie on several devices are left as they are: those already
    use all cores.
    """
    found: dict[Any, list[int]] = {}
    for i, function in enumerate(functions):
        leaves, structure = jax.tree.flatten(function)
        kinds = tuple((np.shape(leaf), jnp.result_type(leaf)) for leaf in leaves)
        alone = i if any(map(_spread, leaves)) else None
        found.setdefault((structure, kinds, alone), []).append(i)
    return tuple(
        Group(functions[of[0]], places[of[0]])
        if len(of) == 1
        else Group(
            jax.tree.map(lambda *leaves: _stacked(leaves), *[functions[i] for i in of]),
            np.stack([places[i] for i in of]),
        )
        for of in found.values()
    )


def total(groups: tuple[Group, ...]) -> Any:
    """Return the sum of all functions, as a function that is a pytree.

    Each function gives arrays whose axes are its own parameters (a value, a gradient,
    a Hessian); they are added to arrays over all parameters.
    """
    return jax.tree_util.Partial(_total, groups)


def _total(groups: tuple[Group, ...], x: Float[Array, " free"]) -> Any:
    sums = None
    for group in groups:
        places = jnp.asarray(group.places)
        if places.ndim == 1:
            parts, places = (
                jax.tree.map(lambda part: part[None], group.function(x[places])),
                places[None],
            )
        else:
            parts = jax.lax.map(lambda f: f[0](x[f[1]]), (group.function, places))
        placed = jax.tree.map(lambda part, p=places: _placed(part, p, len(x)), parts)
        sums = placed if sums is None else jax.tree.map(jnp.add, sums, placed)
    return sums


def _placed(
    part: Float[Array, "functions ..."], places: Int[Array, "functions local"], n: int
) -> Float[Array, "..."]:
    """Return the sum over functions of arrays over all parameters."""
    match part.ndim:
        case 1:
            return part.sum()
        case 2:
            return jnp.zeros(n).at[places].add(part)
    rows, columns = places[:, :, None], places[:, None, :]
    return jnp.zeros((n, n)).at[rows, columns].add(part)


def _spread(leaf: Any) -> bool:
    """Return whether an array lies on more than one device."""
    here = isinstance(leaf, jax.Array) and not isinstance(leaf, Tracer)
    return here and len(leaf.sharding.device_set) > 1


def _stacked(leaves: tuple[Any, ...]) -> Any:
    host = all(isinstance(leaf, np.ndarray) for leaf in leaves)
    return np.stack(leaves) if host else jnp.stack(leaves)
