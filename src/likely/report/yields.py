"""What a legend says of each component: its yield or fraction, with its error."""

import math
from typing import Any

import jax
import numpy as np

from ..core import AbstractScalar, Result, evaluate, rounded
from ..core.parameter import parameters_of
from ..distributions import Sum


def yield_labels(result: Result) -> dict[str, str]:
    """Return a line of text for each component of a fitted mixture, by name.

    A model that is not a mixture has none.
    """
    model = result.model
    if not isinstance(model, Sum):
        return {}
    return {
        name: f"{name}: {_text(scalar, result, extended=model.extended)}"
        for name, scalar in model.component_yields().items()
    }


def _text(scalar: Any, result: Result, *, extended: bool) -> str:
    scale, unit = (1.0, "") if extended else (100.0, " %")
    error = _error(scalar, result)
    value, spread = rounded(
        scale * float(evaluate(scalar, {})), None if error is None else scale * error
    )
    if not spread:
        return value + unit
    return f"{value} ± {spread}" if not unit else f"({value} ± {spread}){unit}"


def _error(scalar: Any, result: Result) -> float | None:
    r"""Return $\sqrt{g^\top V g}$ with the gradient $g$ over the free parameters."""
    if not isinstance(scalar, AbstractScalar):
        return None
    order = {name: i for i, name in enumerate(result.covariance_names)}
    moved = {p.name: p.value for p in parameters_of(scalar) if p.name in order}
    if not moved:
        return None
    gradient = jax.grad(lambda values: evaluate(scalar, values))(moved)
    g = np.array([float(gradient[name]) for name in moved])
    chosen = [order[name] for name in moved]
    variance = float(g @ result.covariance[np.ix_(chosen, chosen)] @ g)
    return math.sqrt(variance) if variance >= 0 else None
