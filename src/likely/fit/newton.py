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
    apply,
    progress,
)
from .diagnosis import active_limits, diagnose, nothing_to_move
from .starts import screen, spread
from .trust_region import RUNNING, Box, State, advance

# A search for the deepest minimum needs no more events than these to tell minima
# apart, and it starts a fit to many events close to its end.
SEARCH_EVENTS = 2048
# Points at which the search compares the loss before it minimises from the best.
SCREENED = 32
# From one rehearsal to the next: the start is then a few standard errors away, where
# two Newton steps reach the minimum.
GROWTH = 16
# Distance to the minimum, in -log L of the events used, that is well below what the
# choice of those events makes.
COARSE = 0.01
# First half width of the trust region, in units of the limits' distance.
RADIUS = 0.25


@final
class Newton(AbstractMinimiser):
    """Trust-region Newton with the exact Hessian, inside the limits.

    The likelihood of a mixture has many local minima. So the fit is first made on at
    most 2048 events from several starts, spread evenly over the limits, and goes on
    with all events from the deepest of them; the given start wins a tie.

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
        states = [State.start(start, RADIUS)]
        if not held.any():
            states = self._search(objective, start, box)
            states = [
                s if int(s.accepted) else self._climb(objective, s, box) for s in states
            ]
        ends = [self._descend(objective, s, box, self.tolerance) for s in states]
        state, history = ends[0]
        for other in ends[1:]:
            if _deeper(float(other[0].value), float(state.value)):
                state, history = other
        return diagnose(_minimum(state, history, objective.space), objective.space)

    def _search(
        self, objective: Any, start: Float[np.ndarray, " free"], box: Box
    ) -> list[State]:
        """Return the state the descent goes on from, and a rival's if there is one."""
        few = objective.sample(SEARCH_EVENTS)
        exact = few is objective
        if self.starts == 1 and exact:
            return [State.start(start, RADIUS)]
        points = start[None]
        if self.starts > 1:
            others = spread(objective.space, start, SCREENED)
            others = screen(few.pure_value, others, self.starts - 1)
            points = np.concatenate([points, others])
        part = few.n_events / objective.n_events
        tolerance = self.tolerance if exact else COARSE / part
        states = _many(few.pure, points, box, tolerance, self.max_steps)
        values = np.asarray(states.value)
        values = np.where(np.isfinite(values), values, np.inf)
        deepest = int(np.argmin(values))
        if not np.isfinite(values[deepest]):
            return [State.start(start, RADIUS)]

        def end(i: int) -> State:
            state = jax.tree.map(lambda leaf: np.asarray(leaf)[i], states)
            return state if exact else State.start(state.x, RADIUS)

        if exact:
            return [end(deepest if _deeper(values[deepest], values[0]) else 0)]
        # In units of -log L of these events alone: equal minima differ by the coarse
        # tolerance, and ten are more than the choice of events can make.
        gain = (values[0] - values[deepest]) * part
        if gain > 10.0:
            return [end(deepest)]
        return [end(0), end(deepest)] if gain > 5 * COARSE else [end(0)]

    def _climb(self, objective: Any, state: State, box: Box) -> State:
        """Return the start for all events, after fits to a growing part of them."""
        part = SEARCH_EVENTS / objective.n_events
        while (part := part * GROWTH) < 0.5:
            rehearsal = objective.rehearsal(part)
            if rehearsal is not None:
                state = self._descend(rehearsal, state, box, COARSE / part)[0]
                state = State.start(np.asarray(state.x), RADIUS)
        return state

    def _descend(
        self, objective: Any, state: State, box: Box, tolerance: float
    ) -> tuple[State, list[float]]:
        """Return the state at a minimum and the values on the way."""
        history = [float(state.value)] if state.accepted else []
        with progress("minimising") as tell:
            while int(state.code) == RUNNING and state.evaluations < self.max_steps:
                evaluation = apply(objective.pure, state.trial)
                before = int(state.accepted)
                state = _advance(state, box, evaluation, tolerance)
                if int(state.accepted) > before:
                    history.append(float(state.value))
                tell(f"-log L = {float(state.value):.6f}, edm = {float(state.edm):.2g}")
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


def _minimum(state: State, history: list[float], space: ParameterSpace) -> Minimum:
    x = np.asarray(state.x)
    derivatives = Derivatives(
        float(state.value), np.asarray(state.gradient), np.asarray(state.hessian)
    )
    return Minimum(
        x=x,
        derivatives=derivatives,
        active=active_limits(x, derivatives, space),
        edm=float(state.edm),
        code=int(state.code),
        history=tuple(history),
    )


_advance = jax.jit(advance)


@jax.jit
def _many(
    pure: Any, starts: Float[Array, "starts n"], box: Box, tolerance: Any, steps: Any
) -> State:
    """Return where each start ends, all of them as one program."""

    def going(state: State) -> Array:
        return (state.code == RUNNING) & (state.evaluations < steps)

    def fit_one(x: Float[Array, " n"]) -> State:
        return jax.lax.while_loop(
            going,
            lambda state: advance(state, box, pure(state.trial), tolerance),
            State.start(x, RADIUS),
        )

    return jax.vmap(fit_one)(starts)
