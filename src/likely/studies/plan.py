"""What a study says once every name is looked up; no JAX, no data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, final

from ..core.expression import Expression
from ..core.observable import Observable


@final
@dataclass(frozen=True)
class Leaf:
    """A parameter: a number that the fit may move, or a fixed one.

    Args:
        name: Under which the result lists it.
        value: Start, or the value if `fixed`.
        min: Lower limit, None if there is none.
        max: Upper limit, None if there is none.
        unit: Unit in words.
        fixed: Whether the fit leaves it alone.
    """

    name: str
    value: float
    min: float | None = None
    max: float | None = None
    unit: str = ""
    fixed: bool = False


@final
@dataclass(frozen=True)
class Formula:
    """A formula of parameters.

    Args:
        name: Under which the result lists it.
        expression: Its names are those of `Plan.scalars`.
        unit: Unit in words.
    """

    name: str
    expression: Expression
    unit: str = ""


PlannedScalar: TypeAlias = Leaf | Formula


@final
@dataclass(frozen=True)
class ComponentPlan:
    """A pdf with its arguments and its share.

    Args:
        name: Of the component.
        pdf: A key of the table of pdfs.
        observable: On which it lives.
        arguments: Name of the scalar for each argument, in the order of the pdf.
        size: Name of the scalar that is its yield or fraction; None for the rest.
    """

    name: str
    pdf: str
    observable: str
    arguments: Mapping[str, str]
    size: str | None = None


@final
@dataclass(frozen=True)
class Plan:
    """A model with every reference resolved.

    Args:
        observables: Of the study, by name.
        scalars: Parameters and formulas by name, each formula behind what it needs.
        components: The one with the rest, if there is one, last.
        extended: Whether the sizes are yields.
        constraints: Name of the scalar, mean and sigma of each.
    """

    observables: Mapping[str, Observable]
    scalars: Mapping[str, PlannedScalar]
    components: tuple[ComponentPlan, ...]
    extended: bool
    constraints: tuple[tuple[str, float, float], ...] = ()

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """Return the parameters."""
        return tuple(s for s in self.scalars.values() if isinstance(s, Leaf))

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """Return the formulas."""
        return tuple(s for s in self.scalars.values() if isinstance(s, Formula))

    @property
    def fitted_observable(self) -> Observable:
        """Return the observable that the components describe."""
        return self.observables[self.components[0].observable]
