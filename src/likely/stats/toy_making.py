"""Data sets drawn from a model and fitted, thousands of them as one program."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float, Int

from ..core import (
    AbstractDistribution,
    AbstractGenerator,
    AbstractLoss,
    AbstractObjective,
    LikelyError,
    ParameterSpace,
    Result,
    given_of,
    progress,
)
from ..fit import Likelihood
from ..fit.many import batch_size, converged, fit_toys
from ..fit.newton import box_of
from .fitted import whole_number
from .toy_results import Toys
from .toy_status import OK, hesse_errors, statuses

# About this many events are drawn and fitted between two reports of progress.
CHUNK_EVENTS = 2_000_000
LARGEST_CHUNK = 512


def toys(
    model: Any,
    n: int,
    *,
    seed: int = 0,
    n_events: int | None = None,
    minos: bool = False,
    loss: AbstractLoss | None = None,
) -> Toys:
    r"""Draw data sets from a model, fit each, and return all fits.

    Thousands of toys are one compiled program. An extended model draws a Poisson
    number of events. A fit starts at the true values; one that fails is counted.

    Args:
        model: A result, whose fitted values are the true ones, or a model or objective,
            whose parameters start at them.
        n: Number of toys.
        seed: Of the random numbers.
        n_events: Events of each toy, of a model that is not extended; by default those
            of the result.
        minos: Whether to see if the MINOS interval of each parameter holds its true
            value, by one more fit a parameter.
        loss: Of a model, the likelihood with its constraints; a result has its own.

    Raises:
        LikelyError: If there is nothing to draw or to fit.
    """
    options = {"seed": seed, "n_events": n_events, "minos": minos, "loss": loss}
    *_, last = growing_toys(model, n, **options)
    return last


def growing_toys(
    model: Any,
    n: int,
    *,
    seed: int = 0,
    n_events: int | None = None,
    minos: bool = False,
    loss: AbstractLoss | None = None,
    earlier: Toys | None = None,
) -> Iterator[Toys]:
    """Yield all toys so far, now and then, until there are `n`; as `toys`.

    Args:
        model: As `toys`.
        n: As `toys`.
        seed: As `toys`.
        n_events: As `toys`.
        minos: As `toys`.
        loss: As `toys`.
        earlier: Toys of the same model and seed, which are not fitted again.

    Raises:
        LikelyError: As `toys`.
    """
    whole_number("toys", "n", n, least=1)
    whole_number("toys", "seed", seed, least=0)
    if n_events is not None:
        whole_number("toys", "n_events", n_events, least=1)
    if earlier is not None and len(earlier) >= n:
        yield earlier[:n]
        return
    objective, truth = _source(model, n_events, loss)
    generator = objective.generator(truth, n_events=n_events)
    space = objective.space
    box = box_of(objective, truth, np.zeros(len(truth), bool))
    held = np.eye(len(truth), dtype=bool)[: len(truth) if minos else 0]
    batch, chunk = batch_and_chunk(generator, n)
    root, begin = jax.random.key(seed), time.perf_counter()
    before = 0.0 if earlier is None else earlier.seconds
    # Whole chunks only: a toy is then in the same place of the same program.
    done = [] if earlier is None else [earlier[: len(earlier) // chunk * chunk]]
    with progress("toys", -(-n // chunk)) as tell:
        for first in range(sum(map(len, done)), n, chunk):
            keys = keys_of(root, np.arange(first, first + chunk))
            numbers = generator.numbers(keys)
            ends = fit_toys(
                generator, keys, numbers, box, truth, held=held, batch=batch
            )
            done.append(_toys(space, truth, jax.device_get(ends), seed))
            so_far = Toys.joined(done)[:n]
            yield replace(so_far, seconds=before + time.perf_counter() - begin)
            tell()


def batch_and_chunk(generator: AbstractGenerator, n: int) -> tuple[int, int]:
    """Return how many of `n` fits run side by side, and how many in one call."""
    batch = batch_size(generator)
    step = batch * len(jax.devices())
    most = min(CHUNK_EVENTS // generator.room, LARGEST_CHUNK, n + step - 1)
    return batch, step * max(most // step, 1)


@jax.jit
def keys_of(root: Any, numbers: Int[Array | np.ndarray, " n"]) -> Any:
    """Return the key of the random numbers of each data set."""
    return jax.vmap(lambda i: jax.random.fold_in(root, i))(numbers)


def _source(
    model: Any, n_events: int | None, loss: AbstractLoss | None
) -> tuple[Any, Float[np.ndarray, " free"]]:
    """Return what is minimised, and the true values of its free parameters."""
    objective: Any
    if isinstance(model, AbstractDistribution):
        objective = _of_model(model, n_events, loss)
        truth = objective.space.start
    elif isinstance(model, Result | AbstractObjective):
        objective, truth = _of_data(model)
        if loss is not None:
            raise LikelyError(
                "`toys(loss=...)` is for a model; a result has the loss of its fit, so "
                "leave it out."
            )
    else:
        raise LikelyError(
            "`toys(model, ...)` takes a result of `fit` or a density; "
            f"got {type(model).__name__}."
        )
    if n_events is not None and objective.extended:
        raise LikelyError(
            "`toys(n_events=...)`: an extended model has its own number of events, the "
            "sum of its yields; change the yields."
        )
    if not len(truth):
        raise LikelyError(
            "`toys`: the model has no free parameter, so nothing is fitted; give one "
            "limits, or draw with `model.samples`."
        )
    return objective, truth


def _of_data(
    given: Result | AbstractObjective,
) -> tuple[Any, Float[np.ndarray, " free"]]:
    if isinstance(given, AbstractObjective):
        return given, given.space.start
    if given.objective is None:
        raise LikelyError(
            "this result holds no model or no events, as one read from a file; "
            "`toys` needs the result that `fit` returned, or a model."
        )
    if not given.ok:
        raise LikelyError(
            "`toys`: the fit has no valid minimum, so its values are no truth to "
            f"draw from: {given.message}"
        )
    return given.objective, given.free_values


def _of_model(
    model: AbstractDistribution, n_events: int | None, loss: AbstractLoss | None
) -> Any:
    if loss is not None and not isinstance(loss, AbstractLoss):
        raise LikelyError(
            "`toys(loss=...)` takes something like `Likelihood(constraints)`; "
            f"got {type(loss).__name__}."
        )
    if n_events is None and not getattr(model, "extended", False):
        raise LikelyError(
            "`toys(n_events=...)` is needed: the model is not extended, and so "
            "does not say how many events a data set has."
        )
    if given_of(model):
        raise LikelyError(
            f"`toys`: the model is conditional on {list(given_of(model))}, whose "
            "values come from data; fit some, and give the result."
        )
    # The events are of no account: a single one, anywhere, makes the function.
    event = np.array([[0.5 * (o.lower + o.upper) for o in model.observables]])
    return (loss or Likelihood()).objective(model, event)


def _toys(
    space: ParameterSpace, truth: Float[np.ndarray, " free"], ends: Any, seed: int
) -> Toys:
    errors, definite = hesse_errors(ends.x, ends.gradient, ends.hessian, space)
    status = statuses(ends.code, ends.value, definite)
    errors[status != OK] = np.nan
    rise = ends.held_value - ends.value[:, None]
    covers = None
    if rise.shape[1]:
        covers = (2 * rise <= 1) & converged(ends.held_code)
    return Toys(
        names=tuple(p.name for p in space.free),
        truth=truth,
        values=ends.x,
        errors=errors,
        status=status,
        loss=2 * ends.value,
        n_events=ends.n_events,
        minos_covers=covers,
        seed=seed,
    )
