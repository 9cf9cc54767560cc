"""A model as JSON and back: nothing in the file is ever executed."""

import dataclasses
import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np

from ..core import (
    AbstractDistribution,
    Column,
    Derived,
    LikelyError,
    Observable,
    Parameter,
    nearest,
    write_whole,
)
from ..fit import Simultaneous

FORMAT = "likely-model-1"


def save(model: AbstractDistribution | Simultaneous, path: str | Path) -> None:
    """Write a model, with its parameters, limits and ranges, as JSON.

    Args:
        model: A density from this room, or several in a `Simultaneous`.
        path: File to write; it is written whole or not at all.
    """
    content = {"format": FORMAT, "model": _encode(model)}
    write_whole(Path(path), json.dumps(content, indent=1, allow_nan=False) + "\n")


def load(path: str | Path) -> AbstractDistribution | Simultaneous:
    """Return the model that `save` wrote.

    Raises:
        LikelyError: If the file is missing, is not such a file, or names a density or
            a field that does not exist.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise LikelyError(f"`load`: {path} cannot be read as JSON: {error}.") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise LikelyError(f"`load`: {path} is not a model of format {FORMAT}.")
    try:
        model = _decode(content.get("model"))
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise LikelyError(f"`load`: {path} is damaged: {error!r}.") from None
    if not isinstance(model, AbstractDistribution | Simultaneous):
        raise LikelyError(f"`load`: {path} holds no density.")
    return model


def _encode(node: Any) -> Any:
    if isinstance(node, Parameter | Observable | Derived | Column):
        kind = type(node).__name__.lower()
        return {kind: {k: _encode(v) for k, v in _fields(node).items()}}
    if isinstance(node, AbstractDistribution):
        fields = {k: _encode(v) for k, v in _fields(node).items()}
        return {"density": type(node).__name__, "fields": fields}
    if isinstance(node, Simultaneous):
        by = dict(node.by) if isinstance(node.by, tuple) else node.by
        models = {name: _encode(model) for name, model in node.parts.items()}
        return {"simultaneous": {"models": models, "by": by}}
    if isinstance(node, tuple | list):
        return [_encode(item) for item in node]
    if node is None or isinstance(node, bool | str | int):
        return node
    array = np.asarray(node, float)
    if array.ndim:
        return {"array": array.tolist()}
    value = float(array)
    # JSON has no infinity, and a limit may be absent.
    return value if math.isfinite(value) else {"number": repr(value)}


def _decode(node: Any) -> Any:
    if isinstance(node, list):
        return tuple(_decode(item) for item in node)
    if not isinstance(node, dict):
        return node
    if set(node) == {"density", "fields"}:
        return _density(node["density"], node["fields"])
    ((kind, content),) = node.items()
    if kind == "simultaneous":
        models = {name: _decode(model) for name, model in content["models"].items()}
        return Simultaneous(models, by=content["by"])
    if kind == "number":
        return float(content)
    if kind == "array":
        return np.asarray(content, float)
    classes = {
        "parameter": Parameter,
        "observable": Observable,
        "derived": Derived,
        "column": Column,
    }
    return classes[kind](**{k: _decode(v) for k, v in content.items()})


def _density(name: str, fields: dict[str, Any]) -> AbstractDistribution:
    known = _densities()
    if name not in known:
        raise LikelyError(f"`load`: no density `{name}`; {nearest(name, known)}")
    cls = known[name]
    expected = {f.name for f in dataclasses.fields(cls)}
    if set(fields) != expected:
        raise LikelyError(
            f"`load`: `{name}` has the fields {sorted(expected)}; got {sorted(fields)}."
        )
    density = object.__new__(cls)
    for key, value in fields.items():
        object.__setattr__(density, key, _decode(value))
    return density


def _densities() -> dict[str, type]:
    """Return the densities of this room by name, from its table of contents."""
    room = sys.modules[__package__ or ""]
    found = {name: getattr(room, name) for name in dir(room)}
    return {
        name: kind
        for name, kind in found.items()
        if isinstance(kind, type) and issubclass(kind, AbstractDistribution)
    }


def _fields(node: Any) -> dict[str, Any]:
    return {f.name: getattr(node, f.name) for f in dataclasses.fields(node)}
