"""What is odd about a fit that has reached a minimum, in notes to its status."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from ..core import Minimum
from .components import components_of, has_blind, size_of
from .diagnosis import combination

# Above this condition number, parameters in units of their own curvature, errors
# depend on digits that a likelihood of many events hardly has.
ILL_CONDITIONED = 1e5
# Two parameters that are correlated by more are told apart by less than a tenth of
# what the data know of each.
CORRELATED, NEARLY_ONE = 0.99, 0.999
# A parameter whose error is this part of the distance of its limits is not determined.
WIDE = 0.25
# So many pairs are named.
MOST = 3


def suspicions(
    objective: Any, minimum: Minimum, V: Float[np.ndarray, "free free"]
) -> tuple[str, ...]:
    """Return notes on a fit: none for a healthy one.

    Args:
        objective: What was minimised.
        minimum: Where it ended.
        V: Covariance, NaN where it is not known.
    """
    names = [p.name for p in objective.space.free]
    found = [*_vanishing(objective, minimum, V)]
    known = np.isfinite(np.diag(V)) & (np.diag(V) > 0)
    if known.any():
        found += _wide(objective, V)
        places = np.flatnonzero(known)
        kept = [names[i] for i in places]
        flat = _nearly_flat(minimum.derivatives.hessian[np.ix_(places, places)], kept)
        found += flat or _correlated(V[np.ix_(places, places)], kept)
    return tuple(found)


def _vanishing(
    objective: Any, minimum: Minimum, V: Float[np.ndarray, "free free"]
) -> Iterator[str]:
    for component in components_of(objective):
        if has_blind(component) or not component.own:
            continue
        lost = _undetermined(component.own, objective, V)
        if not lost:
            continue
        value, error = size_of(component, objective, minimum, V)
        if value != 0 and abs(value) < error:
            yield (
                f"component `{component.name}` vanishes within its error, its "
                f"{component.kind} is {value:.3g} +- {error:.2g}: {_listed(lost)} of "
                "its shape mean nothing then."
            )


def _undetermined(
    names: Sequence[str], objective: Any, V: Float[np.ndarray, "free free"]
) -> list[str]:
    """Return those whose error is a large part of the distance of their limits."""
    found = []
    for i, p in enumerate(objective.space.free):
        width = p.upper - p.lower
        unsure = not np.isfinite(V[i, i]) or np.sqrt(abs(V[i, i])) > WIDE * width
        if p.name in names and unsure:
            found.append(p.name)
    return found


def _wide(objective: Any, V: Float[np.ndarray, "free free"]) -> Iterator[str]:
    for i, p in enumerate(objective.space.free):
        width = p.upper - p.lower
        if np.isfinite(V[i, i]) and np.sqrt(max(V[i, i], 0.0)) > width:
            yield (
                f"the error of {p.name} ({np.sqrt(V[i, i]):.2g}) is larger than the "
                f"distance of its limits ({width:.3g}): the data hardly determine it, "
                "and the parabola that errors are made of ends beyond the limits."
            )


def _nearly_flat(H: Float[np.ndarray, "n n"], names: Sequence[str]) -> list[str]:
    scale = 1 / np.sqrt(np.diag(H))
    eigenvalues, Q = np.linalg.eigh(H * np.outer(scale, scale))
    condition = eigenvalues[-1] / eigenvalues[0]
    if not condition > ILL_CONDITIONED:
        return []
    direction = Q[:, 0] * scale
    what = combination(direction / np.abs(direction).max(), names)
    return [
        f"the likelihood is nearly flat along {what} (condition number "
        f"{condition:.1e}): the data hardly tell these parameters apart. Fix or "
        "constrain one of them."
    ]


def _correlated(V: Float[np.ndarray, "n n"], names: Sequence[str]) -> list[str]:
    sigma = np.sqrt(np.diag(V))
    rho = V / np.outer(sigma, sigma)
    high = np.abs(np.triu(rho, 1)) > CORRELATED
    pairs = sorted(np.argwhere(high).tolist(), key=lambda p: -abs(rho[p[0], p[1]]))
    found = []
    for i, j in itertools.islice(pairs, MOST):
        size = abs(rho[i, j])
        how = "almost completely" if size > NEARLY_ONE else "strongly"
        found.append(
            f"{names[i]} and {names[j]} are {how} correlated ({rho[i, j]:+.5f}): "
            "one of them could be fixed or constrained."
        )
    if len(pairs) > MOST:
        found[-1] += f" So are {len(pairs) - MOST} further pairs."
    return found


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
