"""The options of a trial put into a study, and whether every trial has a study."""

import copy
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np

from ...core.errors import LikelyError
from ...methods.search import Plan, Range, Space
from ..document import Document
from ..overrides import put
from ..validation import validate
from .schema import ClassifyStudy, RegressStudy
from .schema_boosted import BOOSTED, RATE
from .schema_fit import LearningFitSection
from .schema_tabular import usual_encoding

# Combinations of ends and choices that are looked at before anything is trained.
MOST_CHECKED = 200
# Options that are not searched, and why.
_KEPT = {
    "fit.label_smoothing": "changes what the validation loss measures, by which trials "
    "are compared; set it in `fit`, for all of them.",
    "fit.balanced": "changes what the validation loss measures, by which trials are "
    "compared; set it in `fit`, for all of them.",
    "fit.folds": "is for the training after the search; a trial trains one network.",
    "fit.ensemble": "is for the training after the search; a trial trains one network.",
    "fit.seed": "is the same in all trials, so that their options make the difference.",
}
# Inside a range, and no whole number even if its ends are.
_INSIDE = 0.3819


def content_with(
    content: ClassifyStudy | RegressStudy, parameters: Mapping[str, Any]
) -> Any:
    """Return what a study describes, with options and without a search.

    Args:
        content: Of the study.
        parameters: Values by dotted keys, such as `fit.learning_rate`.

    Raises:
        LikelyError: If it does not follow the grammar.
    """
    return _validated(_data(content), parameters)


def content_of_trial(
    content: ClassifyStudy | RegressStudy, parameters: Mapping[str, Any]
) -> Any:
    """Return what a trial trains: one network, for as many epochs as trials have.

    Raises:
        LikelyError: If it does not follow the grammar.
    """
    return _validated(_data_of_trial(content), parameters)


def plan_of(content: ClassifyStudy | RegressStudy) -> Plan:
    """Return what the search of a study does.

    Raises:
        LikelyError: If its sampler cannot take its space, or is not installed.
    """
    section = content.search
    assert section is not None
    return Plan(
        space_of(content),
        trials=section.trials,
        seed=content.seed if section.seed is None else section.seed,
        sampler=section.sampler,
        parallel=section.parallel,
        prune=section.prune,
    )


def space_of(content: ClassifyStudy | RegressStudy) -> Space:
    """Return the space of a study; the grammar says where whole numbers are meant."""
    assert content.search is not None
    space = Space.of(content.search.space)
    data, first = _data_of_trial(content), next(space.combinations())

    def accepts(name: str, value: float) -> bool:
        try:
            _validated(data, {**first, name: value})
        except LikelyError:
            return False
        return True

    found = {}
    for name, domain in space.domains.items():
        if isinstance(domain, Range):
            inside = domain.low + _INSIDE * (domain.high - domain.low)
            low, high = math.ceil(domain.low), math.floor(domain.high)
            if accepts(name, inside):
                domain = replace(domain, whole=False)
            elif low < high and accepts(name, low):
                domain = Range(float(low), float(high), domain.log, whole=True)
        found[name] = domain
    return Space(found)


def search_faults(
    content: ClassifyStudy | RegressStudy,
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield what is wrong with the search of a study, and where."""
    section = content.search
    if section is None:
        return
    place = ("search", "space")
    if not content.split.validation:
        text = "compares trials by validation events, and `split.validation` is 0."
        yield ("search",), text
    if content.fit.folds > 1:
        text = (
            "compares trials by validation events, which folds also test with; search "
            "with `folds: 1`, then train the best options with folds."
        )
        yield ("search",), text
    refused = [name for name in section.space if name in _KEPT]
    for name in refused:
        yield (*place, name), _KEPT[name]
    if section.epochs is not None and "fit.epochs" in section.space:
        yield (*place, "fit.epochs"), "stands beside `search.epochs`; take one of them."
    if refused:
        return
    space, data = space_of(content), _data_of_trial(content)
    for options in _looked_at(space):
        try:
            _validated(data, options)
        except LikelyError as error:
            text = str(error)
            named = [(name,) for name in options if f"`{name}`" in text]
            yield (*place, *(named or [()])[0]), f"does not fit: {text}"
            return
    try:
        plan_of(content).to_sampler()
    except LikelyError as error:
        yield ("search", "sampler"), f"does not fit: {error}"


def _looked_at(space: Space) -> Iterator[dict[str, Any]]:
    """Yield combinations of ends and choices: all, or many at random."""
    if space.corners <= MOST_CHECKED:
        yield from space.combinations()
        return
    yield from islice(space.combinations(), 1)
    random = np.random.default_rng(0)
    for _ in range(MOST_CHECKED):
        yield {
            name: domain.corners[random.integers(len(domain.corners))]
            for name, domain in space.domains.items()
        }


def _data_of_trial(content: Any) -> dict[str, Any]:
    """Return a study with what all trials have in common."""
    data, epochs = _data(content), content.search.epochs
    data["fit"] |= {"folds": 1, "ensemble": 1}
    data["fit"] |= {} if epochs is None else {"epochs": epochs}
    return data


def _data(content: Any) -> dict[str, Any]:
    data = content.model_dump(by_alias=True, exclude={"search"})
    # What is as it is by default is so for each trial, whose model may be of another
    # kind, with another default.
    usual = LearningFitSection().model_dump(by_alias=True)
    usual |= {"learning_rate": RATE} if content.model.net == BOOSTED else {}
    data["fit"] = {k: v for k, v in data["fit"].items() if v != usual[k]}
    if data["features"]["encoding"] == usual_encoding(content.model.net):
        del data["features"]["encoding"]
    if data["fit"].get("early_stopping") is False:
        # Nothing, so that a trial may say its patience; to leave it out is another.
        data["fit"]["early_stopping"] = None
    return data


def _validated(data: Mapping[str, Any], parameters: Mapping[str, Any]) -> Any:
    said = ", ".join(f"{k} = {json.dumps(v)}" for k, v in parameters.items())
    document = Document(dict(data), f"a trial with {said}")
    for key, value in parameters.items():
        document = put(document, key.split("."), copy.deepcopy(value), key)
    return validate(replace(document, overrides={}))
