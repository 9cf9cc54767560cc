"""Why a fit stopped where it did, in a sentence a physicist can act on."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from jaxtyping import Bool, Float

from ..core import AbstractObjective, Derivatives, Minimum, ParameterSpace, Status
from .components import vanished
from .offending_event import offending_event
from .trust_region import CONVERGED, NOT_FINITE, STALLED

Told = TypeVar("Told")
# A direction whose curvature is this much smaller than that of the others, each
# parameter in units of its own error, is not determined by the data.
FLAT = 1e-9


def active_limits(
    x: Float[np.ndarray, "*fits free"],
    gradient: Float[np.ndarray, "*fits free"],
    space: ParameterSpace,
) -> Bool[np.ndarray, "*fits free"]:
    """Return which parameters sit on a limit and would lower the loss beyond it."""
    on_lower, on_upper = x <= space.lower, x >= space.upper
    return (on_lower & (gradient > 0)) | (on_upper & (gradient < 0))


def diagnose(minimum: Minimum, objective: Any) -> Minimum:
    """Return the minimum with the status that its derivatives and code imply."""
    names = [p.name for p in objective.space.free]
    status = _status(minimum, objective, names)
    at = [n for n, on in zip(names, minimum.active, strict=True) if on]
    if at:
        status = status.noting(
            f"at a limit: {', '.join(at)}; the errors of the others are for this value."
        )
    return replace(minimum, status=status)


def unless_it_fails(question: Callable[[], Told], default: Told) -> Told:
    """Return an answer about a fit, or `default` where there is none.

    A model of somebody else may raise anything; a fit that failed is a result with a
    sentence all the same.
    """
    try:
        return question()
    except Exception:
        return default


def nothing_to_move(objective: AbstractObjective) -> Minimum:
    """Return the minimum of an objective without free parameters."""
    empty = np.zeros(0)
    value = objective.value(empty)
    return Minimum(
        x=empty,
        derivatives=Derivatives(value, empty, np.zeros((0, 0))),
        active=np.zeros(0, bool),
        edm=0.0,
        code=CONVERGED if np.isfinite(value) else NOT_FINITE,
    )


def _status(minimum: Minimum, objective: Any, names: list[str]) -> Status:
    if minimum.code == NOT_FINITE or not np.isfinite(minimum.derivatives.value):
        return Status(ok=False, message=_not_finite(minimum, objective))
    free = ~minimum.active
    flat = flat_direction(minimum.derivatives.hessian[np.ix_(free, free)])
    moving = [n for n, f in zip(names, free, strict=True) if f]
    if flat is not None:
        curvature, direction = flat
        what = combination(direction, moving)
        if curvature < 0:
            return Status(
                ok=False,
                message="stopped at a saddle, not a minimum: "
                f"the loss falls along {what}. Try other start values or narrower "
                "limits.",
            )
        gone = unless_it_fails(lambda: _gone(minimum, objective), "")
        return Status(
            ok=False,
            message=f"the data do not determine {what}: the loss is flat along it. "
            + (gone or "Fix or constrain one of these parameters, or simplify the ")
            + ("" if gone else "model."),
        )
    if minimum.code == CONVERGED:
        return Status(ok=True, message=f"converged, edm = {minimum.edm:.1e}.")
    if minimum.code == STALLED and minimum.edm < 1e-4:
        return Status(
            ok=True,
            message=f"converged to rounding, edm = {minimum.edm:.1e}.",
        )
    if minimum.code == STALLED:
        return Status(
            ok=False,
            message=f"no step lowers the loss though edm = {minimum.edm:.1e}: "
            "the likelihood is not smooth here. Check that the density is positive and "
            "continuous.",
        )
    return Status(
        ok=False,
        message=f"not converged in {len(minimum.history)} accepted steps, "
        f"edm = {minimum.edm:.1e}. Raise `max_steps` or start nearer to the minimum.",
    )


def _not_finite(minimum: Minimum, objective: Any) -> str:
    which = unless_it_fails(
        lambda: offending_event(objective, minimum.x),
        "Some event has zero or undefined density there.",
    )
    return (
        "the likelihood is not finite at the start values. "
        + (which or "What is not of the events is: look at yields and constraints.")
        + " Start nearer to the data, or narrow the range."
    )


def _gone(minimum: Minimum, objective: Any) -> str:
    """Return which component has vanished, or nothing."""
    for component, value in vanished(objective, minimum):
        return (
            f"Component `{component.name}` vanishes, its {component.kind} is "
            f"{value:.2g}: {', '.join(component.own)} mean nothing then. Fix them, or "
            "leave the component out."
        )
    return ""


def flat_direction(
    hessian: Float[np.ndarray, "n n"],
) -> tuple[float, Float[np.ndarray, " n"]] | None:
    r"""Return the smallest relative curvature and its direction, if flat or falling.

    Each parameter is in units of its own curvature, $H_{ij}/\sqrt{|H_{ii} H_{jj}|}$.
    """
    if not len(hessian):
        return None
    diagonal = np.abs(np.diag(hessian))
    if (diagonal == 0).any():
        return 0.0, (diagonal == 0).astype(float)
    scale = 1 / np.sqrt(diagonal)
    eigenvalues, Q = np.linalg.eigh(hessian * np.outer(scale, scale))
    if eigenvalues[0] > FLAT * eigenvalues[-1]:
        return None
    negative = eigenvalues[0] < -FLAT * abs(eigenvalues[-1])
    direction = Q[:, 0] * scale
    return (-1.0 if negative else 0.0), direction / np.abs(direction).max()


def combination(direction: Float[np.ndarray, " n"], names: Sequence[str]) -> str:
    """Return a direction in parameter space as text, its largest parts first."""
    order = [i for i in np.argsort(-np.abs(direction)) if abs(direction[i]) > 0.05][:4]
    text = ""
    for i in order:
        size = abs(direction[i] / direction[order[0]])
        factor = "" if size > 0.995 else f"{size:.2g} "
        sign = (
            "" if not text else "+ " if direction[i] * direction[order[0]] > 0 else "- "
        )
        text += f" {sign}{factor}{names[i]}"
    return f"`{text.strip()}`"
