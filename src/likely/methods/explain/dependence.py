"""Partial dependence: the mean output as one column, or two, are moved."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any, final

import numpy as np
from jaxtyping import Float, Int

from ...core import LikelyError, progress
from .arguments import finite, floats, table, weights_of, whole
from .listing import listed, with_error
from .means import weighted_mean
from .predictions import variants

DOOR = "partial_dependence"
# The default grid reaches from the 1st to the 99th percentile: beyond, the model is
# asked about events that it has hardly seen.
TAIL = 0.01


@final
@dataclass(frozen=True)
class PartialDependence:
    """The output as a function of one column or two, the others as they are.

    Args:
        names: Of the columns.
        grid: Their values.
        values: Mean output at each point of the grid: one axis for each column, then
            those of the output.
        errors: Standard errors of the mean, of the events as a sample.
        curves: The output of single events at each point of the grid (ICE curves).
        events: Numbers of these events.
    """

    names: tuple[str, ...]
    grid: tuple[Float[np.ndarray, " _"], ...]
    values: Float[np.ndarray, "..."]
    errors: Float[np.ndarray, "..."]
    curves: Float[np.ndarray, "curves ..."]
    events: Int[np.ndarray, " curves"]

    def to_dict(self) -> dict[str, Any]:
        """Return grid, means and errors as lists; of one event there are no errors."""
        known = bool(np.isfinite(self.errors).all())
        return {
            "columns": list(self.names),
            "grid": [points.tolist() for points in self.grid],
            "values": self.values.tolist(),
            "errors": self.errors.tolist() if known else None,
        }

    def __str__(self) -> str:
        """Return the mean outputs as a table."""
        n = len(self.names)
        shape = self.values.shape[:n]
        values = self.values.reshape(*shape, -1)
        errors = self.errors.reshape(*shape, -1)
        outputs = values.shape[-1]
        header = list(self.names)
        header += [f"output {k}" if outputs > 1 else "output" for k in range(outputs)]
        rows = []
        for place in np.ndindex(*shape):
            at = [
                f"{points[i]:.6g}" for points, i in zip(self.grid, place, strict=True)
            ]
            pairs = zip(values[place], errors[place], strict=True)
            rows.append([*at, *(with_error(v, e) for v, e in pairs)])
        return "\n".join(listed(header, rows))


def partial_dependence(
    predict: Callable[..., Any],
    inputs: Any,
    column: Any,
    *,
    grid: Any = 32,
    curves: int = 100,
    names: Any = None,
    weights: Any = None,
) -> PartialDependence:
    r"""Return the mean output as a function of one column or two.

    $$F(u) = \sum_i w_i\, f(u, x_{i,\text{others}}) \Big/ \sum_i w_i$$

    with the standard error of the weighted mean, and the outputs $f(u,
    x_{i,\text{others}})$ of some single events: where their curves are not parallel,
    the column interacts with others. Where columns are correlated, the mean is over
    events that do not occur.

    Args:
        predict: Of a matrix of events, to one output or several for each row.
        inputs: Events, of shape (events, dim).
        column: Name or number of a column, or a pair of them.
        grid: Number of points, evenly spread over the middle 98 % of the events (the
            values themselves if there are not more), or the points; of two columns, a
            pair of those, or one number for both.
        curves: How many single events are kept, evenly spread over the data.
        names: One a column. By default `x0`, `x1` ...
        weights: One an event, of any sign.

    Raises:
        LikelyError: If `inputs` is no matrix of finite numbers, there is no such
            column, the grid is none, or `predict` does not give finite outputs for each
            row.

    References:
        J. Friedman, Ann. Statist. 29 (2001) 1189, section 8.2; A. Goldstein,
        A. Kapelner, J. Bleich, E. Pitkin, J. Comput. Graph. Stat. 24 (2015) 44,
        arXiv:1309.6392 (curves of single events).
    """
    x, columns = table(inputs, names, DOOR)
    w = weights_of(weights, len(x), f"`{DOOR}(weights=...)`")
    pair = isinstance(column, tuple | list)
    chosen = [columns.column(c, DOOR) for c in (column if pair else [column])]
    if len(set(chosen)) != len(chosen) or not 1 <= len(chosen) <= 2:
        raise LikelyError(
            f"`{DOOR}(column=...)` takes a column or two different ones; got "
            f"{column!r}."
        )
    wanted = whole(curves, 0, f"`{DOOR}(curves=...)`")
    points = _grids(x, chosen, grid)
    cells = list(product(*points))
    kept = np.unique(np.linspace(0, len(x) - 1, min(wanted, len(x))).astype(int))
    means, errors, singles = [], [], []

    def move(k: int, copy: Any) -> None:
        copy[:, chosen] = cells[k]

    with progress("partial dependence", len(cells)) as tell:
        for outputs in variants(predict, x, move, count=len(cells), door=DOOR):
            mean, error = weighted_mean(outputs, w)
            means.append(mean)
            errors.append(error)
            singles.append(outputs[kept].astype(float))
            tell()
    shape = (*(len(p) for p in points), *means[0].shape)
    return PartialDependence(
        tuple(columns.names[columns.feature_of[c]] for c in chosen),
        tuple(p.astype(float) for p in points),
        np.reshape(means, shape),
        np.reshape(errors, shape),
        np.stack(singles, axis=1).reshape(len(kept), *shape),
        kept,
    )


def _grids(
    x: Float[np.ndarray, "events dim"], chosen: list[int], grid: Any
) -> tuple[Float[np.ndarray, " _"], ...]:
    place = f"`{DOOR}(grid=...)`"
    if len(chosen) == 1:
        return (_points(x[:, chosen[0]], grid, place),)
    if isinstance(grid, int | np.integer):
        grid = (grid, grid)
    if not isinstance(grid, tuple | list) or len(grid) != 2:
        raise LikelyError(
            f"{place} takes a number of points, or a pair of numbers or of arrays, for "
            f"two columns; got {type(grid).__name__}."
        )
    return tuple(_points(x[:, c], g, place) for c, g in zip(chosen, grid, strict=True))


def _points(
    values: Float[np.ndarray, " events"], grid: Any, place: str
) -> Float[np.ndarray, " points"]:
    if isinstance(grid, int | np.integer):
        count = whole(grid, 2, place)
        different = np.unique(values)
        if len(different) <= count:
            return different
        lower, upper = np.quantile(values, [TAIL, 1 - TAIL])
        return np.linspace(lower, upper, count).astype(values.dtype)
    points = floats(grid, place).astype(values.dtype)
    if points.ndim != 1:
        raise LikelyError(
            f"{place} takes points in one dimension; got shape {points.shape}."
        )
    finite(points, place)
    return points
