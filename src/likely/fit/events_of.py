"""From a dataset to the events of a model: columns, range, finite numbers."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from ..core import AbstractDistribution, LikelyError, Observable, given_of
from ..data import Dataset


def events_of(
    model: AbstractDistribution, data: Any
) -> tuple[Float[np.ndarray, "dim events"], Float[np.ndarray, " events"] | None]:
    """Return the events inside the ranges of the model's observables, and weights.

    Rows are the observables, then the columns that the model is conditional on.
    Events of weight zero say nothing and are left out, so that one outside a
    density's support cannot make the likelihood infinite.

    Args:
        model: Density whose observables name the columns.
        data: Dataset, mapping of columns, or array of shape (events,) or (events, dim).

    Raises:
        LikelyError: If a column is missing, a value or weight is not finite, or no
            event is in range.
    """
    data = _dataset(model, data)
    names = column_names(model)
    columns = [np.asarray(data[name], float) for name in names]
    if len(data) == 0:
        raise LikelyError("the dataset holds no events; there is nothing to fit.")
    for name, column in zip(names, columns, strict=True):
        _check_finite(f"column `{name}`", column)
    keep = np.ones(len(data), bool)
    for observable, column in zip(model.observables, columns, strict=False):
        keep &= (column >= observable.lower) & (column <= observable.upper)
    if not keep.any():
        raise LikelyError(_nothing_in_range(model.observables, columns))
    weights = data.weights
    if weights is not None:
        _check_finite("the weight", weights)
        keep &= weights != 0
        if weights[keep].sum() <= 0:
            raise LikelyError(
                "the sum of weights of the events in range must be > 0; "
                f"got {weights[keep].sum():g}. Check the weight column and `select`."
            )
    if keep.all():
        # One column that is used whole is not copied: it may be most of the memory.
        whole = columns[0][None] if len(columns) == 1 else np.stack(columns)
        return whole, weights
    events = np.stack([column[keep] for column in columns])
    return events, None if weights is None else weights[keep]


def column_names(model: AbstractDistribution) -> list[str]:
    """Return the columns of a model's events: observables, then what is given."""
    return [*(o.name for o in model.observables), *given_of(model)]


def _dataset(model: AbstractDistribution, data: Any) -> Dataset:
    if isinstance(data, Dataset):
        return data
    if isinstance(data, Mapping):
        return Dataset.of(data)
    try:
        array = np.asarray(data, float)
    except (TypeError, ValueError):
        raise LikelyError(
            "`fit(..., data)`: data must be a Dataset, a mapping of columns, or an "
            f"array of numbers; got {type(data).__name__}."
        ) from None
    names = column_names(model)
    if array.ndim == 1 and len(names) == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[1] != len(names):
        raise LikelyError(
            f"`fit(..., data)`: the model has the columns {names}, so an array "
            f"must have shape (events, {len(names)}); got {array.shape}."
        )
    return Dataset.of(dict(zip(names, array.T, strict=True)))


def _check_finite(what: str, column: Float[np.ndarray, " events"]) -> None:
    bad: Bool[np.ndarray, " events"] = ~np.isfinite(column)
    if bad.any():
        row = int(bad.argmax())
        raise LikelyError(
            f"{what} holds {int(bad.sum())} of {len(column)} values that are not "
            f"finite, the first ({column[row]}) in selected event {row}; select them "
            "away, for instance with `isfinite(...)`."
        )


def _nothing_in_range(
    observables: tuple[Observable, ...], columns: list[Float[np.ndarray, " events"]]
) -> str:
    parts = [
        f"`{o.name}` spans [{c.min():g}, {c.max():g}], its range is "
        f"[{o.lower:g}, {o.upper:g}]"
        for o, c in zip(observables, columns, strict=False)
    ]
    return (
        f"none of the {len(columns[0])} events is in the range of the observables: "
        f"{'; '.join(parts)}. Check the range and the unit."
    )
