"""The grammar of a study of kind `fit`: its sections, and the rules between them."""

from typing import Annotated, Any, Literal, final

from pydantic import Field, PlainValidator, model_validator

from .document import kind_of
from .schema_components import component_places
from .schema_data import (
    Binning,
    BinningSection,
    Bins,
    CategorySection,
    DataSection,
    ModelSection,
    SimultaneousSection,
    data_faults,
)
from .schema_parts import (
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
    number,
    one_of,
    raise_faults,
    text,
    whole_number,
)

MINIMISERS = ("newton", "lbfgs", "minuit")
WEIGHTS = ("sandwich", "sum_of_squares", "none")
LOSSES = ("likelihood", "chi_square")
TEMPLATES = ("exact", "barlow_beeston", "dembinski_abdelmotteleb")
STREAMS = ("auto", "always", "never")
MAX_STARTS = 1000


def _minimiser(value: Any) -> str:
    return one_of(value, MINIMISERS, "a minimiser")


def _weights(value: Any) -> str:
    return one_of(value, WEIGHTS, "an error for weighted events")


def _loss(value: Any) -> str:
    return one_of(value, LOSSES, "a loss")


def _templates(value: Any) -> str:
    return one_of(value, TEMPLATES, "a treatment of templates")


def _stream(value: Any) -> str:
    return one_of(value, STREAMS, "when to stream")


def _starts(value: Any) -> int:
    starts = whole_number(value)
    if not 1 <= starts <= MAX_STARTS:
        raise ValueError(f"must be between 1 and {MAX_STARTS}; got {starts}.")
    return starts


def _scale(value: Any) -> float:
    scale = number(value)
    if scale <= 0:
        raise ValueError(f"must be positive; got {scale:g}.")
    return scale


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
    loss: Annotated[str, PlainValidator(_loss)] = "likelihood"
    templates: Annotated[str, PlainValidator(_templates)] = "exact"
    stream: Annotated[str, PlainValidator(_stream)] = "auto"

    @model_validator(mode="after")
    def _of_newton(self) -> "FitSection":
        if self.starts is not None and self.minimiser != "newton":
            raise_faults(
                [(("starts",), "is an option of `minimiser: newton`; drop it.")]
            )
        return self


@final
class BlindSection(AbstractSection):
    """What hides a parameter's value: the offset is made of `key` and its name."""

    key: Text
    scale: Annotated[float, PlainValidator(_scale)] | None = None


def _blind(value: Any) -> str | BlindSection:
    if isinstance(value, dict):
        return BlindSection.model_validate(value)
    if not isinstance(value, str):
        raise ValueError(
            "must be a text that the offset is made of, or {key: TEXT, scale: NUMBER}; "
            f"got {kind_of(value)}."
        )
    return text(value)


@final
class ReportSection(AbstractSection):
    """How the result is shown."""

    bins: Bins = 60
    log: Truth = False


@final
class FitStudy(AbstractSection):
    """A maximum-likelihood fit of models to the events or histograms in files."""

    kind: Literal["fit"]
    name: StudyName | None = None
    title: Text | None = None
    description: Text | None = None
    seed: Seed = 0
    data: DataSection | None = None
    datasets: (
        Annotated[dict[ComponentName, DataSection], Field(min_length=1)] | None
    ) = None
    observables: Annotated[dict[Text, ObservableSection], Field(min_length=1)]
    parameters: dict[Name, ParameterValue] = {}
    model: ModelSection | None = None
    simultaneous: SimultaneousSection | None = None
    binned: Binning | None = None
    constraints: list[ConstraintSection] = []
    blind: dict[Text, Annotated[Any, PlainValidator(_blind)]] = {}
    fit: FitSection = FitSection()
    report: ReportSection = ReportSection()

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, value: Any) -> Any:
        # A section whose entries are all commented out reads as nothing.
        if not isinstance(value, dict):
            return value
        return {key: v for key, v in value.items() if v is not None}

    @model_validator(mode="after")
    def _together(self) -> "FitStudy":
        raise_faults(data_faults(self))
        return self

    @property
    def sources(self) -> dict[tuple[str, ...], DataSection]:
        """Return every section of data by its path; one, or one for each model."""
        if self.data is not None:
            return {("data",): self.data}
        return {("datasets", name): s for name, s in (self.datasets or {}).items()}

    @property
    def weighted(self) -> bool:
        """Return whether any of the events have weights."""
        return any(section.weight is not None for section in self.sources.values())

    def with_sources(self, sources: dict[tuple[str, ...], DataSection]) -> "FitStudy":
        """Return the study with other sections of data in their places."""
        if self.data is not None:
            return self.model_copy(update={"data": sources["data",]})
        return self.model_copy(
            update={"datasets": {path[-1]: s for path, s in sources.items()}}
        )


# Which section stands where; `*` is any name or index. Errors look valid keys up here.
SECTIONS: dict[tuple[str, ...], type[AbstractSection]] = {
    (): FitStudy,
    ("data",): DataSection,
    ("data", "binned", "*"): BinningSection,
    ("datasets", "*"): DataSection,
    ("datasets", "*", "binned", "*"): BinningSection,
    ("observables", "*"): ObservableSection,
    ("parameters", "*"): ParameterSection,
    ("model",): ModelSection,
    **component_places(("model", "components", "*")),
    ("simultaneous",): SimultaneousSection,
    ("simultaneous", "models", "*"): CategorySection,
    **component_places(("simultaneous", "models", "*", "components", "*")),
    ("binned", "*"): BinningSection,
    ("constraints", "*"): ConstraintSection,
    ("blind", "*"): BlindSection,
    ("fit",): FitSection,
    ("report",): ReportSection,
}
