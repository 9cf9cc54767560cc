"""The forward and the reverse sweep over the operations of a program.

Griewank and Walther, Evaluating Derivatives (SIAM, 2008), chapter 3; Baydin et al.,
JMLR 18 (2018) 153, arXiv:1502.05767, section 3.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, final

import jax
import jax.numpy as jnp
from jax.extend.core import (
    ClosedJaxpr,
    DropVar,
    Jaxpr,
    JaxprEqn,
    Literal,
    Var,
)

from ...core import LikelyError
from .equation import alone, called, is_identity, smooth
from .local import LocalDerivative
from .notation import formula, number
from .program import Program, first_line
from .variable import Variable


@final
class Sweep:
    """The variables of a program in the order of evaluation.

    Args:
        program: What is evaluated.
        tangents: For each real input, its tangents (directions, *shape).
        limit: The largest number of variables.
    """

    def __init__(
        self, program: Program, tangents: dict[int, Any], *, limit: int
    ) -> None:
        self.program = program
        self.limit = limit
        self.variables: list[Variable] = []
        self._letter, self._constant = _free_letters(program.names)
        self._counts = {self._letter: 0, self._constant: 0}
        self._steps: list[tuple[LocalDerivative, list[Variable], list[Variable]]] = []
        inputs = zip(program.names, program.leaves, strict=True)
        self.inputs = [
            self._add(Variable(name, leaf, tangents.get(i)))
            for i, (name, leaf) in enumerate(inputs)
        ]
        self.output = self._run(program.program, self.inputs, ())[0]

    def reverse(self) -> None:
        """Set the adjoint of each variable: the derivative of the output by it."""
        if self.output.tangents is None:
            return
        self.output.adjoint = jnp.ones_like(self.output.value)
        for local, inputs, outputs in reversed(self._steps):
            parts = self._in_words(
                outputs[0],
                lambda local=local, outputs=outputs: local.pull(
                    [v.adjoint for v in outputs]
                ),
            )
            for u, part in zip(inputs, parts, strict=True):
                u.adjoint = u.adjoint + part
            _remark(outputs, local.notes)

    def _run(
        self, program: ClosedJaxpr, inputs: Sequence[Variable], inside: tuple[str, ...]
    ) -> list[Variable]:
        jaxpr = program.jaxpr
        known: dict[Var, Variable] = dict(zip(jaxpr.invars, inputs, strict=True))
        for var, value in zip(jaxpr.constvars, program.consts, strict=True):
            known[var] = self._captured(jnp.asarray(value), inside)

        def read(atom: Any) -> Variable:
            if isinstance(atom, Literal):
                return self._captured(jnp.asarray(atom.val), inside)
            return known[atom]

        for equation in jaxpr.eqns:
            kept = [v for v in equation.outvars if not isinstance(v, DropVar)]
            if not kept:
                continue  # a print, or what nobody uses
            operands = [read(atom) for atom in equation.invars]
            if is_identity(equation, operands):
                known[equation.outvars[0]] = operands[0]
                continue
            call = called(equation, operands, self.program.name)
            if call is None:
                known.update(self._apply(jaxpr, equation, operands, inside))
            else:
                inner, arguments, name = call
                outputs = self._run(inner, arguments, (*inside, *name))
                known.update(zip(equation.outvars, outputs, strict=True))
        return [read(atom) for atom in jaxpr.outvars]

    def _apply(
        self,
        jaxpr: Jaxpr,
        equation: JaxprEqn,
        operands: list[Variable],
        inside: tuple[str, ...],
    ) -> dict[Var, Variable]:
        """Evaluate one operation and push the tangents through it."""
        evaluate, needed = alone(jaxpr, equation, operands)
        outputs: dict[Var, Variable] = {}
        for k, var in enumerate(equation.outvars):
            if not isinstance(var, DropVar):
                which = f"[{k}]" if len(equation.outvars) > 1 else ""
                outputs[var] = Variable(
                    name=self._next(self._letter),
                    value=None,
                    formula=formula(equation, operands, which),
                    inside=inside,
                )
        variables = list(outputs.values())
        values = self._in_words(
            variables[0], lambda: evaluate(*(u.value for u in needed))
        )
        for v, value in zip(variables, values, strict=True):
            v.value = value
            self._add(v)
        moving = _unique(u for u in needed if u.tangents is not None)
        moved = [v for v in variables if jnp.issubdtype(v.value.dtype, jnp.inexact)]
        if moving and moved:
            self._differentiate(smooth(evaluate, needed, moving), moving, moved)
        return outputs

    def _differentiate(
        self,
        operation: Callable[..., list[Any]],
        inputs: list[Variable],
        outputs: list[Variable],
    ) -> None:
        values = [v.value for v in outputs]
        local = LocalDerivative(operation, [u.value for u in inputs], values)
        directions = len(inputs[0].tangents)
        pushed = self._in_words(
            outputs[0],
            lambda: [
                local.push([u.tangents[d] for u in inputs]) for d in range(directions)
            ],
        )
        jacobians = self._in_words(outputs[0], local.jacobians)
        for k, v in enumerate(outputs):
            v.tangents = jnp.array(
                [tangents[k] for tangents in pushed], v.value.dtype
            ).reshape(directions, *v.value.shape)
            v.adjoint = jnp.zeros_like(v.value)
            v.partials = {u.name: p for u, p in zip(inputs, jacobians[k], strict=True)}
        _remark(outputs, local.notes)
        self._steps.append((local, inputs, outputs))

    def _captured(self, value: Any, inside: tuple[str, ...]) -> Variable:
        """Return a constant: a number as such, an array as a row of its own."""
        if value.ndim == 0 and not jnp.issubdtype(value.dtype, jax.dtypes.prng_key):
            return Variable(number(value), value)
        name = self._next(self._constant)
        return self._add(Variable(name, value, formula="constant", inside=inside))

    def _next(self, letter: str) -> str:
        self._counts[letter] += 1
        return f"{letter}{self._counts[letter]}"

    def _add(self, variable: Variable) -> Variable:
        if len(self.variables) >= self.limit:
            raise LikelyError(
                f"`{self.program.name}` takes more than `limit={self.limit}` variables "
                "to evaluate: raise `limit`, or trace a part of it."
            )
        self.variables.append(variable)
        return variable

    def _in_words(self, variable: Variable, compute: Callable[[], Any]) -> Any:
        try:
            return compute()
        except Exception as error:  # an operation or its rule may be the user's own
            what = f"{variable.name} = {variable.formula}".removeprefix(" = ")
            raise LikelyError(
                f"`{self.program.name}` cannot be differentiated at `{what}`: "
                f"{first_line(error)}"
            ) from None


def _unique(variables: Iterable[Variable]) -> list[Variable]:
    return list({id(v): v for v in variables}.values())


def _remark(variables: list[Variable], notes: list[str]) -> None:
    for v in variables:
        v.notes += [note for note in notes if note not in v.notes]


def _free_letters(names: Sequence[str]) -> tuple[str, str]:
    """Return the letters for operations and constants, that no input goes by."""

    def free(letters: str) -> str:
        return next(
            (
                letter
                for letter in letters
                if not any(n[:1] == letter and n[1:].isdigit() for n in names)
            ),
            letters[0] + "_",
        )

    return free("vuwtsz"), free("cbadke")
