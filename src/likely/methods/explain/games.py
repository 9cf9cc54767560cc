"""Shapley values: the mean of what a feature adds when it joins the others."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key

from ...core import LikelyError
from .arguments import check_rows, floats, table, weights_of, whole
from .attribution import Attribution
from .blocks import NUMBERS, in_blocks, rows_of_block
from .coalitions import PART, AbstractGame, AllCoalitions, OrderPairs
from .columns import FeatureColumns
from .one_sample import check_function, check_outputs

DOOR = "shapley"
# All coalitions of more features than these are too many: 2^15 for one pair of events.
MOST_EXACT = 15


def shapley(
    function: Callable[..., Any],
    inputs: Any,
    background: Any,
    *,
    pairs: int | None = None,
    seed: int = 0,
    names: Any = None,
    weights: Any = None,
) -> Attribution:
    r"""Attribute the output to the features by interventional Shapley values.

    $$\phi_j = \sum_{S \not\ni j} \frac{|S|!\,(M - |S| - 1)!}{M!}
    \big(v(S \cup j) - v(S)\big), \qquad
    v(S) = \sum_b w_b\, f(x_S, z_{b,\bar S}) \Big/ \sum_b w_b$$

    A coalition $S$ of the $M$ features has the values of the event $x$, the others
    those of the events $z_b$ of the background. Contributions add up to
    $f(x) - \sum_b w_b f(z_b) / \sum_b w_b$; what is missing, `gap`, is rounding.

    By default all $2^M$ coalitions are computed, for at most 15 features. With `pairs`,
    each background event is joined in so many random orders of the features and their
    reverse (antithetic pairs: exact where no more than two features interact), and the
    result has the standard errors

    $$\sigma_j^2 = \sum_b w_b^2\, s_{bj}^2 / r \Big/ \Big(\sum_b w_b\Big)^2$$

    with $s^2_{bj}$ the variance over the $r$ pairs of background event $b$. The
    function is evaluated $2^M$ times, or $2 r (M + 1)$ times, for each event and each
    event of the background; 50 to 200 of these are usual.

    Args:
        function: Of one sample, an array of shape (dim,), to one number, as the logit
            of a class.
        inputs: Events to explain, of shape (events, dim). Their precision is that of
            the computation.
        background: Events over which a feature that is "absent" is averaged, of shape
            (background, dim).
        pairs: Pairs of orders for each background event, 2 or more; None computes all
            coalitions.
        seed: Of the random orders.
        names: One a column, or the columns of each feature by name, as
            `Features.groups`; columns of equal names are one feature, present or absent
            together (see `grouped`). By default `x0`, `x1` ...
        weights: Of the background, of any sign.

    Raises:
        LikelyError: If `inputs` or `background` are no such matrices of finite numbers,
            `function` does not give one finite number for a sample, or the features are
            too many for all coalitions.

    References:
        L. Shapley, in Contributions to the Theory of Games II (1953) 307;
        S. Lundberg, S. Lee, NeurIPS (2017), arXiv:1705.07874;
        D. Janzing, L. Minorics, P. Bloebaum, AISTATS (2020), arXiv:1910.13413
        (interventional);
        R. Mitchell, J. Cooper, E. Frank, G. Holmes, J. Mach. Learn. Res. 23 (2022) 43,
        arXiv:2104.12199 (antithetic permutations).
    """
    x, columns = table(inputs, names, DOOR)
    z = _background(background, x, columns)
    w = weights_of(weights, len(z), f"`{DOOR}(weights=...)`")
    share = np.full(len(z), 1 / len(z)) if w is None else w / w.sum()
    root = jax.random.key(whole(seed, 0, f"`{DOOR}(seed=...)`"))
    game = _game(columns, pairs)
    f = check_function(function, x.shape[1:], x.dtype, DOOR)
    outputs = _outputs(f, x, "`inputs`")
    reference = share @ _outputs(f, z, "`background`")
    # Of one event: all pairs with the background, `side` of them side by side.
    each = min(game.evaluations, PART) * x.shape[1]
    side = rows_of_block(each, len(z) * game.draws)
    # Of one call: about half a million evaluations, between two signs of life.
    size = rows_of_block(len(z) * game.draws * game.evaluations, len(x), 4 * NUMBERS)
    placed, shares = jnp.asarray(z), jnp.asarray(share)
    values, drawn, total = in_blocks(
        lambda x, number: _of_events(
            (game, f), x, number, root, (placed, shares), side=side
        ),
        (x, np.arange(len(x))),
        size,
        "Shapley values",
    )
    if not np.isfinite(values).all():
        raise LikelyError(
            f"`{DOOR}(function=...)` is finite at the events, but not where features "
            "of an event and of the background are mixed; explain a function that is "
            "finite everywhere."
        )
    exact = pairs is None
    rounding = 4 * float(jnp.finfo(x.dtype).eps) * float(np.abs(outputs).max())
    how = "all coalitions" if exact else f"{pairs} pairs of orders"
    return Attribution(
        columns.names,
        values,
        outputs,
        np.full(len(x), reference),
        errors=None if exact else _error(drawn, rounding),
        background_errors=_error(total, rounding) if len(z) > 1 else None,
        method=f"Shapley values by {how}, background of {len(z)} events",
    )


def _error(
    variance: Float[np.ndarray, "events features"],
    rounding: float,
) -> Float[np.ndarray, "events features"]:
    """Return standard errors; the spread of what differs by rounding only is none."""
    error = np.sqrt(variance)
    return np.where(error < rounding, 0.0, error)


def _background(
    background: Any, x: Float[np.ndarray, "events dim"], columns: FeatureColumns
) -> Float[np.ndarray, "background dim"]:
    place = f"`{DOOR}(background=...)`"
    z = floats(background, place).astype(x.dtype)
    if z.ndim != 2 or z.shape[1] != x.shape[1]:
        raise LikelyError(
            f"{place} takes a matrix with the {x.shape[1]} columns of `inputs`; got "
            f"shape {z.shape}."
        )
    check_rows(z, columns, place)
    return z


def _game(columns: FeatureColumns, pairs: int | None) -> AbstractGame:
    if pairs is not None:
        return OrderPairs.of(columns, whole(pairs, 2, f"`{DOOR}(pairs=...)`"))
    M = len(columns.names)
    if M > MOST_EXACT:
        raise LikelyError(
            f"`{DOOR}`: all coalitions of {M} features are too many, for more than "
            f"{MOST_EXACT}; sample with `pairs=8`, or join features with `grouped`."
        )
    return AllCoalitions.of(columns)


def _outputs(
    function: Callable[..., Any], x: Float[np.ndarray, "events dim"], name: str
) -> Float[np.ndarray, " events"]:
    size = rows_of_block(x.shape[1], len(x))
    outputs = in_blocks(
        lambda x: _evaluated(function, x), (x,), size, "outputs of the model"
    )
    check_outputs(outputs, name, DOOR)
    return outputs.astype(float)


@eqx.filter_jit
def _evaluated(function: Callable[..., Any], x: Float[Array, "events dim"]) -> Array:
    return jax.vmap(function)(x)


@eqx.filter_jit
def _of_events(
    program: tuple[AbstractGame, Callable[..., Any]],
    x: Float[Array, "events dim"],
    numbers: Int[Array, " events"],
    root: Key[Array, ""],
    background: tuple[Float[Array, "background dim"], Float[Array, " background"]],
    *,
    side: int,
) -> tuple[Array, Array, Array]:
    """Return values and their two variances for each event."""
    game, function = program
    z, share = background
    n, r = len(z) * game.draws, game.draws

    def of_event(event: Any) -> Any:
        x, number = event
        key = jax.random.fold_in(root, number)

        def of_draw(i: Int[Array, ""]) -> Float[Array, " features"]:
            return game(function, x, z[i // r], jax.random.fold_in(key, i))

        blocks = -(-n // side)
        draws = jnp.minimum(jnp.arange(blocks * side), n - 1).reshape(blocks, side)
        phi = jax.lax.map(jax.vmap(of_draw), draws)
        return _averaged(phi.reshape(blocks * side, -1)[:n], r, share)

    return jax.lax.map(of_event, (x, numbers))


def _averaged(
    phi: Float[Array, "draws features"], r: int, share: Float[Array, " background"]
) -> tuple[Array, Array, Array]:
    """Return the mean, its variance from the draws, and that from the background too.

    Every background event has as many draws, so that the means add up to what they
    should, and only the spread of the draws of one event counts as chance.
    """
    n = len(share)
    of_each = phi.reshape(n, r, -1)
    mean_of_each = of_each.mean(axis=1)
    mean = share @ mean_of_each
    spread = (of_each - mean_of_each[:, None]) ** 2
    drawn = share**2 @ spread.sum(axis=1) / max(r * (r - 1), 1)
    total = share**2 @ (mean_of_each - mean[None]) ** 2 * (n / max(n - 1, 1))
    return mean, drawn, total
