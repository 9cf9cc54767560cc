"""The grammar of a component: what kinds there are, and which keys each of them has."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, final

from pydantic import Field, PlainValidator, model_validator

from .document import kind_of
from .grammar import OWN_FORMS, PDFS, argument_faults
from .schema_parts import ArgumentValue, ParameterSection, files
from .schema_values import (
    AbstractSection,
    ComponentName,
    Formula,
    Located,
    Name,
    Number,
    Text,
    name as name_of,
    number,
    one_of,
    raise_faults,
    text,
)

# A density of more observables would be integrated over too many points.
MAX_OBSERVABLES = 3


@final
@dataclass(frozen=True)
class Form:
    """A kind of component.

    Args:
        needs: Keys that it cannot do without.
        takes: Keys that it may have.
    """

    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()


SHAPE = Form(("on",), ("args", "given", "efficiency"))
# By the key that makes it one; of those with `pdf`, by what that says.
FORMS = {
    "expression": Form(("on", "density"), ("args", "efficiency")),
    "histogram": Form(("on", "file", "name"), ("efficiency",)),
    "kde": Form(("on", "sample"), ("bandwidth", "efficiency")),
    "convolve": Form(("on",), ("given", "efficiency")),
    "product": Form(),
}
_MAKING = ("pdf", "convolve", "product")


def _pdf(value: Any) -> str:
    return one_of(value, (*PDFS, *OWN_FORMS), "a pdf")


def _shape(value: Any) -> str:
    return one_of(value, [n for n in PDFS if PDFS[n].observables == 1], "a pdf")


def _on(value: Any) -> str | list[str]:
    if not isinstance(value, list):
        return text(value)
    if not 1 <= len(value) <= MAX_OBSERVABLES:
        raise ValueError(
            f"must be an observable or a list of up to {MAX_OBSERVABLES}; "
            f"got {kind_of(value)}."
        )
    names = [text(item) for item in value]
    if len(set(names)) < len(names):
        raise ValueError("names an observable twice.")
    return names


def _given(value: Any) -> list[str]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"must be a list of columns; got {kind_of(value)}.")
    return list(dict.fromkeys(name_of(item) for item in value))


def _positive(value: Any) -> float:
    found = number(value)
    if found <= 0:
        raise ValueError(f"must be positive; got {found:g}.")
    return found


def _true_range(value: Any) -> tuple[float, float]:
    form = "[lower, upper], either of which may be .inf"
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(f"must be {form}; got {kind_of(value)}.")
    ends = [v if isinstance(v, float) and math.isinf(v) else number(v) for v in value]
    if not ends[0] < ends[1]:
        raise ValueError(f"must be {form}, lower < upper; got {list(value)}.")
    return ends[0], ends[1]


@final
class SampleSection(AbstractSection):
    """The events that a kernel estimate is made of."""

    file: Annotated[str | list[str], PlainValidator(files)]
    tree: Text | None = None
    select: Formula | None = None
    weight: Formula | None = None
    column: Name | None = None


@final
class KernelSection(AbstractSection):
    """What a density is convolved with."""

    pdf: Annotated[str, PlainValidator(_shape)]
    args: dict[str, ArgumentValue] = {}

    @model_validator(mode="after")
    def _arguments(self) -> "KernelSection":
        raise_faults(_of_arguments(self.pdf, self.args))
        return self


@final
class ConvolveSection(AbstractSection):
    """A density and the resolution that smears it."""

    pdf: Annotated[str, PlainValidator(_shape)]
    args: dict[str, ArgumentValue] = {}
    with_: KernelSection = Field(alias="with")
    true_range: Annotated[tuple[float, float], PlainValidator(_true_range)] | None = (
        None
    )

    @model_validator(mode="after")
    def _arguments(self) -> "ConvolveSection":
        raise_faults(_of_arguments(self.pdf, self.args))
        return self


class AbstractDensitySection(AbstractSection):
    """What a component and a factor of a product have in common."""

    pdf: Annotated[str, PlainValidator(_pdf)] | None = None
    on: Annotated[str | list[str], PlainValidator(_on)] | None = None
    args: dict[str, ArgumentValue] = {}
    given: Annotated[list[str], PlainValidator(_given)] | None = None
    convolve: ConvolveSection | None = None
    density: Formula | None = None
    file: Text | None = None
    name: Text | None = None
    sample: SampleSection | None = None
    bandwidth: Annotated[Number, PlainValidator(_positive)] | None = None
    efficiency: Formula | None = None

    @property
    def observables(self) -> tuple[str, ...]:
        """Return the observables that it names itself."""
        if self.on is None:
            return ()
        return tuple(self.on) if isinstance(self.on, list) else (self.on,)


@final
class FactorSection(AbstractDensitySection):
    """One factor of a product."""

    @model_validator(mode="after")
    def _form(self) -> "FactorSection":
        raise_faults(_form_faults(self, ()))
        return self


@final
class ComponentSection(AbstractDensitySection):
    """One term of the model: a density, and how much of it."""

    product: Annotated[list[FactorSection], Field(min_length=2)] | None = None
    yield_: ArgumentValue | None = Field(default=None, alias="yield")
    fraction: ArgumentValue | None = None

    @model_validator(mode="after")
    def _form(self) -> "ComponentSection":
        faults = list(_form_faults(self, ("yield_", "fraction")))
        if self.yield_ is not None and self.fraction is not None:
            faults.append(((), "has a `yield` and a `fraction`; give one of them."))
        raise_faults(faults)
        return self


def size_faults(components: dict[str, ComponentSection]) -> Iterator[Located]:
    """Yield the components whose `yield` or `fraction` is missing or too much."""
    yields = [name for name, c in components.items() if c.yield_ is not None]
    fractions = [name for name, c in components.items() if c.fraction is not None]
    without = [name for name in components if name not in (*yields, *fractions)]
    if yields and fractions:
        yield (
            ("components", fractions[0], "fraction"),
            f"stands beside the `yield` of `{yields[0]}`: give every component a "
            "yield (an extended fit), or all but the last a fraction.",
        )
    elif yields:
        for name in without:
            yield ("components", name), "lacks the `yield` that the others have."
    elif not without:
        at = ("components", fractions[-1], "fraction")
        yield at, "is one too many: the last component has the rest."
    else:
        for name in without[:-1]:
            yield (
                ("components", name),
                "needs a `fraction` or a `yield`: all components have a yield, or all "
                "but the last a fraction.",
            )


Components = Annotated[dict[ComponentName, ComponentSection], Field(min_length=1)]


def component_places(
    prefix: tuple[str, ...],
) -> dict[tuple[str, ...], type[AbstractSection]]:
    """Return which section stands where inside a component."""
    places: dict[tuple[str, ...], type[AbstractSection]] = {
        prefix: ComponentSection,
        (*prefix, "yield"): ParameterSection,
        (*prefix, "fraction"): ParameterSection,
        (*prefix, "product", "*"): FactorSection,
    }
    for inside in (prefix, (*prefix, "product", "*")):
        places |= {
            (*inside, "args", "*"): ParameterSection,
            (*inside, "sample"): SampleSection,
            (*inside, "convolve"): ConvolveSection,
            (*inside, "convolve", "args", "*"): ParameterSection,
            (*inside, "convolve", "with"): KernelSection,
            (*inside, "convolve", "with", "args", "*"): ParameterSection,
        }
    return places


def _form_faults(
    section: AbstractDensitySection, beside: tuple[str, ...]
) -> Iterator[Located]:
    """Yield what is wrong with the keys of a component, taken together."""
    made = [key for key in _MAKING if getattr(section, key, None) is not None]
    if not made:
        yield ("pdf",), "is missing."
        return
    if len(made) > 1:
        yield (
            (made[1],),
            f"stands beside `{made[0]}`: a component is one of "
            f"{', '.join(f'`{key}`' for key in _MAKING)}.",
        )
        return
    form = FORMS.get(section.pdf or made[0], SHAPE)
    for key in form.needs:
        if getattr(section, key) is None:
            yield (key,), "is missing."
    known = {*made, *form.needs, *form.takes, *beside}
    what = f"`pdf: {section.pdf}`" if section.pdf else f"`{made[0]}`"
    keys = ", ".join(f"`{key}`" for key in (*form.needs, *form.takes))
    given = [k for k in type(section).model_fields if getattr(section, k)]
    for key in (k for k in given if k not in known):
        takes = f"it has {keys}" if keys else "its factors have theirs"
        yield (key,), f"is not a key beside {what}; {takes}."
    if section.pdf in PDFS:
        yield from _of_arguments(section.pdf, section.args)
    if section.pdf == "expression":
        yield from _own_names(section.args)
        return
    n = PDFS[section.pdf].observables if section.pdf in PDFS else 1
    if len(section.observables) > 1 and n == 1:
        yield (
            ("on",),
            f"is a list, but {what} is a density of one observable; several are for "
            "`pdf: expression` and `product`.",
        )
    elif section.on is not None and len(section.observables) != n:
        yield ("on",), f"must list {n} observables: {PDFS[section.pdf or ''].summary}."


def _of_arguments(pdf: str, given: dict[str, Any]) -> Iterator[Located]:
    for argument, sentence in argument_faults(pdf, list(given)):
        yield (("args", argument) if argument else ()), sentence


def _own_names(given: dict[str, Any]) -> Iterator[Located]:
    for argument in given:
        try:
            name_of(argument)
        except ValueError as error:
            yield ("args", argument), str(error)
