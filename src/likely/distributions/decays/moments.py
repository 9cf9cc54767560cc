r"""Integrals of smeared exponentials times a polynomial, in closed form.

From $I' = -\lambda I + N$ follows for $M_k = \int_a^b s^k I\,dt$, $s = (t - c)/h$,

$$\lambda M_k = T_k - [s^k I]_a^b + \frac kh M_{k-1}, \qquad T_k = \int_a^b s^k N\,dt,$$

$$T_k = \frac{b_0 - c}h T_{k-1} - \frac{\sigma^2}h [s^{k-1} N]_a^b
  + \frac{(k - 1)\sigma^2}{h^2} T_{k-2},$$

with the mean $b_0$ and the width $\sigma$ of the Gaussian $N$.

References:
    T. M. Karbach, G. Raven and M. Schiller, arXiv:1407.0748.
"""

from typing import NamedTuple, final

import jax.numpy as jnp
from jaxtyping import Array, Float, Num

from .resolution import AbstractResolution


@final
class Pieces(NamedTuple):
    r"""Intervals on each of which the integrand has a polynomial $\sum_k p_{jk} s^k$.

    Args:
        points: Where the intervals begin and end, one after the other.
        origins: $c_j$.
        widths: $h_j$.
        powers: $p_{jk}$.
    """

    points: Float[Array, " points"]
    origins: Float[Array, " pieces"]
    widths: Float[Array, " pieces"]
    powers: Float[Array, "pieces powers"]

    def ends(self) -> tuple[Array, Array]:
        """Return s at the beginning and the end of each interval."""
        return (
            (self.points[:-1] - self.origins) / self.widths,
            (self.points[1:] - self.origins) / self.widths,
        )


def onset_moments(
    pieces: Pieces, resolution: AbstractResolution, log_scale: Float[Array, ""]
) -> list[Array]:
    r"""Return $T_k$ of each interval, times $e^{-log\_scale}$."""
    height, between = resolution.onset(pieces.points, log_scale)
    mean, sigma = resolution.place()
    h, (s_a, s_b) = pieces.widths, pieces.ends()
    T, spread = [between], sigma * sigma / h
    for k in range(1, pieces.powers.shape[1]):
        edge = s_b ** (k - 1) * height[1:] - s_a ** (k - 1) * height[:-1]
        T_k = (mean - pieces.origins) / h * T[k - 1] - spread * edge
        T.append(T_k if k == 1 else T_k + (k - 1) * spread / h * T[k - 2])
    return T


def decay_integral(
    pieces: Pieces, T: list[Array], rate: Num[Array, ""], values: Num[Array, " points"]
) -> Num[Array, ""]:
    r"""Return $\sum_{jk} p_{jk} M_{jk}$.

    Args:
        pieces: The intervals.
        T: Their `onset_moments`.
        rate: $\lambda$.
        values: $I$ at the points.
    """
    h, (s_a, s_b) = pieces.widths, pieces.ends()
    total, M = jnp.zeros_like(rate), jnp.zeros_like(values[1:])
    for k, T_k in enumerate(T):
        edge = s_b**k * values[1:] - s_a**k * values[:-1]
        M = (T_k - edge + k / h * M) / rate
        total = total + (pieces.powers[:, k] * M).sum()
    return total
