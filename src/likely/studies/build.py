"""From a plan to a model: parameters, densities and constraints."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from .. import distributions
from ..core import AbstractDistribution, Derived, LikelyError, Parameter
from ..distributions import Sum
from ..fit import GaussConstraint
from .grammar import PDFS
from .plan import ComponentPlan, Formula, Leaf, Plan, PlannedScalar


@final
@dataclass(frozen=True)
class Built:
    """A model that can be fitted.

    Args:
        model: The density, with its parameters.
        derived: Formulas that the result lists.
        constraints: What is known from elsewhere.
    """

    model: AbstractDistribution
    derived: tuple[Derived, ...]
    constraints: tuple[GaussConstraint, ...]


def build(plan: Plan) -> Built:
    """Return the model of a plan.

    Raises:
        LikelyError: If a density refuses its arguments.
    """
    scalars = _scalars(plan.scalars)
    densities = {c.name: _density(c, plan, scalars) for c in plan.components}
    sizes = [scalars[c.size] for c in plan.components if c.size is not None]
    model = (
        Sum(densities, yields=sizes)
        if plan.extended
        else Sum(densities, fractions=sizes)
    )
    return Built(
        model,
        tuple(scalars[formula.name] for formula in plan.formulas),
        tuple(
            GaussConstraint(scalars[name], mean, sigma)
            for name, mean, sigma in plan.constraints
        ),
    )


def _scalars(planned: Mapping[str, PlannedScalar]) -> dict[str, Any]:
    """Return the parameter or the formula for each name."""
    made: dict[str, Any] = {}
    for name, scalar in planned.items():  # a formula stands behind what it needs
        made[name] = (
            _parameter(scalar) if isinstance(scalar, Leaf) else _derived(scalar, made)
        )
    return made


def _parameter(leaf: Leaf) -> Parameter:
    return Parameter(
        leaf.name,
        leaf.value,
        -np.inf if leaf.min is None else leaf.min,
        np.inf if leaf.max is None else leaf.max,
        unit=leaf.unit,
        fixed=leaf.fixed,
    )


def _derived(formula: Formula, made: Mapping[str, Any]) -> Derived:
    value = formula.expression.evaluate({n: made[n] for n in formula.expression.names})
    # `expression: m0` is another name for a parameter, and no formula yet.
    derived = 1.0 * value if not isinstance(value, Derived) or value.name else value
    return derived.named(formula.name, formula.unit)


def _density(
    component: ComponentPlan, plan: Plan, scalars: Mapping[str, Any]
) -> AbstractDistribution:
    pdf = PDFS[component.pdf]
    density = getattr(distributions, pdf.class_name)
    observable = plan.observables[component.observable]
    values = {key: scalars[name] for key, name in component.arguments.items()}
    try:
        if pdf.series:
            return density(observable, tuple(values.values()))
        return density(observable, **values)
    except LikelyError as error:
        raise LikelyError(f"component `{component.name}`: {error}") from None
