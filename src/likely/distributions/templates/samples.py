"""A sample that a shape is made of: its numbers, checked."""

from typing import Any

import numpy as np
from jaxtyping import Float

from ...core import LikelyError, Observable


def sample_of(
    owner: str, observable: Any, sample: Any, weights: Any
) -> tuple[Float[np.ndarray, " events"], Float[np.ndarray, " events"]]:
    """Return a sample and its weights as arrays.

    Args:
        owner: Name of the shape, for its errors.
        observable: What is measured.
        sample: One number an event.
        weights: As many, or None for ones.

    Raises:
        LikelyError: If one of them is of another type, not finite or of other length.
    """
    if not isinstance(observable, Observable):
        raise LikelyError(
            f"`{owner}(observable=...)` must be an Observable; "
            f"got {type(observable).__name__}. "
            'Write, for instance, `Observable("mass", 60, 120, "GeV")`.'
        )
    x = _column(owner, "sample", sample)
    if weights is None:
        return x, np.ones(len(x))
    w = _column(owner, "weights", weights)
    if len(w) != len(x):
        raise LikelyError(
            f"`{owner}(weights=...)`: {len(x)} events need as many weights; "
            f"got {len(w)}."
        )
    return x, w


def _column(owner: str, name: str, given: Any) -> Float[np.ndarray, " events"]:
    try:
        column = np.asarray(given, float)
    except (TypeError, ValueError):
        column = np.zeros((0, 0))
    if column.ndim != 1:
        raise LikelyError(
            f"`{owner}({name}=...)` takes a column of numbers, one an event; got "
            f"{type(given).__name__} of shape {np.shape(given)}."
        )
    bad = np.flatnonzero(~np.isfinite(column))
    if len(bad):
        raise LikelyError(
            f"`{owner}({name}=...)`: event {bad[0]} is {column[bad[0]]}, and "
            f"{len(bad)} of {len(column)} in all are not finite; leave them out."
        )
    return column
