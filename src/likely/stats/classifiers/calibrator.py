"""What turns the scores of a classifier into probabilities."""

import abc
from collections.abc import Mapping
from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Float

from ...core.errors import LikelyError
from .inputs import array_of


class AbstractCalibrator(eqx.Module):
    """A map of scores to probabilities, fitted to events of known class."""

    @abc.abstractmethod
    def __call__(self, scores: Any) -> Float[np.ndarray, "..."]:
        """Return the probability of each event; of each class, for several.

        Raises:
            LikelyError: If the scores are no finite numbers of the right shape.
        """

    @abc.abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return the numbers and the `kind`, as JSON has them."""

    @classmethod
    @abc.abstractmethod
    def of_dict(cls, content: Mapping[str, Any]) -> "AbstractCalibrator":
        """Return the calibrator of a dictionary that `to_dict` gave.

        Raises:
            LikelyError: If it is of another kind, or a number is missing.
        """


def content_of(
    content: Mapping[str, Any], kind: str, shapes: Mapping[str, tuple[int, ...] | None]
) -> list[Float[np.ndarray, "..."]]:
    """Return the numbers of a dictionary, as arrays.

    Args:
        content: Of `to_dict`.
        kind: What it must be of.
        shapes: Of the numbers by their keys; None where any length will do.

    Raises:
        LikelyError: If it is of another kind, or one is missing, of another shape or no
            finite number.
    """
    if not isinstance(content, Mapping):
        raise LikelyError(
            "a calibrator is made of the dictionary that `to_dict` gave; got "
            f"{type(content).__name__}."
        )
    if content.get("kind") != kind:
        raise LikelyError(
            f"this calibrator is of the kind {content.get('kind')!r}, not `{kind}`; "
            "`calibrator_of_dict` finds the kind by itself."
        )
    found = []
    for key, shape in shapes.items():
        value = array_of("calibrator_of_dict", key, content.get(key))
        fits = value.ndim == 1 if shape is None else value.shape == shape
        numeric = value.dtype.kind in "iuf" and bool(np.all(np.isfinite(value)))
        if not (fits and numeric):
            size = "in a row" if shape is None else f"of shape {shape}"
            raise LikelyError(
                f"a calibrator of the kind `{kind}` has finite numbers `{key}` {size}; "
                f"got {content.get(key)!r:.80}."
            )
        found.append(value.astype(float))
    return found
