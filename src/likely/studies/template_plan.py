"""What a study says of a density that is taken from a file."""

from dataclasses import dataclass
from typing import final

from .density_plan import AbstractDensityPlan


@final
@dataclass(frozen=True)
class HistogramPlan(AbstractDensityPlan):
    """A template that a file holds.

    Args:
        component: By whose name errors call it.
        observable: On which it lives.
        file: ROOT file.
        name: Of the histogram in the file.
    """

    component: str
    observable: str
    file: str
    name: str

    @property
    def observables(self) -> tuple[str, ...]:
        return (self.observable,)

    @property
    def scalars(self) -> frozenset[str]:
        return frozenset()

    @property
    def given(self) -> tuple[str, ...]:
        return ()

    def __str__(self) -> str:
        return f"histogram({self.file}:{self.name})"


@final
@dataclass(frozen=True)
class KernelPlan(AbstractDensityPlan):
    """A kernel estimate from a sample.

    Args:
        component: By whose name errors call it.
        observable: On which it lives.
        file: Files of the sample.
        tree: Tree in them, if it has to be named.
        column: Of the sample.
        select: Condition by which its events are kept.
        weight: Column or expression.
        bandwidth: Factor on the rule-of-thumb bandwidth.
    """

    component: str
    observable: str
    file: tuple[str, ...]
    tree: str | None
    column: str
    select: str | None
    weight: str | None
    bandwidth: float

    @property
    def observables(self) -> tuple[str, ...]:
        return (self.observable,)

    @property
    def scalars(self) -> frozenset[str]:
        return frozenset()

    @property
    def given(self) -> tuple[str, ...]:
        return ()

    def __str__(self) -> str:
        weight = f", weight={self.weight}" if self.weight else ""
        return f"kde({', '.join(self.file)}: {self.column}{weight})"
