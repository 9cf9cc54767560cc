"""One trial of a study: trained on its training events, judged by its validation ones.

A worker of a cluster imports this file before it says how many cores JAX may use, so
that nothing here imports JAX before a trial begins.
"""

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, final

from ...core.errors import LikelyError
from ...methods.search import (
    Outcome,
    Task,
    Watch,
    outcome,
    share_the_machine,
)
from ..loading import load
from .events import LearningData, read_parts
from .study import LearningStudy, learning_study
from .trial_content import content_of_trial, content_with

_PACKAGES = ("likely", "jax", "jaxlib", "equinox", "optax", "numpy")
_IF_THERE = ("scikit-learn",)  # grows boosted trees
# Choices of features whose events are kept in memory.
MOST_KEPT = 3
# Networks whose programs are kept in memory.
MOST_PROGRAMS = 32
# Seconds that JAX takes to find that a program is compiled already.
NOTHING = 0.1


@final
class Kept:
    """What the trials of a process share: events, by their features, and programs.

    Args:
        study: Whose trials they are for.
        data: Its events.
    """

    def __init__(self, study: LearningStudy, data: LearningData):
        self._kept = {_features(study): data}
        self._programs = 0

    def events(self, study: LearningStudy) -> LearningData:
        """Return the events with the features of a study.

        Raises:
            LikelyError: If they cannot be read.
        """
        key = _features(study)
        if key not in self._kept:
            while len(self._kept) >= MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = read_parts(study)
        return self._kept[key]

    def note(self, compile_seconds: float) -> None:
        """Count the trials that had to be compiled, and forget programs now and then.

        The programs of one network take 40 MB, and a search may have thousands.
        """
        self._programs += compile_seconds > NOTHING
        if self._programs >= MOST_PROGRAMS:
            import jax

            jax.clear_caches()
            self._programs = 0


def study_with(study: LearningStudy, parameters: Mapping[str, Any]) -> LearningStudy:
    """Return a study without a search, with options in place of its own.

    Raises:
        LikelyError: If they do not fit.
    """
    return _study_of(study, content_with(study.content, parameters))


def evaluated(study: LearningStudy, kept: Kept, task: Task) -> Outcome:
    """Return what a trial leaves.

    Args:
        study: With the search.
        kept: Of it, by this process.
        task: The options, and when to give up.
    """
    # Only now: see above.
    from jax.errors import JaxRuntimeError

    from .training import trained

    watch, begin = Watch(task["bars"]), time.perf_counter()
    value, message = float("nan"), ""
    try:
        content = content_of_trial(study.content, task["parameters"])
        trial = _study_of(study, content)
        result = trained(trial, kept.events(trial), watch=watch).result
        kept.note(result.timings["compile"])
        training: Any = result.minimum
        value = float(training.validation_loss[training.best_epoch[0] - 1, 0])
        message = "" if result.ok else result.message
    except (LikelyError, MemoryError, JaxRuntimeError) as error:
        message = " ".join(str(error).split())[:500] or type(error).__name__
    return outcome(value, watch, message, time.perf_counter() - begin)


def evaluated_by_worker(said: str, task: Task) -> Outcome:
    """Return what a trial leaves, in a process that knows nothing of the study yet.

    Args:
        said: What `told` says of the study.
        task: The options, and when to give up.

    Raises:
        LikelyError: If files or versions are not those of the process that asks.
    """
    share_the_machine()
    study, kept = _opened(said)
    return evaluated(study, kept, task)


def told(study: LearningStudy, data: LearningData) -> str:
    """Return what another process needs to make trials of a study, as JSON."""
    content = study.content.model_dump(
        by_alias=True, exclude={"search", "log", "report"}
    )
    search: Any = study.content.search
    content["search"] = {"space": search.space, "epochs": search.epochs}
    # What chooses options need not be there.
    content["search"]["sampler"] = "random"
    files = [source.sha256 for source in data.everything.sources]
    return json.dumps({"study": content, "files": files, "versions": versions()})


def versions() -> dict[str, str]:
    """Return the versions that the answer of a trial depends on."""
    found = {name: version(name) for name in _PACKAGES}
    for name in _IF_THERE:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


@lru_cache(maxsize=1)
def _opened(said: str) -> tuple[LearningStudy, Kept]:
    given = json.loads(said)
    if given["versions"] != versions():
        raise LikelyError(
            f"a worker has {_listed(versions())}, and this process "
            f"{_listed(given['versions'])}; install the same on both."
        )
    study = load(given["study"])
    assert isinstance(study, LearningStudy)
    data = read_parts(study)
    if [source.sha256 for source in data.everything.sources] != given["files"]:
        raise LikelyError(
            "the files of the study have another content where a worker reads them; "
            "put them where all workers see the same."
        )
    return study, Kept(study, data)


def _study_of(study: LearningStudy, content: Any) -> LearningStudy:
    if content.features == study.content.features:
        return replace(study, content=content)
    return learning_study(content, study.document)


def _features(study: LearningStudy) -> str:
    return study.content.features.model_dump_json()


def _listed(found: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in found.items())
