"""The covariance of the fitted parameters, and of formulas of them."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from ..core import AbstractObjective, Derived, Minimum, ParameterSpace, evaluate
from .diagnosis import flat_direction


def covariance(
    objective: AbstractObjective, minimum: Minimum, *, weighted: bool
) -> Float[np.ndarray, "free free"]:
    r"""Return $V = H^{-1}$, for weighted events the sandwich $H^{-1} D H^{-1}$.

    $H$ is the exact Hessian of $-\log L$ and $D$ the covariance of its gradient, see
    `AbstractObjective.score_covariance`. Rows of parameters at a limit are NaN;
    everything is NaN where $H$ is not positive definite or a variance not positive.

    References:
        C. Langenbruch, Eur. Phys. J. C 82 (2022) 393, arXiv:1911.01303.
    """
    n = len(minimum.x)
    V = np.full((n, n), np.nan)
    free = np.flatnonzero(~minimum.active)
    H = minimum.derivatives.hessian[np.ix_(free, free)]
    if not len(free) or not np.isfinite(H).all() or flat_direction(H) is not None:
        return V
    inverse = symmetric_inverse(H)
    if weighted:
        D = objective.score_covariance(minimum.x)[np.ix_(free, free)]
        inverse = inverse @ D @ inverse
        if not (np.diag(inverse) > 0).all():
            # The Hessian of squared weights need not be positive where the likelihood
            # is smallest, and then it is no variance of anything.
            return V
    V[np.ix_(free, free)] = inverse
    return V


def symmetric_inverse(H: Float[np.ndarray, "n n"]) -> Float[np.ndarray, "n n"]:
    """Return the inverse of a positive matrix, each parameter in units of its own."""
    scale = 1 / np.sqrt(np.diag(H))
    inverse = np.linalg.inv(H * np.outer(scale, scale)) * np.outer(scale, scale)
    return 0.5 * (inverse + inverse.T)


def propagate(
    formulas: Sequence[Derived],
    space: ParameterSpace,
    x: Float[np.ndarray, " free"],
    V: Float[np.ndarray, "free free"],
    known: Bool[np.ndarray, " free"],
) -> list[tuple[float, float | None]]:
    r"""Return value and error of each formula, $\sigma^2 = \nabla f^\top V\,\nabla f$.

    A parameter without an error (`known` is False: at a limit) adds none.
    """
    if not formulas:
        return []

    def values(x: Float[Array, " free"]) -> Float[Array, " formulas"]:
        numbers = space.values(x)
        return jnp.stack([jnp.asarray(evaluate(f, numbers), float) for f in formulas])

    value, jacobian = jax.jit(lambda x: (values(x), jax.jacrev(values)(x)))(x)
    jacobian = np.where(known, np.asarray(jacobian), 0.0)
    variance = np.einsum(
        "fi,ij,fj->f", jacobian, np.where(np.isnan(V), 0.0, V), jacobian
    )
    usable: Any = np.isfinite(V).any()
    return [
        (float(v), float(np.sqrt(s)) if usable else None)
        for v, s in zip(np.asarray(value), variance, strict=True)
    ]
