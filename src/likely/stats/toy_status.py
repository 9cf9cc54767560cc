"""Which of many fits are valid, and their errors, all of them at once."""

import numpy as np
from jaxtyping import Float, Int

from ..core import ParameterSpace
from ..fit.diagnosis import FLAT, active_limits
from ..fit.many import converged
from ..fit.trust_region import NOT_FINITE

OK = 0
# In this order; the status of a toy is the place of its reason, plus one.
FAILURES = (
    "the likelihood is not finite",
    "the minimiser did not converge",
    "the Hessian is not positive definite",
)


def failures_of(status: Int[np.ndarray, " fits"]) -> dict[str, int]:
    """Return how many fits failed, by reason."""
    counts = {r: int((status == k + 1).sum()) for k, r in enumerate(FAILURES)}
    return {reason: n for reason, n in counts.items() if n}


def statuses(
    code: Int[np.ndarray, " toys"],
    value: Float[np.ndarray, " toys"],
    definite: np.ndarray,
) -> Int[np.ndarray, " toys"]:
    """Return 0 for each valid fit, and the number of the first reason else."""
    not_finite = (code == NOT_FINITE) | ~np.isfinite(value)
    reasons = [not_finite, ~converged(code), ~definite]
    return np.select(reasons, [1, 2, 3], OK)


def hesse_errors(
    x: Float[np.ndarray, "toys free"],
    gradient: Float[np.ndarray, "toys free"],
    hessian: Float[np.ndarray, "toys free free"],
    space: ParameterSpace,
) -> tuple[Float[np.ndarray, "toys free"], np.ndarray]:
    r"""Return $\sqrt{(H^{-1})_{ii}}$, and where $H$ is positive definite.

    A parameter on a limit that holds it back has no error; the others' are for its
    value there.
    """
    active = active_limits(x, gradient, space)
    n = x.shape[1]
    free = ~active[:, :, None] & ~active[:, None, :]
    H = np.where(free & np.isfinite(hessian), hessian, np.eye(n))
    known = np.asarray(np.isfinite(hessian).all(axis=(1, 2)))
    H = np.where(known[:, None, None], H, -np.eye(n))
    diagonal = np.diagonal(H, axis1=1, axis2=2)
    scale = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    scaled = H * scale[:, :, None] * scale[:, None, :]
    definite = (np.linalg.eigvalsh(scaled)[:, 0] > FLAT) & (diagonal > 0).all(axis=1)
    safe = np.where(definite[:, None, None], scaled, np.eye(n))
    variance = np.diagonal(np.linalg.inv(safe), axis1=1, axis2=2) * scale**2
    valid = definite[:, None] & ~active
    return np.where(valid, np.sqrt(np.where(valid, variance, 0.0)), np.nan), definite
