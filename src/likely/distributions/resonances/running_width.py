"""Breit-Wigner peaks whose width follows the momentum of the daughters."""

import abc
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import Observable, Scalar
from ..arguments import check_above, check_arguments, check_positive_range, number
from ..shape import AbstractShape
from .threshold import (
    draw_above_threshold,
    log_threshold_integral,
    squared_momentum,
)


class AbstractRunningWidth(AbstractShape):
    r"""A resonance in the mass spectrum of its two daughters.

    $$s(x) = \frac{x\,\Gamma(x)}{(x^2 - \mu^2)^2 + \mu^2 \Gamma(x)^2}, \qquad
      \Gamma(x) = \Gamma_0\,\frac{\mu}{x} \left(\frac{q}{q_0}\right)^{2l+1}
      \frac{B_l^2(qR)}{B_l^2(q_0R)}$$

    above the threshold $m_1 + m_2$, zero below; $q$ is the momentum of a daughter in
    the rest frame, $q_0$ that at $x = \mu$. To implement one, write `squared_barrier`,
    which is $q^{2l} B_l^2$.
    """

    mu: eqx.AbstractVar[Scalar]
    width: eqx.AbstractVar[Scalar]
    m1: eqx.AbstractVar[Scalar]
    m2: eqx.AbstractVar[Scalar]

    @abc.abstractmethod
    def squared_barrier(self, square: Float[Array, ""]) -> Float[Array, ""]:
        r"""Return $q^{2l} B_l^2(qR)$, given $q^2$."""

    @final
    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        return self._log_value(m)

    @final
    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        mu, threshold = number(self.mu), self._threshold()
        return log_threshold_integral(self._log_value, threshold, lower, upper, mu)

    @final
    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        mu, threshold = number(self.mu), self._threshold()
        uniform, limits = jax.random.uniform(key), (lower, upper)
        x = draw_above_threshold(self._log_value, threshold, limits, mu, uniform)
        return jnp.clip(x, lower, upper)[None]

    @final
    def _log_value(self, x: Float[Array, ""]) -> Float[Array, ""]:
        mu, m1, m2 = number(self.mu), number(self.m1), number(self.m2)
        inside = x > self._threshold()
        safe = jnp.where(inside, x, mu)
        square, square_0 = (squared_momentum(m, m1, m2) for m in (safe, mu))
        # Rounding at the threshold.
        some = square > 0
        square = jnp.where(some, square, square_0)
        barrier = self.squared_barrier(square) / self.squared_barrier(square_0)
        # x Gamma(x) = Gamma_0 mu (q/q_0)^(2l+1) B^2/B_0^2
        flow = number(self.width) * mu * jnp.sqrt(square / square_0) * barrier
        off, gamma = (safe - mu) * (safe + mu), mu * flow / safe
        log_value = jnp.log(flow) - jnp.log(off * off + gamma * gamma)
        return jnp.where(inside & some, log_value, -jnp.inf)

    @final
    def _threshold(self) -> Float[Array, ""]:
        return number(self.m1) + number(self.m2)


@final
class SWaveBreitWigner(AbstractRunningWidth):
    r"""Breit-Wigner of mass-dependent width, daughters of $l = 0$.

    $$s = \frac{x\,\Gamma(x)}{(x^2 - \mu^2)^2 + \mu^2 \Gamma(x)^2}, \qquad
      \Gamma(x) = \Gamma_0\,\frac{\mu}{x}\,\frac{q}{q_0}$$

    Args:
        observable: Mass of the daughters, on a range of positive numbers; its unit is
            that of all arguments.
        mu: Mass of the resonance, above `m1` + `m2`.
        width: $\Gamma_0$, the width at the mass `mu`, positive.
        m1: Mass of a daughter.
        m2: Mass of the other.

    Raises:
        LikelyError: If an argument is of another type or sign, `mu` is not above the
            threshold, or the range goes below zero.

    References:
        J. D. Jackson, Nuovo Cim. 34 (1964) 1644; Particle Data Group, Review of
        Particle Physics (2024), Resonances.
    """

    observable: Observable = eqx.field(static=True)
    mu: Scalar
    width: Scalar
    m1: Scalar
    m2: Scalar

    def __check_init__(self) -> None:
        _check(self, ())

    def squared_barrier(self, square: Float[Array, ""]) -> Float[Array, ""]:
        return jnp.ones_like(square)


@final
class PWaveBreitWigner(AbstractRunningWidth):
    r"""Breit-Wigner of mass-dependent width, daughters of $l = 1$ (a $\rho$, a $K^*$).

    $$s = \frac{x\,\Gamma(x)}{(x^2 - \mu^2)^2 + \mu^2 \Gamma(x)^2}, \qquad
      \Gamma(x) = \Gamma_0\,\frac{\mu}{x} \left(\frac{q}{q_0}\right)^3
      \frac{1 + (q_0R)^2}{1 + (qR)^2}$$

    Args:
        observable: Mass of the daughters, on a range of positive numbers; its unit is
            that of all arguments but `radius`.
        mu: Mass of the resonance, above `m1` + `m2`.
        width: $\Gamma_0$, the width at the mass `mu`, positive.
        m1: Mass of a daughter.
        m2: Mass of the other.
        radius: $R$ of Blatt and Weisskopf, in the inverse unit of the observable, zero
            or above: 1 fm is 5.07/GeV.

    Raises:
        LikelyError: If an argument is of another type or sign, `mu` is not above the
            threshold, or the range goes below zero.

    References:
        J. D. Jackson, Nuovo Cim. 34 (1964) 1644; F. von Hippel and C. Quigg, Phys. Rev.
        D 5 (1972) 624, on the barrier.
    """

    observable: Observable = eqx.field(static=True)
    mu: Scalar
    width: Scalar
    m1: Scalar
    m2: Scalar
    radius: Scalar

    def __check_init__(self) -> None:
        _check(self, ("radius",))

    def squared_barrier(self, square: Float[Array, ""]) -> Float[Array, ""]:
        return square / (1.0 + square * number(self.radius) ** 2)


@final
class DWaveBreitWigner(AbstractRunningWidth):
    r"""Breit-Wigner of mass-dependent width, daughters of $l = 2$ (an $f_2$).

    $$s = \frac{x\,\Gamma(x)}{(x^2 - \mu^2)^2 + \mu^2 \Gamma(x)^2}, \qquad
      \Gamma(x) = \Gamma_0\,\frac{\mu}{x} \left(\frac{q}{q_0}\right)^5
      \frac{9 + 3(q_0R)^2 + (q_0R)^4}{9 + 3(qR)^2 + (qR)^4}$$

    Args:
        observable: Mass of the daughters, on a range of positive numbers; its unit is
            that of all arguments but `radius`.
        mu: Mass of the resonance, above `m1` + `m2`.
        width: $\Gamma_0$, the width at the mass `mu`, positive.
        m1: Mass of a daughter.
        m2: Mass of the other.
        radius: $R$ of Blatt and Weisskopf, in the inverse unit of the observable, zero
            or above: 1 fm is 5.07/GeV.

    Raises:
        LikelyError: If an argument is of another type or sign, `mu` is not above the
            threshold, or the range goes below zero.

    References:
        J. D. Jackson, Nuovo Cim. 34 (1964) 1644; F. von Hippel and C. Quigg, Phys. Rev.
        D 5 (1972) 624, on the barrier.
    """

    observable: Observable = eqx.field(static=True)
    mu: Scalar
    width: Scalar
    m1: Scalar
    m2: Scalar
    radius: Scalar

    def __check_init__(self) -> None:
        _check(self, ("radius",))

    def squared_barrier(self, square: Float[Array, ""]) -> Float[Array, ""]:
        z2 = square * number(self.radius) ** 2
        return square * square / (9.0 + z2 * (3.0 + z2))


def _check(shape: AbstractRunningWidth, nonnegative: tuple[str, ...]) -> None:
    nonnegative = ("m1", "m2", *nonnegative)
    check_arguments(shape, positive=("mu", "width"), nonnegative=nonnegative)
    check_positive_range(shape, with_zero=True)
    check_above(shape, "mu", ("m1", "m2"))
