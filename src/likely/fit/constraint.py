"""What is known of a parameter from elsewhere."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, final

import jax.numpy as jnp
from jaxtyping import Array, Float

from ..core import AbstractScalar, LikelyError


@final
@dataclass(frozen=True)
class GaussConstraint:
    r"""A Gaussian density of a parameter, multiplied into the likelihood.

    $$-\log G = \tfrac12 (p - m)^2 / s^2 + \log(\sqrt{2\pi}\, s)$$

    Args:
        parameter: Parameter, or formula of parameters, that is constrained.
        mean: $m$, in the unit of the parameter.
        sigma: $s$, likewise; positive.

    Raises:
        LikelyError: If it is not a parameter, or `mean` or `sigma` is no such number.
    """

    parameter: AbstractScalar
    mean: float
    sigma: float

    def __post_init__(self) -> None:
        if not isinstance(self.parameter, AbstractScalar):
            raise LikelyError(
                "`GaussConstraint(parameter, ...)` constrains a parameter or a formula "
                f"of parameters; got {type(self.parameter).__name__}."
            )
        if not math.isfinite(self.mean):
            raise LikelyError(
                f"`GaussConstraint(mean=...)` must be finite; got {self.mean}."
            )
        if not (math.isfinite(self.sigma) and self.sigma > 0):
            raise LikelyError(
                f"`GaussConstraint(sigma=...)` must be > 0; got {self.sigma}. "
                "To fix a parameter use `fixed=True`."
            )


def checked_constraints(
    owner: str, constraints: Iterable[GaussConstraint] | Any
) -> tuple[GaussConstraint, ...]:
    """Return the constraints of a loss, of which one may stand alone.

    Raises:
        LikelyError: If one is no constraint.
    """
    found = tuple(constraints) if isinstance(constraints, Iterable) else (constraints,)
    for constraint in found:
        if not isinstance(constraint, GaussConstraint):
            raise LikelyError(
                f"`{owner}(constraints=...)` takes a list of constraints such as "
                "`[GaussConstraint(parameter, mean, sigma)]`; "
                f"got {type(constraint).__name__}."
            )
    return found


def penalty(value: Any, mean: Any, sigma: Any) -> Float[Array, ""]:
    """Return minus the logarithm of the Gaussian density at `value`."""
    pull = (value - mean) / sigma
    return 0.5 * pull**2 + jnp.log(jnp.sqrt(2 * jnp.pi) * sigma)
