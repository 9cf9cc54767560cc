"""Which numbers of a density's terms a fit moves, found from the traced program."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend.core import Literal, jaxpr_as_fun
from jaxtyping import Array, Float

from ..core import Term
from .mixture import TermVariables

Terms = tuple[Term, ...]


@dataclass(frozen=True)
class Layout:
    r"""The variables $\varphi(\theta)$ of a density: coefficients and arguments.

    The scale $e^{s(\theta)}$ of a term is folded into its coefficient,
    $c\,e^{s - s_0}$ with $s_0$ the value of $s$ as a constant, so that each term has
    one variable for everything that is not of the event.

    Args:
        leaves_of: Their numbers as a function of the free parameters, traced once.
        template: The terms, with shapes in place of numbers.
        moving: For each leaf of the terms, whether it depends on the parameters.
    """

    leaves_of: Callable[[Float[Array, " free"]], Sequence[Array]]
    template: Terms
    moving: tuple[bool, ...]

    @classmethod
    def of(
        cls, terms_of: Callable[[Float[Array, " free"]], Terms], n_free: int
    ) -> "Layout":
        """Trace `terms_of` and see what depends on its argument."""

        def leaves(x: Float[Array, " free"]) -> list[Array]:
            folded = _fold(terms_of(x))
            structures.append(jax.tree.structure(folded))
            return jax.tree.leaves(folded)

        structures: list[Any] = []
        theta = jax.ShapeDtypeStruct((n_free,), jnp.float64)
        jaxpr, shapes = jax.make_jaxpr(leaves, return_shape=True)(theta)
        template = jax.tree.unflatten(structures[-1], shapes)
        depends = iter(depends_on_input(jaxpr.jaxpr))
        moving = []
        for term in template:
            # The scale is constant by construction: its change is in the coefficient.
            moving += [next(depends), next(depends) and False]
            moving += [next(depends) for _ in jax.tree.leaves(term.factors)]
        return cls(jaxpr_as_fun(jaxpr), template, tuple(moving))

    def variables(self, x: Float[Array, " free"]) -> Float[Array, " m"]:
        r"""Return $\varphi(\theta)$."""
        return self.split(self.leaves_of(x))[0]

    def constants(self, x: Float[Array, " free"]) -> tuple[Array, ...]:
        """Return the other leaves of the terms."""
        return self.split(self.leaves_of(x))[1]

    def split(
        self, leaves: Sequence[Array]
    ) -> tuple[Float[Array, " m"], tuple[Array, ...]]:
        """Return variables and constants, given all leaves of the terms."""
        paired = list(zip(leaves, self.moving, strict=True))
        chosen = [leaf for leaf, m in paired if m]
        variables = jnp.stack(chosen) if chosen else jnp.zeros(0)
        return variables, tuple(leaf for leaf, m in paired if not m)

    def joined(self, leaves: Sequence[Array]) -> Terms:
        """Return the terms with these leaves."""
        return jax.tree.unflatten(jax.tree.structure(self.template), leaves)

    def terms(
        self, variables: Float[Array, " m"], constants: tuple[Array, ...]
    ) -> Terms:
        """Return the terms with these variables and constants."""
        others, count = iter(constants), 0
        leaves = []
        for moving in self.moving:
            leaves.append(variables[count] if moving else next(others))
            count += moving
        return self.joined(leaves)

    @property
    def places(self) -> tuple[TermVariables, ...]:
        """Return the position of each term's variables."""
        count = itertools.count()
        numbers = iter([next(count) if moving else None for moving in self.moving])
        found = []
        for term in self.template:
            coefficient, _ = next(numbers), next(numbers)
            factors = [
                tuple(next(numbers) for _ in jax.tree.leaves(factor))
                for factor in term.factors
            ]
            found.append(TermVariables(coefficient, tuple(factors)))
        return tuple(found)


def _fold(terms: Terms) -> Terms:
    folded = []
    for term in terms:
        scale = jax.lax.stop_gradient(term.log_scale)
        coefficient = term.coefficient * jnp.exp(term.log_scale - scale)
        folded.append(Term(coefficient, scale, term.factors))
    return tuple(folded)


def depends_on_input(jaxpr: Any) -> list[bool]:
    """Return for each output whether it is computed from an input."""
    reached = set(jaxpr.invars)

    def known(variable: Any) -> bool:
        return not isinstance(variable, Literal) and variable in reached

    for equation in jaxpr.eqns:
        if any(known(v) for v in equation.invars):
            reached.update(equation.outvars)
    return [known(v) for v in jaxpr.outvars]
