"""What turns the scores of a classifier into probabilities."""

import abc
from collections.abc import Mapping
from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Float

from ...core.errors import LikelyError


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
    content: Mapping[str, Any], kind: str, keys: tuple[str, ...]
) -> list[Float[np.ndarray, "..."]]:
    """Return the numbers of a dictionary, as arrays.

    Args:
        content: Of `to_dict`.
        kind: What it must be of.
        keys: Of the numbers.

    Raises:
        LikelyError: If it is of another kind, or one is missing or no finite number.
    """
    if content.get("kind") != kind:
        raise LikelyError(
            f"this calibrator is of the kind {content.get('kind')!r}, not `{kind}`; "
            "`calibrator_of_dict` finds the kind by itself."
        )
    found = []
    for key in keys:
        value = np.asarray(content.get(key))
        if value.dtype.kind not in "iuf" or not np.all(np.isfinite(value)):
            raise LikelyError(
                f"a calibrator of the kind `{kind}` has finite numbers `{key}`; got "
                f"{content.get(key)!r}."
            )
        found.append(value.astype(float))
    return found
