"""What the statistics of a fit ask of the result and of the numbers given to them."""

from typing import Any

import numpy as np

from ..core import LikelyError, Result
from ..fit import LikelihoodObjective


def whole_number(verb: str, name: str, value: Any, *, least: int) -> int:
    """Return a whole number.

    Raises:
        LikelyError: If it is none, or too small.
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or not least <= value < 2**63:
        raise LikelyError(
            f"`{verb}({name}=...)` must be a whole number of at least {least}; "
            f"got {value!r}."
        )
    return int(value)


def converged_fit(verb: str, result: Any, what: str = "result") -> Result:
    """Return a result of `fit` that can be gone on from.

    Raises:
        LikelyError: If it is none, was read from a file, or has no valid minimum.
    """
    if not isinstance(result, Result):
        raise LikelyError(
            f"`{verb}({what}, ...)` takes a result of `fit`; "
            f"got {type(result).__name__}."
        )
    if result.objective is None or result.model is None:
        raise LikelyError(
            f"`{verb}`: this result holds no model or no events, as one read from a "
            "file; take the result that `fit` returned."
        )
    if not result.ok:
        raise LikelyError(f"`{verb}`: the fit has no valid minimum: {result.message}")
    return result


def unbinned_fit(verb: str, result: Any) -> Result:
    """Return a result of an unbinned fit of one data set.

    Raises:
        LikelyError: If it is none; see `converged_fit`.
    """
    found = converged_fit(verb, result)
    if not isinstance(found.objective, LikelihoodObjective):
        raise LikelyError(
            f"`{verb}` is for unbinned fits of one data set; this one minimised a "
            f"{type(found.objective).__name__}. Fit the events of one model, in memory."
        )
    return found
