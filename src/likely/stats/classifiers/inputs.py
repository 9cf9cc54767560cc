"""What the measures of a classifier ask of scores, labels and weights."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Bool, Float, Int

from ...core.errors import LikelyError

# A sum of weights this small a part of their sizes is a rounding error of zero.
CANCELLED = 1e-12


@final
@dataclass(frozen=True)
class Names:
    """What a function calls its arguments, for its errors.

    Args:
        scores: The scores.
        signal: The labels.
        classes: Signal and background, in words.
    """

    scores: str = "scores"
    signal: str = "signal"
    classes: tuple[str, str] = ("signal", "background")


USUAL = Names()


@final
@dataclass(frozen=True)
class LabelledScores:
    """Scores of events whose class is known; those of weight zero are left out.

    Args:
        scores: Of the events, finite.
        signal: Which events are signal.
        weights: Not zero; of each class with a positive sum.
    """

    scores: Float[np.ndarray, " events"]
    signal: Bool[np.ndarray, " events"]
    weights: Float[np.ndarray, " events"]

    @property
    def of_signal(self) -> Float[np.ndarray, " events"]:
        """Return the weights, zero for background."""
        return np.where(self.signal, self.weights, 0.0)

    @property
    def of_background(self) -> Float[np.ndarray, " events"]:
        """Return the weights, zero for signal."""
        return np.where(self.signal, 0.0, self.weights)

    @property
    def counts(self) -> tuple[int, int]:
        """Return the numbers of signal and of background events."""
        n = int(self.signal.sum())
        return n, len(self.signal) - n

    @property
    def unweighted(self) -> bool:
        """Return whether all weights are equal and positive."""
        return bool(self.weights[0] > 0 and np.all(self.weights == self.weights[0]))


def labelled(
    verb: str,
    scores: Any,
    signal: Any,
    weights: Any,
    names: Names = USUAL,
) -> LabelledScores:
    """Return checked scores, labels and weights.

    Args:
        verb: The function that is called.
        scores: One finite number an event.
        signal: True or 1 for signal, False or 0 for background.
        weights: One finite number an event, or None for ones.
        names: Of the arguments.

    Raises:
        LikelyError: If a length, a value or a sum of weights is wrong, or there are no
            events of a class.
    """
    values = numbers(verb, names.scores, scores)
    truth = truths(verb, names.signal, signal, len(values))
    w = weights_of(verb, weights, len(values))
    kept = w != 0
    for name, part in zip(names.classes, (truth, ~truth), strict=True):
        if not np.any(part & kept):
            raise LikelyError(
                f"`{verb}`: there is no {name} event of a weight other than zero among "
                f"the {len(values)}; both {' and '.join(names.classes)} are needed."
            )
        positive_sum(verb, w[part], f"the {name} events")
    return LabelledScores(values[kept], truth[kept], w[kept])


def array_of(verb: str, name: str, values: Any) -> np.ndarray:
    """Return an array of whatever numbers, labels or weights a user gives.

    Raises:
        LikelyError: If they are lists of unequal length, of which there is none.
    """
    try:
        return np.asarray(values)
    except (TypeError, ValueError):
        raise LikelyError(
            f"`{verb}({name}=...)` holds lists of unequal length; give one array."
        ) from None


def numbers(verb: str, name: str, values: Any, *, dim: int = 1) -> Any:
    """Return an array of finite float64 numbers, not empty.

    Raises:
        LikelyError: If it is none.
    """
    found = array_of(verb, name, values)
    if found.dtype.kind not in "biuf" or found.ndim != dim or found.size == 0:
        shape = (
            "one number an event" if dim == 1 else "a row an event and a column a class"
        )
        raise LikelyError(
            f"`{verb}({name}=...)` holds numbers, {shape}, and at least one event; got "
            f"shape {found.shape} of {found.dtype}."
        )
    found = found.astype(float)
    bad = ~np.isfinite(found)
    if bad.any():
        raise LikelyError(
            f"`{verb}({name}=...)`: {bad.sum()} of {bad.size} are NaN or infinite, "
            f"first at event {np.argwhere(bad)[0, 0]}; select those events away, or "
            "take scores that are finite."
        )
    return found


def truths(verb: str, name: str, signal: Any, n: int) -> Bool[np.ndarray, " events"]:
    """Return labels as booleans.

    Raises:
        LikelyError: If they are neither booleans nor zeros and ones, or not `n`.
    """
    found = array_of(verb, name, signal)
    same_length(verb, name, found, n)
    if found.dtype == bool:
        return found
    if found.dtype.kind not in "iuf" or not np.all((found == 0) | (found == 1)):
        raise LikelyError(
            f"`{verb}({name}=...)` holds booleans, or ones and zeros; got "
            f"{_examples(found)}. Give a comparison, as `labels == 1`."
        )
    return found == 1


def weights_of(
    verb: str, weights: Any, n: int, name: str = "weights"
) -> Float[np.ndarray, " events"]:
    """Return one weight an event; ones for None.

    Raises:
        LikelyError: If they are not `n` finite numbers.
    """
    if weights is None:
        return np.ones(n)
    same_length(verb, name, array_of(verb, name, weights), n)
    return numbers(verb, name, weights)


def classes_of(
    verb: str, name: str, labels: Any, n: int, n_classes: int | None
) -> Int[np.ndarray, " events"]:
    """Return the index of the class of each event.

    Raises:
        LikelyError: If they are not `n` whole numbers from 0, below `n_classes`.
    """
    found = array_of(verb, name, labels)
    same_length(verb, name, found, n)
    if found.dtype == bool:
        found = found.astype(np.int64)
    whole = found.dtype.kind in "iu" or (
        found.dtype.kind == "f" and bool(np.all(found == np.floor(found)))
    )
    inside = whole and bool(np.all(found >= 0))
    if n_classes is not None:
        inside = inside and bool(np.all(found < n_classes))
    if not inside:
        largest = "" if n_classes is None else f" to {n_classes - 1}"
        raise LikelyError(
            f"`{verb}({name}=...)` holds the index of a class, a whole number from 0"
            f"{largest}, for each event; got {_examples(found)}."
        )
    return found.astype(np.int64)


def same_length(verb: str, name: str, values: Any, n: int) -> None:
    """Check that there is one value an event.

    Raises:
        LikelyError: If not.
    """
    if values.shape != (n,):
        raise LikelyError(
            f"`{verb}({name}=...)` holds one value for each of the {n} events; got "
            f"shape {values.shape}."
        )


def positive_sum(verb: str, weights: Any, whose: str, name: str = "weights") -> None:
    """Check that a sum of weights is positive.

    Raises:
        LikelyError: If it is not, to rounding.
    """
    total = weights.sum()
    if not total > CANCELLED * np.abs(weights).sum():
        raise LikelyError(
            f"`{verb}({name}=...)`: the weights of {whose} sum to {total:.4g}, and a "
            "share of a sum that is not positive has no meaning; take more events, or "
            "weights that cancel less."
        )


def _examples(values: Any) -> str:
    shown = ", ".join(repr(v) for v in np.unique(values.astype(str))[:5].tolist())
    return f"values as {shown}" if shown else "none"
