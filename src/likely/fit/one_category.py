"""One category of a simultaneous fit, as a result of its own."""

from dataclasses import replace
from typing import Any

import numpy as np

from ..core import Derivatives, LikelyError, Minimum, Result, nearest
from .simultaneous import Simultaneous


def categories(result: Result) -> tuple[str, ...]:
    """Return the names of the categories of a fit; of a single model there are none."""
    return result.model.names if isinstance(result.model, Simultaneous) else ()


def category(result: Result | Any, name: str) -> Result:
    """Return what a simultaneous fit says of one category: model, data, parameters.

    Values, errors and covariance are those of the whole fit; the loss is that of this
    category's data. It can be drawn and projected like any result.

    Args:
        result: Of a fit of a `Simultaneous` model.
        name: Of the category.

    Raises:
        LikelyError: If there is no such category.
    """
    if not isinstance(result, Result):
        raise LikelyError(
            "`category(result, name)` takes a result of `fit`; "
            f"got {type(result).__name__}."
        )
    names = categories(result)
    if not names or result.objective is None:
        raise LikelyError(
            "`category(result, name)` takes the result that `fit` returned for a "
            "`Simultaneous` model."
        )
    if name not in names:
        raise LikelyError(f"there is no category `{name}`: {nearest(name, names)}")
    part = result.objective.parts[name]
    own = {p.name for p in part.space.parameters}
    # In the order of the part, which is that of its vector of parameters.
    estimates = tuple(result[p.name] for p in part.space.parameters)
    kept = [i for i, n in enumerate(result.covariance_names) if n in own]
    x = np.array([result[p.name].value for p in part.space.free], float)
    return replace(
        result,
        estimates=estimates,
        derived=(),
        covariance=result.covariance[np.ix_(kept, kept)],
        covariance_names=tuple(result.covariance_names[i] for i in kept),
        loss=2.0 * part.value(x),
        n_events=part.n_events,
        sum_of_weights=part.sum_of_weights,
        model=result.model.parts[name],
        objective=part,
        minimum=_minimum(result.minimum, result, part, x),
        history=(),
        goodness_of_fit=None,
    )


def _minimum(minimum: Minimum, result: Result, part: Any, x: Any) -> Minimum:
    order = {p.name: i for i, p in enumerate(result.objective.space.free)}
    at = [order[p.name] for p in part.space.free]
    whole = minimum.derivatives
    return replace(
        minimum,
        x=x,
        active=minimum.active[at],
        derivatives=Derivatives(
            whole.value, whole.gradient[at], whole.hessian[np.ix_(at, at)]
        ),
        history=(),
    )
