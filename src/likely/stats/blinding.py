"""Blind analysis: a parameter whose value nobody sees until all else is decided."""

import math
from dataclasses import replace
from typing import Any

from ..core import AbstractScalar, Derived, LikelyError, Parameter, Result
from ..core.offset import blind_offset
from ..core.parameter import parameters_of


def blind(
    parameter: AbstractScalar, key: str, *, scale: float | None = None
) -> Derived:
    r"""Return a parameter of a model whose value is hidden by an unknown offset.

    The fit moves, and the result reports, $x' = x + \Delta$ under the name of $x$; the
    model uses $x = x' - \Delta$. With $h$ the first 53 bits of the SHA-256 of key and
    name, as a number between 0 and 1,

    $$\Delta = s\,(2h - 1)$$

    so that one key hides one parameter in the same way in every fit: errors,
    correlations and the differences of fits are what they would be without it. The
    limits of $x'$ would give $\Delta$ away, and are not reported; a saved model holds
    $\Delta$ in the clear.

    Args:
        parameter: What is hidden.
        key: Any text, to be kept as long as the analysis is blind.
        scale: $s$, the largest offset, in the unit of the parameter; by default the
            distance of its limits.

    Raises:
        LikelyError: If the parameter is fixed or blind already, the key is no text, or
            there is no scale.

    References:
        A. Roodman, PHYSTAT2003, arXiv:physics/0312102 (hidden offsets).
    """
    if not isinstance(parameter, Parameter):
        raise LikelyError(
            "`blind(parameter, key)` hides a Parameter; of a formula hide the "
            f"parameters that it is made of. Got {type(parameter).__name__}."
        )
    name = parameter.name
    if parameter.blind or parameter.fixed:
        why = (
            "blind already" if parameter.blind else "fixed, so that its value is known"
        )
        raise LikelyError(f"`blind`: parameter `{name}` is {why}.")
    if not isinstance(key, str) or not key:
        raise LikelyError(f"`blind(key=...)` takes a text; got {key!r}.")
    if scale is None:
        scale = parameter.upper - parameter.lower
        if not math.isfinite(scale):
            raise LikelyError(
                f"`blind`: parameter `{name}` has no two limits whose distance would "
                "be the largest offset; give `scale`."
            )
    if not (math.isfinite(scale) and scale > 0):
        raise LikelyError(f"`blind(scale=...)` must be positive; got {scale}.")
    offset = blind_offset(key, name, scale)
    # The start must not leave its limits by rounding.
    lower, upper = parameter.lower + offset, parameter.upper + offset
    shifted = replace(
        parameter,
        value=min(max(parameter.value + offset, lower), upper),
        lower=lower,
        upper=upper,
        blind=True,
    )
    return shifted - offset


def is_blind(scalar: Any) -> bool:
    """Return whether a parameter, or one that a formula is made of, is hidden."""
    if not isinstance(scalar, AbstractScalar):
        return False
    return any(parameter.blind for parameter in parameters_of(scalar))


def concealed(result: Result) -> Result:
    """Return a result without the values that would give an offset away.

    A hidden parameter that ended on a limit, or whose fit failed and may not have left
    its start, has a known true value: its reported one is replaced by NaN.
    """
    if result.objective is None:
        return result
    blind_ones = {p.name for p in result.objective.space.parameters if p.blind}
    lost = [
        e.name
        for e in result.estimates
        if e.name in blind_ones and (e.at_limit or not result.status.ok)
    ]
    if not lost:
        return result
    note = (
        f"no value of {', '.join(lost)} is shown: it is at a limit or did not leave "
        "its start, and with the true value known it would give the offset away."
    )
    return replace(
        result,
        status=result.status.noting(note),
        estimates=tuple(
            replace(e, value=math.nan) if e.name in lost else e
            for e in result.estimates
        ),
    )
