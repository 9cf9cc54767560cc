"""The unbinned likelihood: extended or not, weighted or not, with constraints."""

import copy
from collections.abc import Callable, Sequence
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..core import (
    AbstractDistribution,
    AbstractLoss,
    AbstractObjective,
    Derivatives,
    Derived,
    EventBlocks,
    LikelyError,
    ParameterSpace,
    apply,
    sum_over_events,
)
from .constraint import GaussConstraint
from .events_of import events_of
from .generation import Generator
from .layout import Layout
from .mixture import derivative_sums, log_likelihood, score_sums
from .program import Program

# From one rehearsal to the next: the start is then a few standard errors away, where
# two or three Newton steps reach the minimum.
GROWTH = 16


@final
class Likelihood(AbstractLoss):
    r"""Minus the logarithm of the unbinned likelihood.

    $$-\log L = -\sum_i w_i \log p(x_i) - \sum_j \log G_j
      \quad\text{or, extended,}\quad
      \nu - \sum_i w_i \log\bigl(\nu\,p(x_i)\bigr) - \sum_j \log G_j$$

    with $\nu$ the sum of yields; the constant $\log n!$ is left out.

    Args:
        constraints: Densities $G_j$ of parameters, known from elsewhere.

    References:
        R. Barlow, Nucl. Instrum. Meth. A 297 (1990) 496 (extended likelihood).
    """

    constraints: tuple[GaussConstraint, ...] = eqx.field(static=True)

    def __init__(self, constraints: Sequence[GaussConstraint] = ()):
        self.constraints = tuple(constraints)
        for constraint in self.constraints:
            if not isinstance(constraint, GaussConstraint):
                raise LikelyError(
                    "`Likelihood(constraints=...)` takes `GaussConstraint`s; "
                    f"got {type(constraint).__name__}."
                )

    def objective(
        self, model: Any, data: Any, derived: Sequence[Derived] = ()
    ) -> "LikelihoodObjective":
        """Return minus the log-likelihood of `data`, as a function of the parameters.

        Raises:
            LikelyError: If the data lack a column of the model, hold no events in
                its range, or hold values or weights that are not finite.
        """
        if not isinstance(model, AbstractDistribution):
            raise LikelyError(
                "`fit(model, ...)`: the model must be a density from "
                f"`likely.distributions`; got {type(model).__name__}."
            )
        events, weights = events_of(model, data)
        return LikelihoodObjective(model, events, weights, self.constraints, derived)


@final
class LikelihoodObjective(AbstractObjective):
    """Minus the log-likelihood of fixed events.

    Args:
        model: A density with parameters.
        events: One row an observable, in the model's order and units.
        weights: Weight of each event, or None if all are one.
        constraints: Terms that are not of the events.
        derived: Named formulas to be reported.
    """

    def __init__(
        self,
        model: AbstractDistribution,
        events: Float[np.ndarray, "dim events"],
        weights: Float[np.ndarray, " events"] | None,
        constraints: tuple[GaussConstraint, ...] = (),
        derived: Sequence[Derived] = (),
    ):
        constrained = [c.parameter for c in constraints]
        self.model, self.events, self.weights = model, events, weights
        self.n_events = events.shape[1]
        self.constraints = constraints
        self.space = ParameterSpace.of(model, [*constrained, *derived])
        self.extended = bool(getattr(model, "extended", False))
        self.sum_of_weights = float(
            events.shape[1] if weights is None else weights.sum()
        )
        self.program = Program.of(model, constraints, self.space)
        self.blocks = EventBlocks.of(events, weights)

    @property
    def pure(self) -> Any:
        """Return value, gradient and Hessian as a function that JAX can transform."""
        return negative_log_likelihood(self.program, self.blocks)

    @property
    def pure_value(self) -> Any:
        """Return the value alone as a function that JAX can transform."""
        return jax.tree_util.Partial(_value_of, self.program, self.blocks)

    def value(self, x: Float[np.ndarray, " free"]) -> float:
        return float(apply(self.pure_value, np.asarray(x, float)))

    def derivatives(self, x: Float[np.ndarray, " free"]) -> Derivatives:
        value, gradient, hessian = apply(self.pure, np.asarray(x, float))
        return Derivatives(float(value), np.asarray(gradient), np.asarray(hessian))

    def score_covariance(
        self, x: Float[np.ndarray, " free"]
    ) -> Float[np.ndarray, "free free"]:
        return np.asarray(
            _score_covariance(self.program, np.asarray(x, float), self.blocks)
        )

    def part(self, blocks: int) -> "LikelihoodObjective":
        r"""Return the objective of the first blocks, with weight $W/W_{part}$.

        It is a sample of all events, and runs by the same program.
        """
        if blocks >= self.blocks.used[0]:
            return self
        kept = int(self.blocks.counts[:, :blocks].sum())
        chosen = float(kept)
        if self.blocks.weights is not None:
            chosen = float(np.asarray(self.blocks.weights)[:, :blocks].sum())
            if chosen <= 0:
                return self  # weights that cancel leave nothing to fit
        other = copy.copy(self)
        other.blocks = self.blocks.first(blocks, self.sum_of_weights / chosen)
        other.n_events = kept
        return other

    def generator(
        self, x: Float[np.ndarray, " free"], *, n_events: int | None = None
    ) -> Generator:
        """Return what draws data sets like this one from the model at `x`."""
        if self.weights is not None:
            raise LikelyError(
                "toys of a fit to weighted events cannot be drawn: the model does not "
                "say how the weights are distributed."
            )
        values = self.space.values(np.asarray(x, float))
        n = self.n_events if n_events is None else n_events
        return Generator.of(self.model, self.program, self.constraints, values, n)

    def rehearsals(self) -> list["LikelihoodObjective"]:
        """Return objectives of growing parts of the events.

        They are the first 1, 16, 256, ... blocks, as long as these are less than half
        of all. Weighted events have none: negative weights need all events to make a
        density.
        """
        if self.weights is not None:
            return []
        found, blocks = [], 1
        while 2 * blocks <= self.blocks.used[0]:
            found.append(self.part(blocks))
            blocks *= GROWTH
        return found


def negative_log_likelihood(program: Program, blocks: EventBlocks) -> Any:
    """Return value, gradient and Hessian as a function that is a pytree."""
    return jax.tree_util.Partial(_derivatives, program, blocks)


def _value_of(
    program: Program, blocks: EventBlocks, x: Float[Array, " free"]
) -> Float[Array, ""]:
    def block(terms: Any, columns: Any, w: Any) -> Float[Array, ""]:
        return log_likelihood(terms, columns, w)

    return program.penalty(x) - sum_over_events(block, program.terms(x), blocks)


def _derivatives(
    program: Program, blocks: EventBlocks, x: Float[Array, " free"]
) -> tuple[Float[Array, ""], Float[Array, " free"], Float[Array, "free free"]]:
    r"""Return value, gradient and Hessian by the chain rule over $\varphi(\theta)$.

    With $V, G, H$ the sums over events in the variables $\varphi$, and
    $A = \partial\varphi/\partial\theta$, the gradient is $A^\top G$ and the Hessian
    $A^\top H A + \sum_m G_m \nabla^2\varphi_m$.
    """
    layout = Layout.of(program.terms, len(program.free))

    def block(arguments: Any, columns: Any, w: Any) -> Any:
        return derivative_sums(layout.terms(*arguments), layout.places, columns, w)

    V, G, H = sum_over_events(block, (layout.variables(x), layout.constants(x)), blocks)

    def outside(x: Float[Array, " free"]) -> Float[Array, " rows"]:
        return jnp.append(layout.variables(x), program.penalty(x))

    phi, first, second = _two_derivatives(outside, x)
    A = first[:-1]
    return (
        phi[-1] - V,
        first[-1] - A.T @ G,
        second[-1] - A.T @ H @ A - jnp.tensordot(G, second[:-1], axes=1),
    )


def _two_derivatives(
    function: Callable[[Float[Array, " n"]], Float[Array, " m"]], x: Float[Array, " n"]
) -> tuple[Float[Array, " m"], Float[Array, "m n"], Float[Array, "m n n"]]:
    """Return value, Jacobian and second derivatives in one forward-mode pass.

    Each pair of directions is one element of a batch: a batch in a batch would take
    half as long again to trace.
    """
    n = len(x)
    rows, columns = np.triu_indices(n)

    def along(u: Float[Array, " n"], v: Float[Array, " n"]) -> Any:
        def first(x: Float[Array, " n"]) -> Any:
            return jax.jvp(function, (x,), (u,))

        (y, y_u), (_, y_uv) = jax.jvp(first, (x,), (v,))
        return y, y_u, y_uv

    eye = jnp.eye(n)
    y, y_u, y_uv = jax.vmap(along, out_axes=(None, 1, 1))(eye[rows], eye[columns])
    second = jnp.zeros((y.shape[0], n, n))
    second = second.at[:, rows, columns].set(y_uv).at[:, columns, rows].set(y_uv)
    return y, y_u[:, rows == columns], second


@jax.jit
def _score_covariance(
    program: Program, x: Float[Array, " free"], blocks: EventBlocks
) -> Float[Array, "free free"]:
    layout = Layout.of(program.terms, len(program.free))

    def block(arguments: Any, columns: Any, w: Any) -> Any:
        return score_sums(layout.terms(*arguments), layout.places, columns, w)

    sums = sum_over_events(block, (layout.variables(x), layout.constants(x)), blocks)
    A = jax.jacfwd(layout.variables)(x)
    return A.T @ sums @ A
