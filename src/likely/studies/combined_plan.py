"""What a study says of a density that is made of others."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from ..core.expression import Expression
from .density_plan import AbstractDensityPlan, ShapePlan


@final
@dataclass(frozen=True)
class ConvolutionPlan(AbstractDensityPlan):
    """A density smeared by a kernel.

    Args:
        shape: Before the resolution.
        kernel: The resolution.
        true_range: Where the value before the resolution can be.
    """

    shape: ShapePlan
    kernel: ShapePlan
    true_range: tuple[float, float] = (-math.inf, math.inf)

    @property
    def observables(self) -> tuple[str, ...]:
        return self.shape.observables

    @property
    def scalars(self) -> frozenset[str]:
        return self.shape.scalars | self.kernel.scalars

    @property
    def given(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.shape.given, *self.kernel.given)))

    def __str__(self) -> str:
        return f"{self.shape} convolved with {self.kernel}"


@final
@dataclass(frozen=True)
class EfficiencyPlan(AbstractDensityPlan):
    """A density of one observable times an efficiency.

    Args:
        density: Without it.
        expression: Of the observable and of arguments.
        arguments: Name of the scalar for each variable that is no observable.
    """

    density: AbstractDensityPlan
    expression: Expression
    arguments: Mapping[str, str]

    @property
    def observables(self) -> tuple[str, ...]:
        return self.density.observables

    @property
    def scalars(self) -> frozenset[str]:
        return self.density.scalars | frozenset(self.arguments.values())

    @property
    def given(self) -> tuple[str, ...]:
        return self.density.given

    def __str__(self) -> str:
        return f'{self.density} times "{self.expression.text}"'


@final
@dataclass(frozen=True)
class ConditionalPlan(AbstractDensityPlan):
    """A density whose arguments have columns.

    Args:
        density: Of one observable.
    """

    density: AbstractDensityPlan

    @property
    def observables(self) -> tuple[str, ...]:
        return self.density.observables

    @property
    def scalars(self) -> frozenset[str]:
        return self.density.scalars

    @property
    def given(self) -> tuple[str, ...]:
        return self.density.given

    def __str__(self) -> str:
        return f"{self.density} given {', '.join(self.given)}"


@final
@dataclass(frozen=True)
class ProductPlan(AbstractDensityPlan):
    """A product of densities, each of observables of its own.

    Args:
        factors: In the order of the study.
    """

    factors: tuple[AbstractDensityPlan, ...]

    @property
    def observables(self) -> tuple[str, ...]:
        return tuple(name for factor in self.factors for name in factor.observables)

    @property
    def scalars(self) -> frozenset[str]:
        return frozenset(name for factor in self.factors for name in factor.scalars)

    @property
    def given(self) -> tuple[str, ...]:
        own = self.observables
        wanted = (name for factor in self.factors for name in factor.given)
        return tuple(dict.fromkeys(name for name in wanted if name not in own))

    def __str__(self) -> str:
        return " * ".join(
            f"{factor} on {', '.join(factor.observables)}" for factor in self.factors
        )
