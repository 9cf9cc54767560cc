"""Forward and reverse mode, one operation after another."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from ...core import LikelyError, nearest
from .directions import read_directions, seeds_of_inputs
from .program import Program, read_program
from .sweep import Sweep
from .table import html_table, text_table
from .variable import Operation


@final
@dataclass(frozen=True, repr=False)
class EvaluationTrace:
    r"""How a number $y = f(x)$ and its derivatives are computed.

    Args:
        function: The name of $f$.
        operations: Every variable, inputs first, in the order of evaluation.
        result: Name of the variable that is returned.
        value: $y$.
        inputs: The real numbers among the inputs, in the order of the gradient.
        gradient: $\partial y/\partial x$, of the reverse sweep.
        directions: The directions of the forward sweep.
        seeds: Their parts along each input, $\dot x$.
        tangents: $\dot y = \nabla f \cdot \dot x$ of each, of the forward sweep.
    """

    function: str
    operations: tuple[Operation, ...]
    result: str
    value: float
    inputs: tuple[str, ...]
    gradient: Float[np.ndarray, " inputs"]
    directions: tuple[str, ...]
    seeds: Float[np.ndarray, "directions inputs"]
    tangents: Float[np.ndarray, " directions"]

    def __getitem__(self, name: str) -> Operation:
        """Return the row of a variable.

        Raises:
            LikelyError: If there is none of that name.
        """
        found = {o.name: o for o in self.operations}
        if name not in found:
            raise LikelyError(f"no variable `{name}`: {nearest(name, found)}")
        return found[name]

    def __str__(self) -> str:
        """Return the table as text."""
        return text_table(self)

    def __repr__(self) -> str:
        """Return one line; the table is `print(trace)`."""
        n = len(self.operations)
        return f"EvaluationTrace({self.function} = {self.value:.6g}, {n} variables)"

    def _repr_html_(self) -> str:
        """Return the table for a notebook."""
        return html_table(self)


def evaluation_trace(
    function: Callable[..., Any],
    *arguments: Any,
    direction: Any = None,
    limit: int = 200,
) -> EvaluationTrace:
    r"""Show how a number and its derivatives are computed, operation by operation.

    With $v_i = \phi_i(v_j, \ldots)$ the operations that JAX records of the function,

    $$\dot v_i = \sum_j \frac{\partial\phi_i}{\partial v_j}\,\dot v_j, \qquad
      \bar v_j = \sum_i \bar v_i\,\frac{\partial\phi_i}{\partial v_j},$$

    the tangents from the inputs to the result for each direction $\dot x$, the
    adjoints $\bar v_i = \partial y/\partial v_i$ from the result back. The derivative
    of each operation is JAX's own. Calls and the branch taken are shown from inside; a
    loop, and a function with its own derivative (`jax.custom_jvp`, `jax.custom_vjp`),
    as one operation.

    Args:
        function: Returns one real number; written with `jax.numpy`.
        arguments: What it is called with: numbers, arrays, pytrees of them.
            Integers have no derivative.
        direction: Of the forward sweep: the name of an input (`"x0"`, `"w[2]"`), a
            list of names, a vector over all real inputs in the order of
            `trace.inputs`, or a matrix of such rows. By default every input, or none
            if there are more than six.
        limit: The largest number of variables to show.

    Returns:
        Rows, value and gradient; `print` it, or look at it in a notebook.

    Raises:
        LikelyError: If the function fails, does not return one real number, has no
            real input or too many operations, or JAX has no derivative of one.

    Source:
        A. G. Baydin, B. A. Pearlmutter, A. A. Radul, J. M. Siskind, JMLR 18 (2018)
        153, arXiv:1502.05767, section 3; A. Griewank, A. Walther, Evaluating
        Derivatives (SIAM, 2008), chapter 3.
    """
    if limit < 1:
        raise LikelyError(f"`limit` must be at least 1, got {limit}.")
    program = read_program(function, arguments)
    _check_scalar(program)
    directions, seeds = read_directions(program, direction)
    sweep = Sweep(program, seeds_of_inputs(program, seeds), limit=limit)
    sweep.reverse()
    tangents = sweep.output.tangents
    return EvaluationTrace(
        function=f"{program.name}({', '.join(program.names)})",
        operations=tuple(v.finished() for v in sweep.variables),
        result=sweep.output.name,
        value=float(sweep.output.value),
        inputs=program.numbers,
        gradient=np.concatenate(
            [np.ravel(sweep.inputs[i].adjoint).astype(float) for i in program.real]
        ),
        directions=directions,
        seeds=seeds,
        tangents=np.zeros(len(seeds))
        if tangents is None
        else np.asarray(tangents, dtype=float),
    )


def _check_scalar(program: Program) -> None:
    shape = getattr(program.output, "shape", None)
    if shape is None:
        kind = type(program.output).__name__
        got = "nothing (is there a `return`?)" if kind == "NoneType" else f"a {kind}"
    elif shape != ():
        got = f"an array of shape {tuple(shape)}; sum it or take one element"
    elif not jnp.issubdtype(program.output.dtype, jnp.floating):
        got = f"{program.output.dtype}, which has no derivative"
    else:
        return
    raise LikelyError(
        f"`{program.name}` must return one real number; it returns {got}."
    )
