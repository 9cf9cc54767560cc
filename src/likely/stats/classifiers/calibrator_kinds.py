"""Calibrators by the name of their kind."""

from collections.abc import Mapping
from typing import Any

from ...core.errors import LikelyError, nearest
from .calibrator import AbstractCalibrator
from .isotonic import Isotonic
from .platt import Platt
from .temperature import Temperature

KINDS: dict[str, type[AbstractCalibrator]] = {
    "platt": Platt,
    "isotonic": Isotonic,
    "temperature": Temperature,
}


def calibrator_of_dict(content: Mapping[str, Any]) -> AbstractCalibrator:
    """Return the calibrator of a dictionary that `to_dict` gave, of any kind.

    Args:
        content: With the `kind` and its numbers.

    Raises:
        LikelyError: If there is no such kind, or a number is missing.
    """
    if not isinstance(content, Mapping):
        raise LikelyError(
            "`calibrator_of_dict` takes the dictionary that `to_dict` gave; got "
            f"{type(content).__name__}."
        )
    kind = content.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise LikelyError(
            f"there is no calibrator of the kind {kind!r}: {nearest(str(kind), KINDS)}"
        )
    return KINDS[kind].of_dict(content)
