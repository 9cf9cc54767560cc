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
    nearest,
    progress,
)
from .diagnosis import active_limits, diagnose, nothing_to_move
from .host import AbstractHostObjective
from .starts import promising, spread
from .trust_region import (
    CONVERGED,
    MANY,
    RADIUS,
    RUNNING,
    Box,
    State,
    advance,
)

# Points at which the losses of possible starts are compared, with one block of events.
SCREENED_POINTS = 32
# Distance to the minimum, in -log L of the events used, that is well below what the
# choice of those events makes.
COARSE = 0.01
_advance = jax.jit(advance)
CURVATURES = ("exact", "scores", "auto")
# Scores pay beyond so many parameters and events: a step takes a half to an eighth of
# the time then, but there is one more program to compile.
PAYS = (10, 100_000)
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
        starts: Number of starts, the given one included; 1 searches nothing. More than
            32 parameters have the given start alone: a few points say nothing of so
            large a space.
        tolerance: Estimated distance to the minimum, in units of -log L, at which the
            fit has converged.
        max_steps: Evaluations after which it gives up.
        curvature: What the steps are made with: "exact", the Hessian; "scores", the
            outer product of scores until it has converged, then the Hessian, which the
            errors always come from; "auto", scores where that pays, see `PAYS`. An
            objective without scores has exact steps.
    """

    starts: int = eqx.field(static=True, default=4)
    tolerance: float = eqx.field(static=True, default=1e-9)
    max_steps: int = eqx.field(static=True, default=200)
    curvature: str = eqx.field(static=True, default="exact")

    def __check_init__(self) -> None:
        if self.starts < 1 or self.max_steps < 1 or not self.tolerance > 0:
            raise LikelyError(
                "`Newton`: `starts` and `max_steps` must be >= 1 and `tolerance` > 0; "
                f"got {self.starts}, {self.max_steps}, {self.tolerance}."
            )
        if self.curvature not in CURVATURES:
            raise LikelyError(
                f"`Newton(curvature=...)`: there is no `{self.curvature}`; "
                f"{nearest(str(self.curvature), CURVATURES)}"
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
            return diagnose(nothing_to_move(objective), objective)
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
        return diagnose(_minimum(state, history, objective.space), objective)

    def _starts(
        self, objective: Any, start: Float[np.ndarray, " free"]
    ) -> list[Float[np.ndarray, " free"]]:
        """Return the given start and others that may lead to a deeper minimum."""
        if self.starts == 1 or len(start) > MANY:
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
        history: list[float] = []
        if self._by_scores(objective):
            state = self._run(objective, start, box, tolerance, history, "pure_scores")
            if not np.isfinite(state.value):
                return state, history
            start = np.asarray(state.x)
        return self._run(objective, start, box, tolerance, history), history

    def _by_scores(self, objective: Any) -> bool:
        if self.curvature == "exact" or not hasattr(objective, "pure_scores"):
            return False
        parameters, events = PAYS
        enough = len(objective.space.free) >= parameters
        return self.curvature == "scores" or (enough and objective.n_events >= events)

    def _run(
        self,
        objective: Any,
        start: Float[np.ndarray, " free"],
        box: Box,
        tolerance: float,
        history: list[float],
        which: str = "pure",
    ) -> State:
        """Return the state at a minimum; `which` of its functions are gone by."""
        state = State.start(start, RADIUS)
        # Few events are fitted in one go, many a step at a time, so as to tell of it.
        stride = self.max_steps if objective.n_events < QUICK else 1
        with progress("minimising") as tell:
            while int(state.code) == RUNNING and state.evaluations < self.max_steps:
                end = min(int(state.evaluations) + stride, self.max_steps)
                state = jax.device_get(
                    _next(objective, state, box, tolerance, end, which)
                )
                value, edm = float(state.value), float(state.edm)
                if not history or value < history[-1]:
                    history.append(value)
                tell(f"-log L = {value:.6f}, edm = {edm:.2g}")
        return state


def box_of(
    objective: Any, start: Float[np.ndarray, " free"], held: Bool[np.ndarray, " free"]
) -> Box:
    """Return the limits and a typical size for each parameter."""
    lower, upper = objective.space.lower, objective.space.upper
    width = upper - lower
    size = np.where(start == 0, 1.0, np.abs(start))
    scale = np.where(np.isfinite(width), width, size)
    return Box(lower, upper, held, scale)


def _next(
    objective: Any, state: State, box: Box, tolerance: float, end: int, which: str
) -> State:
    """Return the state after further evaluations, until `end` of them in all."""
    if isinstance(objective, AbstractHostObjective):
        at = objective.derivatives(np.asarray(state.trial))
        evaluation = at.value, at.gradient, at.hessian
        return _advance(state, box, evaluation, tolerance)
    return _descend(getattr(objective, which), state, box, tolerance, end)


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
