"""Errors of a fit to sWeighted events, which know that the weights were fitted too."""

from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ...core import LikelyError, ParameterSpace, Result, resolve
from ...fit.errors import propagate, symmetric_inverse
from .weight_functions import components_at, padded
from .weights import SWeights


def corrected_errors(result: Result, weights: SWeights, component: str) -> Result:
    r"""Return a fit to sWeighted events with the covariance of its two steps.

    With the scores $q_i = \nabla_\theta \log h(t_i)$ of this fit,
    $u_i = \nabla_\phi \log \sum_k N_k f_k(x_i)$ of the first, and
    $p_k = f_k / \sum_m N_m f_m$, an event moves the equations that $\theta$ solves by

    $$\psi_i = w_i \Big[ s_n (q_i - \sum_l p_l U_l) + D H_\phi^{-1} u_i \Big], \quad
    U_l = \sum_i w_i s_l(x_i)\, q_i, \quad
    D = \frac{d}{d\phi} \sum_i w_i s_n(x_i; \phi)\, q_i$$

    and $\mathrm{cov}(\theta) = H_\theta^{-1} \sum_i \psi_i\psi_i^\top H_\theta^{-1}$.
    The second term corrects for the sums over events in the weights, the third for the
    yields and shapes of the first fit, in all orders that matter for many events; the
    derivatives are exact. Measured values of constraints count as random.

    Args:
        result: A fit to the same events with the weights of `component`, of any model
            of variables that the first fit has not used.
        weights: Of the first fit.
        component: Whose weights were used.

    Returns:
        The same values with corrected errors and covariance.

    Raises:
        LikelyError: If one of the fits did not converge or is read from a file, or the
            second has not all events of the first with the weights of `component`.

    References:
        C. Langenbruch, Eur. Phys. J. C 82 (2022) 393, arXiv:1911.01303; the
        stacked equations as in arXiv:2112.04574.
    """
    first = weights.result
    s = weights[component]
    _check(first, "the first fit")
    _check(result, "the fit to the weighted events")
    used = result.objective.weights
    if used is None or used.shape != s.shape or not np.allclose(used, s, rtol=1e-9):
        raise LikelyError(
            f"`corrected_errors`: the fit must be to the {len(s)} events of the first, "
            f"each with its weight `weights[{component!r}]`; this one has "
            f"{result.n_events} events"
            + (" without weights" if used is None else "")
            + ". An event outside the range of the second is to be left out of both."
        )
    q, C = _second_scores(result), _of_constraints(result)
    moved = ~result.minimum.active
    psi, shift = _influence(first, weights, component, q[:, moved])
    M = psi.T @ psi + shift + C[np.ix_(moved, moved)]
    H = symmetric_inverse(result.minimum.derivatives.hessian[np.ix_(moved, moved)])
    V = np.full((len(moved),) * 2, np.nan)
    V[np.ix_(moved, moved)] = H @ M @ H
    if not np.isfinite(V[np.ix_(moved, moved)]).all():
        raise LikelyError(
            "`corrected_errors`: the scores are not finite at an event; is it where a "
            "density is zero?"
        )
    return _with_covariance(result, V, component)


def _check(result: Result, which: str) -> None:
    if result.minimum is None or result.objective is None:
        raise LikelyError(
            f"`corrected_errors`: {which} holds no minimum or no events, as one read "
            "from a file; give the result that `fit` returned."
        )
    if not result.status.ok:
        raise LikelyError(
            f"`corrected_errors`: {which} did not converge: {result.status.message}"
        )


def _influence(
    first: Result, weights: SWeights, component: str, q: Float[np.ndarray, "events n"]
) -> tuple[Float[np.ndarray, "events n"], Float[np.ndarray, "n n"]]:
    """Return what each event, and what constraints, move the second equations by."""
    objective, names = first.objective, list(weights.weights)
    n = len(q)
    own = np.ones(n) if objective.weights is None else np.asarray(objective.weights)
    x, _ = padded(np.asarray(objective.events))
    extra = len(x) - n
    u, p, D = _first_derivatives(
        objective.model,
        objective.space,
        np.asarray(first.minimum.x, float),
        (x, np.pad(own, (0, extra)), np.pad(q, ((0, extra), (0, 0)))),
        names.index(component),
        # An array: a number would be part of the program, compiled for each anew.
        np.asarray(1.0 if objective.extended else first.sum_of_weights),
    )
    u, p = np.asarray(u)[:n], np.asarray(p)[:, :n]
    s = weights[component]  # own weights multiplied in
    U = np.stack([w @ q for w in weights.weights.values()])
    free = ~first.minimum.active
    H = first.minimum.derivatives.hessian[np.ix_(free, free)]
    B = np.asarray(D)[:, free] @ symmetric_inverse(H)
    psi = s[:, None] * (q - p.T @ U) + own[:, None] * (u[:, free] @ B.T)
    if not objective.extended:
        # The sum of weights, which scales all sWeights, is random as well.
        psi = psi + own[:, None] * U[names.index(component)] / first.sum_of_weights
    C = _of_constraints(first)[np.ix_(free, free)]
    return psi, B @ C @ B.T


@eqx.filter_jit
def _first_derivatives(
    model: Any,
    space: ParameterSpace,
    phi: Float[Array | np.ndarray, " free"],
    events: tuple[Any, Any, Any],
    which: int,
    scale: Float[Array | np.ndarray, ""],
) -> tuple[
    Float[Array, "events free"], Float[Array, "n events"], Float[Array, "m free"]
]:
    """Return scores and density ratios of the first fit, and the derivative D."""
    x, own, q = (jnp.asarray(e) for e in events)
    own = own[None]

    def density(phi: Any) -> tuple[Any, Any]:
        mixture = resolve(model, space.values(phi))
        logs = components_at(mixture, x)
        N = scale * jnp.stack([jnp.asarray(c, float) for c in mixture.coefficients()])
        top = jax.lax.stop_gradient(logs.max(axis=0))
        parts = jnp.exp(logs - top[None])
        total = N @ parts
        return jnp.log(total) + top, parts / total[None]

    def equations(phi: Any) -> Any:
        _, p = density(phi)
        s = jnp.linalg.solve((own * p) @ p.T, own * p)[which]
        return s @ q

    phi = jnp.asarray(phi)
    scores = jax.jacfwd(lambda phi: density(phi)[0])(phi)
    return scores, density(phi)[1], jax.jacfwd(equations)(phi)


def _second_scores(result: Result) -> Float[np.ndarray, "events free"]:
    """Return the gradient of the logarithm of the density at each event."""
    objective = result.objective
    x, n = padded(np.asarray(objective.events))
    theta = np.asarray(result.minimum.x, float)
    return np.asarray(_scores(objective.model, objective.space, theta, x))[:n]


@eqx.filter_jit
def _scores(
    model: Any,
    space: ParameterSpace,
    theta: Float[Array | np.ndarray, " free"],
    x: Float[Array | np.ndarray, "events dim"],
) -> Float[Array, "events free"]:
    def logs(theta: Any) -> Any:
        density = resolve(model, space.values(theta))
        found = jax.vmap(density.log_prob)(jnp.asarray(x))
        extended = bool(getattr(model, "extended", False))
        return found + jnp.log(density.expected()) if extended else found

    return jax.jacfwd(logs)(jnp.asarray(theta))


def _of_constraints(result: Result) -> Float[np.ndarray, "free free"]:
    r"""Return $\sum_c \nabla p_c \nabla p_c^\top / s_c^2$ of the constraints."""
    theta = jnp.asarray(result.minimum.x, float)
    J = np.asarray(jax.jacfwd(result.objective.program.constraint_pulls)(theta))
    return J.T @ J


def _with_covariance(
    result: Result, V: Float[np.ndarray, "free free"], component: str
) -> Result:
    space, x = result.objective.space, result.minimum.x
    errors = dict(zip([p.name for p in space.free], np.sqrt(np.diag(V)), strict=True))
    estimates = tuple(
        e if e.error is None else replace(e, error=float(errors[e.name]))
        for e in result.estimates
    )
    formulas = propagate(space.derived, space, x, V, ~result.minimum.active)
    derived = tuple(
        replace(e, error=error)
        for e, (_, error) in zip(result.derived, formulas, strict=True)
    )
    named = result.covariance_names
    places = [i for i, p in enumerate(space.free) if p.name in named]
    note = (
        f"errors corrected for the fit that the sWeights of `{component}` come from "
        "(arXiv:1911.01303)."
    )
    return replace(
        result,
        status=result.status.noting(note),
        estimates=estimates,
        derived=derived,
        covariance=V[np.ix_(places, places)],
    )
