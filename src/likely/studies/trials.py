"""The front door of searching: options of a study or of a function, by trials."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from ..core.errors import LikelyError
from ..core.listener import progress
from ..methods.search import Plan, Search, Space, search_function
from .learning.study import LearningStudy
from .loading import StudyLike, load


def search(
    what: StudyLike | Callable[..., Any],
    space: Mapping[str, Any] | None = None,
    *,
    trials: int | None = None,
    seed: int | None = None,
    sampler: str | None = None,
    prune: bool | None = None,
    workers: int | str | None = None,
) -> Search:
    """Return what trials of options have found.

    The same seed gives the same answer, whatever the number of workers.

    Args:
        what: A study of kind classify or regress, whose trials are judged by the loss
            of its validation events; or a function of a dictionary of options, whose
            value is to be small. A function of two arguments is also given a `watch`
            for `Descent(watch=...)`, by which it is given up where it goes badly.
        space: By the name of an option a range, `[low, high]` or
            `[low, high, "log"]` (of whole numbers if both ends are), or choices: any
            other list, or `{"choices": [...]}`. That of the study by default.
        trials: How many; 30 by default, or as the study says.
        seed: Of the choice of options; 0 by default, or as the study says.
        sampler: "tpe" (Optuna), "random" or "grid".
        prune: Whether trials that go badly are given up, which is the default.
        workers: A number of processes, the address of a Dask scheduler, or None for
            this process. A script that starts processes needs
            `if __name__ == "__main__":`.

    Raises:
        LikelyError: If something is not as described.
    """
    options = {"trials": trials, "seed": seed, "sampler": sampler, "prune": prune}
    given: dict[str, Any] = {k: v for k, v in options.items() if v is not None}
    if callable(what):
        if space is None:
            raise LikelyError("`search(function, space)` needs the space to search.")
        return search_function(what, Plan(Space.of(space), **given), workers)
    if space is not None:
        Space.of(space)
        given["space"] = space
    settings = [f"search.{key}={_written(key, value)}" for key, value in given.items()]
    study = load(what, overrides=settings)
    if not isinstance(study, LearningStudy) or study.content.search is None:
        raise LikelyError(
            f"the study `{study.name}` has no `search`; give `search(study, space)` of "
            "a study of kind classify or regress."
        )
    with progress("starting JAX"):
        from .learning.events import read_parts
        from .learning.searching import searched
    return searched(study, read_parts(study), workers=workers)


def _written(name: str, value: Any) -> str:
    try:
        return json.dumps(value)
    except TypeError as error:
        raise LikelyError(
            f"`{name}` of a study must be of numbers, texts and lists: {error}."
        ) from None
