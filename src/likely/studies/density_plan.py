"""What a study says of a density once every name is looked up; no JAX, no data."""

import abc
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, final

from ..core.expression import Expression
from .grammar import signature


@final
@dataclass(frozen=True)
class EventFormula:
    """A formula whose value differs from event to event.

    Args:
        expression: Of columns and of scalars.
        scalars: Name of the scalar for each of its variables that is one.
        columns: Its other variables.
    """

    expression: Expression
    scalars: Mapping[str, str]
    columns: tuple[str, ...]

    def __str__(self) -> str:
        return f'"{self.expression.text}"'


# The name of a scalar, or a formula of scalars and columns.
Argument: TypeAlias = str | EventFormula


class AbstractDensityPlan(abc.ABC):
    """A density whose observables and scalars are known by name."""

    @property
    @abc.abstractmethod
    def observables(self) -> tuple[str, ...]:
        """Return the observables that it describes."""

    @property
    @abc.abstractmethod
    def scalars(self) -> frozenset[str]:
        """Return the names of the scalars that it depends on."""

    @property
    @abc.abstractmethod
    def given(self) -> tuple[str, ...]:
        """Return the columns that it is conditional on."""

    @abc.abstractmethod
    def __str__(self) -> str:
        """Return the density as one would write it."""


@final
@dataclass(frozen=True)
class ShapePlan(AbstractDensityPlan):
    """A density of the table of pdfs.

    Args:
        pdf: A key of that table.
        variables: Observables that it describes.
        arguments: Of each argument, in the order of the pdf.
    """

    pdf: str
    variables: tuple[str, ...]
    arguments: Mapping[str, Argument]

    @property
    def observables(self) -> tuple[str, ...]:
        return self.variables

    @property
    def scalars(self) -> frozenset[str]:
        return frozenset(
            name for argument in self.arguments.values() for name in _names(argument)
        )

    @property
    def given(self) -> tuple[str, ...]:
        found = [a.columns for a in self.arguments.values() if not isinstance(a, str)]
        return tuple(dict.fromkeys(name for columns in found for name in columns))

    def __str__(self) -> str:
        return f"{signature(self.pdf).partition('(')[0]}({_listed(self.arguments)})"


@final
@dataclass(frozen=True)
class FormulaPlan(AbstractDensityPlan):
    """A density that the study spells, normalised numerically.

    Args:
        variables: Observables of the formula, in the order of the study.
        expression: Of observables and arguments.
        arguments: Name of the scalar for each variable that is no observable.
    """

    variables: tuple[str, ...]
    expression: Expression
    arguments: Mapping[str, str]

    @property
    def observables(self) -> tuple[str, ...]:
        return self.variables

    @property
    def scalars(self) -> frozenset[str]:
        return frozenset(self.arguments.values())

    @property
    def given(self) -> tuple[str, ...]:
        return ()

    def __str__(self) -> str:
        arguments = _listed(self.arguments)
        return f'"{self.expression.text}"' + (f" ({arguments})" if arguments else "")


def _names(argument: Argument) -> Iterable[str]:
    return (argument,) if isinstance(argument, str) else argument.scalars.values()


def _listed(arguments: Mapping[str, Argument]) -> str:
    return ", ".join(f"{key}={value}" for key, value in arguments.items())
