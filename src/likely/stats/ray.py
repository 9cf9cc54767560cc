r"""The profile likelihood along a ray, and where it has risen by a given amount.

On the ray $x_h(s) = \hat x_h + s\,u$ of the held parameters $h$ the others minimise:
$p(s) = \min_o\,[-\log L(x_h(s), o)] + \log L(\hat x)$. Its slope is exact without
further evaluations, $p'(s) = u \cdot \nabla_h(-\log L)$ at the profiled point, so
$\sqrt{2p}$, which is close to a straight line, is solved by Newton steps in a bracket.
"""

import math
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
from jaxtyping import Bool, Float

from ..core import Minimum
from ..fit import Newton

# A profile this far below the fitted minimum means that the fit had missed it.
DEEPER = 1e-3
STEPS = 40


@dataclass(frozen=True)
class Profiled:
    """A point of the ray: place, rise of -log L, its slope, and all parameters."""

    s: float
    rise: float
    slope: float
    x: Float[np.ndarray, " free"]
    ok: bool


@final
class Ray:
    """The profile of -log L along a direction of the held parameters.

    Args:
        objective: Minus the log-likelihood.
        x: The free parameters at the minimum.
        value: -log L there.
        held: The parameters that the ray moves.
        direction: $u$, zero for the others.
        response: Change of all parameters for a unit of s, to first order.
    """

    def __init__(
        self,
        objective: Any,
        x: Float[np.ndarray, " free"],
        value: float,
        held: Bool[np.ndarray, " free"],
        direction: Float[np.ndarray, " free"],
        response: Float[np.ndarray, " free"],
    ):
        self.objective, self.x, self.value = objective, x, value
        self.held, self.direction, self.response = held, direction, response
        self.lower, self.upper = objective.space.lower, objective.space.upper

    @property
    def length(self) -> float:
        """Return the largest s inside the limits of the held parameters."""
        room = np.where(self.direction > 0, self.upper - self.x, self.lower - self.x)
        moving = self.direction != 0
        return float(np.min(room[moving] / self.direction[moving]))

    def at(self, s: float, near: Profiled | None = None) -> Profiled:
        """Return the profile at `s`, the search for it started beside `near`."""
        base, here = (self.x, 0.0) if near is None else (near.x, near.s)
        start = base + (s - here) * self.response
        start = np.where(self.held, self.x + s * self.direction, start)
        start = np.clip(start, self.lower, self.upper)
        found: Minimum = Newton(starts=1, tolerance=1e-5).minimise(
            self.objective, start, held=self.held
        )
        # The estimated distance left is taken off: what remains is of higher order.
        rise = found.derivatives.value - found.edm - self.value
        slope = float(self.direction @ found.derivatives.gradient)
        ok = math.isfinite(rise) and found.code == 1
        return Profiled(s, rise, slope, found.x, ok)

    def crossing(self, rise: float, guess: float) -> Profiled | None:
        """Return where the profile has risen by `rise`; None if it is not found.

        If the limits come first, the point on the limit is returned; its rise tells.
        """
        target = math.sqrt(2 * rise)
        longest = self.length
        low, high = 0.0, math.inf
        s, near = min(guess, longest), None
        for _ in range(STEPS):
            point = self.at(s, near)
            if not point.ok:
                high, s = s, 0.5 * (low + s)
                continue
            if point.rise < -DEEPER:
                return point
            root = math.sqrt(max(2 * point.rise, 0.0))
            if abs(root - target) < 3e-3 * target:
                # A last step of Newton needs no evaluation: its error is the square.
                step = (target - root) * root / point.slope
                return replace(point, s=min(s + step, longest), rise=rise)
            near = point
            if root < target:
                if s >= longest:
                    return point
                low = s
            else:
                high = s
            s = self._next(s, root, point.slope, target, (low, high), longest)
        return None

    @staticmethod
    def _next(
        s: float,
        root: float,
        slope: float,
        target: float,
        bracket: tuple[float, float],
        longest: float,
    ) -> float:
        low, high = bracket
        step = math.inf
        if root > 0 and slope > 0:
            step = (target - root) * root / slope
        proposed = s + step
        if math.isinf(high):
            # Ahead of any bracket a flat stretch may send the step too far.
            proposed = min(proposed, 4 * s + 1e-300)
        elif not low < proposed < high:
            proposed = 0.5 * (low + high)
        return min(proposed, longest)


def conditional_response(
    H: Float[np.ndarray, "free free"],
    active: Bool[np.ndarray, " free"],
    held: Bool[np.ndarray, " free"],
    direction: Float[np.ndarray, " free"],
) -> Float[np.ndarray, " free"]:
    r"""Return how all parameters follow the held ones: $-H_{oo}^{-1} H_{oh} u$."""
    response = np.array(direction, float)
    others = np.flatnonzero(~held & ~active)
    if len(others):
        pull = H[np.ix_(others, np.flatnonzero(held))] @ direction[held]
        step, *_ = np.linalg.lstsq(H[np.ix_(others, others)], -pull, rcond=None)
        response[others] = step
    return response
