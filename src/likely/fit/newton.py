"""The default minimiser: trust-region Newton with the exact Hessian, several starts."""

from typing import Any, final

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Bool, Float

from ..core import (
    AbstractMinimiser,
    Derivatives,
    LikelyError,
    Minimum,
    ParameterSpace,
    progress,
)
from .diagnosis import active_limits, diagnose, nothing_to_move
from .starts import promising, spread
from .trust_region import CONVERGED, RADIUS, RUNNING, Box, State, advance

# Points at which the losses of possible starts are compared, with one block of events.
SCREENED_POINTS = 32
# Distance to the minimum, in -log L of the events used, that is well below what the
# choice of those events makes.
COARSE = 0.01
# A fit to fewer events than these takes less than a second.
QUICK = 100_000
# Difference of two minima, in the same units, that no choice of events makes.
CLEAR = 10.0


@final
class Newton(AbstractMinimiser):
    """Trust-region Newton with the exact Hessian, inside the limits.

    The likelihood of a mixture has local minima. So the loss is compared at points
    spread evenly over the limits, and the fit is made from the given start and from
    the best of them; where the two do not agree, or end on a limit, from more. It goes
    on from the deepest minimum; the given start wins a tie. Many events are fitted in
    growing parts, each a few standard errors from the end of the next.

    Args:
        starts: Number of starts, the given one included; 1 searches nothing.
        tolerance: Estimated distance to the minimum, in units of -log L, at which the
            fit has converged.
        max_steps: Evaluations after which it gives up.
    """

    starts: int = eqx.field(static=True, default=4)
    tolerance: float = eqx.field(static=True, default=1e-9)
    max_steps: int = eqx.field(static=True, default=200)

    def __check_init__(self) -> None:
        if self.starts < 1 or self.max_steps < 1 or not self.tolerance > 0:
            raise LikelyError(
                "`Newton`: `starts` and `max_steps` must be >= 1 and `tolerance` > 0; "
                f"got {self.starts}, {self.max_steps}, {self.tolerance}."
            )

    def minimise(
        self,
        objective: Any,
        start: Float[np.ndarray, " free"],
        *,
        held: Bool[np.ndarray, " free"] | None = None,
    ) -> Minimum:
        start = np.asarray(start, float)
        if not len(start):
            return diagnose(nothing_to_move(objective), objective.space)
        held = np.zeros(len(start), bool) if held is None else held
        box = box_of(objective, start, held)
        if held.any():
            ends = [self._descend(objective, start, box, self.tolerance)]
        else:
            ends = self._from_many(objective, self._starts(objective, start), box)
        state, history = ends[0]
        for other in ends[1:]:
            if _deeper(float(other[0].value), float(state.value)):
                state, history = other
        return diagnose(_minimum(state, history, objective.space), objective.space)

    def _starts(
        self, objective: Any, start: Float[np.ndarray, " free"]
    ) -> list[Float[np.ndarray, " free"]]:
        """Return the given start and others that may lead to a deeper minimum."""
        if self.starts == 1:
            return [start]
        points = spread(objective.space, start, SCREENED_POINTS)
        value = objective.part(1).pure_value
        return [start, *promising(value, points, self.starts - 1)]

    def _from_many(
        self, objective: Any, starts: list[Float[np.ndarray, " free"]], box: Box
    ) -> list[tuple[State, list[float]]]:
        """Return the end of the fit, or two where a part cannot decide."""
        first, *larger = [*objective.rehearsals(), objective]
        part = first.n_events / objective.n_events
        tolerance = COARSE / part if larger else self.tolerance
        ends = [self._descend(first, x, box, tolerance) for x in starts[:2]]
        if _doubtful([state for state, _ in ends], box, part):
            ends += [self._descend(first, x, box, tolerance) for x in starts[2:]]
        if not larger:
            return ends
        values = np.array([float(state.value) for state, _ in ends])
        values = np.where(np.isfinite(values), values, np.inf)
        best = int(values.argmin())
        # In units of -log L of the part: equal minima differ by the tolerance.
        gain = (values[0] - values[best]) * part if np.isfinite(values[best]) else 0.0
        chosen = [best] if gain > CLEAR else [0, best] if gain > 5 * COARSE else [0]
        return [self._climb(larger, np.asarray(ends[i][0].x), box) for i in chosen]

    def _climb(
        self, objectives: list[Any], x: Float[np.ndarray, " free"], box: Box
    ) -> tuple[State, list[float]]:
        """Return the end of the fit to the last objective, through those before it."""
        *parts, everything = objectives
        for part in parts:
            tolerance = COARSE * everything.n_events / part.n_events
            x = np.asarray(self._descend(part, x, box, tolerance)[0].x)
        return self._descend(everything, x, box, self.tolerance)

    def _descend(
        self,
        objective: Any,
        start: Float[np.ndarray, " free"],
        box: Box,
        tolerance: float,
    ) -> tuple[State, list[float]]:
        """Return the state at a minimum and the values on the way."""
        state, history = State.start(start, RADIUS), []
        # Few events are fitted in one go, many a step at a time, so as to tell of it.
        stride = self.max_steps if objective.n_events < QUICK else 1
        with progress("minimising") as tell:
            while int(state.code) == RUNNING and state.evaluations < self.max_steps:
                end = min(int(state.evaluations) + stride, self.max_steps)
                state = jax.device_get(
                    _descend(objective.pure, state, box, tolerance, end)
                )
                value, edm = float(state.value), float(state.edm)
                if not history or value < history[-1]:
                    history.append(value)
                tell(f"-log L = {value:.6f}, edm = {edm:.2g}")
        return state, history


def box_of(
    objective: Any, start: Float[np.ndarray, " free"], held: Bool[np.ndarray, " free"]
) -> Box:
    """Return the limits and a typical size for each parameter."""
    lower, upper = objective.space.lower, objective.space.upper
    width = upper - lower
    size = np.where(start == 0, 1.0, np.abs(start))
    scale = np.where(np.isfinite(width), width, size)
    return Box(lower, upper, held, scale)


def _deeper(value: float, than: float) -> bool:
    """Return whether a minimum is deeper by more than rounding and label swaps."""
    return bool(value < than - 1e-4 - 1e-12 * abs(than))


def _doubtful(states: list[State], box: Box, part: float) -> bool:
    """Return whether the first end may not be the deepest minimum.

    It is trusted where it is a minimum inside the limits, and the other end is the
    same or is higher by more than a fluctuation makes.
    """
    first, *others = states
    if not _inside(first, box):
        return True
    for other in others:
        rise = (float(other.value) - float(first.value)) * part
        same = abs(rise) < 5 * COARSE and _inside(other, box)
        if not (same or rise > CLEAR):
            return True
    return False


def _inside(state: State, box: Box) -> bool:
    """Return whether it is a minimum that no limit holds."""
    x = np.asarray(state.x)
    free = bool(((x > box.lower) & (x < box.upper)).all())
    return free and int(state.code) == CONVERGED


def _minimum(state: State, history: list[float], space: ParameterSpace) -> Minimum:
    x = np.asarray(state.x)
    derivatives = Derivatives(
        float(state.value), np.asarray(state.gradient), np.asarray(state.hessian)
    )
    return Minimum(
        x=x,
        derivatives=derivatives,
        active=active_limits(x, derivatives.gradient, space),
        edm=float(state.edm),
        code=int(state.code),
        history=tuple(history),
    )


@jax.jit
def _descend(pure: Any, state: State, box: Box, tolerance: Any, steps: Any) -> State:
    """Go on until the fit has converged or has made `steps` evaluations in all."""

    def going(state: State) -> Array:
        return (state.code == RUNNING) & (state.evaluations < steps)

    def step(state: State) -> State:
        return advance(state, box, pure(state.trial), tolerance)

    return jax.lax.while_loop(going, step, state)
