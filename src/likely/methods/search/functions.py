"""A search for the smallest value of a function of options."""

import inspect
import math
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from ...core.errors import LikelyError
from .course import Plan, run_search
from .found import Search
from .pool import Evaluate, Outcome, Task
from .pruning import Watch
from .trial import known_losses
from .workers import pool_of


def search_function(
    function: Callable[..., Any], plan: Plan, workers: int | str | None = None
) -> Search:
    """Return what a search for the smallest value of a function has found.

    Args:
        function: Of a dictionary of options, and of a `watch` if it takes two
            arguments: a callable for `Descent(watch=...)`, or to be called by itself as
            `watch(epochs, loss)`, whose answer says whether to give up. A trial in
            which it raises `LikelyError` or returns what is not finite has failed.
        plan: What the search does.
        workers: A number of processes, the address of a Dask scheduler, or None.

    Raises:
        LikelyError: If something is not as described.
    """
    if not callable(function):
        raise LikelyError(
            "what is searched must be a study or a function of a dictionary of "
            f"options; got {type(function).__name__}."
        )
    evaluate: Evaluate = partial(evaluated, function)
    with pool_of(evaluate, workers) as pool:
        return run_search(plan, pool)


def evaluated(function: Callable[..., Any], task: Task) -> Outcome:
    """Return what the trial of a function leaves."""
    watch = Watch(task["bars"])
    begin, options = time.perf_counter(), dict(task["parameters"])
    message, value = "", math.nan
    try:
        arguments = (options, watch) if _takes_two(function) else (options,)
        value = _number(function(*arguments))
    except (LikelyError, MemoryError, FloatingPointError) as error:
        message = str(error) or type(error).__name__
    return outcome(value, watch, message, time.perf_counter() - begin)


def outcome(value: float, watch: Watch, message: str, seconds: float) -> Outcome:
    """Return what a trial leaves, as JSON can hold it.

    Args:
        value: Of the function, nan if there is none.
        watch: What has looked on.
        message: Why it failed.
        seconds: That it took.
    """
    losses = known_losses(watch.losses)
    seen = [loss for loss in losses if loss is not None]
    found = {"losses": losses, "seconds": seconds, "message": message}
    if message or not (math.isfinite(value) or watch.pruned):
        said = message or f"its value is {value}."
        return {"state": "failed", "value": None, **found, "message": said}
    if watch.pruned:
        return {"state": "pruned", "value": min(seen, default=None), **found}
    return {"state": "complete", "value": value, **found}


def _number(found: Any) -> float:
    try:
        return float(found)
    except (TypeError, ValueError):
        raise LikelyError(
            "the function must return the number that is to be small; got "
            f"{type(found).__name__}."
        ) from None


def _takes_two(function: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    needed = [p for p in parameters if p.kind in plain and p.default is p.empty]
    return len(needed) > 1
