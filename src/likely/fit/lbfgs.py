"""L-BFGS with limits: gradients on the way, the exact Hessian at both ends."""

from typing import Any, final

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Bool, Float
from scipy import optimize

from ..core import AbstractMinimiser, Derivatives, LikelyError, Minimum, progress
from .diagnosis import active_limits, diagnose, nothing_to_move
from .host import gradient_at
from .newton import box_of
from .trust_region import CONVERGED, NOT_FINITE, RUNNING, STALLED, Box, propose

# From one search to the next the parameters are in units of their curvature at its
# start, and a gradient has to be this much smaller for it to end.
SEARCHES, SMALLER = 6, 0.1
_propose = jax.jit(propose)


@final
class LBFGS(AbstractMinimiser):
    r"""L-BFGS-B of SciPy, in units of the curvature at the start.

    Each parameter is in units of $1/\sqrt{|H_{ii}|}$ of the exact Hessian at the start,
    which halves the number of steps; on the way there are gradients only. At the end
    the exact Hessian gives the distance to the minimum and the errors; where it is
    still too far, the search goes on from there. Only the given start is tried.

    Args:
        tolerance: Estimated distance to the minimum, in units of -log L, at which the
            fit has converged.
        max_steps: Gradients after which it gives up.
        memory: Number of earlier steps from which the curvature is estimated.

    References:
        R. Byrd, P. Lu, J. Nocedal, C. Zhu, SIAM J. Sci. Comput. 16 (1995) 1190.
    """

    tolerance: float = eqx.field(static=True, default=1e-7)
    max_steps: int = eqx.field(static=True, default=5000)
    memory: int = eqx.field(static=True, default=30)

    def __check_init__(self) -> None:
        if self.memory < 1 or self.max_steps < 1 or not self.tolerance > 0:
            raise LikelyError(
                "`LBFGS`: `memory` and `max_steps` must be >= 1 and `tolerance` > 0; "
                f"got {self.memory}, {self.max_steps}, {self.tolerance}."
            )

    def minimise(
        self,
        objective: Any,
        start: Float[np.ndarray, " free"],
        *,
        held: Bool[np.ndarray, " free"] | None = None,
    ) -> Minimum:
        x = np.asarray(start, float)
        if not len(x):
            return diagnose(nothing_to_move(objective), objective)
        held = np.zeros(len(x), bool) if held is None else np.asarray(held)
        box = box_of(objective, x, held)
        at = objective.derivatives(x)
        search = _Search(objective, box, at.value, self.max_steps)
        code, edm = (RUNNING, np.inf) if _finite(at) else (NOT_FINITE, np.inf)
        with progress("minimising with L-BFGS") as search.tell:
            for k in range(SEARCHES):
                edm = distance(x, at, box) if code != NOT_FINITE else edm
                code = CONVERGED if edm < self.tolerance else code
                if code != RUNNING or search.calls >= self.max_steps:
                    break
                # In these units a gradient g is at least g^2/2 above the minimum.
                small = np.sqrt(2 * self.tolerance) * SMALLER ** (k + 1)
                end = search.run(x, at, small, self.memory)
                then = objective.derivatives(end)
                if not _finite(then) or then.value > at.value:
                    code = STALLED
                    break
                x, at = end, then
            else:
                edm = distance(x, at, box)
                code = CONVERGED if edm < self.tolerance else STALLED
        if code == STALLED and search.calls >= self.max_steps:
            code = RUNNING
        return diagnose(
            Minimum(
                x=x,
                derivatives=at,
                active=active_limits(x, at.gradient, objective.space),
                edm=edm,
                code=code,
                history=tuple(search.history),
            ),
            objective,
        )


def distance(x: Float[np.ndarray, " free"], at: Derivatives, box: Box) -> float:
    """Return the estimated vertical distance to the minimum inside the limits."""
    # A step of this many scales is not cut: there is no trust region here.
    return float(_propose(x, at.gradient, at.hessian, box, np.array(1e12))[2])


@final
class _Search:
    """One run of L-BFGS-B after the other, and what they have in common."""

    def __init__(self, objective: Any, box: Box, value: float, most: int) -> None:
        self.objective, self.box, self.most = objective, box, most
        self.history = [value] if np.isfinite(value) else []
        self.calls = 0
        self.tell: Any = None

    def run(
        self,
        x: Float[np.ndarray, " free"],
        at: Derivatives,
        small: float,
        memory: int,
    ) -> Float[np.ndarray, " free"]:
        """Return where a search from `x` ends, in units of the curvature there."""
        box, moving = self.box, np.flatnonzero(~self.box.held)
        curvature = np.abs(np.diag(at.hessian))
        usable = curvature > 0
        units = np.where(usable, 1 / np.sqrt(np.where(usable, curvature, 1)), box.scale)
        # A parameter on a nearly flat stretch would leave its limits at once.
        units = np.minimum(units, box.scale)[moving]
        lower, upper = box.lower[moving], box.upper[moving]

        def placed(u: Float[np.ndarray, " moving"]) -> Float[np.ndarray, " free"]:
            inside = np.clip(u * units, lower, upper)
            point = np.array(x)
            point[moving] = inside
            return point

        def function(u: Float[np.ndarray, " moving"]) -> Any:
            value, gradient = self._evaluate(placed(u))
            return value, gradient[moving] * units

        found = optimize.minimize(
            function,
            x[moving] / units,
            jac=True,
            method="L-BFGS-B",
            bounds=list(zip(lower / units, upper / units, strict=True)),
            callback=self._accepted,
            options={
                "maxcor": memory,
                "maxfun": self.most - self.calls,
                "maxiter": self.most,
                "gtol": small,
                # A step may gain little without the minimum being near.
                "ftol": 0.0,
            },
        )
        return placed(found.x)

    def _evaluate(self, x: Float[np.ndarray, " free"]) -> Any:
        value, gradient = gradient_at(self.objective, x)
        self.calls += 1
        if np.isfinite(value) and np.isfinite(gradient).all():
            return value, gradient
        # The line search turns back from a value that is larger than all before, by
        # about as much as it has come down; an infinite one would end it.
        best = min(self.history)
        return best + max(self.history[0] - best, 1.0 + abs(best)), 0 * gradient

    def _accepted(self, intermediate_result: Any) -> None:
        value = float(intermediate_result.fun)
        if value < min(self.history):
            self.history.append(value)
        self.tell(f"-log L = {value:.6f}")


def _finite(at: Derivatives) -> bool:
    return bool(
        np.isfinite(at.value)
        and np.isfinite(at.gradient).all()
        and np.isfinite(at.hessian).all()
    )
