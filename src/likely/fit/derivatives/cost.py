"""What a Jacobian costs in forward and in reverse mode."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

import jax
import jax.numpy as jnp
from jax.extend.core import ClosedJaxpr, Jaxpr, jaxpr_as_fun

from ...core import LikelyError
from .program import Program, read_program, size
from .table import grid, html_grid

HEADER = ("", "passes", "operations", "times the function")


@final
@dataclass(frozen=True, repr=False)
class DerivativeCost:
    r"""Floating-point operations of $f: R^n \to R^m$ and of its Jacobian.

    Args:
        function: The name of $f$.
        inputs: $n$.
        outputs: $m$.
        primal: Operations of $f$.
        forward: Operations of the Jacobian by $n$ tangents; None where JAX has no
            forward rule.
        reverse: The same by $m$ adjoints; None where JAX has no reverse rule.
        note: What was not counted, in words.
    """

    function: str
    inputs: int
    outputs: int
    primal: int
    forward: int | None
    reverse: int | None
    note: str = ""

    @property
    def cheaper(self) -> str:
        """Return `forward`, `reverse` or `equal`; the only one there is, or `none`."""
        costs = {"forward": self.forward, "reverse": self.reverse}
        known = {mode: cost for mode, cost in costs.items() if cost is not None}
        if len(known) == 2 and self.forward == self.reverse:
            return "equal"
        return min(known, key=known.__getitem__, default="none")

    def __str__(self) -> str:
        """Return the table as text."""
        return "\n".join([*grid(HEADER, self._rows()), *self._foot()])

    def __repr__(self) -> str:
        """Return one line; the table is `print(cost)`."""
        return (
            f"DerivativeCost({self.function}: {self.inputs} -> {self.outputs}, "
            f"primal {self.primal}, forward {self.forward}, reverse {self.reverse})"
        )

    def _repr_html_(self) -> str:
        """Return the table for a notebook."""
        foot = "".join(f"<p>{line}</p>" for line in self._foot())
        return html_grid(HEADER, self._rows(), "likely-cost") + foot

    def _rows(self) -> list[list[str]]:
        return [
            [self.function, "1", str(self.primal), "1"],
            self._row("forward", _count(self.inputs, "tangent"), self.forward),
            self._row("reverse", _count(self.outputs, "adjoint"), self.reverse),
        ]

    def _row(self, mode: str, passes: str, cost: int | None) -> list[str]:
        name = f"Jacobian, {mode} mode"
        if cost is None:
            return [name, passes, "JAX has no rule", ""]
        ratio = f"{cost / self.primal:.3g}" if self.primal else ""
        return [name, passes, str(cost), ratio]

    def _foot(self) -> list[str]:
        return [f"cheaper: {self.cheaper}", *([self.note] if self.note else [])]


def derivative_cost(function: Callable[..., Any], *arguments: Any) -> DerivativeCost:
    r"""Count the operations of a function and of its Jacobian in both modes.

    For $f: R^n \to R^m$ the Jacobian takes $n$ forward passes or $m$ reverse passes,
    each of a few times the operations of $f$: forward mode for few inputs, reverse
    mode for few outputs. Counted are the floating-point operations of the programs
    that `jax.jacfwd` and `jax.jacrev` give to the XLA compiler, a sine or logarithm
    as one; nothing is compiled or run. Reverse mode also keeps the intermediate
    values in memory, which is not counted.

    Args:
        function: Returns an array or a pytree of arrays; written with `jax.numpy`.
        arguments: What it is called with; all real inputs together are $x$.

    Raises:
        LikelyError: If the function fails, has no real input or returns no real number.

    Source:
        A. Griewank, A. Walther, Evaluating Derivatives (SIAM, 2008), section 4.6;
        A. G. Baydin et al., JMLR 18 (2018) 153, arXiv:1502.05767, section 3.2.
    """
    program = read_program(function, arguments)
    x = [program.leaves[i] for i in program.real]
    f = _real_part(program)
    y = jax.eval_shape(f, *x)
    if not sum(size(v.shape) for v in y):
        raise LikelyError(
            f"`{program.name}` must return real numbers; it returns {program.output}."
        )
    n, m = (sum(size(v.shape) for v in part) for part in (x, y))

    def forward(x: Sequence[Any], basis: Sequence[Any]) -> Any:
        return jax.vmap(lambda seed: jax.jvp(f, tuple(x), tuple(seed))[1])(basis)

    def reverse(x: Sequence[Any], basis: Sequence[Any]) -> Any:
        return jax.vmap(jax.vjp(f, *x)[1])(basis)

    primal = _operations(f, *x)
    if primal is None:
        raise LikelyError("XLA does not count operations on this device; use a CPU.")
    loops = "a loop is counted as one iteration." if _loops(program.program) else ""
    return DerivativeCost(
        function=program.name,
        inputs=n,
        outputs=m,
        primal=primal,
        forward=_operations(forward, x, _basis(n, x)),
        reverse=_operations(reverse, x, _basis(m, y)),
        note=loops,
    )


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _real_part(program: Program) -> Callable[..., list[Any]]:
    """Return the function of the real inputs alone, with its real outputs."""
    call = jaxpr_as_fun(program.program)

    def f(*x: Any) -> list[Any]:
        leaves = list(program.leaves)
        for i, value in zip(program.real, x, strict=True):
            leaves[i] = value
        return [v for v in call(*leaves) if jnp.issubdtype(v.dtype, jnp.floating)]

    return f


def _basis(count: int, arrays: Sequence[Any]) -> list[jax.ShapeDtypeStruct]:
    """Return the shape of the unit vectors: they are given, not computed."""
    return [jax.ShapeDtypeStruct((count, *a.shape), a.dtype) for a in arrays]


def _operations(f: Callable[..., Any], *arguments: Any) -> int | None:
    """Return what XLA counts, None where JAX cannot build the program."""
    try:
        counted: Any = jax.jit(f).lower(*arguments).cost_analysis()
    except Exception:  # a missing or a user's own rule may raise anything
        return None
    if not counted:
        return None
    return round(counted.get("flops", 0.0) + counted.get("transcendentals", 0.0))


def _loops(program: Any) -> bool:
    """Return whether there is a loop, at any depth."""
    jaxpr = program.jaxpr if isinstance(program, ClosedJaxpr) else program
    return any(
        equation.primitive.name in ("scan", "while")
        or any(
            _loops(inner)
            for given in equation.params.values()
            for inner in (given if isinstance(given, (tuple, list)) else (given,))
            if isinstance(inner, (ClosedJaxpr, Jaxpr))
        )
        for equation in jaxpr.eqns
    )
