"""What a study says once every name is looked up; no JAX, no data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias, final

from ..core.expression import Expression
from ..core.observable import Observable
from ..core.offset import blind_offset
from .density_plan import AbstractDensityPlan


@final
@dataclass(frozen=True)
class Blinding:
    """What hides the value of a parameter.

    Args:
        key: That the offset is made of, with the parameter's name.
        scale: Largest offset, in the unit of the parameter.
    """

    key: str
    scale: float

    def offset(self, name: str) -> float:
        """Return what is added to the value of the parameter of a name."""
        return blind_offset(self.key, name, self.scale)


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
        blinding: What hides its value, None if nothing does. `value`, `min` and `max`
            are those of the study, without the offset.
    """

    name: str
    value: float
    min: float | None = None
    max: float | None = None
    unit: str = ""
    fixed: bool = False
    blinding: Blinding | None = None


@final
@dataclass(frozen=True)
class Formula:
    """A formula of parameters.

    Args:
        name: Under which the result lists it.
        expression: Its names are those of `Plan.scalars`.
        unit: Unit in words.
        hidden: Whether the result leaves it out, as it would show a blind parameter.
    """

    name: str
    expression: Expression
    unit: str = ""
    hidden: bool = False


PlannedScalar: TypeAlias = Leaf | Formula


@final
@dataclass(frozen=True)
class ComponentPlan:
    """A density with its name and its share.

    Args:
        name: Of the component.
        density: What it is.
        size: Name of the scalar that is its yield or fraction; None for the rest.
    """

    name: str
    density: AbstractDensityPlan
    size: str | None = None


@final
@dataclass(frozen=True)
class ModelPlan:
    """The sum of components that describes one category, or all events.

    Args:
        name: Of the category or the dataset; empty if there is only one model.
        components: The one with the rest, if there is one, last.
        extended: Whether the sizes are yields.
        when: Condition by which an event belongs here, if the categories have those.
        value: Of the column that splits the events, if the study says it.
        bins: Edges, or number of bins, of each observable, in their order; none if the
            fit is unbinned.
    """

    name: str
    components: tuple[ComponentPlan, ...]
    extended: bool
    when: str | None = None
    value: int | None = None
    bins: Mapping[str, "int | tuple[float, ...]"] | None = None

    @property
    def observables(self) -> tuple[str, ...]:
        """Return the observables that the components describe."""
        return self.components[0].density.observables

    @property
    def given(self) -> tuple[str, ...]:
        """Return the columns that components are conditional on."""
        wanted = (name for c in self.components for name in c.density.given)
        return tuple(dict.fromkeys(wanted))


@final
@dataclass(frozen=True)
class Plan:
    """Models with every reference resolved.

    Args:
        observables: Of the study, by name.
        scalars: Parameters and formulas by name, each formula behind what it needs.
        models: One, or one of each category or dataset.
        constraints: Name of the scalar, mean and sigma of each.
        by: Column that splits the events into categories, if one does.
    """

    observables: Mapping[str, Observable]
    scalars: Mapping[str, PlannedScalar]
    models: tuple[ModelPlan, ...]
    constraints: tuple[tuple[str, float, float], ...] = ()
    by: str | None = None

    @property
    def simultaneous(self) -> bool:
        """Return whether there are several models, which have names."""
        return bool(self.models[0].name)

    @property
    def components(self) -> tuple[ComponentPlan, ...]:
        """Return the components of all models."""
        return tuple(c for model in self.models for c in model.components)

    @property
    def extended(self) -> bool:
        """Return whether the model says how many events there are."""
        return all(model.extended for model in self.models)

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """Return the parameters."""
        return tuple(s for s in self.scalars.values() if isinstance(s, Leaf))

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """Return the formulas."""
        return tuple(s for s in self.scalars.values() if isinstance(s, Formula))

    @property
    def fitted(self) -> tuple[Observable, ...]:
        """Return the observables that components describe, each once."""
        names = (name for model in self.models for name in model.observables)
        return tuple(self.observables[name] for name in dict.fromkeys(names))

    @property
    def given(self) -> tuple[str, ...]:
        """Return the columns that components are conditional on, each once."""
        names = (name for model in self.models for name in model.given)
        return tuple(dict.fromkeys(names))

    @property
    def blind(self) -> tuple[str, ...]:
        """Return the names of the parameters whose value is hidden."""
        return tuple(leaf.name for leaf in self.leaves if leaf.blinding)

    @property
    def sizes(self) -> frozenset[str]:
        """Return what the yields and fractions depend on, formulas looked through."""
        return self.behind(c.size for c in self.components if c.size is not None)

    @property
    def fitted_observable(self) -> Observable:
        """Return the first of the observables that are fitted."""
        return self.fitted[0]

    def at(self, values: Mapping[str, float]) -> "Plan":
        """Return the plan with parameters that start at the values of a result.

        Those of hidden parameters hold their offset, and it is taken off.
        """
        scalars: dict[str, PlannedScalar] = dict(self.scalars)
        for leaf in self.leaves:
            if leaf.name in values:
                offset = leaf.blinding.offset(leaf.name) if leaf.blinding else 0.0
                value = values[leaf.name] - offset
                scalars[leaf.name] = replace(leaf, value=value)
        return replace(self, scalars=scalars)

    def unblinded(self) -> "Plan":
        """Return the plan with nothing hidden, for what never sees data."""
        scalars: dict[str, PlannedScalar] = {
            name: replace(scalar, blinding=None)
            if isinstance(scalar, Leaf)
            else replace(scalar, hidden=False)
            for name, scalar in self.scalars.items()
        }
        return replace(self, scalars=scalars)

    def behind(self, names: Iterable[str]) -> frozenset[str]:
        """Return the scalars of these names and all that their formulas need."""
        found = set(names)
        for name in reversed(
            list(self.scalars)
        ):  # a formula stands behind what it needs
            scalar = self.scalars[name]
            if name in found and isinstance(scalar, Formula):
                found |= set(scalar.expression.names)
        return frozenset(found)
