"""The likelihood with the outer product of scores in place of its Hessian."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ..core import EventBlocks, sum_over_events
from .layout import Layout
from .mixture import log_density, scores_of, term_jet, weighted_sums
from .program import Program
from .tables import tables_of


def value_gradient_scores(program: Program, blocks: EventBlocks) -> Any:
    r"""Return value, gradient and $B$ as a function that is a pytree.

    $B = \sum_i w_i\, s_i s_i^\top$ of the scores $s_i = \nabla\log f(x_i)$, and that of
    the constraints. Its expectation is that of the Hessian where the model is true, it
    is not negative for positive weights, and it needs first derivatives only.

    References:
        E. Berndt, B. Hall, R. Hall, J. Hausman, Ann. Econ. Soc. Meas. 3 (1974) 653.
    """
    return jax.tree_util.Partial(_value_gradient_scores, program, blocks)


def _value_gradient_scores(
    program: Program, blocks: EventBlocks, x: Float[Array, " free"]
) -> tuple[Float[Array, ""], Float[Array, " free"], Float[Array, "free free"]]:
    layout = Layout.of(program.terms, len(program.free))

    def block(arguments: Any, columns: Any, w: Any) -> Any:
        *numbers, tables = arguments
        terms = layout.terms(*numbers)
        rows = zip(terms, layout.places, tables, strict=True)
        jets = [term_jet(*row, columns) for row in rows]
        log_p, q = log_density(terms, [jet.value for jet in jets])
        J = scores_of(terms, layout.places, jets, q)
        s = jnp.stack([J[i] for i in range(len(J))])
        return jnp.dot(w, log_p), weighted_sums(w, J), (s * w[None]) @ s.T

    def outside(x: Float[Array, " free"]) -> Any:
        rows = jnp.append(layout.variables(x), program.penalty(x))
        return jnp.append(rows, program.constraint_pulls(x))

    rows, push = jax.linearize(outside, x)
    first = jax.vmap(push)(jnp.eye(len(x))).T
    numbers = layout.variables(x), layout.constants(x)
    moving = [places.factors for places in layout.places]
    tables = tables_of(layout.terms(*numbers), moving, blocks, order=1)
    V, G, S = sum_over_events(block, (*numbers, tables), blocks)
    m = len(G)
    A, penalty, pulls = first[:m], first[m], first[m + 1 :]
    return rows[m] - V, penalty - A.T @ G, A.T @ S @ A + pulls.T @ pulls
