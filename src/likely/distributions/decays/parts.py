r"""A decay-time density as a sum of exponentials and a wave: its value and integral.

$$s(t) = \varepsilon(t) \Big( \sum_i a_i I_{\Gamma_i}(t)
  + \operatorname{Re}\,(c - i d)\, I_{\Gamma - i\Delta m}(t) \Big).$$
"""

from typing import NamedTuple, final

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from .acceptance import Acceptance
from .moments import Pieces, decay_integral, onset_moments
from .resolution import AbstractResolution

Real = Float[Array, ""]


@final
class DecayParts(NamedTuple):
    r"""What makes up a decay-time density.

    Args:
        rates: $\Gamma_i$ of the parts that do not oscillate.
        sizes: $a_i$.
        wave: $\Gamma$, $\Delta m$, $c$ and $d$, if there is one.
        resolution: That of the detector.
        acceptance: That of the detector, if any.
    """

    rates: tuple[Real, ...]
    sizes: tuple[Real, ...]
    wave: tuple[Real, Real, Real, Real] | None
    resolution: AbstractResolution
    acceptance: Acceptance | None

    def log_value(self, t: Real) -> Real:
        r"""Return $\log s(t)$; $-\infty$ where $s$ is not positive."""
        logs = [self.resolution.log_decay(t, rate) for rate in self.rates]
        if len(logs) == 1 and self.wave is None:
            log_decay = logs[0] + _log(self.sizes[0])
        else:
            top = _top(jnp.stack(logs))
            total = self._exponentials(logs, top)
            if self.wave is not None:
                rate, frequency, c, d = self.wave
                real, imaginary = self.resolution.wave(t, rate, frequency, top)
                total = total + c * real + d * imaginary
            log_decay = top + _log(total)
        if self.acceptance is None:
            return log_decay
        return log_decay + _log(self.acceptance(t))

    def log_integral(self, lower: Real | float, upper: Real | float) -> Real:
        r"""Return $\log \int_{lower}^{upper} s\,dt$."""
        lower, upper = jnp.asarray(lower, float), jnp.asarray(upper, float)
        empty = upper <= lower
        pieces = self._pieces(lower, jnp.where(empty, lower + 1.0, upper))
        points = pieces.points
        logs = [
            jax.vmap(self.resolution.log_decay, (0, None))(points, rate)
            for rate in self.rates
        ]
        ends = jnp.stack([log[jnp.array([0, -1])] for log in logs])
        top = _top(jnp.append(ends, self.resolution.log_onset(points)))
        T = onset_moments(pieces, self.resolution, top)
        total = jnp.zeros(())
        for rate, size, log in zip(self.rates, self.sizes, logs, strict=True):
            part = decay_integral(pieces, T, rate, jnp.exp(log - top))
            total = total + size * part
        if self.wave is not None:
            rate, frequency, c, d = self.wave
            waves = jax.vmap(self.resolution.wave, (0, None, None, None))
            values = jax.lax.complex(*waves(points, rate, frequency, top))
            rate = jax.lax.complex(rate, -frequency)
            part = decay_integral(pieces, T, rate, values)
            total = total + c * part.real + d * part.imag
        return jnp.where(empty, -jnp.inf, top + _log(total))

    def _exponentials(self, logs: list[Real], top: Real) -> Real:
        total = jnp.zeros(())
        for size, log in zip(self.sizes, logs, strict=True):
            total = total + size * jnp.exp(log - top)
        return total

    def _pieces(self, lower: Real, upper: Real) -> Pieces:
        if self.acceptance is None:
            edges, powers = jnp.stack([lower, upper]), jnp.ones((1, 1))
            widths = jnp.ones(1)
        else:
            edges, powers = self.acceptance.edges, self.acceptance.powers
            widths = self.acceptance.widths
        points = self.resolution.begins(jnp.clip(edges, lower, upper))
        return Pieces(points, edges[:-1], widths, powers)


def _top(logs: Float[Array, " logs"]) -> Real:
    """Return a scale that leaves numbers of order one."""
    top = jax.lax.stop_gradient(jnp.max(logs))
    return jnp.where(jnp.isfinite(top), top, 0.0)


def _log(value: Real) -> Real:
    positive = value > 0
    return jnp.where(positive, jnp.log(jnp.where(positive, value, 1.0)), -jnp.inf)
