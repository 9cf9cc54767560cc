"""What a study says of a density that is taken from a file."""

from dataclasses import dataclass
from typing import final

from .density_plan import AbstractDensityPlan


@dataclass(frozen=True)
class AbstractTemplatePlan(AbstractDensityPlan):
    """A density of one observable that has no arguments.

    Args:
        component: By whose name errors call it.
        observable: On which it lives.
    """

    component: str
    observable: str

    @property
    @final
    def observables(self) -> tuple[str, ...]:
        return (self.observable,)

    @property
    @final
    def scalars(self) -> frozenset[str]:
        return frozenset()

    @property
    @final
    def given(self) -> tuple[str, ...]:
        return ()


@final
@dataclass(frozen=True)
class HistogramPlan(AbstractTemplatePlan):
    """A template that a file holds.

    Args:
        file: ROOT file.
        name: Of the histogram in the file.
    """

    file: str
    name: str

    def __str__(self) -> str:
        return f"histogram({self.file}:{self.name})"


@final
@dataclass(frozen=True)
class KernelPlan(AbstractTemplatePlan):
    """A kernel estimate from a sample.

    Args:
        file: Files of the sample.
        tree: Tree in them, if it has to be named.
        column: Of the sample.
        select: Condition by which its events are kept.
        weight: Column or expression.
        bandwidth: Factor on the rule-of-thumb bandwidth.
    """

    file: tuple[str, ...]
    tree: str | None
    column: str
    select: str | None
    weight: str | None
    bandwidth: float

    def __str__(self) -> str:
        weight = f", weight={self.weight}" if self.weight else ""
        return f"kde({', '.join(self.file)}: {self.column}{weight})"
