"""How one fit contains another: what a test of their likelihood ratio rests on."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float

from ..core import LikelyError, Parameter, Result
from ..core.parameter import parameters_of
from .fitted import converged_fit

VERB = "likelihood_ratio"
# Two sums over the same events agree to this part of their size.
ROUNDING = 1e-9
# Of -2 log L: a null hypothesis that is better by more is not contained.
WORSE = 1e-3


@final
@dataclass(frozen=True)
class Nesting:
    """Where in the space of the alternative the null hypothesis lies.

    Args:
        extra: The free parameters that only the alternative has.
        point: Free parameters of the alternative at the null hypothesis.
        seen: Whether the likelihoods agree there, so that this is the place.
        at_limit: The extra parameters that are on a limit there.
        undefined: Those that mean nothing there, as the position of no signal.
    """

    extra: tuple[str, ...]
    point: Float[np.ndarray, " free"]
    seen: bool
    at_limit: tuple[str, ...]
    undefined: tuple[str, ...]


def nesting_of(null: Result, other: Result) -> Nesting:
    """Return how the null hypothesis is contained in the alternative.

    Raises:
        LikelyError: If the fits cannot be compared, or the free parameters of the one
            are not among those of the other.
    """
    null = converged_fit(VERB, null, "null")
    other = converged_fit(VERB, other, "alternative")
    _check_likelihoods(null.objective, other.objective)
    _check_data(null.objective, other.objective)
    extra = _extra(null, other)
    if other.loss > null.loss + WORSE:
        raise LikelyError(
            f"`{VERB}`: the alternative fits worse than the null hypothesis, by "
            f"{other.loss - null.loss:.4g} in -2 log L, so it does not contain it, or "
            "its fit ended in another minimum; fit it again from "
            "the values of the null hypothesis, or with more starts."
        )
    space = other.objective.space
    names = [p.name for p in space.free]
    for point in _candidates(null, other):
        at = other.objective.derivatives(point)
        if abs(at.value - 0.5 * null.loss) <= ROUNDING * (1 + abs(at.value)) + 1e-5:
            on = (point <= space.lower) | (point >= space.upper)
            flat = np.abs(np.diag(at.hessian)) <= ROUNDING * _curvatures(other)
            limits = [n for n, yes in zip(names, on, strict=True) if yes]
            vague = [n for n, yes in zip(names, flat, strict=True) if yes]
            return Nesting(
                extra,
                point,
                seen=True,
                at_limit=tuple(n for n in limits if n in extra),
                undefined=tuple(n for n in vague if n in extra),
            )
    place = next(_candidates(null, other))
    return Nesting(extra, place, seen=False, at_limit=(), undefined=())


def _curvatures(other: Result) -> Float[np.ndarray, " free"]:
    """Return the curvature in each parameter at the alternative's own minimum."""
    return np.abs(np.diag(other.minimum.derivatives.hessian))


def _candidates(null: Result, other: Result) -> Any:
    """Yield points of the alternative where the null hypothesis may be.

    A parameter that the null hypothesis does not have is zero there, if it is the
    size of a component, or else if the density is a series.
    """
    names = [p.name for p in other.objective.space.free]
    known = {n: v for n, v in null.values.items() if n in names}
    model: Any = other.model
    sizes = model.coefficients() if hasattr(model, "coefficients") else ()
    sized = {s.name for s in sizes if isinstance(s, Parameter)}
    own = other.values
    for zero in (sized, set(names)):
        values = {n: 0.0 if n in zero else own[n] for n in names} | known
        yield np.array([values[n] for n in names])


def _extra(null: Result, other: Result) -> tuple[str, ...]:
    ours = [p.name for p in null.objective.space.free]
    theirs = [p.name for p in other.objective.space.free]
    missing = [n for n in ours if n not in theirs]
    if missing:
        raise LikelyError(
            f"`{VERB}`: the fits are not nested, for {', '.join(missing)} is free in "
            "the null hypothesis and not in the alternative; give what is the same in "
            "both models the same name."
        )
    for e in null.estimates:
        same = next((o for o in other.estimates if o.name == e.name), None)
        if same is not None and e.fixed and same.fixed and e.value != same.value:
            raise LikelyError(
                f"`{VERB}`: the fits are not nested, for {e.name} is fixed to "
                f"{e.value:g} in the one and to {same.value:g} in the other."
            )
    if len(theirs) == len(ours):
        raise LikelyError(
            f"`{VERB}`: both fits have the same free parameters, {', '.join(ours)}; "
            "the alternative must have more."
        )
    return tuple(n for n in theirs if n not in ours)


def _check_likelihoods(null: Any, other: Any) -> None:
    if null.weighted or other.weighted:
        raise LikelyError(
            f"`{VERB}`: the events are weighted, and the likelihood ratio of weighted "
            "events does not follow a chi-square distribution, nor can toys of them be "
            "drawn; compare the parameter with its error instead."
        )
    if type(null) is not type(other):
        raise LikelyError(
            f"`{VERB}`: the fits minimised different functions, a "
            f"{type(null).__name__} and a {type(other).__name__}."
        )
    if null.extended != other.extended:
        which = ("null hypothesis", "alternative")
        one, two = which if null.extended else reversed(which)
        raise LikelyError(
            f"`{VERB}`: the fit of the {one} is extended and that of the {two} is not, "
            "so their likelihoods are of different data; give both yields or neither."
        )
    if _constraints(null) != _constraints(other):
        raise LikelyError(
            f"`{VERB}`: the constraints of the fits differ; a constraint is data, so "
            "both must have the same ones, in the same order."
        )


def _constraints(objective: Any) -> list[Any]:
    return [
        (tuple(p.name for p in parameters_of(c.parameter)), c.mean, c.sigma)
        for c in getattr(objective, "constraints", ())
    ]


def _check_data(null: Any, other: Any) -> None:
    parts, others = getattr(null, "parts", None), getattr(other, "parts", None)
    if parts is not None and others is not None:
        if list(parts) != list(others):
            raise LikelyError(
                f"`{VERB}`: the fits have different categories, {list(parts)} and "
                f"{list(others)}."
            )
        for name in parts:
            _check_data(parts[name], others[name])
        return
    if null.n_events != other.n_events:
        raise LikelyError(
            f"`{VERB}`: the fits are of different data, {null.n_events} and "
            f"{other.n_events} events; take the same events and ranges for both."
        )
    if hasattr(null, "binned") and hasattr(other, "binned"):
        ours, theirs = null.binned, other.binned
        same = np.array_equal(ours.counts, theirs.counts) and all(
            map(np.array_equal, ours.edges, theirs.edges)
        )
    elif hasattr(null, "events") and hasattr(other, "events"):
        _check_observables(null.model, other.model)
        same = np.array_equal(null.events, other.events)
    else:
        same = type(null) is type(other)
    if not same:
        raise LikelyError(
            f"`{VERB}`: the fits are of different data, though of {null.n_events} "
            "events both; take the same data for both."
        )


def _check_observables(null: Any, other: Any) -> None:
    ours, theirs = null.observables, other.observables
    if [o.name for o in ours] != [o.name for o in theirs]:
        raise LikelyError(
            f"`{VERB}`: the models must have the same observables in the same order; "
            f"got {[o.name for o in ours]} and {[o.name for o in theirs]}."
        )
    if ours != theirs:
        raise LikelyError(
            f"`{VERB}`: the ranges of the observables differ between the fits, so "
            "their likelihoods are of different data."
        )
