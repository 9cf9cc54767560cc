"""Trees of scikit-learn as the arrays of a network."""

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from ...nets import BoostedTrees
from .grow import Grown

_FIELDS = ("feature", "threshold", "missing_left", "left", "right", "value")


def networks_of(
    grown: Sequence[Grown], steps: Sequence[int], inputs: int
) -> list[BoostedTrees]:
    """Return trees as networks of one shape, filled up by leaves of zero.

    Args:
        grown: Those of each member.
        steps: How many of the steps of each are kept.
        inputs: Columns that the trees are given.
    """
    kept = [one.trees[:count] for one, count in zip(grown, steps, strict=True)]
    every = [nodes for trees in kept for step in trees for nodes in step]
    empty = BoostedTrees(
        inputs,
        len(grown[0].baseline),
        trees=max(steps),
        nodes=max(len(nodes) for nodes in every),
        levels=int(max(nodes["depth"].max() for nodes in every)),
        key=jax.random.key(0),
    )
    return [
        _filled(empty, trees, one.baseline)
        for trees, one in zip(kept, grown, strict=True)
    ]


def _filled(
    empty: BoostedTrees, trees: Sequence[Sequence[Any]], baseline: Any
) -> BoostedTrees:
    shape = (empty.trees, empty.outputs, empty.nodes)
    arrays = {name: np.zeros(shape, np.float32) for name in _FIELDS}
    for t, step in enumerate(trees):
        for k, nodes in enumerate(step):
            for name, values in _fields(nodes).items():
                arrays[name][t, k, : len(nodes)] = values
    arrays["baseline"] = np.asarray(baseline, np.float32)
    names = tuple(arrays)
    return eqx.tree_at(
        lambda net: [getattr(net, name) for name in names],
        empty,
        [jnp.asarray(arrays[name]) for name in names],
    )


def _fields(nodes: Any) -> dict[str, Any]:
    leaf = nodes["is_leaf"].astype(bool)
    own = np.arange(len(nodes))
    return {
        "feature": nodes["feature_idx"],
        "threshold": np.where(leaf, 0, rounded_down(nodes["num_threshold"])),
        "missing_left": nodes["missing_go_to_left"],
        "left": np.where(leaf, own, nodes["left"]),
        "right": np.where(leaf, own, nodes["right"]),
        "value": np.where(leaf, nodes["value"], 0),
    }


def rounded_down(
    numbers: Float[np.ndarray, " nodes"],
) -> Float[np.ndarray, " nodes"]:
    """Return the largest numbers of float32 that are not above others.

    A number of float32 is below one of them if and only if it is below the other.
    """
    with np.errstate(over="ignore"):
        nearest = numbers.astype(np.float32)
    below = np.nextafter(nearest, np.float32(-np.inf))
    return np.where(nearest > numbers, below, nearest)
