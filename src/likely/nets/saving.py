"""A network as one file: its weights by name, and JSON in the header that remakes it.

The file is of the format safetensors, which other programs read, and in which nothing
is ever executed.
"""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as _bytes_of

from ..core import LikelyError, write_whole
from ..fit import Ensemble
from .catalogue import make_net, specification
from .net import AbstractNet

FORMAT = "likely-net-1"
_HEADER = "likely"


def save_net(net: AbstractNet | Ensemble, path: str | Path) -> None:
    """Write a network, or an ensemble of them, as one file of format safetensors.

    Args:
        net: A network of `NETS`, or an ensemble of such networks.
        path: File to write; it is written whole or not at all.

    Raises:
        LikelyError: If it is another network, or the file cannot be written.
    """
    size = net.size if isinstance(net, Ensemble) else None
    one = net.members if isinstance(net, Ensemble) else net
    header = {"format": FORMAT, **specification(one), "members": size}
    weights = {name: np.asarray(array) for name, array in tensors(one).items()}
    # Text of the header has to be text: its JSON is one entry.
    content = _bytes_of(weights, {_HEADER: json.dumps(header, allow_nan=False)})
    write_whole(path, content)


def load_net(path: str | Path) -> Any:
    """Return the network, or the ensemble, that `save_net` wrote.

    Raises:
        LikelyError: If the file is missing, is not such a file, describes no network
            that there is, or lacks a tensor, has one too many, or one of another shape.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            header = json.loads((file.metadata() or {}).get(_HEADER, "{}"))
            found = {name: file.get_tensor(name) for name in file.keys()}
    except (OSError, SafetensorError, ValueError, TypeError) as error:
        raise LikelyError(
            f"`load_net`: {path} cannot be read as safetensors: {error}."
        ) from None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise LikelyError(f"`load_net`: {path} is not a network of format {FORMAT}.")
    try:
        size = header["members"]
        net = with_tensors(empty_net(header), found, members=size)
        return net if size is None else Ensemble(net, size)
    except KeyError as error:
        raise LikelyError(f"`load_net`: {path} lacks {error} in its header.") from None
    except LikelyError as error:
        raise LikelyError(f"`load_net`: {path}: {error}") from None


def tensors(net: AbstractNet) -> dict[str, jax.Array]:
    """Return the weights by name: their path in the network, with dots between."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(eqx.filter(net, eqx.is_array))
    return {_name(path): array for path, array in leaves}


def empty_net(specification: Mapping[str, Any]) -> Any:
    """Return a network with the shapes of its weights in their place.

    Args:
        specification: Its name and options, as the function of this name returns them.

    Raises:
        LikelyError: If there is no such network, or it has other options, or one of
            the two is missing.
    """
    for name in ("net", "options"):
        if name not in specification:
            raise LikelyError(f"the description of a network lacks its `{name}`.")
    net, options = specification["net"], specification["options"]
    if not isinstance(options, Mapping):
        raise LikelyError(f"the options of a network are a table; got {options!r}.")
    key = jax.eval_shape(partial(jax.random.key, 0))
    return eqx.filter_eval_shape(lambda key: make_net(net, key=key, **options), key)


def with_tensors(
    empty: Any, given: Mapping[str, Any], *, members: int | None = None
) -> Any:
    """Return a network with the weights that `tensors` has returned.

    Args:
        empty: As `empty_net` makes it.
        given: Weights by name.
        members: How many networks are stacked along a first axis of each; None if it
            is a single one.

    Raises:
        LikelyError: If one is missing, one too many, or of another shape or type.
    """
    leaves, structure = jax.tree_util.tree_flatten_with_path(empty)
    wanted = {_name(path): leaf for path, leaf in leaves if hasattr(leaf, "shape")}
    for name in wanted.keys() - given.keys():
        raise LikelyError(f"the weights lack the tensor `{name}` of the network.")
    for name in given.keys() - wanted.keys():
        raise LikelyError(f"the weights have a tensor `{name}`, the network has none.")
    for name, leaf in wanted.items():
        shape = leaf.shape if members is None else (members, *leaf.shape)
        got = given[name]
        if got.shape != shape or got.dtype != leaf.dtype:
            raise LikelyError(
                f"the tensor `{name}` of the network is of shape {shape} and "
                f"{leaf.dtype}; the weights have {got.shape} and {got.dtype}."
            )
    filled = [
        jax.device_put(given[name]) if (name := _name(path)) in wanted else leaf
        for path, leaf in leaves
    ]
    return jax.tree.unflatten(structure, filled)


def _name(path: Any) -> str:
    return jax.tree_util.keystr(path, simple=True, separator=".")
