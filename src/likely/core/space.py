"""The free and fixed parameters of a model as one vector, and back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from .errors import LikelyError
from .parameter import AbstractScalar, Derived, Parameter, evaluate, parameters_of

Model = TypeVar("Model")
_BUT_START = ("lower", "upper", "unit", "fixed")


def scalars(tree: Any) -> list[Any]:
    """Return the parameters and formulas in a pytree, in its order."""
    return [n for n in jax.tree.leaves(tree) if isinstance(n, AbstractScalar)]


def resolve(tree: Model, values: Mapping[str, Any] | None = None) -> Model:
    """Return `tree` with every parameter and formula replaced by its number.

    Args:
        tree: Any pytree that holds parameters.
        values: Value by name; a parameter that is missing keeps its own value.
    """
    values = values or {}

    def number(node: Any) -> Any:
        if isinstance(node, AbstractScalar):
            return jnp.asarray(evaluate(node, values), float)
        return node

    return jax.tree.map(number, tree)


@dataclass(frozen=True)
class ParameterSpace:
    """The parameters of a model: each name once, in the order of first appearance."""

    parameters: tuple[Parameter, ...]
    derived: tuple[Derived, ...] = ()

    @classmethod
    def of(cls, tree: Any, beside: Iterable[AbstractScalar] = ()) -> "ParameterSpace":
        """Collect the parameters and the named formulas of a pytree.

        Args:
            tree: A model; where its parameters start, the fit does.
            beside: Scalars of constraints and of what is reported. Where they differ
                from the model in the start of a free parameter, the model's counts: it
                may be `result.model`, whose parameters start at the fitted values.

        Raises:
            LikelyError: If one name has two different definitions.
        """
        found: dict[str, Parameter] = {}
        formulas: dict[str, Derived] = {}
        _collect(scalars(tree), found, formulas)
        _collect([_started(s, found) for s in beside], found, formulas)
        for name in found.keys() & formulas.keys():
            raise LikelyError(
                f"`{name}` is a parameter, {found[name]}, and a formula, "
                f"{formulas[name]}; give one of them another name."
            )
        return cls(tuple(found.values()), tuple(formulas.values()))

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all parameters."""
        return tuple(p.name for p in self.parameters)

    @property
    def free(self) -> tuple[Parameter, ...]:
        """Return the parameters that a fit moves."""
        return tuple(p for p in self.parameters if not p.fixed)

    @property
    def start(self) -> Float[np.ndarray, " free"]:
        """Return the start values of the free parameters."""
        return np.array([p.value for p in self.free], float)

    @property
    def lower(self) -> Float[np.ndarray, " free"]:
        """Return the lower limits of the free parameters."""
        return np.array([p.lower for p in self.free], float)

    @property
    def upper(self) -> Float[np.ndarray, " free"]:
        """Return the upper limits of the free parameters."""
        return np.array([p.upper for p in self.free], float)

    def values(self, free: Any) -> dict[str, Any]:
        """Return the value of every parameter, given those of the free ones."""
        names = [p.name for p in self.free]
        if len(free) != len(names):
            raise LikelyError(
                f"expected {len(names)} values for {names}; got {len(free)}."
            )
        fixed = {p.name: p.value for p in self.parameters if p.fixed}
        return dict(zip(names, free, strict=True)) | fixed


def _collect(
    given: Iterable[Any], found: dict[str, Parameter], formulas: dict[str, Derived]
) -> None:
    for scalar in given:
        for parameter in parameters_of(scalar):
            _add(found, parameter)
        for formula in _named(scalar):
            _add(formulas, formula)


def _started(scalar: Any, known: Mapping[str, Parameter]) -> Any:
    """Return the scalar with free parameters that start where those `known` do."""
    if isinstance(scalar, Derived):
        operands = tuple(_started(operand, known) for operand in scalar.operands)
        return replace(scalar, operands=operands)
    if not isinstance(scalar, Parameter) or scalar.name not in known:
        return scalar
    other = known[scalar.name]
    alike = all(getattr(scalar, f) == getattr(other, f) for f in _BUT_START)
    return other if alike and not other.fixed else scalar


def _named(scalar: Any) -> list[Derived]:
    if not isinstance(scalar, Derived):
        return []
    inner = [f for operand in scalar.operands for f in _named(operand)]
    return [*inner, scalar] if scalar.name else inner


def _add(found: dict[str, Any], scalar: Any) -> None:
    known = found.setdefault(scalar.name, scalar)
    if known != scalar:
        raise LikelyError(
            f"parameter `{scalar.name}` is defined twice and differently: "
            f"{known} and {scalar}; use one object, or two names."
        )
