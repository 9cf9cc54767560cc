"""What a likelihood needs of a density: terms whose event-independent part is apart.

Normalisations, fractions and yields do not depend on the event. Kept out of the loop
over events they cost nothing there, however many quadrature points they take, and
the exact Hessian of a sum of terms needs second derivatives only inside each factor.
"""

import abc
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from . import runtime as runtime  # float64 is set before the first array is made


class AbstractFactor(eqx.Module):
    """A density's dependence on the event, up to a constant factor."""

    @abc.abstractmethod
    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        """Return the logarithm of the density at one event, less a constant."""


class AbstractAffine(AbstractFactor):
    r"""A factor that is affine in its arguments, $f = f_0(x) + \sum_i a_i f_i(x)$.

    `log_shape` is $\log f$. Second derivatives of $f$ are zero, those of its logarithm
    $-\partial_i \log f\,\partial_j \log f$, so a likelihood computes only the first
    ones. To implement one, write `log_shape`.
    """


class AbstractTabulated(AbstractFactor):
    """A factor of one column that is slow: a likelihood interpolates it.

    Its values and derivatives are computed at the nodes of a table once an evaluation
    (`core.tabulation`), and an event costs an interpolation. To implement one, write
    `table_range`, `plan`, `seeds` and `log_value`. On the range `log_value` must be
    smooth, but for a few places.
    """

    @abc.abstractmethod
    def table_range(self) -> tuple[float, float]:
        """Return the interval that all events are in."""

    @abc.abstractmethod
    def plan(self) -> Any:
        """Return what is the same for all events, such as where quadrature nodes are.

        It counts as a constant as far as derivatives go.
        """

    @abc.abstractmethod
    def seeds(self, plan: Any) -> Float[Array, " places"]:
        """Return places at which panels of the table are to begin, at a narrow peak.

        There may be none of them: panels are halved where the values ask for it.
        """

    @abc.abstractmethod
    def log_value(self, x: Float[Array, ""], plan: Any) -> Float[Array, ""]:
        """Return the logarithm of the factor at `x`, less a constant."""

    @final
    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        return self.log_value(m, jax.lax.stop_gradient(self).plan())


@final
class Factor(eqx.Module):
    """One factor of a term, and the columns of the event that it reads.

    Args:
        shape: The dependence on the event.
        columns: Positions of its observables among those of the whole model.
    """

    shape: AbstractFactor
    columns: tuple[int, ...] = eqx.field(static=True)

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        """Return the logarithm of the shape at one event of the whole model."""
        return self.shape.log_shape(jnp.stack([x[c] for c in self.columns]))

    def moved(self, columns: tuple[int, ...]) -> "Factor":
        """Return the factor inside a model whose column `columns[i]` was its `i`."""
        return Factor(self.shape, tuple(columns[c] for c in self.columns))


@final
class Term(eqx.Module):
    r"""One term of a density: $c\, e^{s} \prod_j f_j(x)$.

    Args:
        coefficient: $c$, a fraction or a yield; it may be zero or negative.
        log_scale: $s$, the logarithm of everything else that is not of the event.
        factors: The shapes $f_j$.
    """

    coefficient: Float[Array, ""]
    log_scale: Float[Array, ""]
    factors: tuple[Factor, ...]

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        r"""Return $\sum_j \log f_j(x)$ at one event."""
        return sum((f.log_shape(x) for f in self.factors), start=jnp.zeros(()))
