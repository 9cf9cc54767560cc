"""From a valid study to a plan: every name is looked up, every formula put in order."""

import ast
import math
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from typing import Any, final

from ..core.errors import LikelyError, nearest
from ..core.expression import Expression, parse
from ..core.observable import Observable
from .document import Document
from .grammar import PDFS
from .plan import ComponentPlan, Formula, Leaf, Plan, PlannedScalar
from .schema import ComponentSection, FitStudy
from .schema_parts import Argument, ParameterSection
from .validation import faults_error
from .yaml_reader import Path


def plan(study: FitStudy, document: Document) -> Plan:
    """Return what the study says, with every reference resolved.

    Args:
        study: A study that follows the grammar.
        document: Where it was written, for the place in an error.

    Raises:
        LikelyError: If a name refers to nothing, formulas need each other in a circle,
            or a free parameter touches nothing that the data or a constraint knows.
    """
    builder = _Builder(study)
    made = builder.build()
    if builder.faults:
        raise faults_error(document, builder.faults)
    return made


@final
class _Builder:
    """Collects the scalars of a study, and every fault on the way."""

    def __init__(self, study: FitStudy):
        self.study = study
        self.faults: list[tuple[Path, str]] = []
        self.scalars: dict[str, PlannedScalar] = {}
        self.places: dict[str, Path] = {}

    def build(self) -> Plan:
        study = self.study
        for name, section in study.parameters.items():
            self._add(name, section, ("parameters", name))
        components = [
            self._component(name, section)
            for name, section in study.model.components.items()
        ]
        components.sort(key=lambda c: c.size is None)
        self._check_observables()
        constraints = list(self._constraints())
        sections = study.model.components.values()
        if not self.faults:
            self._order()
        if not self.faults:
            self._check_use(components, [name for name, _, _ in constraints])
        return Plan(
            {
                name: Observable(name, *section.range, section.unit)
                for name, section in study.observables.items()
            },
            self.scalars,
            tuple(components),
            extended=any(section.yield_ is not None for section in sections),
            constraints=tuple(constraints),
        )

    def _fault(self, path: Path, sentence: str) -> None:
        self.faults.append((path, sentence))

    def _component(self, name: str, section: ComponentSection) -> ComponentPlan:
        path: Path = ("model", "components", name)
        if section.on not in self.study.observables:
            hint = nearest(section.on, self.study.observables)
            self._fault((*path, "on"), f"names no observable: `{section.on}`; {hint}")
        known = self.study.observables.get(section.on)
        pdf, unit = PDFS[section.pdf], known.unit if known else ""
        arguments = {
            key: self._scalar(
                f"{name}.{key}",
                section.args[key],
                (*path, "args", key),
                unit=pdf.unit(key, unit),
            )
            for key in pdf.order(len(section.args))
        }
        size = None
        for key, value in (("yield", section.yield_), ("fraction", section.fraction)):
            if value is not None:
                size = self._scalar(f"{name}.{key}", value, (*path, key))
        return ComponentPlan(name, section.pdf, section.on, arguments, size)

    def _scalar(self, name: str, value: Argument, path: Path, *, unit: str = "") -> str:
        """Return the name of what an argument refers to, which is made if it is new."""
        if isinstance(value, str):
            if value in self.study.parameters:
                return value
            try:
                expression = parse(value)
            except LikelyError as error:
                self._fault(path, f"is neither a parameter nor a formula: {error}")
                expression = parse("0")
            if expression.names == (value,):
                options = self.study.parameters
                hint = nearest(value, options) if options else "there are none."
                self._fault(path, f"names no entry of `parameters`: `{value}`; {hint}")
                expression = parse("0")
            value = ParameterSection(expression=expression.text)
        self._add(name, value, path, unit)
        return name

    def _add(self, name: str, value: Argument, path: Path, unit: str = "") -> None:
        """Make a parameter or a formula of a number, a list or a mapping."""
        self.places[name] = path
        if isinstance(value, float):
            value = ParameterSection(value=value, fixed=True)
        if isinstance(value, tuple):
            start, lower, upper = value
            value = ParameterSection(value=start, min=lower, max=upper)
        assert isinstance(value, ParameterSection)  # texts became formulas before
        unit = value.unit if "unit" in value.model_fields_set else unit
        if value.value is not None:
            limits = (value.min, value.max)
            self.scalars[name] = Leaf(name, value.value, *limits, unit, value.fixed)
            return
        expression = parse(value.expression or "")
        if fault := self._formula_fault(expression):
            self._fault(path, fault)
            expression = parse("0")
        if not expression.names:
            number = float(expression.evaluate({}))
            self.scalars[name] = Leaf(name, number, unit=unit, fixed=True)
            return
        self.scalars[name] = Formula(name, expression, unit)

    def _formula_fault(self, expression: Expression) -> str:
        known = self.study.parameters
        for name in expression.names:
            if name not in known:
                hint = nearest(name, known) if known else "there are none."
                return f"uses `{name}`, which is no entry of `parameters`; {hint}"
        conditional = (ast.Compare, ast.BoolOp, ast.IfExp, ast.Not)
        for node in ast.walk(expression.tree):
            if isinstance(node, conditional) or getattr(node, "id", "") == "where":
                return (
                    "has a condition; a formula of parameters must be smooth, so that "
                    "it has an error."
                )
        return ""

    def _check_observables(self) -> None:
        first = next(iter(self.study.model.components.values())).on
        for name, section in self.study.model.components.items():
            if section.on != first and section.on in self.study.observables:
                self._fault(
                    ("model", "components", name, "on"),
                    f"is `{section.on}`, but the first component is on `{first}`: all "
                    "components of one model describe the same observable.",
                )

    def _constraints(self) -> Iterable[tuple[str, float, float]]:
        for index, section in enumerate(self.study.constraints):
            if section.parameter not in self.scalars:
                hint = nearest(section.parameter, self.scalars)
                self._fault(
                    ("constraints", index, "parameter"),
                    f"names no parameter: `{section.parameter}`; {hint}",
                )
            yield section.parameter, *section.gauss

    def _order(self) -> None:
        """Put every formula behind what it needs, and evaluate it once."""
        formulas = {n: s for n, s in self.scalars.items() if isinstance(s, Formula)}
        graph = {name: formula.expression.names for name, formula in formulas.items()}
        try:
            order = [
                n for n in TopologicalSorter(graph).static_order() if n in formulas
            ]
        except CycleError as error:
            circle = " <- ".join(f"`{name}`" for name in error.args[1])
            self._fault(self.places[error.args[1][0]], f"needs itself: {circle}.")
            return
        leaves = {n: s for n, s in self.scalars.items() if n not in formulas}
        self.scalars = {**leaves, **{name: formulas[name] for name in order}}
        values = {n: s.value for n, s in leaves.items() if isinstance(s, Leaf)}
        for name in order:
            self._evaluate(formulas[name], values)

    def _evaluate(self, formula: Formula, values: dict[str, Any]) -> None:
        try:
            value = float(formula.expression.evaluate(values))
        except LikelyError as error:
            self._fault(self.places[formula.name], f"cannot be evaluated: {error}")
            value = math.nan
        else:
            if not math.isfinite(value):
                self._fault(
                    self.places[formula.name],
                    f"is {value} at the start values of its parameters; it must be a "
                    "finite number there.",
                )
        values[formula.name] = value

    def _check_use(
        self, components: list[ComponentPlan], constrained: list[str]
    ) -> None:
        """Refuse a free parameter of which neither data nor constraints know."""
        used = set(constrained)
        for component in components:
            used |= {*component.arguments.values(), component.size or ""}
        for name in reversed(self.scalars):  # a formula stands behind what it needs
            scalar = self.scalars[name]
            if name in used and isinstance(scalar, Formula):
                used |= set(scalar.expression.names)
        for name, scalar in self.scalars.items():
            if isinstance(scalar, Leaf) and not scalar.fixed and name not in used:
                self._fault(
                    self.places[name],
                    "is free, but no component and no constraint depends on it: "
                    "use it, fix it (`fixed: true`), or remove it.",
                )
