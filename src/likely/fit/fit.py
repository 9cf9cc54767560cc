"""The front door of fitting."""

import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cache
from importlib.metadata import version
from typing import Any

import jax
import numpy as np

from ..core import (
    AbstractLoss,
    AbstractMinimiser,
    Derived,
    Estimate,
    LikelyError,
    Minimum,
    Parameter,
    ParameterSpace,
    Result,
    Status,
    compile_clock,
)
from ..data import Binned, Dataset, Source
from .diagnosis import unless_it_fails
from .errors import covariance, propagate
from .learning.objective import LearningObjective
from .likelihood import WEIGHT_ERRORS, Likelihood
from .losses.learning_loss import AbstractLearningLoss
from .newton import Newton
from .streamed import StreamedObjective
from .suspicions import suspicions

NO_DENSITY = (
    "the loss is not that of a normalised density: errors are the sandwich estimate."
)


def fit(
    model: Any,
    data: Any,
    *,
    loss: AbstractLoss | None = None,
    minimiser: AbstractMinimiser | None = None,
    derived: Sequence[Derived] = (),
) -> Result:
    r"""Fit a model to data: minimise its loss, by default $-\log L$.

    Args:
        model: A density with parameters, or a network: a function of one event's
            inputs that is a pytree with arrays of weights.
        data: A dataset, a mapping of columns, or an array (events, dim), in the units
            of the observables; events outside their ranges are left out. Of a network
            `Samples`, or a dictionary of them: "train" and "validation".
        loss: What is minimised; the unbinned likelihood by default, extended if the
            model has yields. A network needs one of `lk.losses`.
        minimiser: How; trust-region Newton with the exact Hessian by default. A network
            of more than 2000 weights needs `Descent`.
        derived: Named formulas of parameters to report, with propagated errors.

    Returns:
        Values, errors and covariance (of the exact Hessian; for weighted events the
        sandwich estimate), with a status in words. A fit that fails is a result too.
        By `Descent` a network becomes `result.model`, with no errors of its weights,
        and `result.minimum` is a `Training`.

    Raises:
        LikelyError: If the input is wrong: a missing column, no events, a value that
            is not finite, two definitions of one parameter.
    """
    loss = loss or Likelihood()
    minimiser = minimiser or Newton()
    _check_kind(loss, AbstractLoss, "loss=Likelihood()")
    _check_kind(minimiser, AbstractMinimiser, "minimiser=Newton()")
    for formula in derived:
        if not isinstance(formula, Derived) or not formula.name:
            raise LikelyError(
                "`fit(derived=...)` takes formulas with a name; "
                f"got {formula!r}. Use `formula.named('name')`."
            )
    with compile_clock() as clock:
        begin = time.perf_counter()
        objective = loss.objective(model, data, derived)
        if isinstance(loss, AbstractLearningLoss):
            # Only now: optax takes a while to be imported.
            from .learning.outcome import trained

            if (result := trained(objective, minimiser)) is not None:
                return replace(result, provenance=_provenance(data, objective))
        minimum = minimiser.minimise(objective, objective.space.start)
        middle, compiled = time.perf_counter(), clock.seconds
        weighted = objective.weighted
        V = covariance(objective, minimum, weighted=weighted)
        estimates = _estimates(objective.space, minimum, V)
        formulas = _formulas(objective.space, minimum, V)
        end = time.perf_counter()
    timings = {
        "compile": clock.seconds,
        "fit": max(middle - begin - compiled, 0.0),
        "errors": max(end - middle - (clock.seconds - compiled), 0.0),
    }
    named = [e.name for e in estimates if e.error is not None]
    places = [i for i, p in enumerate(objective.space.free) if p.name in named]
    return Result(
        status=_status(minimum, objective, V, weighted=weighted),
        estimates=estimates,
        derived=formulas,
        covariance=V[np.ix_(places, places)],
        covariance_names=tuple(named),
        loss=2.0 * minimum.derivatives.value,
        n_events=objective.n_events,
        sum_of_weights=objective.sum_of_weights,
        model=_fitted(model, objective, minimum.x),
        objective=objective,
        minimum=minimum,
        history=tuple(2.0 * value for value in minimum.history),
        timings=timings,
        provenance=_provenance(data, objective),
    )


def _fitted(model: Any, objective: Any, x: Any) -> Any:
    # The weights of a network are arrays, and no `Parameter`s that stand in the model.
    if isinstance(objective, LearningObjective):
        return objective.model_at(x)
    return at_values(model, objective.space, x)


def at_values(model: Any, space: ParameterSpace, x: Any) -> Any:
    """Return the model with its parameters at other values."""
    values = {n: float(v) for n, v in space.values(x).items()}

    def moved(scalar: Any) -> Any:
        if isinstance(scalar, Parameter):
            return scalar.at(values[scalar.name])
        if isinstance(scalar, Derived):
            operands = tuple(moved(o) for o in scalar.operands)
            return Derived(scalar.operation, operands, scalar.name, scalar.unit)
        return scalar

    return jax.tree.map(moved, model)


def _check_kind(given: Any, kind: type, example: str) -> None:
    if not isinstance(given, kind):
        name = example.partition("=")[0]
        raise LikelyError(
            f"`fit({name}=...)` takes something like `{example}`; "
            f"got {type(given).__name__}."
        )


def _status(minimum: Minimum, objective: Any, V: Any, *, weighted: bool) -> Status:
    status = minimum.status
    if status.ok:
        odd = unless_it_fails(lambda: suspicions(objective, minimum, V), ())
        status = status.noting(*odd)
    if weighted:
        kind = getattr(objective, "weight_errors", "sandwich")
        status = status.noting(WEIGHT_ERRORS.get(kind, NO_DENSITY))
        if status.ok and np.isnan(V[~minimum.active][:, ~minimum.active]).any():
            status = status.noting(
                "no errors: this estimate has a variance that is not positive here. "
                'Take `weight_errors="sandwich"`, or `lk.stats.bootstrap`.'
            )
    blind = [p.name for p in objective.space.parameters if p.blind]
    if blind:
        status = status.noting(
            f"blind: {', '.join(blind)}; their values are shifted by unknown offsets, "
            "errors and correlations are not."
        )
    n, free = objective.n_events, len(minimum.x)
    if n <= free:
        status = status.noting(
            f"only {n} events for {free} free parameters: "
            "the errors are asymptotic and cannot be trusted."
        )
    return status


def _estimates(space: ParameterSpace, minimum: Minimum, V: Any) -> tuple[Estimate, ...]:
    values = space.values(minimum.x)
    free = [p.name for p in space.free]
    errors = dict(zip(free, np.sqrt(np.diag(V)), strict=True))
    at_limit = dict(zip(free, _on_limit(space, minimum), strict=True))
    return tuple(
        Estimate(
            name=p.name,
            value=float(values[p.name]),
            error=_finite(errors.get(p.name)),
            min=None if p.blind else _finite(p.lower),
            max=None if p.blind else _finite(p.upper),
            fixed=p.fixed,
            at_limit=bool(at_limit.get(p.name, False)),
            unit=p.unit,
        )
        for p in space.parameters
    )


def _on_limit(space: ParameterSpace, minimum: Minimum) -> Any:
    """Return which parameters ended on a limit, whether it holds them back or not."""
    return minimum.active | (minimum.x <= space.lower) | (minimum.x >= space.upper)


def _formulas(space: ParameterSpace, minimum: Minimum, V: Any) -> tuple[Estimate, ...]:
    found = propagate(space.derived, space, minimum.x, V, ~minimum.active)
    return tuple(
        Estimate(name=formula.name, value=value, error=error, unit=formula.unit)
        for formula, (value, error) in zip(space.derived, found, strict=True)
    )


def _finite(value: Any) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


@cache
def library_versions() -> dict[str, str]:
    """Return the versions that a result depends on."""
    return {
        "version": version("likely"),
        "python": platform.python_version(),
        "jax": version("jax"),
    }


def _provenance(data: Any, objective: Any) -> dict[str, Any]:
    # Two categories may be of one file, and of the same events of it.
    sources = dict.fromkeys(_sources(data, objective))
    found = {"seed": None, "data": [asdict(source) for source in sources]}
    return {**library_versions(), **found}


def _sources(data: Any, objective: Any) -> Iterator[Source]:
    """Yield the files behind the data; those of a stream are the objective's."""
    each = data.values() if isinstance(data, Mapping) else [data]
    for one in each:
        if isinstance(one, Dataset | Binned):
            yield from one.sources
    parts = getattr(objective, "parts", {"": objective})
    for part in parts.values():
        if isinstance(part, StreamedObjective):
            yield from part.sources
