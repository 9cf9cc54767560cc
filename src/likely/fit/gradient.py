"""The likelihood with its exact gradient, for minimisers that need no Hessian."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ..core import EventBlocks, Term, sum_over_events
from .layout import Layout
from .mixture import (
    Block,
    TermVariables,
    log_density,
    scores_of,
    term_jet,
    weighted_sums,
)
from .program import Program
from .tables import Tables, tables_of

# What is not of the events is differentiated forwards up to this many parameters:
# quadratures compile in a quarter of the time (10 double Crystal Balls, 50 parameters:
# 6 s against 23 s), and the time it takes, which grows with them, is still small.
FORWARD = 64


def value_and_gradient(program: Program, blocks: EventBlocks) -> Any:
    """Return value and gradient as a function that is a pytree."""
    return jax.tree_util.Partial(_value_and_gradient, program, blocks)


def gradient_sums(
    terms: Sequence[Term],
    variables: Sequence[TermVariables],
    x: Float[Array, "dim size"],
    w: Block,
    tables: Tables,
) -> tuple[Float[Array, ""], Float[Array, " m"]]:
    r"""Return $\sum_i w_i \log p(x_i)$ of one block and its gradient.

    The second derivatives of the jets are not used, and are not compiled.
    """
    jets = [term_jet(*row, x) for row in zip(terms, variables, tables, strict=True)]
    log_p, q = log_density(terms, [jet.value for jet in jets])
    return jnp.dot(w, log_p), weighted_sums(w, scores_of(terms, variables, jets, q))


def _value_and_gradient(
    program: Program, blocks: EventBlocks, x: Float[Array, " free"]
) -> tuple[Float[Array, ""], Float[Array, " free"]]:
    r"""Return $\lambda(\theta) - V$ and $\nabla\lambda - A^\top G$.

    $V$ and $G$ are the sums over events of $\log p$ and of its gradient in the
    variables $\varphi(\theta)$, $A = \partial\varphi/\partial\theta$, and $\lambda$ is
    what is not of the events.
    """
    layout = Layout.of(program.terms, len(program.free))

    def block(arguments: Any, columns: Any, w: Any) -> Any:
        *numbers, tables = arguments
        terms = layout.terms(*numbers)
        return gradient_sums(terms, layout.places, columns, w, tables)

    def outside(x: Float[Array, " free"]) -> Float[Array, " rows"]:
        return jnp.append(layout.variables(x), program.penalty(x))

    def sums(rows: Float[Array, " rows"]) -> tuple[Array, Array]:
        numbers = rows[:-1], layout.constants(x)
        moving = [places.factors for places in layout.places]
        tables = tables_of(layout.terms(*numbers), moving, blocks, order=1)
        V, G = sum_over_events(block, (*numbers, tables), blocks)
        return rows[-1] - V, jnp.append(-G, 1.0)

    if len(x) > FORWARD:
        rows, pull = jax.vjp(outside, x)
        value, G = sums(rows)
        return value, pull(G)[0]
    rows, push = jax.linearize(outside, x)
    value, G = sums(rows)
    return value, jax.vmap(push)(jnp.eye(len(x))) @ G
