r"""The likelihood of counts in bins as pure functions, with exact derivatives.

With $\varphi(\theta)$ the coefficients and the probabilities along each axis that
depend on the parameters, and $A = \partial\varphi/\partial\theta$, the gradient of the
cost $C(\varphi)$ is $A^\top \nabla C$ and its Hessian
$A^\top (\nabla^2 C) A + \sum_m \partial_m C\, \nabla^2\varphi_m$: integrals are
differentiated along one axis only, and templates, which do not move, not at all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend.core import jaxpr_as_fun
from jaxtyping import Array, Float

from .bin_costs import AbstractBinCost, with_counts
from .binned_expectation import BinnedExpectation, Parts
from .layout import depends_on_input
from .program import Program
from .pure_likelihood import two_derivatives


def binned_value(expectation: BinnedExpectation, cost: AbstractBinCost) -> Any:
    """Return the value as a function that is a pytree."""
    return jax.tree_util.Partial(_value, expectation, cost)


def binned_gradient(expectation: BinnedExpectation, cost: AbstractBinCost) -> Any:
    """Return value and gradient as a function that is a pytree."""
    return jax.tree_util.Partial(_gradient, expectation, cost)


def binned_derivatives(expectation: BinnedExpectation, cost: AbstractBinCost) -> Any:
    """Return value, gradient and Hessian as a function that is a pytree."""
    return jax.tree_util.Partial(_derivatives, expectation, cost)


@jax.jit
def binned_score_covariance(
    expectation: BinnedExpectation,
    cost: AbstractBinCost,
    variances: Float[Array, "*bins"],
    x: Float[Array, " free"],
) -> Float[Array, "free free"]:
    r"""Return $\sum_b V_b\, u_b u_b^\top$ with $u_b = \partial_{n_b} \nabla C$.

    $V_b$ is the variance of the count; the scales of weighted bins are held. With it
    that of the constraints.
    """

    def slopes(x: Float[Array, " free"]) -> Float[Array, "*bins"]:
        parts = expectation.parts(x)

        def value(counts: Float[Array, "*bins"]) -> Float[Array, ""]:
            return with_counts(cost, counts)(parts)

        return jax.grad(value)(jnp.asarray(cost.counts))

    U = jax.jacfwd(slopes)(x).reshape(-1, len(x))
    B = jax.jacfwd(expectation.program.constraint_pulls)(x)
    return (U * jnp.ravel(variances)[:, None]).T @ U + B.T @ B


def _value(
    expectation: BinnedExpectation, cost: AbstractBinCost, x: Float[Array, " free"]
) -> Float[Array, ""]:
    return cost(expectation.parts(x)) + _constraints(expectation.program, x)


def _gradient(
    expectation: BinnedExpectation, cost: AbstractBinCost, x: Float[Array, " free"]
) -> Any:
    return jax.value_and_grad(lambda x: _value(expectation, cost, x))(x)


def _derivatives(
    expectation: BinnedExpectation, cost: AbstractBinCost, x: Float[Array, " free"]
) -> tuple[Float[Array, ""], Float[Array, " free"], Float[Array, "free free"]]:
    moving = _Moving.of(expectation.parts, len(x))
    constants = moving.constants(x)

    def cost_of(phi: Float[Array, " m"]) -> Float[Array, ""]:
        return cost(moving.parts(phi, constants))

    def outside(x: Float[Array, " free"]) -> Float[Array, " rows"]:
        return jnp.append(moving.variables(x), _constraints(expectation.program, x))

    phi, first, second = two_derivatives(outside, x)
    A = first[:-1]
    value, G = jax.value_and_grad(cost_of)(phi[:-1])

    def along(direction: Float[Array, " m"]) -> Float[Array, " m"]:
        return jax.jvp(jax.grad(cost_of), (phi[:-1],), (direction,))[1]

    HA = jax.vmap(along, in_axes=1, out_axes=1)(A)
    return (
        value + phi[-1],
        A.T @ G + first[-1],
        A.T @ HA + jnp.tensordot(G, second[:-1], axes=1) + second[-1],
    )


def _constraints(program: Program, x: Float[Array, " free"]) -> Float[Array, ""]:
    r"""Return $-\sum_j \log G_j$."""
    pulls, sigmas = program.constraint_pulls(x), program.constraint_sigmas
    return 0.5 * jnp.sum(pulls**2) + jnp.sum(jnp.log(jnp.sqrt(2 * jnp.pi) * sigmas))


@dataclass(frozen=True)
class _Moving:
    """The parts of an expectation that depend on the parameters, as one vector."""

    leaves_of: Callable[..., Any]
    template: Any
    moving: tuple[bool, ...]

    @classmethod
    def of(cls, parts_of: Callable[..., Parts], n_free: int) -> "_Moving":
        """Trace the parts and see what depends on the parameters."""
        theta = jax.ShapeDtypeStruct((n_free,), jnp.float64)
        jaxpr, template = jax.make_jaxpr(parts_of, return_shape=True)(theta)
        moving = tuple(depends_on_input(jaxpr.jaxpr))
        return cls(jaxpr_as_fun(jaxpr), template, moving)

    def variables(self, x: Float[Array, " free"]) -> Float[Array, " m"]:
        chosen = [jnp.ravel(leaf) for leaf in self._leaves(x, moving=True)]
        return jnp.concatenate([jnp.zeros(0), *chosen])

    def constants(self, x: Float[Array, " free"]) -> list[Array]:
        return self._leaves(x, moving=False)

    def parts(self, variables: Float[Array, " m"], constants: list[Array]) -> Parts:
        others, start, leaves = iter(constants), 0, []
        shapes = jax.tree.leaves(self.template)
        for shape, moves in zip(shapes, self.moving, strict=True):
            if not moves:
                leaves.append(next(others))
                continue
            leaves.append(variables[start : start + shape.size].reshape(shape.shape))
            start += shape.size
        return jax.tree.unflatten(jax.tree.structure(self.template), leaves)

    def _leaves(self, x: Float[Array, " free"], *, moving: bool) -> list[Array]:
        pairs = zip(self.leaves_of(x), self.moving, strict=True)
        return [leaf for leaf, moves in pairs if moves == moving]
