"""Which class is taken for which."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float

from ...core.errors import LikelyError, nearest
from ..fitted import whole_number
from .class_curves import class_names, listed
from .inputs import array_of, classes_of, positive_sum, same_length, weights_of
from .measured import Measured, efficiency_variance, measured_efficiency, plain

WAYS = ("true", "predicted")


@final
@dataclass(frozen=True)
class ConfusionMatrix:
    r"""Sums of weights by true class, a row each, and predicted class, a column each.

    Args:
        sums: $\sum w$.
        squares: $\sum w^2$.
        classes: Names of the classes.
        normalise: None for sums; "true" for shares of the true class, so that rows sum
            to one; "predicted" for shares of the predicted class.
    """

    sums: Float[np.ndarray, "classes classes"]
    squares: Float[np.ndarray, "classes classes"]
    classes: tuple[str, ...]
    normalise: str | None = None

    @property
    def values(self) -> Float[np.ndarray, "classes classes"]:
        """Return sums or shares; NaN in a row or column without a positive sum."""
        total = self._totals(self.sums)
        return self.sums if total is None else self.sums / total

    @property
    def variances(self) -> Float[np.ndarray, "classes classes"]:
        r"""Return the variance of each value.

        $\sum w^2$ of a sum, as the number of events is random; of a share that of an
        efficiency, $(1 - 2\varepsilon) q_{pass} + \varepsilon^2 q$.
        """
        total = self._totals(self.sums)
        if total is None:
            return self.squares
        q = self.squares / total**2
        every = self._totals(self.squares) / total**2
        return efficiency_variance(self.sums / total, q, every)

    @property
    def accuracy(self) -> Measured:
        """Return the share of all weights that is predicted right."""
        W = self.sums.sum()
        return measured_efficiency(
            float(self.sums.trace() / W),
            float(self.squares.trace() / W**2),
            float(self.squares.sum() / W**2),
        )

    @property
    def efficiencies(self) -> dict[str, Measured]:
        """Return the share of each true class that is predicted right (recall)."""
        return self._diagonal(axis=1)

    @property
    def purities(self) -> dict[str, Measured]:
        """Return the share of each predicted class that is so (precision)."""
        return self._diagonal(axis=0)

    def to_dict(self) -> dict[str, Any]:
        """Return the layout of `result.json`; what is not a finite number is None."""
        return {
            "classes": list(self.classes),
            "normalise": self.normalise,
            "values": [[plain(x) for x in row] for row in self.values],
            "variances": [[plain(x) for x in row] for row in self.variances],
            "accuracy": self.accuracy.to_dict(),
            "efficiencies": {k: m.to_dict() for k, m in self.efficiencies.items()},
            "purities": {k: m.to_dict() for k, m in self.purities.items()},
        }

    def __str__(self) -> str:
        """Return the matrix as a table, true classes down, and the accuracy."""
        cells = [["true \\ predicted", *self.classes]]
        for name, row in zip(self.classes, self.values, strict=True):
            cells.append([name, *(f"{x:.4g}" for x in row)])
        widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
        lines = [
            "  ".join(c.rjust(w) for c, w in zip(line, widths, strict=True))
            for line in cells
        ]
        return "\n".join([*lines, f"accuracy {self.accuracy}"])

    def _totals(self, sums: Float[np.ndarray, "classes classes"]) -> Any:
        """Return the sums that are one after normalisation; None for none."""
        if self.normalise is None:
            return None
        axis = 1 if self.normalise == "true" else 0
        total = self.sums.sum(axis=axis, keepdims=True)
        return np.where(total > 0, sums.sum(axis=axis, keepdims=True), np.nan)

    def _diagonal(self, axis: int) -> dict[str, Measured]:
        total, squares = self.sums.sum(axis=axis), self.squares.sum(axis=axis)
        unknown = Measured(math.nan, math.nan, math.nan, math.nan)
        return {
            name: measured_efficiency(
                float(self.sums[i, i] / total[i]),
                float(self.squares[i, i] / total[i] ** 2),
                float(squares[i] / total[i] ** 2),
            )
            if total[i] > 0
            else unknown
            for i, name in enumerate(self.classes)
        }


def confusion_matrix(
    labels: Any,
    predicted: Any,
    n_classes: int | None = None,
    weights: Any = None,
    *,
    normalise: str | None = None,
    classes: Sequence[str] | None = None,
) -> ConfusionMatrix:
    """Return the sums of weights by true and predicted class.

    Args:
        labels: Index of the true class of each event.
        predicted: Index of the predicted class.
        n_classes: How many classes there are; one more than the largest index, or the
            number of names, by default.
        weights: One number an event, of any sign; ones by default.
        normalise: None, "true" or "predicted".
        classes: Names of the classes.

    Raises:
        LikelyError: If a length, an index or the normalisation is wrong, or the weights
            do not sum to a positive number.
    """
    verb = "confusion_matrix"
    if normalise is not None and normalise not in WAYS:
        raise LikelyError(
            f"`{verb}(normalise=...)` is None or one of {list(WAYS)}; got "
            f"{normalise!r}: {nearest(str(normalise), WAYS)}"
        )
    true = array_of(verb, "labels", labels)
    guess = array_of(verb, "predicted", predicted)
    if true.ndim != 1 or not true.size:
        raise LikelyError(
            f"`{verb}(labels=...)` holds one index an event, and at least one; got "
            f"shape {true.shape}."
        )
    same_length(verb, "predicted", guess, len(true))
    k = n_classes
    if k is not None:
        k = whole_number(verb, "n_classes", k, least=2)
    elif classes is not None:
        k = len(listed(verb, classes))
    true = classes_of(verb, "labels", true, len(true), k)
    guess = classes_of(verb, "predicted", guess, len(true), k)
    k = max(int(max(true.max(), guess.max())) + 1, 2) if k is None else k
    names = class_names(verb, classes, k)
    w = weights_of(verb, weights, len(true))
    positive_sum(verb, w, "the events")
    cell = true * k + guess
    sums, squares = (
        np.bincount(cell, x, minlength=k * k).reshape(k, k) for x in (w, w * w)
    )
    return ConfusionMatrix(sums, squares, names, normalise)
