"""The way of gradient descent on a function of a few variables, point by point."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int, Shaped

from ...core import LikelyError, runtime as runtime  # float64 before the first array
from ..options import whole
from .rules import AbstractRule, rule_of

# Beyond these a path is no picture, and training is what `fit` is for.
MOST_VARIABLES = 1000
MOST_STEPS = 1_000_000


@final
@dataclass(frozen=True, eq=False, repr=False)
class DescentPath:
    """Where gradient descent went, the start first.

    Args:
        points: The variables before the first step and after each.
        values: The function there; of a loss of events, its mean over all of them.
    """

    points: Float[np.ndarray, " points *variables"]
    values: Float[np.ndarray, " points"]

    @property
    def steps(self) -> int:
        """Return the number of steps."""
        return len(self.values) - 1

    def __repr__(self) -> str:
        """Return one line: the number of steps, and the value at both ends."""
        first, last = self.values[0], self.values[-1]
        return f"DescentPath({self.steps} steps, {first:.6g} -> {last:.6g})"


def descent_path(
    function: Callable[..., Any],
    start: Any,
    rule: AbstractRule,
    *,
    steps: int = 100,
    data: Sequence[Any] | None = None,
    batch: int | None = None,
    seed: int = 0,
) -> DescentPath:
    r"""Return the way of gradient descent on a function of a few variables.

    $w_{k+1} = w_k - \eta(k / K)\, u_k$ for $K$ steps, with the direction $u_k$ that the
    rule makes of the gradients $g_0 \dots g_k$. Without `data`, $g_k = \nabla f(w_k)$.
    With them, $f$ is the loss of one event and $g_k = \frac1b \sum_{i \in B_k} \nabla_w
    f(w_k, x_i, \ldots)$ of a batch of $b$ events: all of them (batch gradient descent),
    one (stochastic) or some (mini-batch). Each event is used once before any of them is
    used again, in a new random order each time. A way that diverges is a way, too: its
    points are then no longer finite.

    Args:
        function: From the variables, and with `data` the columns of one event, to a
            number; written with `jax.numpy`.
        start: A number, or a vector; the function is called with the same.
        rule: How a gradient moves the variables, such as `lk.SGD(0.1, momentum=0.9)`.
        steps: $K$.
        data: Arrays with one entry an event, the further arguments of the function.
        batch: $b$; None for all events.
        seed: Of the order of events.

    Raises:
        LikelyError: If the function does not give one real number, the data do not
            fit together, or an option is not as described.
    """
    rule, w = rule_of(rule), _start(start)
    steps, seed = whole("steps")(steps), whole("seed", 0)(seed)
    if steps > MOST_STEPS:
        raise LikelyError(f"`steps` must be at most {MOST_STEPS}; got {steps}.")
    if np.ndim(rule.learning_rate.rate):
        raise LikelyError("`rule` must have one learning rate here, not one a member.")
    columns = None if data is None else _columns(data)
    if batch is not None and columns is None:
        raise LikelyError("`batch` is a number of events; give them as `data`.")
    _check(function, w, columns)
    rows = None
    if columns is not None and batch is not None:
        rows = jnp.asarray(
            _batches(len(columns[0]), whole("batch")(batch), steps, seed)
        )
    # As an argument of the program: another rate needs no other program.
    rule = jax.tree.map(lambda leaf: np.asarray(leaf, float), rule)
    points, values = _descend(function, rule, jnp.asarray(w), columns, rows, steps)
    return DescentPath(np.asarray(points), np.asarray(values))


@eqx.filter_jit
def _descend(
    function: Callable[..., Any],
    rule: AbstractRule,
    start: Float[Array, "*variables"],
    columns: Any,
    rows: Int[Array, "steps batch"] | None,
    steps: int,
) -> tuple[Array, Array]:
    direction, schedule = rule.direction(), rule.learning_rate

    def cost(w: Any, columns: Any) -> Any:
        if columns is None:
            return function(w)
        each = jax.vmap(function, (None, *[0] * len(columns)))(w, *columns)
        return jnp.mean(each)

    def step(carry: Any, now: Any) -> Any:
        w, moments = carry
        k, rows = now
        part = columns if rows is None else tuple(c[rows] for c in columns)
        g = jax.grad(cost)(w, part)
        u, moments = direction.update(g, moments, w)
        eta = schedule.rate * schedule.factor(k / steps)
        return (w - eta * u, moments), w

    carry = start, direction.init(start)
    (last, _), before = lax.scan(step, carry, (jnp.arange(steps), rows), steps)
    points = jnp.concatenate([before, last[None]])
    return points, lax.map(lambda w: cost(w, columns), points)


def _start(given: Any) -> Float[np.ndarray, "*variables"]:
    try:
        w = np.asarray(given, float)
    except (TypeError, ValueError):
        w = np.array(np.nan)
    if w.ndim > 1 or not np.isfinite(w).all() or not 0 < w.size <= MOST_VARIABLES:
        raise LikelyError(
            f"`start` must be a number, or a list of 1 to {MOST_VARIABLES} of them, "
            f"all finite; got {given!r}."
        )
    return w


def _columns(given: Any) -> tuple[Shaped[np.ndarray, " events ..."], ...]:
    if isinstance(given, np.ndarray | jax.Array) or not isinstance(given, Sequence):
        raise LikelyError(
            "`data` must be a tuple of arrays, the columns of the events, such as "
            f"`(x, t)`; got {type(given).__name__}."
        )
    columns = tuple(_column(column, place) for place, column in enumerate(given))
    lengths = [len(column) for column in columns]
    if not lengths or lengths[0] == 0 or len(set(lengths)) > 1:
        raise LikelyError(
            "`data` must be one array or more with the same number of events; got "
            f"{lengths or 'none'}."
        )
    return columns


def _column(given: Any, place: int) -> Shaped[np.ndarray, " events ..."]:
    try:
        column = np.asarray(given)
    except ValueError:
        column = np.asarray(given, object)
    if column.ndim == 0 or column.dtype.kind not in "biuf":
        raise LikelyError(
            f"`data[{place}]` must be an array of numbers, one entry an event; got "
            f"{column.dtype} of shape {column.shape}."
        )
    if not np.isfinite(column).all():
        raise LikelyError(f"`data[{place}]` must be finite, and is not everywhere.")
    return column


def _check(function: Any, w: Any, columns: Any) -> None:
    if not callable(function):
        raise LikelyError(f"`function` must be one; got {type(function).__name__}.")
    event = () if columns is None else tuple(c[0] for c in columns)
    try:
        out = jax.eval_shape(function, w, *event)
    except LikelyError:
        raise
    except Exception as error:  # a function of the user may raise anything
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise LikelyError(
            "`function` cannot be computed with `start`"
            f"{' and one event' if event else ''}; is it written with jax.numpy? "
            f"{reason[:200]}"
        ) from None
    found = getattr(out, "shape", None), getattr(out, "dtype", np.dtype(object))
    if found[0] != () or found[1].kind != "f":
        of = " of one event" if event else ""
        raise LikelyError(
            f"`function` must give one real number{of}; got "
            + (type(out).__name__ if found[0] is None else f"{found[1]}{found[0]}")
            + "."
        )


def _batches(
    events: int, batch: int, steps: int, seed: int
) -> Int[np.ndarray, "steps batch"]:
    """Return the events of each step, each permutation of them behind the other."""
    if batch > events:
        raise LikelyError(f"`batch` must be at most {events}, the number of events.")
    order = np.random.default_rng(seed)
    rounds = -(-steps * batch // events)
    rows = order.permuted(np.tile(np.arange(events), (rounds, 1)), axis=1)
    return rows.ravel()[: steps * batch].reshape(steps, batch)
