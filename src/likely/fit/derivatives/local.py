"""The derivative of one operation, as JAX knows it, in both modes."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, final

import jax
import jax.numpy as jnp

from .program import size

BY_REVERSE = "tangents from its reverse rule, it has no forward rule"
BY_FORWARD = "adjoints from its forward rule, it has no reverse rule"
# A local Jacobian with more numbers than this is not worth looking at.
SHOWN = 10_000


@final
class LocalDerivative:
    r"""Tangents $\dot v = J\,\dot u$ and adjoints $\bar u = J^T\,\bar v$ of $v(u)$.

    $J$ comes from `jax.jvp` and `jax.vjp` of the operation. Where JAX has a rule for
    one of the two only (`custom_vjp`, `while`), the other is that of the same $J$.

    Args:
        operation: Function of the inputs, returning a list of real or complex arrays.
        inputs: Where it is differentiated.
        outputs: Its values there.
    """

    def __init__(
        self,
        operation: Callable[..., list[Any]],
        inputs: Sequence[Any],
        outputs: Sequence[Any],
    ) -> None:
        self.operation = operation
        self.inputs = tuple(inputs)
        self.outputs = list(outputs)
        self.notes: list[str] = []

    def push(self, tangents: Sequence[Any]) -> list[Any]:
        """Return the tangents of the outputs for one tangent of each input."""
        try:
            return self._push(tangents)
        except Exception:  # a missing or a user's own rule may raise anything
            J = self._jacobian_by_reverse()
            self._remark(BY_REVERSE)
        return [
            sum(
                jnp.tensordot(J[o][i], tangent, jnp.ndim(tangent)).astype(v.dtype)
                for i, tangent in enumerate(tangents)
            )
            for o, v in enumerate(self.outputs)
        ]

    def pull(self, adjoints: Sequence[Any]) -> list[Any]:
        """Return what the adjoints of the outputs add to those of the inputs."""
        try:
            return list(self._pullback(list(adjoints)))
        except Exception:  # as above
            J = self._jacobian_by_forward()
            self._remark(BY_FORWARD)
        return [
            sum(
                jnp.tensordot(adjoint, J[o][i], jnp.ndim(adjoint)).astype(u.dtype)
                for o, adjoint in enumerate(adjoints)
            )
            for i, u in enumerate(self.inputs)
        ]

    def jacobians(self) -> list[list[Any]]:
        """Return the local Jacobian of each output by each input, None if too large."""
        n, m = (sum(size(a.shape) for a in s) for s in (self.inputs, self.outputs))
        if n * m > SHOWN:
            return [[None] * len(self.inputs) for _ in self.outputs]
        ways = (self._jacobian_by_reverse, self._jacobian_by_forward)
        first, second = ways if m <= n else ways[::-1]
        try:
            return first()
        except Exception:  # as above
            return second()

    def _push(self, tangents: Sequence[Any]) -> list[Any]:
        return jax.jvp(self.operation, self.inputs, tuple(tangents))[1]

    @cached_property
    def _pullback(self) -> Callable[[list[Any]], tuple[Any, ...]]:
        return jax.vjp(self.operation, *self.inputs)[1]

    def _jacobian_by_reverse(self) -> list[list[Any]]:
        pullback = self._pullback  # made here, or it would belong to a vmap below
        rows = [_each(pullback, self.outputs, o) for o in range(len(self.outputs))]
        return [
            [
                row.reshape(*v.shape, *u.shape)
                for u, row in zip(self.inputs, r, strict=True)
            ]
            for v, r in zip(self.outputs, rows, strict=True)
        ]

    def _jacobian_by_forward(self) -> list[list[Any]]:
        columns = [_each(self._push, self.inputs, i) for i in range(len(self.inputs))]
        return [
            [
                jnp.moveaxis(c[o], 0, -1).reshape(*v.shape, *u.shape)
                for u, c in zip(self.inputs, columns, strict=True)
            ]
            for o, v in enumerate(self.outputs)
        ]

    def _remark(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)


def _each(linear: Callable[..., Any], arrays: Sequence[Any], k: int) -> list[Any]:
    """Return a linear function of each unit vector of one array, the others zero."""
    zeros = [jnp.zeros_like(a) for a in arrays]

    def of(seed: Any) -> list[Any]:
        return list(linear([*zeros[:k], seed, *zeros[k + 1 :]]))

    n = size(arrays[k].shape)
    if n == 1:  # the same program as in the sweep: nothing new to compile
        return [part[None] for part in of(jnp.ones_like(arrays[k]))]
    basis = jnp.eye(n, dtype=arrays[k].dtype).reshape(n, *arrays[k].shape)
    return jax.vmap(of)(basis)
