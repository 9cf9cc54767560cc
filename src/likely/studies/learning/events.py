"""The events of a training: read, labelled, and split into parts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from ...core.errors import LikelyError
from ...data import (
    Dataset,
    Features,
    Images,
    Inputs,
    Labels,
    concatenate,
    read,
    split,
)
from ..sources import placed
from .schema import ClassifyStudy
from .study import LearningStudy

# The column that says from which of several datasets an event is.
CLASS = "likely_class"


@final
@dataclass(frozen=True)
class LearningData:
    """What a network is trained and tested with.

    Args:
        parts: The events, by the name of their part.
        features: Fitted to the training events.
        labels: The classes; None for a regression.
        everything: All events, for folds.
    """

    parts: Mapping[str, Dataset]
    features: Inputs
    labels: Labels | None
    everything: Dataset


def read_parts(study: LearningStudy) -> LearningData:
    """Return the events of a study.

    Raises:
        LikelyError: If they cannot be read, or are not what the study says.
    """
    content, document = study.content, study.document
    everything = read_events(study)
    labels = labels_of(study)
    if labels is not None:
        with placed(document, ("target",) if content.target else ("datasets",)):
            labels.codes(everything)
    chosen, seed = content.split, content.split.seed
    fractions = {
        name: getattr(chosen, name)
        for name in ("train", "validation", "test")
        if getattr(chosen, name) > 0
    }
    alike = None if labels is None or chosen.by is not None else labels.column
    with placed(document, ("split",)):
        parts = split(
            everything,
            fractions,
            by=chosen.by,
            seed=content.seed if seed is None else seed,
            alike=alike,
        )
    with placed(document, ("features",)):
        features = _features(study, parts["train"])
        for part in parts.values():
            features.raw(part)
    return LearningData(parts, features, labels, everything)


def read_events(study: LearningStudy) -> Dataset:
    """Return all selected events of a study, of several datasets one after the other.

    Raises:
        LikelyError: If they cannot be read.
    """
    found: list[Dataset] = []
    weighted = any(s.weight for s in study.content.sources.values())
    for place, (path, section) in enumerate(study.content.sources.items()):
        with placed(study.document, path):
            data = read(
                section.file,
                tree=section.tree,
                columns=study.columns,
                select=section.select,
                define=section.define or None,
                weight=section.weight,
                units={k: v for k, v in section.units.items() if k in study.columns},
            )
        columns: dict[str, Any] = dict(data.columns)
        weights = data.weights
        if study.content.data is None:
            columns[CLASS] = np.full(len(data), place)
            weights = np.ones(len(data)) if weighted and weights is None else weights
        found.append(Dataset(columns, weights, data.units, data.sources, data.arrays))
    return concatenate(found)


def _features(study: LearningStudy, train: Dataset) -> Inputs:
    section = study.content.features
    if section.image is not None:
        return Images.of(train, section.image, range=section.range)
    return Features.of(
        train,
        study.numeric,
        categorical=study.categorical,
        missing=section.missing,
        encoding=section.encoding,
    )


def labels_of(study: LearningStudy) -> Labels | None:
    """Return the classes of a study; None of a regression."""
    content = study.content
    if not isinstance(content, ClassifyStudy):
        return None
    if content.target is None:
        return Labels.of(CLASS, [path[-1] for path in content.sources])
    try:
        return Labels.of(content.target.column, content.target.classes)
    except LikelyError as error:
        raise study.document.error(("target", "classes"), str(error)) from None
