"""From the section of a component to the plan of its density."""

from collections.abc import Collection, Mapping
from typing import Any, final

from ..core.errors import LikelyError, nearest
from ..core.expression import parse
from .combined_plan import ConditionalPlan, ConvolutionPlan, EfficiencyPlan, ProductPlan
from .density_plan import AbstractDensityPlan, Argument, FormulaPlan, ShapePlan
from .grammar import PDFS
from .scalars import ScalarTable, plain
from .schema_components import AbstractDensitySection, ComponentSection
from .schema_parts import ObservableSection
from .template_plan import HistogramPlan, KernelPlan
from .yaml_reader import Path


@final
class DensityReader:
    """Reads densities; their scalars and faults go into a table.

    Args:
        table: Where scalars and faults are collected.
        observables: The section of that name.
    """

    def __init__(
        self, table: ScalarTable, observables: Mapping[str, ObservableSection]
    ):
        self.table, self.observables = table, observables

    def component(
        self, name: str, section: ComponentSection, path: Path
    ) -> AbstractDensityPlan:
        """Return the density of a component; `name` begins those of its scalars."""
        if section.product is None:
            return self._density(name, section, path)
        factors, seen = [], {}
        for index, factor in enumerate(section.product):
            place = (*path, "product", index)
            for observable in factor.observables:
                if observable in seen:
                    self.table.fault(
                        (*place, "on"),
                        f"is `{observable}`, and so is factor {seen[observable]}: each "
                        "factor of a product has observables of its own.",
                    )
                seen[observable] = index
            inner = f"{name}.{factor.observables[0]}"
            factors.append(self._density(inner, factor, place))
        return ProductPlan(tuple(factors))

    def _density(
        self, name: str, section: AbstractDensitySection, path: Path
    ) -> AbstractDensityPlan:
        for observable in section.observables:
            if observable not in self.observables:
                hint = nearest(observable, self.observables)
                self.table.fault(
                    (*path, "on"), f"names no observable: `{observable}`; {hint}"
                )
        arguments: dict[str, Argument] = {}
        density = self._bare(name, section, path, arguments)
        if section.efficiency is not None:
            density = self._with_efficiency(density, section, path, plain(arguments))
        self._check_given(density, section, path)
        return ConditionalPlan(density) if density.given else density

    def _bare(
        self,
        name: str,
        section: AbstractDensitySection,
        path: Path,
        arguments: dict[str, Argument],
    ) -> AbstractDensityPlan:
        """Return the density without efficiency, and put its arguments in the dict."""
        observable = section.observables[0]
        if section.convolve is not None:
            smeared = section.convolve
            inside, given = (*path, "convolve"), section.given or ()
            arguments |= self._arguments(name, smeared, observable, inside, given)
            kernel = self._arguments(
                f"{name}.with", smeared.with_, observable, (*inside, "with"), given
            )
            return ConvolutionPlan(
                ShapePlan(smeared.pdf, (observable,), dict(arguments)),
                ShapePlan(smeared.with_.pdf, (observable,), kernel),
                *([] if smeared.true_range is None else [smeared.true_range]),
            )
        if section.pdf == "expression":
            return self._formula(name, section, path, arguments)
        if section.pdf == "histogram":
            file, histogram = section.file or "", section.name or ""
            return HistogramPlan(name, observable, file, histogram)
        if section.pdf == "kde":
            return _kernel(name, section)
        arguments |= self._arguments(
            name, section, observable, path, section.given or ()
        )
        return ShapePlan(section.pdf or "", section.observables, dict(arguments))

    def _arguments(
        self,
        name: str,
        section: Any,
        observable: str,
        path: Path,
        given: Collection[str],
    ) -> dict[str, Argument]:
        """Return the arguments of a pdf, those that name columns among them."""
        pdf, known = PDFS[section.pdf], self.observables.get(observable)
        order = [k for k in pdf.order(len(section.args)) if k in section.args]
        places = {key: (*path, "args", key) for key in order}
        by_event = {k: v for k, v in section.args.items() if _names_any(v, given)}
        found: dict[str, Argument] = {
            key: self.table.scalar(
                f"{name}.{key}",
                section.args[key],
                places[key],
                unit=pdf.unit(key, known.unit if known else ""),
            )
            for key in order
            if key not in by_event
        }
        for key, value in by_event.items():
            made = self.table.event_formula(value, places[key], given, plain(found))
            if made is not None:
                found[key] = made
        return {key: found[key] for key in order if key in found}

    def _formula(
        self,
        name: str,
        section: AbstractDensitySection,
        path: Path,
        arguments: dict[str, Argument],
    ) -> FormulaPlan:
        expression = parse(section.density or "")
        place = (*path, "density")
        own = {
            key: self.table.scalar(f"{name}.{key}", value, (*path, "args", key))
            for key, value in section.args.items()
        }
        arguments |= own
        used = [o for o in section.observables if o in expression.names]
        self.table.clash(used, own, (*path, "on"))
        for observable in section.observables:
            if observable not in used:
                self.table.fault(place, f"does not depend on `{observable}`.")
        elsewhere = _names_of(section.efficiency)
        for key in own:
            if key not in expression.names and key not in elsewhere:
                self.table.fault((*path, "args", key), "is not in the `density`.")
        variables = self.table.variables(expression, place, own, section.observables)
        return FormulaPlan(section.observables, expression, variables)

    def _with_efficiency(
        self,
        density: AbstractDensityPlan,
        section: AbstractDensitySection,
        path: Path,
        arguments: Mapping[str, str],
    ) -> AbstractDensityPlan:
        place = (*path, "efficiency")
        if len(density.observables) > 1:
            self.table.fault(
                place, "is for one observable; write it as a factor of the `density`."
            )
        expression = parse(section.efficiency or "")
        self.table.clash(
            [o for o in density.observables if o in expression.names], arguments, place
        )
        variables = self.table.variables(
            expression, place, arguments, density.observables
        )
        return EfficiencyPlan(density, expression, variables)

    def _check_given(
        self, density: AbstractDensityPlan, section: AbstractDensitySection, path: Path
    ) -> None:
        given = section.given or ()
        place = (*path, "given")
        if given and len(density.observables) > 1:
            text = "is for a density of one observable; this one has several."
            self.table.fault(place, text)
        self.table.clash(given, (), place)
        for column in given:
            if column in density.observables:
                text = f"has `{column}`, which is the observable of the density."
                self.table.fault(place, text)
            elif column not in density.given:
                text = f"has `{column}`, which no argument names."
                self.table.fault(place, text)


def _kernel(name: str, section: AbstractDensitySection) -> KernelPlan:
    sample, observable = section.sample, section.observables[0]
    assert sample is not None  # the grammar asks for it
    files = sample.file if isinstance(sample.file, list) else [sample.file]
    return KernelPlan(
        name,
        observable,
        tuple(files),
        sample.tree,
        sample.column or observable,
        sample.select,
        sample.weight,
        1.0 if section.bandwidth is None else section.bandwidth,
    )


def _names_any(value: Any, names: Collection[str]) -> bool:
    """Return whether an argument is a formula with one of the names in it."""
    return bool(_names_of(getattr(value, "expression", value)) & set(names))


def _names_of(text: Any) -> set[str]:
    """Return the names in a formula; none if it is no formula."""
    try:
        return set(parse(text).names) if isinstance(text, str) else set()
    except LikelyError:
        return set()
