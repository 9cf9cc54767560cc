"""Polynomials on the range, in the bases of Chebyshev, Legendre and Bernstein."""

import abc
import math
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import AbstractAffine, Observable, Scalar, log_integrate_smooth
from ..arguments import as_coefficients, check_arguments, number
from ..inversion import draw, even_panels
from ..shape import AbstractShape


class AbstractPolynomial(AbstractShape, AbstractAffine):
    """A polynomial, affine in its coefficients; zero where it is not positive.

    To implement one, write `degree` and `polynomial`; integral and sampling follow.
    """

    @property
    @abc.abstractmethod
    def degree(self) -> int:
        """Return the largest power."""

    @abc.abstractmethod
    def polynomial(self, m: Float[Array, ""]) -> Float[Array, ""]:
        """Return the polynomial at a value of the observable."""

    @final
    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        value = self.polynomial(m)
        positive = value > 0
        return jnp.where(positive, jnp.log(jnp.where(positive, value, 1.0)), -jnp.inf)

    @final
    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        # The Gauss-Legendre rule of so many nodes is exact.
        nodes = self.degree // 2 + 1
        return log_integrate_smooth(self._log_value, lower, upper, nodes=nodes)

    @final
    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        edges = even_panels(jnp.asarray(lower, float), jnp.asarray(upper, float))
        x = draw(self._log_value, edges, jax.random.uniform(key))
        return jnp.clip(x, lower, upper)[None]

    @final
    def _log_value(self, m: Float[Array, ""]) -> Float[Array, ""]:
        return self.log_shape(m[None])


@final
class Chebyshev(AbstractPolynomial):
    r"""Chebyshev polynomial, $s(x) = 1 + \sum_{k=1}^n c_k T_k(u)$.

    $u = (2x - a - b)/(b - a)$ maps the range $[a, b]$ to $[-1, 1]$. Where the
    polynomial is not positive the density is zero, so that a fit rejects such a step.

    Args:
        observable: What is measured.
        coefficients: $c_1, c_2, \dots$, dimensionless.

    Raises:
        LikelyError: If an argument is of another type.
    """

    observable: Observable = eqx.field(static=True)
    coefficients: tuple[Scalar, ...] = eqx.field(converter=as_coefficients)

    def __check_init__(self) -> None:
        check_arguments(self)

    @property
    def degree(self) -> int:
        return len(self.coefficients)

    def polynomial(self, m: Float[Array, ""]) -> Float[Array, ""]:
        r"""Return the sum by the recurrence $T_{k+1} = 2u T_k - T_{k-1}$."""
        u = _from_minus_one(self.observable, m)
        total, before, T = jnp.ones_like(u), jnp.ones_like(u), u
        for c in self.coefficients:
            total = total + number(c) * T
            before, T = T, 2.0 * u * T - before
        return total


@final
class Legendre(AbstractPolynomial):
    r"""Legendre polynomial, $s(x) = 1 + \sum_{k=1}^n c_k P_k(u)$.

    $u = (2x - a - b)/(b - a)$ maps the range $[a, b]$ to $[-1, 1]$, where the $P_k$ are
    orthogonal, so that the integral over the whole range depends on no coefficient.
    Where the polynomial is not positive the density is zero, so that a fit rejects such
    a step.

    Args:
        observable: What is measured.
        coefficients: $c_1, c_2, \dots$, dimensionless.

    Raises:
        LikelyError: If an argument is of another type.
    """

    observable: Observable = eqx.field(static=True)
    coefficients: tuple[Scalar, ...] = eqx.field(converter=as_coefficients)

    def __check_init__(self) -> None:
        check_arguments(self)

    @property
    def degree(self) -> int:
        return len(self.coefficients)

    def polynomial(self, m: Float[Array, ""]) -> Float[Array, ""]:
        r"""Return the sum by $(k+1) P_{k+1} = (2k+1) u P_k - k P_{k-1}$."""
        u = _from_minus_one(self.observable, m)
        total, before, P = jnp.ones_like(u), jnp.ones_like(u), u
        for k, c in enumerate(self.coefficients, start=1):
            total = total + number(c) * P
            before, P = P, ((2 * k + 1) * u * P - k * before) / (k + 1)
        return total


@final
class Bernstein(AbstractPolynomial):
    r"""Bernstein polynomial, $s(x) = \sum_{k=0}^n c_k \binom{n}{k} u^k (1-u)^{n-k}$.

    $u = (x - a)/(b - a)$ maps the range $[a, b]$ to $[0, 1]$. It is positive if all
    coefficients are; where it is not, the density is zero, so that a fit rejects such
    a step. A common factor of the coefficients cancels: fix one of them.

    Args:
        observable: What is measured.
        coefficients: $c_0, c_1, \dots$, dimensionless.

    Raises:
        LikelyError: If an argument is of another type.
    """

    observable: Observable = eqx.field(static=True)
    coefficients: tuple[Scalar, ...] = eqx.field(converter=as_coefficients)

    def __check_init__(self) -> None:
        check_arguments(self)

    @property
    def degree(self) -> int:
        return len(self.coefficients) - 1

    def polynomial(self, m: Float[Array, ""]) -> Float[Array, ""]:
        r"""Return the sum by $t_k = (1 - u)\,t_{k-1} + \binom nk c_k u^k$."""
        u = (m - self.observable.lower) / (
            self.observable.upper - self.observable.lower
        )
        c = [number(coefficient) for coefficient in self.coefficients]
        n = len(c) - 1
        total, power = c[0] * jnp.ones_like(u), jnp.ones_like(u)
        for k in range(1, n + 1):
            power = power * u
            total = total * (1.0 - u) + math.comb(n, k) * c[k] * power
        return total


def _from_minus_one(observable: Observable, m: Float[Array, ""]) -> Float[Array, ""]:
    """Return where a value is in the range mapped to [-1, 1]."""
    a, b = observable.lower, observable.upper
    return (2.0 * m - (a + b)) / (b - a)
