"""One curve a class, each against all others."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ...core.errors import LikelyError
from .inputs import classes_of, numbers, weights_of
from .roc_curve import RocCurve
from .scored_events import roc


def one_against_rest(
    probabilities: Any,
    labels: Any,
    weights: Any = None,
    *,
    classes: Sequence[str] | None = None,
) -> dict[str, RocCurve]:
    """Return the ROC curve of each class, its events signal and all others background.

    Args:
        probabilities: A row an event, a column a class; any scores that are larger for
            the class.
        labels: Index of the class of each event.
        weights: One number an event; ones by default.
        classes: Names of the classes, the keys of the answer; "0", "1", ... by default.

    Raises:
        LikelyError: If a length or a value is wrong, a class has no events, or its
            weights do not sum to a positive number.
    """
    verb = "one_against_rest"
    matrix = numbers(verb, "probabilities", probabilities, dim=2)
    n, k = matrix.shape
    names = class_names(verb, classes, k)
    truth = classes_of(verb, "labels", labels, n, k)
    w = weights_of(verb, weights, n)
    missing = [name for i, name in enumerate(names) if not np.any(w[truth == i])]
    if missing:
        raise LikelyError(
            f"`{verb}(labels=...)`: no event of {', '.join(missing)} with a weight "
            "other than zero; a curve needs events of its class."
        )
    return {name: roc(matrix[:, i], truth == i, w) for i, name in enumerate(names)}


def class_names(verb: str, classes: Sequence[str] | None, n: int) -> tuple[str, ...]:
    """Return the names of `n` classes, their numbers by default.

    Raises:
        LikelyError: If there are fewer than two classes, or the names are not as many.
    """
    if n < 2:
        raise LikelyError(f"`{verb}` needs at least two classes; got {n}.")
    if classes is None:
        return tuple(str(i) for i in range(n))
    names = listed(verb, classes)
    if len(set(names)) != n or len(names) != n:
        raise LikelyError(
            f"`{verb}(classes=...)` holds {n} names, each once; got {list(names)}."
        )
    return names


def listed(verb: str, classes: Any) -> tuple[str, ...]:
    """Return the names of classes.

    Raises:
        LikelyError: If they are no list.
    """
    if isinstance(classes, str) or not isinstance(classes, Iterable):
        raise LikelyError(
            f"`{verb}(classes=...)` is a list of names, one a class; got {classes!r}."
        )
    return tuple(str(name) for name in classes)
