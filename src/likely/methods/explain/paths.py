"""Integrated gradients: the slope along the way from a baseline to the event."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ...core import LikelyError
from .arguments import check_rows, floats, table, whole
from .attribution import Attribution
from .blocks import in_blocks, rows_of_block
from .columns import FeatureColumns
from .one_sample import check_function, check_outputs

DOOR = "integrated_gradients"


def integrated_gradients(
    function: Callable[..., Any],
    inputs: Any,
    baseline: Any,
    *,
    steps: int = 64,
    names: Any = None,
) -> Attribution:
    r"""Attribute the output to the features by gradients along a straight line.

    $$\phi_j = (x_j - b_j) \int_0^1 \frac{\partial f}{\partial x_j}\big(b + t (x - b)
    \big)\,dt \approx (x_j - b_j) \sum_k w_k \frac{\partial f}{\partial x_j}\big(b +
    t_k (x - b)\big)$$

    with the nodes $t_k$ and weights $w_k$ of Gauss and Legendre: exact for a polynomial
    of degree $2n$ of $n$ steps, and converging as $1/n$ or quicker where the gradient
    jumps, as in networks of rectified linear units. The sum of the contributions
    is $f(x) - f(b)$; what is missing is the `gap` of the result.

    The program is compiled once for a function, and works in blocks of constant memory.
    For images, let the function reshape: `lambda x: net(x.reshape(1, 28, 28))[3]`.

    Args:
        function: Of one sample, an array of shape (dim,), to one number, as the logit
            of a class; JAX differentiates it.
        inputs: Events, of shape (events, dim). Their precision is that of the
            computation.
        baseline: What stands for "no information": one sample of shape (dim,), or one
            for each event, of shape (events, dim).
        steps: Number of nodes.
        names: One a column, or the columns of each feature by name, as
            `Features.groups`; columns of equal names are one feature, whose
            contribution is the sum of theirs. By default `x0`, `x1` ...

    Raises:
        LikelyError: If `inputs` or `baseline` are no such arrays of finite numbers,
            `function` does not give one finite number for a sample, or its gradient is
            not finite.

    References:
        M. Sundararajan, A. Taly, Q. Yan, ICML (2017), arXiv:1703.01365.
    """
    x, columns = table(inputs, names, DOOR)
    b = _baseline(baseline, x, columns)
    n_steps = whole(steps, 1, f"`{DOOR}(steps=...)`")
    f = check_function(function, x.shape[1:], x.dtype, DOOR)
    nodes, weights = np.polynomial.legendre.leggauss(n_steps)
    # From [-1, 1] to [0, 1].
    rule = jnp.asarray(0.5 * (1 + nodes), x.dtype), jnp.asarray(0.5 * weights, x.dtype)
    size = rows_of_block(n_steps * x.shape[1], len(x))
    phi, outputs, reference = in_blocks(
        lambda x, b: _along_the_line(f, x, b, rule), (x, b), size, DOOR
    )
    check_outputs(outputs, "`inputs`", DOOR)
    check_outputs(reference, "`baseline`", DOOR)
    if not np.isfinite(phi).all():
        raise LikelyError(
            f"`{DOOR}(function=...)`: the gradient of {int((~np.isfinite(phi)).sum())} "
            "contributions is not finite somewhere between baseline and event."
        )
    belongs = columns.feature_of[:, None] == np.arange(len(columns.names))
    return Attribution(
        columns.names,
        phi.astype(float) @ belongs,
        outputs.astype(float),
        reference.astype(float),
        method=f"integrated gradients of {n_steps} steps",
    )


def _baseline(
    baseline: Any, x: Float[np.ndarray, "events dim"], columns: FeatureColumns
) -> Float[np.ndarray, "events dim"]:
    place = f"`{DOOR}(baseline=...)`"
    b = floats(baseline, place).astype(x.dtype)
    if b.shape not in (x.shape, x.shape[1:]):
        raise LikelyError(
            f"{place} takes one sample of shape {x.shape[1:]}, or one for each event, "
            f"of shape {x.shape}; got shape {b.shape}."
        )
    check_rows(np.atleast_2d(b), columns, place)
    return np.broadcast_to(b, x.shape)


@eqx.filter_jit
def _along_the_line(
    function: Callable[..., Any],
    x: Float[Array, "events dim"],
    b: Float[Array, "events dim"],
    rule: tuple[Float[Array, " steps"], Float[Array, " steps"]],
) -> tuple[Array, Array, Array]:
    t, w = rule

    def of_event(x: Float[Array, " dim"], b: Float[Array, " dim"]) -> Any:
        gradients = jax.vmap(lambda t: jax.grad(function)(b + t * (x - b)))(t)
        return (x - b) * (w @ gradients), function(x), function(b)

    return jax.vmap(of_event)(x, b)
