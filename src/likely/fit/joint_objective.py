"""The sum of objectives that share parameters: a simultaneous fit."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from ..core import (
    GROWTH,
    AbstractObjective,
    AbstractPureObjective,
    Derived,
    LikelyError,
    ParameterSpace,
    evaluate,
)
from .constraint import GaussConstraint
from .joint_generation import JointGenerator
from .outside_terms import (
    constraint_program,
    penalty_alone,
    penalty_and_gradient,
    penalty_derivatives,
)
from .scattered import grouped, total


@final
class JointObjective(AbstractPureObjective):
    """Minus the sum of log-likelihoods, with constraints.

    Args:
        parts: Objective of each category by name, without constraints.
        model: The models, in which parameters are shared by name.
        constraints: Terms that are not of the events.
        derived: Named formulas to be reported.
    """

    def __init__(
        self,
        parts: Mapping[str, AbstractObjective],
        model: Any,
        constraints: tuple[GaussConstraint, ...] = (),
        derived: Sequence[Derived] = (),
    ):
        constrained = [c.parameter for c in constraints]
        self.space = ParameterSpace.of(model, [*constrained, *derived])
        self.parts, self.model = dict(parts), model
        self.constraints = constraints
        self.n_events = sum(part.n_events for part in parts.values())
        self.sum_of_weights = sum(part.sum_of_weights for part in parts.values())
        self.extended = any(part.extended for part in parts.values())
        # The status says what errors the weighted parts have.
        kinds = [_weight_errors(part) for part in parts.values() if part.weighted]
        self.weighted, self.weight_errors = bool(kinds), [*kinds, "sandwich"][0]
        beside = ParameterSpace.of((), constrained)
        # The constraints alone, and where among all free parameters those of each part
        # are; last those of the constraints.
        self.outside = constraint_program(constraints, beside)
        spaces = [*(part.space for part in parts.values()), beside]
        self.places = [_places(self.space, space) for space in spaces]

    @property
    def pure(self) -> Any:
        """Return value, gradient and Hessian as a function that JAX can transform."""
        functions = [part.pure for part in self.parts.values()]
        return self._total(functions, penalty_derivatives(self.outside))

    @property
    def pure_gradient(self) -> Any:
        """Return value and gradient as a function that JAX can transform."""
        functions = [part.pure_gradient for part in self.parts.values()]
        return self._total(functions, penalty_and_gradient(self.outside))

    @property
    def pure_value(self) -> Any:
        """Return the value alone as a function that JAX can transform."""
        functions = [part.pure_value for part in self.parts.values()]
        return self._total(functions, penalty_alone(self.outside))

    def score_covariance(
        self, x: Float[np.ndarray, " free"]
    ) -> Float[np.ndarray, "free free"]:
        x = np.asarray(x, float)
        *places, outside = self.places
        D = np.zeros((len(x), len(x)))
        for part, at in zip(self.parts.values(), places, strict=True):
            D[np.ix_(at, at)] += part.score_covariance(x[at])
        pulls = jax.jacfwd(self.outside.constraint_pulls)(jnp.asarray(x[outside]))
        D[np.ix_(outside, outside)] += np.asarray(pulls.T @ pulls)
        return D

    def part(self, blocks: int) -> "JointObjective":
        """Return the sum of parts, each the first blocks of its events."""
        other = copy.copy(self)
        other.parts = {name: p.part(blocks) for name, p in self.parts.items()}
        other.n_events = sum(part.n_events for part in other.parts.values())
        return other

    def rehearsals(self) -> "list[JointObjective]":
        """Return sums of growing parts of the events, of unweighted ones."""
        if self.weighted:
            return []
        found, blocks = [], 1
        while True:
            part = self.part(blocks)
            if 2 * part.n_events > self.n_events:
                return found
            found.append(part)
            blocks *= GROWTH

    def generator(
        self, x: Float[np.ndarray, " free"], *, n_events: int | None = None
    ) -> JointGenerator:
        """Return what draws data sets like this one from the models at `x`."""
        if n_events is not None:
            raise LikelyError(
                "`n_events`: toys of a simultaneous fit have as many events as its "
                "data in each category, or as the yields say; leave it out."
            )
        x = np.asarray(x, float)
        values = self.space.values(x)
        truth = [evaluate(c.parameter, values) for c in self.constraints]
        pairs = zip(self.parts.values(), self.places, strict=False)
        generators = tuple(part.generator(x[at]) for part, at in pairs)
        one_key = jax.random.split(jax.random.key(0), 1)
        return JointGenerator(
            room=sum(generator.room for generator in generators),
            parts=generators,
            places=tuple(self.places),
            outside=self.outside,
            constrained=jnp.asarray(truth, float),
            shapes=tuple(g.numbers(one_key).shape[1:] for g in generators),
        )

    def _total(self, functions: list[Any], outside: Any) -> Any:
        if self.constraints:
            functions = [*functions, outside]
        places = self.places[: len(functions)]
        return total(grouped(functions, places))


def _weight_errors(part: AbstractObjective) -> str:
    return getattr(part, "weight_errors", "sandwich")


def _places(space: ParameterSpace, part: ParameterSpace) -> Int[np.ndarray, " local"]:
    """Return where the free parameters of a part are among all."""
    order = {parameter.name: i for i, parameter in enumerate(space.free)}
    return np.array([order[parameter.name] for parameter in part.free], int)
