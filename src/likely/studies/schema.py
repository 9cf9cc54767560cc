"""The grammar of a study of kind `fit`: its sections, and the rules inside each."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeAlias, final

from pydantic import Field, PlainValidator, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from .grammar import PDFS, argument_faults
from .schema_parts import (
    ArgumentValue,
    DataSection,
    Errors,
    ObservableSection,
    ParameterSection,
    ParameterValue,
    Seed,
    StudyName,
)
from .schema_values import (
    AbstractSection,
    ComponentName,
    Name,
    Text,
    Truth,
    mean_and_sigma,
    one_of,
    whole_number,
)

MINIMISERS = ("newton", "minuit")
WEIGHTS = ("sandwich", "sum_of_squares", "none")
MAX_BINS = 10_000
MAX_STARTS = 1000
Located: TypeAlias = tuple[tuple[str, ...], str]


def _pdf(value: Any) -> str:
    return one_of(value, PDFS, "a pdf")


def _minimiser(value: Any) -> str:
    return one_of(value, MINIMISERS, "a minimiser")


def _weights(value: Any) -> str:
    return one_of(value, WEIGHTS, "an error for weighted events")


def _starts(value: Any) -> int:
    starts = whole_number(value)
    if not 1 <= starts <= MAX_STARTS:
        raise ValueError(f"must be between 1 and {MAX_STARTS}; got {starts}.")
    return starts


def _bins(value: Any) -> int:
    bins = whole_number(value)
    if not 1 <= bins <= MAX_BINS:
        raise ValueError(f"must be between 1 and {MAX_BINS}; got {bins}.")
    return bins


@final
class ComponentSection(AbstractSection):
    """One term of the model: a pdf on an observable, and how much of it."""

    pdf: Annotated[str, PlainValidator(_pdf)]
    on: Text
    args: dict[str, ArgumentValue] = {}
    yield_: ArgumentValue | None = Field(default=None, alias="yield")
    fraction: ArgumentValue | None = None

    @model_validator(mode="after")
    def _arguments(self) -> "ComponentSection":
        faults = [
            (("args", name) if name else (), sentence)
            for name, sentence in argument_faults(self.pdf, list(self.args))
        ]
        if self.yield_ is not None and self.fraction is not None:
            faults.append(((), "has a `yield` and a `fraction`; give one of them."))
        _raise(faults)
        return self


@final
class ModelSection(AbstractSection):
    """The sum of components, by yields or by fractions."""

    components: Annotated[dict[ComponentName, ComponentSection], Field(min_length=1)]

    @model_validator(mode="after")
    def _sizes(self) -> "ModelSection":
        _raise(list(_size_faults(self.components)))
        return self


@final
class ConstraintSection(AbstractSection):
    """Outside knowledge of a parameter: `gauss: [mean, sigma]`."""

    parameter: Text
    gauss: Annotated[tuple[float, float], PlainValidator(mean_and_sigma)]


@final
class FitSection(AbstractSection):
    """How the minimum and the errors are found."""

    minimiser: Annotated[str, PlainValidator(_minimiser)] = "newton"
    errors: Errors = ["hesse"]
    starts: Annotated[int, PlainValidator(_starts)] | None = None
    weights: Annotated[str, PlainValidator(_weights)] = "sandwich"

    @model_validator(mode="after")
    def _of_newton(self) -> "FitSection":
        if self.starts is not None and self.minimiser != "newton":
            _raise([(("starts",), "is an option of `minimiser: newton`; drop it.")])
        return self


@final
class ReportSection(AbstractSection):
    """How the result is shown."""

    bins: Annotated[int, PlainValidator(_bins)] = 60
    log: Truth = False


@final
class FitStudy(AbstractSection):
    """A maximum-likelihood fit of a model to the events in files."""

    kind: Literal["fit"]
    name: StudyName | None = None
    title: Text | None = None
    description: Text | None = None
    seed: Seed = 0
    data: DataSection
    observables: Annotated[dict[Text, ObservableSection], Field(min_length=1)]
    parameters: dict[Name, ParameterValue] = {}
    model: ModelSection
    constraints: list[ConstraintSection] = []
    fit: FitSection = FitSection()
    report: ReportSection = ReportSection()

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, value: Any) -> Any:
        # A section whose entries are all commented out reads as nothing.
        if not isinstance(value, dict):
            return value
        return {key: v for key, v in value.items() if v is not None or key == "data"}


def _size_faults(components: dict[str, ComponentSection]) -> Iterator[Located]:
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


def _raise(faults: list[Located]) -> None:
    """Raise faults at the places inside a section where they are.

    Raises:
        ValidationError: If there is a fault.
    """
    if faults:
        details = [
            InitErrorDetails(
                type=PydanticCustomError("rule", "{sentence}", {"sentence": sentence}),
                loc=place,
                input=None,
            )
            for place, sentence in faults
        ]
        raise ValidationError.from_exception_data("section", details)


# Which section stands where; `*` is any name or index. Errors look valid keys up here.
SECTIONS: dict[tuple[str, ...], type[AbstractSection]] = {
    (): FitStudy,
    ("data",): DataSection,
    ("observables", "*"): ObservableSection,
    ("parameters", "*"): ParameterSection,
    ("model",): ModelSection,
    ("model", "components", "*"): ComponentSection,
    ("model", "components", "*", "args", "*"): ParameterSection,
    ("model", "components", "*", "yield"): ParameterSection,
    ("model", "components", "*", "fraction"): ParameterSection,
    ("constraints", "*"): ConstraintSection,
    ("fit",): FitSection,
    ("report",): ReportSection,
}
