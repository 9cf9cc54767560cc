"""The parameters and formulas of a study, collected by name with every fault."""

import ast
import math
from collections.abc import Collection, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any, final

from ..core.errors import LikelyError, nearest
from ..core.expression import Expression, parse
from .density_plan import Argument, EventFormula
from .plan import Formula, Leaf, PlannedScalar
from .schema_parts import ParameterSection
from .yaml_reader import Path


@final
class ScalarTable:
    """What is found so far: scalars, where each is written, and faults.

    Args:
        parameters: The section of that name.
    """

    def __init__(self, parameters: Mapping[str, Any]):
        self.parameters = parameters
        self.faults: list[tuple[Path, str]] = []
        self.scalars: dict[str, PlannedScalar] = {}
        self.places: dict[str, Path] = {}
        for name, section in parameters.items():
            self._add(name, section, ("parameters", name))

    def fault(self, path: Path, sentence: str) -> None:
        """Note what is wrong with the entry at a place."""
        self.faults.append((path, sentence))

    def scalar(self, name: str, value: Any, path: Path, *, unit: str = "") -> str:
        """Return the name of what an argument refers to, which is made if it is new."""
        if isinstance(value, str):
            if value in self.parameters:
                return value
            expression = self._parsed(value, path)
            if expression.names == (value,):
                options = self.parameters
                hint = nearest(value, options) if options else "there are none."
                self.fault(path, f"names no entry of `parameters`: `{value}`; {hint}")
                expression = parse("0")
            value = ParameterSection(expression=expression.text)
        self._add(name, value, path, unit)
        return name

    def event_formula(
        self,
        value: Any,
        path: Path,
        columns: Collection[str],
        others: Mapping[str, str],
    ) -> EventFormula | None:
        """Return an argument as a formula of columns; None if there are none in it.

        Args:
            value: What the study says.
            path: Where.
            columns: That it may name.
            others: Scalars that it may name beside `parameters`, by the name there.
        """
        text = value.expression if isinstance(value, ParameterSection) else value
        if not isinstance(text, str) or text in self.parameters:
            return None
        try:
            expression = parse(text)
        except LikelyError:
            return None  # the fault is told where the scalar is made
        if not set(expression.names) & set(columns):
            return None
        if condition_in(expression):
            self.fault(path, _CONDITION)
        found = self.variables(expression, path, others, columns)
        used = tuple(name for name in expression.names if name in columns)
        return EventFormula(expression, found, used)

    def variables(
        self,
        expression: Expression,
        path: Path,
        others: Mapping[str, str],
        besides: Collection[str] = (),
    ) -> dict[str, str]:
        """Return the scalar for each variable of a formula but those `besides`.

        Args:
            expression: Of scalars and others.
            path: Where it is written.
            others: Scalars that it may name, beside `parameters`.
            besides: Names of columns and observables.
        """
        found: dict[str, str] = {}
        for name in expression.names:
            if name in besides:
                continue
            if name in others:
                found[name] = others[name]
            elif name in self.parameters:
                found[name] = name
            else:
                known = [*self.parameters, *others, *besides]
                self.fault(path, f"uses `{name}`, which is not known here; "
                           f"{nearest(name, known)}")  # fmt: skip
        return found

    def clash(self, names: Iterable[str], others: Collection[str], path: Path) -> None:
        """Note the columns or observables that share their name with a scalar."""
        for name in names:
            if name in self.parameters or name in others:
                where = "`args`" if name in others else "`parameters`"
                self.fault(
                    path,
                    f"has `{name}`, which is an entry of {where} too; rename that one.",
                )

    def _parsed(self, text: str, path: Path) -> Expression:
        try:
            return parse(text)
        except LikelyError as error:
            self.fault(path, f"is neither a parameter nor a formula: {error}")
            return parse("0")

    def _add(self, name: str, value: Any, path: Path, unit: str = "") -> None:
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
            self.fault(path, fault)
            expression = parse("0")
        if not expression.names:
            number = float(expression.evaluate({}))
            self.scalars[name] = Leaf(name, number, unit=unit, fixed=True)
            return
        self.scalars[name] = Formula(name, expression, unit)

    def _formula_fault(self, expression: Expression) -> str:
        known = self.parameters
        for name in expression.names:
            if name not in known:
                hint = nearest(name, known) if known else "there are none."
                return f"uses `{name}`, which is no entry of `parameters`; {hint}"
        return _CONDITION if condition_in(expression) else ""

    def order(self) -> None:
        """Put every formula behind what it needs, and evaluate it once."""
        formulas = {n: s for n, s in self.scalars.items() if isinstance(s, Formula)}
        graph = {name: formula.expression.names for name, formula in formulas.items()}
        try:
            order = [
                n for n in TopologicalSorter(graph).static_order() if n in formulas
            ]
        except CycleError as error:
            circle = " <- ".join(f"`{name}`" for name in error.args[1])
            self.fault(self.places[error.args[1][0]], f"needs itself: {circle}.")
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
            self.fault(self.places[formula.name], f"cannot be evaluated: {error}")
            value = math.nan
        else:
            if not math.isfinite(value):
                self.fault(
                    self.places[formula.name],
                    f"is {value} at the start values of its parameters; it must be a "
                    "finite number there.",
                )
        values[formula.name] = value


_CONDITION = (
    "has a condition; a formula of parameters must be smooth, so that it has an error."
)


def condition_in(expression: Expression) -> bool:
    """Return whether a formula jumps: a comparison, or a choice by one."""
    conditional = (ast.Compare, ast.BoolOp, ast.IfExp, ast.Not)
    return any(
        isinstance(node, conditional) or getattr(node, "id", "") == "where"
        for node in ast.walk(expression.tree)
    )


def plain(arguments: Mapping[str, Argument]) -> dict[str, str]:
    """Return the arguments that are scalars."""
    return {key: a for key, a in arguments.items() if isinstance(a, str)}
