"""What a compiled likelihood depends on, so that equal models share one program."""

from collections.abc import Mapping, Sequence
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..core import (
    AbstractScalar,
    Derived,
    Parameter,
    ParameterSpace,
    Term,
    evaluate,
)
from .constraint import GaussConstraint, penalty


@final
class Program(eqx.Module):
    """A model and its constraints as functions of the vector of free parameters.

    Names, start values and limits are not part of it, and numbers are arguments of
    the compiled program, so another start, limit, constant or fixed value compiles
    nothing, and models that differ in the names of their parameters share a program.

    Args:
        structure: The pytree structure of model and constraints.
        formulas: For each leaf its parameter or formula, None for a number.
        numbers: The leaves that are numbers.
        free: Names of the free parameters inside the program: their numbers.
        fixed: Likewise of the fixed ones.
        fixed_values: Their values.
        extended: Whether the number of events is part of the likelihood.
        n_constraints: Number of constraints; mean and sigma of each are the last
            numbers.
    """

    structure: Any = eqx.field(static=True)
    formulas: tuple[AbstractScalar | None, ...] = eqx.field(static=True)
    numbers: tuple[Array | np.ndarray, ...]
    free: tuple[str, ...] = eqx.field(static=True)
    fixed: tuple[str, ...] = eqx.field(static=True)
    fixed_values: Float[Array | np.ndarray, " fixed"]
    extended: bool = eqx.field(static=True)
    n_constraints: int = eqx.field(static=True, default=0)

    @classmethod
    def of(
        cls,
        model: Any,
        constraints: Sequence[GaussConstraint],
        space: ParameterSpace,
    ) -> "Program":
        """Take model and constraints apart into structure, formulas and numbers."""
        plain = [(c.parameter, c.mean, c.sigma) for c in constraints]
        leaves, structure = jax.tree.flatten((model, plain))
        named = [isinstance(leaf, AbstractScalar) for leaf in leaves]
        fixed = [p for p in space.parameters if p.fixed]
        places = {p.name: f"free {i}" for i, p in enumerate(space.free)}
        places |= {p.name: f"fixed {i}" for i, p in enumerate(fixed)}
        return cls(
            structure,
            tuple(
                _bare(leaf, places) if n else None
                for leaf, n in zip(leaves, named, strict=True)
            ),
            tuple(
                np.asarray(leaf, float)
                for leaf, n in zip(leaves, named, strict=True)
                if not n
            ),
            tuple(places[p.name] for p in space.free),
            tuple(places[p.name] for p in fixed),
            np.array([p.value for p in fixed], float),
            bool(getattr(model, "extended", False)),
            len(plain),
        )

    def constraint_pulls(self, x: Float[Array, " free"]) -> Float[Array, " pulls"]:
        """Return how far each constrained scalar is from its mean, in sigmas."""
        _, constraints = self._resolve(x)
        pulls = [(value - mean) / sigma for value, mean, sigma in constraints]
        return jnp.stack(pulls) if pulls else jnp.zeros(0)

    @property
    def constraint_sigmas(self) -> Float[Array, " constraints"]:
        """Return the standard deviation of each constraint."""
        return jnp.asarray([self.numbers[i + 1] for i in self._places], float)

    def with_constraint_means(self, means: Float[Array, " constraints"]) -> "Program":
        """Return the program with other means of the constraints."""
        numbers = list(self.numbers)
        for place, mean in zip(self._places, means, strict=True):
            numbers[place] = mean
        return eqx.tree_at(lambda p: p.numbers, self, tuple(numbers))

    @property
    def _places(self) -> range:
        """Return where in `numbers` the mean of each constraint is."""
        return range(len(self.numbers) - 2 * self.n_constraints, len(self.numbers), 2)

    def terms(self, x: Float[Array, " free"]) -> tuple[Term, ...]:
        """Return the terms of the density, times the expected events if extended."""
        model, _ = self._resolve(x)
        terms = model.terms()
        if not self.extended:
            return terms
        expected = model.expected()
        return tuple(
            Term(expected * t.coefficient, t.log_scale, t.factors) for t in terms
        )

    def penalty(self, x: Float[Array, " free"]) -> Float[Array, ""]:
        r"""Return what is not of the events: $\nu - \sum_j \log G_j$."""
        model, constraints = self._resolve(x)
        total = jnp.asarray(model.expected() if self.extended else 0.0, float)
        for value, mean, sigma in constraints:
            total = total + penalty(value, mean, sigma)
        return total

    def _resolve(self, x: Float[Array, " free"]) -> tuple[Any, Any]:
        values = {name: x[i] for i, name in enumerate(self.free)}
        values |= {name: self.fixed_values[i] for i, name in enumerate(self.fixed)}
        numbers = iter(self.numbers)
        leaves = [
            next(numbers) if formula is None else evaluate(formula, values)
            for formula in self.formulas
        ]
        return jax.tree.unflatten(self.structure, leaves)


def _bare(scalar: AbstractScalar, places: Mapping[str, str]) -> AbstractScalar:
    """Return the parameter or formula without what does not change the program."""
    if isinstance(scalar, Parameter):
        return Parameter(places[scalar.name], 0.0)
    if isinstance(scalar, Derived):
        operands = tuple(
            _bare(o, places) if isinstance(o, AbstractScalar) else o
            for o in scalar.operands
        )
        return Derived(scalar.operation, operands)
    # A column outside of what knows its value: `evaluate` says so in a sentence.
    evaluate(scalar, {})
    raise TypeError(f"unknown kind of scalar: {type(scalar).__name__}")
