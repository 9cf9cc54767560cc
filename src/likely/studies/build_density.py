"""From the plan of a density to the density."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, final

from .. import distributions
from ..core import AbstractDistribution, Column, LikelyError, Observable
from ..data import read, read_histogram
from .combined_plan import ConditionalPlan, ConvolutionPlan, EfficiencyPlan, ProductPlan
from .density_plan import AbstractDensityPlan, Argument, FormulaPlan, ShapePlan
from .grammar import PDFS
from .template_plan import HistogramPlan, KernelPlan


def build_density(
    plan: AbstractDensityPlan,
    observables: Mapping[str, Observable],
    scalars: Mapping[str, Any],
    component: str,
) -> AbstractDistribution:
    """Return the density of a plan.

    Args:
        plan: With every reference resolved.
        observables: By name.
        scalars: Parameter or formula for each name.
        component: By whose name errors call it.

    Raises:
        LikelyError: If a density refuses its arguments, or a file cannot be read.
    """
    try:
        return _Builder(observables, scalars).of(plan)
    except LikelyError as error:
        raise LikelyError(f"component `{component}`: {error}") from None


@final
@dataclass(frozen=True)
class _Builder:
    """Makes densities of plans; each kind of plan has its method."""

    observables: Mapping[str, Observable]
    scalars: Mapping[str, Any]

    def of(self, plan: AbstractDensityPlan) -> Any:
        return _MAKE[type(plan)](self, plan)

    def shape(self, plan: ShapePlan) -> AbstractDistribution:
        pdf = PDFS[plan.pdf]
        density = getattr(distributions, pdf.class_name)
        observables = tuple(self.observables[name] for name in plan.variables)
        described = observables if pdf.observables > 1 else observables[0]
        values = {key: self._argument(a) for key, a in plan.arguments.items()}
        if pdf.series:
            return density(described, tuple(values.values()))
        for field, members in pdf.groups.items():
            together = [values.pop(key) for key in members if key in values]
            if together:
                values[field] = tuple(together)
        return density(described, **values)

    def _argument(self, argument: Argument) -> Any:
        if isinstance(argument, str):
            return self.scalars[argument]
        values = {key: self.scalars[name] for key, name in argument.scalars.items()}
        columns = {name: Column(name) for name in argument.columns}
        return argument.expression.evaluate(values | columns)

    def formula(self, plan: FormulaPlan) -> AbstractDistribution:
        observables = [self.observables[name] for name in plan.observables]
        arguments = self._named(plan.arguments)
        text = plan.expression.text
        if len(observables) == 1:
            return distributions.FormulaShape(observables[0], text, arguments)
        return distributions.FormulaDensity(observables, text, arguments)

    def histogram(self, plan: HistogramPlan) -> AbstractDistribution:
        observable = self.observables[plan.observable]
        binned = read_histogram(plan.file, plan.name, observables=[observable.name])
        return distributions.HistogramShape.of(binned, observable)

    def kernel(self, plan: KernelPlan) -> AbstractDistribution:
        sample = read(
            list(plan.file),
            columns=[plan.column],
            tree=plan.tree,
            select=plan.select,
            weight=plan.weight,
        )
        return distributions.KernelDensity(
            self.observables[plan.observable],
            sample[plan.column],
            sample.weights,
            bandwidth=plan.bandwidth,
        )

    def convolution(self, plan: ConvolutionPlan) -> AbstractDistribution:
        measured = self.observables[plan.shape.variables[0]]
        width = measured.upper - measured.lower
        # Of differences, of which the formula alone counts.
        around_zero = replace(measured, lower=-width, upper=width)
        kernel = _Builder(
            {**self.observables, measured.name: around_zero}, self.scalars
        )
        return distributions.Convolution(
            self.of(plan.shape), kernel.of(plan.kernel), true_range=plan.true_range
        )

    def efficiency(self, plan: EfficiencyPlan) -> AbstractDistribution:
        text = plan.expression.text
        return distributions.WithEfficiency(
            self.of(plan.density), text, self._named(plan.arguments)
        )

    def conditional(self, plan: ConditionalPlan) -> AbstractDistribution:
        return distributions.Conditional(self.of(plan.density))

    def product(self, plan: ProductPlan) -> AbstractDistribution:
        return distributions.Product([self.of(factor) for factor in plan.factors])

    def _named(self, arguments: Mapping[str, str]) -> dict[str, Any]:
        return {key: self.scalars[name] for key, name in arguments.items()}


_MAKE: Mapping[type, Callable[[_Builder, Any], AbstractDistribution]] = {
    ShapePlan: _Builder.shape,
    FormulaPlan: _Builder.formula,
    HistogramPlan: _Builder.histogram,
    KernelPlan: _Builder.kernel,
    ConvolutionPlan: _Builder.convolution,
    EfficiencyPlan: _Builder.efficiency,
    ConditionalPlan: _Builder.conditional,
    ProductPlan: _Builder.product,
}
