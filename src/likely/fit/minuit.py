"""Minuit's MIGRAD with our gradient, behind the same contract."""

from typing import Any, cast, final

import equinox as eqx
import numpy as np
from iminuit import Minuit as _Minuit
from jaxtyping import Bool, Float

from ..core import AbstractMinimiser, LikelyError, Minimum, progress
from .diagnosis import active_limits, diagnose, nothing_to_move
from .host import gradient_at
from .trust_region import CONVERGED, NOT_FINITE, RUNNING


@final
class Minuit(AbstractMinimiser):
    """MIGRAD, the variable-metric method of Minuit2, through iminuit.

    Limits are respected by Minuit's own transformation, which keeps a parameter just
    inside; one that ends within rounding of a limit is put on it.

    Args:
        strategy: 0 (fast), 1 or 2 (careful).
        tolerance: Minuit's tolerance: converged where edm < 0.002 tolerance / 2.
        max_calls: Evaluations after which it gives up.

    References:
        F. James, M. Roos, Comput. Phys. Commun. 10 (1975) 343.
    """

    strategy: int = eqx.field(static=True, default=1)
    tolerance: float = eqx.field(static=True, default=1e-4)
    max_calls: int = eqx.field(static=True, default=10_000)

    def __check_init__(self) -> None:
        if self.strategy not in (0, 1, 2) or not self.tolerance > 0:
            raise LikelyError(
                "`Minuit`: `strategy` must be 0, 1 or 2 and `tolerance` > 0; "
                f"got {self.strategy} and {self.tolerance}."
            )

    def minimise(
        self,
        objective: Any,
        start: Float[np.ndarray, " free"],
        *,
        held: Bool[np.ndarray, " free"] | None = None,
    ) -> Minimum:
        space = objective.space
        start = np.asarray(start, float)
        if not len(start):
            return diagnose(nothing_to_move(objective), objective)
        history: list[float] = []
        with progress("minimising with Minuit") as tell:

            def value(x: Float[np.ndarray, " free"]) -> float:
                value = objective.value(x)
                if np.isfinite(value) and (not history or value < history[-1]):
                    history.append(value)
                    tell(f"-log L = {value:.6f}")
                # Minuit turns back from a large number but not from NaN.
                return value if np.isfinite(value) else 1e300

            def gradient(x: Float[np.ndarray, " free"]) -> Float[np.ndarray, " free"]:
                return np.nan_to_num(gradient_at(objective, x)[1])

            # iminuit types its functions as of separate numbers; given an array of
            # start values it calls them with an array.
            minuit = _Minuit(
                cast(Any, value),
                start,
                grad=cast(Any, gradient),
                name=[p.name for p in space.free],
            )
            minuit.errordef = _Minuit.LIKELIHOOD
            minuit.strategy = self.strategy
            minuit.tol = self.tolerance
            minuit.limits = list(zip(space.lower, space.upper, strict=True))
            if held is not None:
                minuit.fixed = list(held)
            minuit.migrad(ncall=self.max_calls)
        return diagnose(_minimum(minuit, objective, tuple(history)), objective)


def _minimum(minuit: Any, objective: Any, history: tuple[float, ...]) -> Minimum:
    space = objective.space
    x = np.array(minuit.values, float)
    width = np.where(
        np.isfinite(space.upper - space.lower), space.upper - space.lower, 1
    )
    for limit in (space.lower, space.upper):
        x = np.where(np.abs(x - limit) < 1e-6 * width, limit, x)
    derivatives = objective.derivatives(x)
    edm = float(minuit.fmin.edm)
    code = CONVERGED if minuit.valid else RUNNING
    if not history:
        code = NOT_FINITE
    return Minimum(
        x=x,
        derivatives=derivatives,
        active=active_limits(x, derivatives.gradient, space),
        edm=edm,
        code=code,
        history=history,
    )
