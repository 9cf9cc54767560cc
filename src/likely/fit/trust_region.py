r"""One step of a trust-region Newton method inside a box, as a pure function.

In scaled variables $u = (x - x_0)/d$ the step minimises the quadratic model
$g^\top s + \tfrac12 s^\top |H| s$, with $|H|$ the Hessian with absolute eigenvalues,
inside the limits and $\|s\| \le \Delta$. Absolute values turn a saddle into a descent
direction; the true model decides whether the step is accepted.

References:
    J. Nocedal, S. Wright, Numerical Optimization (2006), chapters 4 and 16.
    Y. Dauphin et al., arXiv:1406.2572 (absolute eigenvalues).
"""

from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

RUNNING, CONVERGED, STALLED, NOT_FINITE = 0, 1, 2, 3
# First half width of the trust region, in units of the limits' distance.
RADIUS = 0.25
# Of as many parameters as the radius is meant for; of more it grows with the root of
# their number, as the length of a step does in which each moves as far.
FEW = 8
# Above this many parameters eigenvalues are computed only where a Cholesky
# decomposition does not give the step: it takes a twentieth of the time.
MANY = 32

# A state starts as NumPy arrays, whose making compiles and dispatches nothing.
Real = Array | np.ndarray
Scalar = Float[Real, ""]
Vector = Float[Real, " n"]
Matrix = Float[Real, "n n"]


@final
class Box(eqx.Module):
    """Where the minimiser may go.

    Args:
        lower: Lower limits.
        upper: Upper limits.
        held: Parameters that do not move.
        scale: Typical size of each parameter, the unit of the trust region.
    """

    lower: Vector
    upper: Vector
    held: Bool[Real, " n"]
    scale: Vector


@final
class State(eqx.Module):
    """The minimiser between two evaluations.

    Args:
        x: Best point so far.
        value: Objective there; infinite before the first evaluation.
        gradient: Likewise.
        hessian: Likewise.
        trial: Point to be evaluated next.
        predicted: Decrease that the quadratic model promises for it.
        radius: Half width of the trust region, in units of the scale.
        edm: Estimated vertical distance to the minimum at `x`.
        code: Whether to go on, and why not.
        accepted: Number of accepted points.
        evaluations: Number of evaluations.
    """

    x: Vector
    value: Scalar
    gradient: Vector
    hessian: Matrix
    trial: Vector
    predicted: Scalar
    radius: Scalar
    edm: Scalar
    code: Int[Real, ""]
    accepted: Int[Real, ""]
    evaluations: Int[Real, ""]

    @classmethod
    def start(cls, x: Any, radius: float) -> "State":
        """Return the state before the first evaluation, which is at `x`."""
        n = len(x)
        return cls(
            x=x,
            value=np.array(np.inf),
            gradient=np.zeros(n),
            hessian=np.eye(n),
            trial=x,
            predicted=np.array(np.inf),
            radius=np.array(radius * max(1.0, n / FEW) ** 0.5),
            edm=np.array(np.inf),
            code=np.array(RUNNING),
            accepted=np.array(0),
            evaluations=np.array(0),
        )


def advance(
    state: State,
    box: Box,
    evaluation: tuple[Scalar, Vector, Matrix],
    tolerance: Scalar | float,
) -> State:
    """Return the state after the objective was evaluated at `state.trial`.

    Args:
        state: Before.
        box: Limits and scale.
        evaluation: Value, gradient and Hessian at `state.trial`.
        tolerance: The fit has converged where `edm` is below this.
    """
    value, gradient, hessian = evaluation
    finite = jnp.isfinite(value) & jnp.isfinite(gradient).all()
    finite &= jnp.isfinite(hessian).all()
    first = state.evaluations == 0
    # Of two sums over events that agree to rounding neither is the better one.
    noise = 16 * jnp.finfo(value.dtype).eps * (1 + jnp.abs(state.value))
    decrease = jnp.where(first, 0.0, state.value - value)
    ratio = (decrease + noise) / (state.predicted + noise)
    good = finite & (first | (ratio > 1e-3))
    radius = _next_radius(state, box, jnp.where(finite, ratio, -1.0), first)
    x = jnp.where(good, state.trial, state.x)
    value = jnp.where(good, value, state.value)
    gradient = jnp.where(good, gradient, state.gradient)
    hessian = jnp.where(good, hessian, state.hessian)
    step, predicted, edm = propose(x, gradient, hessian, box, radius)
    code = jnp.where(edm < tolerance, CONVERGED, RUNNING)
    code = jnp.where((code == RUNNING) & (radius < 1e-13), STALLED, code)
    code = jnp.where(first & ~finite, NOT_FINITE, code)
    return State(
        x=x,
        value=value,
        gradient=gradient,
        hessian=hessian,
        trial=_inside(x + step, box),
        predicted=predicted,
        radius=radius,
        edm=edm,
        code=code,
        accepted=state.accepted + good,
        evaluations=state.evaluations + 1,
    )


def _inside(x: Vector, box: Box) -> Vector:
    """Return the point in the limits; one within rounding of a limit is put on it."""
    near = 1e-13 * box.scale
    x = jnp.where(x <= box.lower + near, box.lower, x)
    return jnp.where(x >= box.upper - near, box.upper, x)


def _next_radius(
    state: State, box: Box, ratio: Scalar, first: Bool[Real, ""]
) -> Scalar:
    length = jnp.linalg.norm((state.trial - state.x) / box.scale)
    at_edge = length > 0.9 * state.radius
    radius = jnp.where((ratio > 0.7) & at_edge, 3.0 * state.radius, state.radius)
    radius = jnp.where(ratio < 0.25, 0.25 * jnp.minimum(length, radius), radius)
    return jnp.where(first, state.radius, radius)


def propose(
    x: Vector, gradient: Vector, hessian: Matrix, box: Box, radius: Scalar
) -> tuple[Vector, Scalar, Scalar]:
    """Return the step, the decrease it promises, and the distance to the minimum."""
    d = box.scale
    g, H = gradient * d, hessian * d[:, None] * d[None]
    lower = jnp.where(box.held, 0.0, (box.lower - x) / d)
    upper = jnp.where(box.held, 0.0, (box.upper - x) / d)
    newton, cut = _box_newton(g, H, lower, upper, radius)
    # A step that the trust region cuts says nothing of how far the minimum is.
    edm = jnp.where(cut, jnp.inf, jnp.abs(_model(newton, g, H)))
    steepest = _cauchy(g, H, jnp.maximum(lower, -radius), jnp.minimum(upper, radius))
    better = _model(newton, g, H) < _model(steepest, g, H)
    step = jnp.where(better, newton, steepest)
    return step * d, -_model(step, g, H), edm


def _model(s: Vector, g: Vector, H: Matrix) -> Scalar:
    return g @ s + 0.5 * s @ H @ s


def _cauchy(g: Vector, H: Matrix, lower: Vector, upper: Vector) -> Vector:
    """Return the best multiple of the projected steepest descent, kept in the box."""
    stuck = ((g > 0) & (lower >= 0)) | ((g < 0) & (upper <= 0))
    p = jnp.where(stuck, 0.0, -g)
    curvature = p @ H @ p
    slope = p @ p
    longest = jnp.where(curvature > 0, slope / jnp.maximum(curvature, 1e-300), jnp.inf)
    room = jnp.where(p > 0, upper / p, jnp.where(p < 0, lower / p, jnp.inf))
    t = jnp.minimum(longest, jnp.min(room, initial=jnp.inf))
    return jnp.where(jnp.isfinite(t), t, 0.0) * p


def _box_newton(
    g: Vector, H: Matrix, lower: Vector, upper: Vector, radius: Scalar
) -> tuple[Vector, Any]:
    """Minimise the model with absolute eigenvalues in box and trust region.

    Whatever leaves the box is set on its face and the others are solved again. Also
    returned is whether the trust region cuts the step.
    """
    n = g.shape[0]
    inward = ~(((g > 0) & (lower >= 0)) | ((g < 0) & (upper <= 0)))

    def solve(free: Array, s: Vector) -> tuple[Vector, Any]:
        on_face = jnp.where(free, 0.0, s)
        masked = jnp.where(jnp.outer(free, free), H, 0.0) + jnp.diag(
            jnp.where(free, 0.0, 1.0)
        )
        slope = jnp.where(free, g + H @ on_face, 0.0)
        if n <= MANY:
            step, cut = _eigen_step(masked, slope, radius)
        else:
            step, cut = _cholesky_step(masked, slope, radius)
        return jnp.where(free, step, s), cut

    def body(carry: tuple[Array, Vector, Array, Array, Array]) -> tuple:
        free, s, _, _, count = carry
        s, cut = solve(free, s)
        outside = free & ((s < lower) | (s > upper))
        s = jnp.clip(s, lower, upper)
        return free & ~outside, s, cut, outside.any(), count + 1

    def going(carry: tuple[Array, Vector, Array, Array, Array]) -> Array:
        return carry[3] & (carry[4] <= n)

    yes, zero = jnp.ones((), bool), jnp.zeros((), int)
    carry: Any = (inward, jnp.zeros(n), ~yes, yes, zero)
    _, s, cut, _, _ = jax.lax.while_loop(going, body, carry)
    return s, cut


def _eigen_step(H: Matrix, g: Vector, radius: Scalar) -> tuple[Vector, Any]:
    """Minimise the model with absolute eigenvalues in the trust region.

    Also returned is whether the trust region cuts the step.
    """
    eigenvalues, Q = jnp.linalg.eigh(H)
    largest = jnp.max(jnp.abs(eigenvalues))
    # A flat direction takes a long step, which the trust region cuts.
    curvature = jnp.maximum(jnp.abs(eigenvalues), 1e-14 * largest + 1e-300)
    pull = Q.T @ g
    shift = _shift(pull, curvature, radius)
    return -Q @ (pull / (curvature + shift)), shift > 0


def _cholesky_step(H: Matrix, g: Vector, radius: Scalar) -> tuple[Vector, Any]:
    """Return the same; by a Cholesky decomposition where that gives the step."""
    L = jnp.linalg.cholesky(H)
    step = -jax.scipy.linalg.cho_solve((L, True), g)
    # Where the matrix is not positive the decomposition is not a number.
    there = jnp.isfinite(step).all() & (step @ step <= radius * radius)
    return jax.lax.cond(
        there,
        lambda: (step, jnp.zeros((), bool)),
        lambda: _eigen_step(H, g, radius),
    )


def _shift(pull: Vector, curvature: Vector, radius: Scalar) -> Scalar:
    r"""Return $\mu \ge 0$ with $\|p / (\lambda + \mu)\| \le \Delta$, zero if it can be.

    Newton's iteration on $1/\Delta - 1/\|s(\mu)\|$, which rises to the root from below.

    References:
        J. More, D. Sorensen, SIAM J. Sci. Stat. Comput. 4 (1983) 553, eq. 3.4.
    """

    def improve(_: Array, shift: Array) -> Array:
        s = pull / (curvature + shift)
        length = jnp.sqrt(s @ s)
        slope = jnp.sum(s * s / (curvature + shift))
        step = (length / radius - 1.0) * length * length / jnp.maximum(slope, 1e-300)
        return jnp.maximum(shift + jnp.where(length > radius, step, 0.0), 0.0)

    return jax.lax.fori_loop(0, 12, improve, jnp.zeros(()))
