"""From a valid study to a plan: every name is looked up, every formula put in order."""

from collections.abc import Iterable, Mapping
from typing import final

from ..core.errors import nearest
from ..core.observable import Observable
from .binning import binning, check_options
from .blind import blinded
from .densities import DensityReader
from .document import Document
from .plan import ComponentPlan, Leaf, ModelPlan, Plan
from .scalars import ScalarTable
from .schema import FitStudy
from .schema_components import ComponentSection
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
    if builder.table.faults:
        raise faults_error(document, builder.table.faults)
    return made


@final
class _Builder:
    """Puts the models of a study together, and collects every fault on the way."""

    def __init__(self, study: FitStudy):
        self.study = study
        self.table = ScalarTable(study.parameters)
        self.reader = DensityReader(self.table, study.observables)

    def build(self) -> Plan:
        study, table = self.study, self.table
        models = tuple(self._models())
        constraints = list(self._constraints())
        if not table.faults:
            table.order()
        made = Plan(
            {
                name: Observable(name, *section.range, section.unit)
                for name, section in study.observables.items()
            },
            table.scalars,
            models,
            constraints=tuple(constraints),
            by=study.simultaneous.by if study.simultaneous else None,
        )
        if not table.faults:
            self._check_use(made)
        if table.faults:
            return made
        for fault in check_options(study, made):
            table.fault(*fault)
        made, faults = blinded(made, study.blind)
        for fault in faults:
            table.fault(*fault)
        return made

    def _models(self) -> Iterable[ModelPlan]:
        if self.study.model is not None:
            yield self._model("", self.study.model.components, ("model",))
        if self.study.simultaneous is not None:
            for name, section in self.study.simultaneous.models.items():
                path = ("simultaneous", "models", name)
                yield self._model(
                    name,
                    section.components,
                    path,
                    when=section.when,
                    value=section.value,
                )

    def _model(
        self,
        name: str,
        sections: Mapping[str, ComponentSection],
        path: Path,
        *,
        when: str | None = None,
        value: int | None = None,
    ) -> ModelPlan:
        components = [
            self._component(name, key, section, (*path, "components", key))
            for key, section in sections.items()
        ]
        components.sort(key=lambda c: c.size is None)
        self._check_observables(sections, components, path)
        bins, faults = binning(self.study, name, components[0].density.observables)
        for fault in faults:
            self.table.fault(*fault)
        extended = any(section.yield_ is not None for section in sections.values())
        return ModelPlan(name, tuple(components), extended, when, value, bins)

    def _component(
        self, model: str, name: str, section: ComponentSection, path: Path
    ) -> ComponentPlan:
        full = f"{model}.{name}" if model else name
        density = self.reader.component(full, section, path)
        size = None
        for key, value in (("yield", section.yield_), ("fraction", section.fraction)):
            if value is not None:
                size = self.table.scalar(f"{full}.{key}", value, (*path, key))
        return ComponentPlan(name, density, size)

    def _check_observables(
        self,
        sections: Mapping[str, ComponentSection],
        components: list[ComponentPlan],
        path: Path,
    ) -> None:
        observables = {c.name: c.density.observables for c in components}
        first = observables[next(iter(sections))]
        for name, section in sections.items():
            own = observables[name]
            if set(own) == set(first) or not set(own) <= {*self.study.observables}:
                continue
            at = "product" if section.product is not None else "on"
            self.table.fault(
                (*path, "components", name, at),
                f"is `{', '.join(own)}`, but the first component is on "
                f"`{', '.join(first)}`: all components of one model describe the same "
                "observable.",
            )
        for component in components:
            for column in component.density.given:
                if column in first:
                    self.table.fault(
                        (*path, "components", component.name),
                        f"is given `{column}`, which is an observable of the others; "
                        f"multiply it by a density of `{column}` (`product`).",
                    )

    def _constraints(self) -> Iterable[tuple[str, float, float]]:
        for index, section in enumerate(self.study.constraints):
            if section.parameter not in self.table.scalars:
                hint = nearest(section.parameter, self.table.scalars)
                self.table.fault(
                    ("constraints", index, "parameter"),
                    f"names no parameter: `{section.parameter}`; {hint}",
                )
            yield section.parameter, *section.gauss

    def _check_use(self, plan: Plan) -> None:
        """Refuse a free parameter of which neither data nor constraints know."""
        used = {name for name, _, _ in plan.constraints}
        for component in plan.components:
            used |= {*component.density.scalars, component.size or ""}
        used = plan.behind(used)
        for name, scalar in plan.scalars.items():
            if isinstance(scalar, Leaf) and not scalar.fixed and name not in used:
                self.table.fault(
                    self.table.places[name],
                    "is free, but no component and no constraint depends on it: "
                    "use it, fix it (`fixed: true`), or remove it.",
                )
