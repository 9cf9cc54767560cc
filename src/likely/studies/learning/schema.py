"""The grammar of studies of kind `classify` and `regress`."""

import abc
from typing import Annotated, Any, Literal, final

from pydantic import Field, PlainValidator, model_serializer, model_validator

from ..schema_parts import Seed, StudyName, files
from ..schema_values import (
    AbstractSection,
    ComponentName,
    Formula,
    Located,
    Name,
    Text,
    Unit,
    number,
    raise_faults,
)
from .schema_boosted import (
    baseline_faults,
    boosted_faults,
    with_defaults_of_trees,
    without_training,
)
from .schema_features import FeaturesSection, net_faults, with_net
from .schema_fit import (
    LearningFitSection,
    PenaltiesSection,
    StoppingSection,
)
from .schema_log import LogSection, LogSections
from .schema_model import LearningModelSection
from .schema_report import LearningReportSection
from .schema_search import SearchSection
from .schema_tabular import tabular_faults, with_codes
from .schema_target import ClassesSection, NumberSection

PARTS = ("train", "validation", "test")


def _part(value: Any) -> float:
    found = number(value)
    if not 0 <= found <= 1:
        raise ValueError(f"must be a fraction from 0 to 1; got {found:g}.")
    return found


Fraction = Annotated[float, PlainValidator(_part)]


@final
class EventsSection(AbstractSection):
    """Where the events are."""

    file: Annotated[str | list[str], PlainValidator(files)]
    tree: Text | None = None
    select: Formula | None = None
    define: dict[Name, Formula] = {}
    weight: Formula | None = None
    units: dict[Name, Unit] = {}


@final
class SplitSection(AbstractSection):
    """Which part of the events is for what."""

    train: Fraction = 0.6
    validation: Fraction = 0.2
    test: Fraction = 0.2
    by: Name | None = None
    seed: Seed | None = None

    @model_validator(mode="after")
    def _whole(self) -> "SplitSection":
        total = self.train + self.validation + self.test
        if abs(total - 1) > 1e-9:
            raise ValueError(f"must have parts that sum to 1; they sum to {total:g}.")
        for name in ("train", "test"):
            if getattr(self, name) == 0:
                raise_faults([((name,), "must not be 0: the report is of its events.")])
        return self


def _data_faults(study: Any) -> list[Located]:
    faults: list[Located] = []
    if (study.data is None) == (study.datasets is None):
        place = ("data",) if study.data is None else ("datasets",)
        text = (
            "is missing."
            if study.data is None
            else "stands beside `data`: all events are there, or a file for each class."
        )
        faults.append((place, text))
    if study.datasets is not None and study.target is not None:
        text = "stands beside `datasets`, whose names are the classes; drop it."
        faults.append((("target",), text))
    if study.data is not None and study.target is None:
        faults.append((("target",), "is missing."))
    return faults


def _fit_faults(study: Any) -> list[Located]:
    stopping, watched = study.fit.early_stopping, study.split.validation
    if not stopping or watched or study.fit.folds > 1:
        return []
    text = (
        "watches validation events, and `split.validation` is 0; give it a part of "
        "them, or write `early_stopping: false`."
    )
    return [(("fit", "early_stopping"), text)]


def _swallowed(study: Any) -> list[Located]:
    """Return the options of classes that a study of a number has."""
    text = "is an option of `kind: classify`; drop it."
    given = [key for key in ("balanced", "label_smoothing") if getattr(study.fit, key)]
    places = [("fit", key) for key in given]
    places += [("report", "baseline")] if study.report.baseline else []
    return [(place, text) for place in places]


class AbstractLearningStudy(AbstractSection):
    """What is done alike with studies of both kinds."""

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, value: Any) -> Any:
        return with_defaults_of_trees(with_codes(with_net(without_empty(value))))

    @model_validator(mode="after")
    def _together(self) -> "AbstractLearningStudy":
        of_model = [*net_faults(self), *boosted_faults(self), *tabular_faults(self)]
        raise_faults([*self.faults, *of_model, *_fit_faults(self)])
        return self

    @model_serializer(mode="wrap")
    def _written(self, write: Any) -> Any:
        section: Any = self
        return without_training(section.model.net, write(self))

    @property
    @abc.abstractmethod
    def faults(self) -> list[Located]:
        """Return what is wrong in a way that only this kind can be."""

    @property
    @abc.abstractmethod
    def sources(self) -> dict[tuple[str, ...], EventsSection]:
        """Return every section of data by its path."""


@final
class ClassifyStudy(AbstractLearningStudy):
    """A network that tells classes of events apart."""

    kind: Literal["classify"]
    name: StudyName | None = None
    title: Text | None = None
    description: Text | None = None
    seed: Seed = 0
    data: EventsSection | None = None
    datasets: (
        Annotated[dict[ComponentName, EventsSection], Field(min_length=2)] | None
    ) = None
    target: ClassesSection | None = None
    features: FeaturesSection
    split: SplitSection = SplitSection()
    model: LearningModelSection = LearningModelSection()
    fit: LearningFitSection = LearningFitSection()
    search: SearchSection | None = None
    log: LogSections = []
    report: LearningReportSection = LearningReportSection()

    @property
    def faults(self) -> list[Located]:
        """Return what is wrong with where the events and their classes are."""
        return [*_data_faults(self), *baseline_faults(self)]

    @property
    def sources(self) -> dict[tuple[str, ...], EventsSection]:
        """Return every section of data by its path; one, or one for each class."""
        if self.data is not None:
            return {("data",): self.data}
        return {("datasets", name): s for name, s in (self.datasets or {}).items()}


@final
class RegressStudy(AbstractLearningStudy):
    """A network that predicts a number of each event."""

    kind: Literal["regress"]
    name: StudyName | None = None
    title: Text | None = None
    description: Text | None = None
    seed: Seed = 0
    data: EventsSection
    target: NumberSection
    features: FeaturesSection
    split: SplitSection = SplitSection()
    model: LearningModelSection = LearningModelSection()
    fit: LearningFitSection = LearningFitSection()
    search: SearchSection | None = None
    log: LogSections = []
    report: LearningReportSection = LearningReportSection()

    @property
    def faults(self) -> list[Located]:
        """Return the options that only classes have."""
        return _swallowed(self)

    @property
    def sources(self) -> dict[tuple[str, ...], EventsSection]:
        """Return the section of data by its path."""
        return {("data",): self.data}


def without_empty(value: Any) -> Any:
    """Return a mapping without entries that are nothing.

    A section whose entries are all commented out reads as nothing.
    """
    if not isinstance(value, dict):
        return value
    return {key: v for key, v in value.items() if v is not None}


SECTIONS: dict[tuple[str, ...], type[AbstractSection]] = {
    ("data",): EventsSection,
    ("datasets", "*"): EventsSection,
    ("features",): FeaturesSection,
    ("split",): SplitSection,
    ("model",): LearningModelSection,
    ("fit",): LearningFitSection,
    ("fit", "early_stopping"): StoppingSection,
    ("fit", "penalties"): PenaltiesSection,
    ("search",): SearchSection,
    ("log",): LogSection,
    ("log", "*"): LogSection,
    ("report",): LearningReportSection,
}
CLASSIFY: dict[tuple[str, ...], type[AbstractSection]] = {
    (): ClassifyStudy,
    ("target",): ClassesSection,
    **SECTIONS,
}
REGRESS: dict[tuple[str, ...], type[AbstractSection]] = {
    (): RegressStudy,
    ("target",): NumberSection,
    **SECTIONS,
}
