"""From a plan to a model: parameters, densities and constraints."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from ..core import AbstractDistribution, Derived, Parameter
from ..distributions import Sum
from ..fit import GaussConstraint, Simultaneous
from ..stats import blind
from .build_density import build_density
from .plan import Formula, Leaf, ModelPlan, Plan, PlannedScalar


@final
@dataclass(frozen=True)
class Built:
    """A model that can be fitted.

    Args:
        model: The density, with its parameters, or several.
        derived: Formulas that the result lists.
        constraints: What is known from elsewhere.
    """

    model: AbstractDistribution | Simultaneous
    derived: tuple[Derived, ...]
    constraints: tuple[GaussConstraint, ...]


def build(plan: Plan) -> Built:
    """Return the model of a plan.

    Raises:
        LikelyError: If a density refuses its arguments, or the file of a template
            cannot be read.
    """
    scalars = _scalars(plan.scalars)
    models = {model.name: _model(model, plan, scalars) for model in plan.models}
    return Built(
        Simultaneous(models) if plan.simultaneous else models[""],
        tuple(scalars[formula.name] for formula in plan.formulas if not formula.hidden),
        tuple(
            GaussConstraint(scalars[name], mean, sigma)
            for name, mean, sigma in plan.constraints
        ),
    )


def _model(model: ModelPlan, plan: Plan, scalars: Mapping[str, Any]) -> Sum:
    place = f"{model.name}." if model.name else ""
    densities = {
        c.name: build_density(c.density, plan.observables, scalars, f"{place}{c.name}")
        for c in model.components
    }
    sizes = [scalars[c.size] for c in model.components if c.size is not None]
    if model.extended:
        return Sum(densities, yields=sizes)
    return Sum(densities, fractions=sizes)


def _scalars(planned: Mapping[str, PlannedScalar]) -> dict[str, Any]:
    """Return the parameter or the formula for each name."""
    made: dict[str, Any] = {}
    for name, scalar in planned.items():  # a formula stands behind what it needs
        made[name] = (
            _parameter(scalar) if isinstance(scalar, Leaf) else _derived(scalar, made)
        )
    return made


def _parameter(leaf: Leaf) -> Parameter | Derived:
    parameter = Parameter(
        leaf.name,
        leaf.value,
        -np.inf if leaf.min is None else leaf.min,
        np.inf if leaf.max is None else leaf.max,
        unit=leaf.unit,
        fixed=leaf.fixed,
    )
    if leaf.blinding is None:
        return parameter
    return blind(parameter, leaf.blinding.key, scale=leaf.blinding.scale)


def _derived(formula: Formula, made: Mapping[str, Any]) -> Derived:
    value = formula.expression.evaluate({n: made[n] for n in formula.expression.names})
    # `expression: m0` is another name for a parameter, and no formula yet.
    derived = 1.0 * value if not isinstance(value, Derived) or value.name else value
    # A formula of a hidden parameter is used, and has no name to be listed by.
    return derived if formula.hidden else derived.named(formula.name, formula.unit)
