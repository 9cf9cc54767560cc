"""A simultaneous fit of which some events stay in their files."""

import copy
from collections.abc import Callable
from typing import Any, final

import numpy as np
from jaxtyping import Float

from ..core import AbstractGenerator, AbstractObjective, Derivatives, apply
from .host import AbstractHostObjective, gradient_at
from .joint_objective import JointObjective
from .outside_terms import penalty_alone, penalty_and_gradient, penalty_derivatives
from .streamed import StreamedObjective


@final
class StreamedJointObjective(AbstractHostObjective):
    """Minus the sum of log-likelihoods, with constraints, added up on the host.

    Each evaluation reads the files of each streamed category once.

    Args:
        joint: The sum, of which some parts are streamed.
    """

    def __init__(self, joint: JointObjective):
        self.joint, self.parts = joint, joint.parts
        self.model, self.space = joint.model, joint.space
        self.constraints = joint.constraints
        self.n_events, self.extended = joint.n_events, joint.extended
        self.sum_of_weights = joint.sum_of_weights
        self.weighted, self.weight_errors = joint.weighted, joint.weight_errors

    def value(self, x: Float[np.ndarray, " free"]) -> float:
        (value,) = self._sum(
            x,
            lambda part, x: (part.value(x),),
            lambda x: (apply(penalty_alone(self.joint.outside), x),),
        )
        return float(value)

    def value_and_gradient(
        self, x: Float[np.ndarray, " free"]
    ) -> tuple[float, Float[np.ndarray, " free"]]:
        value, gradient = self._sum(
            x,
            gradient_at,
            lambda x: apply(penalty_and_gradient(self.joint.outside), x),
        )
        return float(value), gradient

    def derivatives(self, x: Float[np.ndarray, " free"]) -> Derivatives:
        def of_part(part: AbstractObjective, x: Float[np.ndarray, " local"]) -> Any:
            at = part.derivatives(x)
            return at.value, at.gradient, at.hessian

        value, gradient, hessian = self._sum(
            x, of_part, lambda x: apply(penalty_derivatives(self.joint.outside), x)
        )
        return Derivatives(float(value), gradient, hessian)

    def score_covariance(
        self, x: Float[np.ndarray, " free"]
    ) -> Float[np.ndarray, "free free"]:
        return self.joint.score_covariance(x)

    def part(self, blocks: int) -> AbstractObjective:
        """Return the sum of parts, each the first blocks of its events or sample."""
        return self.joint.part(blocks)

    def rehearsals(self) -> list[AbstractObjective]:
        """Return sums of growing parts, and that of all events and samples in memory.

        Negative weights need all events to make a density.
        """
        streamed = [p for p in self.parts.values() if isinstance(p, StreamedObjective)]
        if not all(part.survey.positive for part in streamed):
            return []
        sampled = copy.copy(self.joint)
        sampled.parts = {
            name: part.sample if isinstance(part, StreamedObjective) else part
            for name, part in self.parts.items()
        }
        sampled.n_events = sum(part.n_events for part in sampled.parts.values())
        return [*sampled.rehearsals(), sampled]

    def generator(
        self, x: Float[np.ndarray, " free"], *, n_events: int | None = None
    ) -> AbstractGenerator:
        """Return what draws data sets like this one from the models at `x`."""
        return self.joint.generator(x, n_events=n_events)

    def _sum(
        self,
        x: Float[np.ndarray, " free"],
        of_part: Callable[[Any, Any], Any],
        of_constraints: Callable[[Any], Any],
    ) -> list[Float[np.ndarray, "..."]]:
        """Return sums of arrays over a part's parameters, over all parameters."""
        x = np.asarray(x, float)
        *places, outside = self.joint.places
        pairs = zip(self.parts.values(), places, strict=True)
        found = [(of_part(part, x[at]), at) for part, at in pairs]
        if self.constraints:
            found.append((of_constraints(x[outside]), outside))
        sums = [np.zeros((len(x),) * np.ndim(array)) for array in found[0][0]]
        for arrays, at in found:
            for total, array in zip(sums, arrays, strict=True):
                total[np.ix_(*[at] * np.ndim(array))] += np.asarray(array)
        return sums


def joint_objective(joint: JointObjective) -> JointObjective | StreamedJointObjective:
    """Return the sum as it can be evaluated: on the host if a part is streamed."""
    streamed = [isinstance(part, StreamedObjective) for part in joint.parts.values()]
    return StreamedJointObjective(joint) if any(streamed) else joint
