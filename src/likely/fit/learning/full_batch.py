"""Gradient descent on parameters, all events in each step."""

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float

from ...core import LikelyError, Minimum, progress
from ..diagnosis import active_limits, diagnose, nothing_to_move
from ..host import gradient_at
from ..trust_region import CONVERGED, NOT_FINITE, RUNNING

# Estimated distance to the minimum, in units of -log L, that counts as reached.
TOLERANCE = 1e-6


def descend(
    descent: Any,
    objective: Any,
    start: Float[np.ndarray, " free"],
    held: Bool[np.ndarray, " free"] | None,
) -> Minimum:
    r"""Return where gradient descent ends.

    $x_j \leftarrow x_j - s_j\,\eta\,u_j$, cut off at the limits, with the direction $u$
    made of $g_j = \frac{s_j}{W} \partial L / \partial x_j$ and $s_j$ the scale of a
    parameter: a tenth of the range between its limits, or of its value.

    Args:
        descent: Rule and number of epochs.
        objective: What is minimised.
        start: The free parameters.
        held: Which of them do not move.
    """
    space = objective.space
    x = np.clip(np.asarray(start, float), space.lower, space.upper)
    if not len(x):
        return diagnose(nothing_to_move(objective), objective)
    scale = _scale(space, x)
    if held is not None:
        scale = np.where(held, 0.0, scale)
    W = objective.sum_of_weights
    rule = descent.rule
    direction, schedule = rule.direction(), rule.learning_rate
    update = jax.jit(direction.update)
    if np.ndim(schedule.rate):
        raise LikelyError(
            "`learning_rate`: one for each member is for an `Ensemble` of networks; a "
            "density takes one number."
        )
    moments = direction.init(jnp.asarray(x))
    history: list[float] = []
    best = x
    with progress("gradient descent", descent.epochs) as tell:
        for epoch in range(descent.epochs):
            value, gradient = gradient_at(objective, x)
            if not np.isfinite(value):
                break
            if not history or value < min(history):
                best = x
            history.append(float(value))
            tell(f"-log L = {value:.6f}")
            u, moments = update(gradient * scale / W, moments, x)
            t = jnp.asarray(epoch / descent.epochs)
            eta = float(schedule.rate) * float(schedule.factor(t))
            x = np.clip(x - scale * eta * np.asarray(u), space.lower, space.upper)
    derivatives = objective.derivatives(best)
    active = active_limits(best, derivatives.gradient, space)
    edm = _edm(derivatives, ~active & (scale > 0))
    code = CONVERGED if edm < TOLERANCE else RUNNING
    found = Minimum(
        x=best,
        derivatives=derivatives,
        active=active,
        edm=edm,
        code=code if history else NOT_FINITE,
        history=tuple(history),
    )
    return _advised(diagnose(found, objective))


def _advised(minimum: Minimum) -> Minimum:
    """Return a minimum whose status says what to change of gradient descent."""
    status = minimum.status
    if not status.message.startswith("not converged"):
        return minimum
    message = (
        f"gradient descent has not converged in {len(minimum.history)} epochs, edm = "
        f"{minimum.edm:.1e}. Raise `epochs`, change the learning rate, or take the "
        "default minimiser, which follows the curvature."
    )
    return replace(minimum, status=replace(status, message=message))


def _scale(space: Any, x: Float[np.ndarray, " free"]) -> Float[np.ndarray, " free"]:
    width = space.upper - space.lower
    size = np.where(x == 0, 1.0, np.abs(x))
    return 0.1 * np.where(np.isfinite(width), width, size)


def _edm(derivatives: Any, free: Bool[np.ndarray, " free"]) -> float:
    r"""Return $\frac12 g^\top H^{-1} g$ of the parameters that may move."""
    g = derivatives.gradient[free]
    H = derivatives.hessian[np.ix_(free, free)]
    if not len(g):
        return 0.0
    if not np.isfinite(H).all() or np.linalg.eigvalsh(H)[0] <= 0:
        return np.inf
    return float(0.5 * g @ np.linalg.solve(H, g))
