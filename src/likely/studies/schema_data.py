"""The grammar of what is fitted: events or histograms, binning, categories."""

from itertools import pairwise
from typing import Annotated, Any, final

from pydantic import Field, PlainValidator, model_validator

from .document import kind_of
from .schema_components import Components, size_faults
from .schema_parts import files
from .schema_values import (
    AbstractSection,
    ComponentName,
    Count,
    Formula,
    Located,
    Name,
    Text,
    number,
    raise_faults,
    whole_number,
)

MAX_BINS = 10_000


def _bins(value: Any) -> int:
    bins = whole_number(value)
    if not 1 <= bins <= MAX_BINS:
        raise ValueError(f"must be between 1 and {MAX_BINS}; got {bins}.")
    return bins


def _edges(value: Any) -> list[float]:
    if not isinstance(value, list) or not 2 <= len(value) <= MAX_BINS + 1:
        raise ValueError(
            f"must be a list of 2 to {MAX_BINS + 1} edges; got {kind_of(value)}."
        )
    try:
        edges = [number(item) for item in value]
    except ValueError as error:
        raise ValueError(f"must be a list of edges, but one of them {error}") from None
    for left, right in pairwise(edges):
        if not left < right:
            raise ValueError(
                f"must be edges that rise; got {left:g} and then {right:g}."
            )
    return edges


Bins = Annotated[int, PlainValidator(_bins)]


@final
class BinningSection(AbstractSection):
    """The bins of one observable: how many on its range, or their edges."""

    bins: Bins | None = None
    edges: Annotated[list[float], PlainValidator(_edges)] | None = None

    @model_validator(mode="after")
    def _one(self) -> "BinningSection":
        if (self.bins is None) == (self.edges is None):
            raise ValueError("needs either `bins`, a number, or `edges`, a list.")
        return self


Binning = Annotated[dict[Text, BinningSection], Field(min_length=1)]


@final
class DataSection(AbstractSection):
    """Where the data are: events in files, or a histogram."""

    file: Annotated[str | list[str], PlainValidator(files)]
    tree: Text | None = None
    select: Formula | None = None
    define: dict[Name, Formula] = {}
    weight: Formula | None = None
    histogram: Text | None = None
    binned: Binning | None = None

    @model_validator(mode="after")
    def _of_histogram(self) -> "DataSection":
        if self.histogram is None:
            return self
        if isinstance(self.file, list):
            raise_faults([(("file",), "must be one file, as there is a `histogram`.")])
        others = ("tree", "select", "define", "weight", "binned")
        raise_faults(
            ((key,), "is for events, and `histogram` names data that are binned.")
            for key in others
            if key in self.model_fields_set and getattr(self, key)
        )
        return self


@final
class ModelSection(AbstractSection):
    """The sum of components, by yields or by fractions."""

    components: Components

    @model_validator(mode="after")
    def _sizes(self) -> "ModelSection":
        raise_faults(size_faults(self.components))
        return self


@final
class CategorySection(AbstractSection):
    """The model of one category, and which events are in it."""

    components: Components
    value: Count | None = None
    when: Formula | None = None

    @model_validator(mode="after")
    def _sizes(self) -> "CategorySection":
        raise_faults(size_faults(self.components))
        return self


@final
class SimultaneousSection(AbstractSection):
    """Several models that share the parameters of the same name."""

    by: Name | None = None
    models: Annotated[dict[ComponentName, CategorySection], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _at_the_top(cls, value: Any) -> Any:
        if isinstance(value, dict) and "datasets" in value:
            text = "stands at the top level of a study, in place of `data`."
            raise_faults([(("datasets",), text)])
        return value

    @model_validator(mode="after")
    def _alike(self) -> "SimultaneousSection":
        faults: list[Located] = []
        extended = {n: _extended(m) for n, m in self.models.items()}
        first = next(iter(self.models))
        for name, is_extended in extended.items():
            if is_extended != extended[first]:
                with_yields, without = (name, first) if is_extended else (first, name)
                sentence = (
                    f"differ: `{with_yields}` has yields and `{without}` has none; "
                    "give them to the components of all models, or of none."
                )
                faults.append((("models",), sentence))
        faults += _value_faults(self)
        raise_faults(faults)
        return self


def _extended(model: CategorySection) -> bool:
    return any(c.yield_ is not None for c in model.components.values())


def _value_faults(section: SimultaneousSection) -> list[Located]:
    """Return what is wrong with `by`, `value` and `when`."""
    faults: list[Located] = []
    values: dict[int, str] = {}
    valued = [name for name, m in section.models.items() if m.value is not None]
    for name, model in section.models.items():
        if model.when is not None and section.by is not None:
            faults.append((("models", name, "when"), _BESIDE_BY))
        if model.value is None:
            if valued:
                text = f"lacks the `value` that `{valued[0]}` has."
                faults.append((("models", name), text))
            continue
        if section.by is None:
            text = "is a value of the column `by`, and there is none."
            faults.append((("models", name, "value"), text))
        if model.value in values:
            text = f"is {model.value}, which `{values[model.value]}` is already."
            faults.append((("models", name, "value"), text))
        values[model.value] = name
    return faults


_BESIDE_BY = "stands beside `by`: events go by that column or by conditions, not both."


def data_faults(study: Any) -> list[Located]:
    """Return what is wrong with data, datasets, model and simultaneous, together."""
    faults: list[Located] = []
    if study.model is None and study.simultaneous is None:
        faults.append((("model",), "is missing."))
    if study.model is not None and study.simultaneous is not None:
        text = "stands beside `model`: one model is `model`, several are this."
        faults.append((("simultaneous",), text))
    if study.data is None and study.datasets is None:
        faults.append((("data",), "is missing."))
    if study.data is not None and study.datasets is not None:
        text = "stands beside `data`: all events are there, or in these datasets."
        faults.append((("datasets",), text))
    if faults:
        return faults
    if study.datasets is not None:
        return _dataset_faults(study)
    if study.simultaneous is None or study.data is None:
        return []
    if study.data.histogram is not None:
        text = "is one histogram for several models; give each its own in `datasets`."
        faults.append((("data", "histogram"), text))
    if study.simultaneous.by is None:
        faults += [
            (
                ("simultaneous", "models", name),
                "needs `when`, the condition of its events, as there is no column "
                "`by`.",
            )
            for name, model in study.simultaneous.models.items()
            if model.when is None
        ]
    return faults


def _dataset_faults(study: Any) -> list[Located]:
    if study.simultaneous is None:
        text = "is for a `simultaneous` fit; the data of one `model` are `data`."
        return [(("datasets",), text)]
    faults: list[Located] = []
    models, datasets = study.simultaneous.models, study.datasets
    text = "has no model of its name in `simultaneous.models`."
    faults += [(("datasets", name), text) for name in datasets if name not in models]
    text = "has no dataset of its name in `datasets`."
    place = ("simultaneous", "models")
    faults += [((*place, name), text) for name in models if name not in datasets]
    text = "is for events of one `data`; here each model has a dataset."
    if study.simultaneous.by is not None:
        faults.append((("simultaneous", "by"), text))
    faults += [
        ((*place, name, "when"), text)
        for name, model in models.items()
        if model.when is not None
    ]
    return faults
