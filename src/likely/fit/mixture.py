r"""The weighted log-likelihood of a mixture, with exact derivatives, block by block.

For $p(x) = \sum_k c_k e^{t_k(x)}$, where $t_k$ depends on the event and on the
arguments $a$ of its own factors only,

$$\partial_i \log p = J_i, \qquad \partial_i\partial_j \log p = S_{ij} - J_i J_j$$

with $J_{c_k} = q_k$, $J_a = c_k q_k\,\partial_a t_k$, $q_k = e^{t_k}/p$,
$S_{c_k a} = q_k\,\partial_a t_k$ and
$S_{ab} = c_k q_k\,(\partial_a\partial_b t_k + \partial_a t_k\,\partial_b t_k)$
inside one term, zero elsewhere. So second derivatives are taken by automatic
differentiation of one factor at a time in its own few arguments, which is several
times cheaper than differentiating the sum twice in all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ..core import AbstractAffine, Factor, Table, Term, derivatives_of_scalars
from .tables import Tables, log_shapes

# Up to this many variables each pair is a fused dot product, above it one matrix
# product is quicker to compile and to run.
UNROLLED = 6

Block = Float[Array, " size"]


@dataclass(frozen=True)
class Jet:
    """The logarithm of a function of one block of events, and derivatives of it.

    Pairs that the Hessian leaves out are of variables in which the function itself has
    no second derivative: that of its logarithm is minus the product of the first ones.
    """

    value: Block
    gradient: dict[int, Block]
    hessian: dict[tuple[int, int], Block]


@dataclass(frozen=True)
class TermVariables:
    """Which variable is the coefficient of a term, and which the leaves of its factors.

    `None` marks what the fit does not move.
    """

    coefficient: int | None
    factors: tuple[tuple[int | None, ...], ...]


def log_likelihood(
    terms: Sequence[Term],
    x: Float[Array, "dim size"],
    w: Block,
    tables: Tables | None = None,
) -> Float[Array, ""]:
    r"""Return $\sum_i w_i \log p(x_i)$ of one block.

    Without `tables` every factor is computed at each event.
    """
    if tables is None:
        tables = without_tables(terms)
    shapes = [
        sum(
            (log_shapes(f, t, x) for f, t in zip(term.factors, row, strict=True)),
            start=jnp.zeros(x.shape[1]),
        )
        for term, row in zip(terms, tables, strict=True)
    ]
    log_p, _ = log_density(terms, shapes)
    return jnp.dot(w, log_p)


def derivative_sums(
    terms: Sequence[Term],
    variables: Sequence[TermVariables],
    x: Float[Array, "dim size"],
    w: Block,
    tables: Tables,
) -> tuple[Float[Array, ""], Float[Array, " m"], Float[Array, "m m"]]:
    r"""Return $\sum_i w_i \log p(x_i)$ of one block, its gradient and Hessian."""
    jets = [term_jet(*row, x) for row in zip(terms, variables, tables, strict=True)]
    log_p, q = log_density(terms, [jet.value for jet in jets])
    J = scores_of(terms, variables, jets, q)
    S: dict[tuple[int, int], Block] = {}
    for term, places, jet, q_k in zip(terms, variables, jets, q, strict=True):
        for (a, b), second in jet.hessian.items():
            both = second + jet.gradient[a] * jet.gradient[b]
            S[a, b] = term.coefficient * q_k * both
        if places.coefficient is not None:
            for a, first in jet.gradient.items():
                S[places.coefficient, a] = q_k * first
    return jnp.dot(w, log_p), weighted_sums(w, J), _hessian(w, J, S)


def score_sums(
    terms: Sequence[Term],
    variables: Sequence[TermVariables],
    x: Float[Array, "dim size"],
    w: Block,
    tables: Tables,
) -> Float[Array, "m m"]:
    r"""Return $\sum_i w_i^2 J(x_i) J(x_i)^\top$ of one block."""
    jets = [term_jet(*row, x) for row in zip(terms, variables, tables, strict=True)]
    _, q = log_density(terms, [jet.value for jet in jets])
    J = scores_of(terms, variables, jets, q)
    scores = jnp.stack([J[i] for i in range(len(J))]) * w[None]
    return scores @ scores.T


def log_density(
    terms: Sequence[Term], shapes: Sequence[Block]
) -> tuple[Block, list[Block]]:
    r"""Return $\log p$ and $q_k = e^{t_k}/p$; NaN where $p$ is not positive."""
    if len(terms) == 1:
        (term,), (shape,) = terms, shapes
        log_p = jnp.log(term.coefficient) + term.log_scale + shape
        return log_p, [jnp.ones_like(shape) / term.coefficient]
    logs = [term.log_scale + s for term, s in zip(terms, shapes, strict=True)]
    top = logs[0]
    for log in logs[1:]:
        top = jnp.maximum(top, log)
    # Where every term underflows the density is zero, not infinity minus infinity.
    top = jnp.maximum(top, jnp.finfo(top.dtype).min)
    parts = [jnp.exp(log - top) for log in logs]
    p = jnp.zeros_like(top)
    for term, part in zip(terms, parts, strict=True):
        p = p + term.coefficient * part
    inverse = 1.0 / p
    return top + jnp.log(p), [part * inverse for part in parts]


def scores_of(
    terms: Sequence[Term],
    variables: Sequence[TermVariables],
    jets: Sequence[Jet],
    q: Sequence[Block],
) -> dict[int, Block]:
    """Return the first derivatives of log p by variable."""
    J = {}
    for term, places, jet, q_k in zip(terms, variables, jets, q, strict=True):
        if places.coefficient is not None:
            J[places.coefficient] = q_k
        for a, first in jet.gradient.items():
            J[a] = term.coefficient * q_k * first
    return J


def without_tables(terms: Sequence[Term]) -> Tables:
    """Return the tables of terms whose factors are all computed at each event."""
    return tuple((None,) * len(term.factors) for term in terms)


def term_jet(
    term: Term,
    places: TermVariables,
    tables: tuple[Table | None, ...],
    x: Float[Array, "dim size"],
) -> Jet:
    """Return the sum of the term's factors and its derivatives in their arguments."""
    value, gradient, hessian = jnp.zeros(x.shape[1]), {}, {}
    for factor, indices, table in zip(
        term.factors, places.factors, tables, strict=True
    ):
        jet = _factor_jet(factor, indices, table, x)
        value = value + jet.value
        hessian |= jet.hessian
        # Different factors of one term: their second derivatives are zero.
        hessian |= {
            (a, b): jnp.zeros_like(value) for a in gradient for b in jet.gradient
        }
        gradient |= jet.gradient
    return Jet(value, gradient, hessian)


def _factor_jet(
    factor: Factor,
    indices: tuple[int | None, ...],
    table: Table | None,
    x: Float[Array, "dim size"],
) -> Jet:
    where = [index for index in indices if index is not None]
    if table is None:
        value, first, second = _derivatives_at_events(factor, indices, x)
    else:
        value, *rest = list(table(x[factor.columns[0]]))
        first, second = rest[: len(where)], rest[len(where) :]
    gradient = dict(zip(where, first, strict=True))
    pairs = [(a, b) for i, a in enumerate(where) for b in where[i:]]
    # Without second derivatives are affine factors, and tables for what needs none.
    hessian = dict(zip(pairs, second, strict=True)) if second else {}
    return Jet(value, gradient, hessian)


def _derivatives_at_events(
    factor: Factor, indices: tuple[int | None, ...], x: Float[Array, "dim size"]
) -> tuple[Block, list[Block], list[Block]]:
    leaves, structure = jax.tree.flatten(factor)
    moving = [i for i, index in enumerate(indices) if index is not None]

    def log_shape(arguments: tuple[Array, ...], event: Float[Array, " dim"]) -> Array:
        merged = list(leaves)
        for i, argument in zip(moving, arguments, strict=True):
            merged[i] = argument
        return jax.tree.unflatten(structure, merged).log_shape(event)

    def derivatives(event: Float[Array, " dim"]) -> Any:
        if isinstance(factor.shape, AbstractAffine) and arguments:
            value, first = jax.value_and_grad(log_shape)(arguments, event)
            return value, list(first), []
        return derivatives_of_scalars(lambda a: log_shape(a, event), arguments)

    arguments = tuple(leaves[i] for i in moving)
    return jax.vmap(derivatives, in_axes=1)(x)


def weighted_sums(w: Block, rows: dict[int, Block]) -> Float[Array, " m"]:
    r"""Return $\sum_i w_i r_j(x_i)$ for each row $r_j$."""
    if not rows:
        return jnp.zeros(0)
    return jnp.stack([jnp.dot(w, rows[i]) for i in range(len(rows))])


def _hessian(
    w: Block, J: dict[int, Block], S: dict[tuple[int, int], Block]
) -> Float[Array, "m m"]:
    r"""Return $\sum_i w_i (S - J J^\top)(x_i)$."""
    m = len(J)
    if m == 0:
        return jnp.zeros((0, 0))
    if m > UNROLLED:
        rows = jnp.stack([J[i] for i in range(m)])
        H = -(rows * w[None]) @ rows.T
        places = list(S)
        if not places:
            return H
        sums = jnp.stack([jnp.dot(w, S[place]) for place in places])
        a, b = jnp.array([p[0] for p in places]), jnp.array([p[1] for p in places])
        return H.at[a, b].add(sums).at[b, a].add(jnp.where(a == b, 0.0, sums))
    S = {(min(pair), max(pair)): s for pair, s in S.items()}
    entries: Any = [[None] * m for _ in range(m)]
    for a in range(m):
        weighted = w * J[a]
        for b in range(a, m):
            entry = -jnp.dot(weighted, J[b])
            if (a, b) in S:
                entry = entry + jnp.dot(w, S[a, b])
            entries[a][b] = entries[b][a] = entry
    return jnp.stack([jnp.stack(row) for row in entries])
