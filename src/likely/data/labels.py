"""Classes of events: the values of a column that stand for them."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Int

from ..core.errors import LikelyError
from .dataset import Dataset

_SHOWN = 8


@final
@dataclass(frozen=True)
class Labels:
    """A column that says of which class an event is.

    Args:
        column: Its name.
        classes: The names of the classes.
        values: The value of the column for each class.
    """

    column: str
    classes: tuple[str, ...]
    values: tuple[float, ...]

    @staticmethod
    def of(column: str, classes: Sequence[str] | Mapping[str, Any]) -> "Labels":
        """Return labels.

        Args:
            column: A column of numbers or conditions.
            classes: Names, of the values 0, 1, 2, ... in this order; or a mapping from
                name to value.

        Raises:
            LikelyError: If there are fewer than two classes, two are the same, or a
                value is no number.
        """
        several = isinstance(classes, Collection) and not isinstance(classes, str)
        if not several or len(classes) < 2:
            raise LikelyError(
                f"`classes` must name at least two classes; got {classes!r}."
            )
        names = tuple(str(name) for name in classes)
        values = classes.values() if isinstance(classes, Mapping) else range(len(names))
        try:
            numbers = tuple(float(value) for value in values)
        except (TypeError, ValueError):
            numbers = (math.nan,)
        if not all(map(math.isfinite, numbers)):
            raise LikelyError(
                "`classes` must map each name to a number, the value of column "
                f"`{column}`; got {classes!r}."
            )
        if len(set(names)) < len(names) or len(set(numbers)) < len(numbers):
            raise LikelyError(
                f"`classes` must have different names and values; got {classes!r}."
            )
        return Labels(column, names, numbers)

    def codes(self, data: Dataset) -> Int[np.ndarray, " events"]:
        """Return the place of each event's class among `classes`.

        Raises:
            LikelyError: If there is no such column, or it has a value of no class.
        """
        column = np.asarray(data[self.column], float)
        order = np.argsort(self.values)
        ordered = np.asarray(self.values)[order]
        places = np.searchsorted(ordered, column).clip(max=len(ordered) - 1)
        strange = ordered[places] != column
        if strange.any():
            found = np.unique(column[strange])
            shown = ", ".join(f"{value:g}" for value in found[:_SHOWN])
            known = ", ".join(
                f"{value:g} ({name})"
                for name, value in zip(self.classes, self.values, strict=True)
            )
            raise LikelyError(
                f"column `{self.column}` is {shown} in {strange.sum()} events, which "
                f"is no class; known are {known}. Name them too, or select events."
            )
        return order[places].astype(np.int32)

    def to_dict(self) -> dict[str, Any]:
        """Return what `of_dict` takes, for JSON."""
        named = dict(zip(self.classes, self.values, strict=True))
        return {"column": self.column, "classes": named}

    @staticmethod
    def of_dict(content: Mapping[str, Any]) -> "Labels":
        """Return the labels that `to_dict` wrote."""
        return Labels.of(content["column"], content["classes"])
