r"""The three angles of the decay $B^0 \to K^{*0} \mu^+ \mu^-$."""

import math
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import (
    AbstractAffine,
    AbstractDistribution,
    Factor,
    LikelyError,
    Observable,
    Scalar,
    Term,
)
from ..arguments import check_arguments, check_members, number
from .angles import (
    COS,
    COS_2,
    COS_2_PHI,
    COS_PHI,
    COS_SQUARED,
    ONE,
    SIN,
    SIN_2,
    SIN_2_PHI,
    SIN_PHI,
    SIN_SQUARED,
    draw_angle,
    integrals,
)

_L = (ONE, COS, SIN, SIN_SQUARED, COS_2, SIN_2)
_K = (SIN_SQUARED, COS_SQUARED, SIN_2)
_PHI = (ONE, COS_PHI, SIN_PHI, COS_2_PHI, SIN_2_PHI)
# The functions of theta_l, theta_K and phi that each coefficient belongs to.
_PRODUCTS = tuple(
    (_L.index(l), _K.index(k), _PHI.index(p))
    for l, k, p in (
        (ONE, SIN_SQUARED, ONE),
        (ONE, COS_SQUARED, ONE),
        (COS_2, SIN_SQUARED, ONE),
        (COS_2, COS_SQUARED, ONE),
        (SIN_SQUARED, SIN_SQUARED, COS_2_PHI),
        (SIN_2, SIN_2, COS_PHI),
        (SIN, SIN_2, COS_PHI),
        (COS, SIN_SQUARED, ONE),
        (SIN, SIN_2, SIN_PHI),
        (SIN_2, SIN_2, SIN_PHI),
        (SIN_SQUARED, SIN_SQUARED, SIN_2_PHI),
    )
)


def _as_tuple(observables: Any) -> Any:
    """Return a list as a tuple; what is none is refused by the check."""
    return tuple(observables) if isinstance(observables, list) else observables


@final
class KStarMuMu(AbstractDistribution, AbstractAffine):
    r"""CP-averaged angular density of $B^0 \to K^{*0}(\to K^+\pi^-)\,\mu^+\mu^-$.

    $$\begin{aligned} s = {} & \tfrac34 (1 - F_L) \sin^2\theta_K + F_L \cos^2\theta_K
      + \tfrac14 (1 - F_L) \sin^2\theta_K \cos 2\theta_l
      - F_L \cos^2\theta_K \cos 2\theta_l \\
      & + S_3 \sin^2\theta_K \sin^2\theta_l \cos 2\varphi
      + S_4 \sin 2\theta_K \sin 2\theta_l \cos\varphi
      + S_5 \sin 2\theta_K \sin\theta_l \cos\varphi
      + \tfrac43 A_{FB} \sin^2\theta_K \cos\theta_l \\
      & + S_7 \sin 2\theta_K \sin\theta_l \sin\varphi
      + S_8 \sin 2\theta_K \sin 2\theta_l \sin\varphi
      + S_9 \sin^2\theta_K \sin^2\theta_l \sin 2\varphi \end{aligned}$$

    over the whole sphere of which the integral is $32\pi/9$. The ranges of the three
    observables may be narrower; the normalisation is closed for any. Where the density
    is not positive it is zero, so that a fit rejects such a step. Optimised observables
    are formulas, such as $S_5 = P_5' \sqrt{F_L (1 - F_L)}$.

    Args:
        observables: $\cos\theta_l$, $\cos\theta_K$ and $\varphi$ in radians, in this
            order; any range of $\varphi$ up to $2\pi$ long.
        f_l: $F_L$, the fraction of longitudinal $K^{*0}$.
        a_fb: $A_{FB}$, the forward-backward asymmetry of the muons,
            $\frac34 S_{6s}$.
        s: $(S_3, S_4, S_5, S_7, S_8, S_9)$.

    Raises:
        LikelyError: If an argument is of another type or number, or a range is not one
            of its angle.

    References:
        LHCb collaboration, JHEP 02 (2016) 104, arXiv:1512.04442.
    """

    observables: tuple[Observable, ...] = eqx.field(static=True, converter=_as_tuple)
    f_l: Scalar
    a_fb: Scalar
    s: tuple[Scalar, ...]

    def __check_init__(self) -> None:
        check_members(self, "observables", ("cos_theta_l", "cos_theta_k", "phi"))
        check_members(self, "s", ("S3", "S4", "S5", "S7", "S8", "S9"))
        check_arguments(self)
        *cosines, phi = self.observables
        for cosine in cosines:
            if cosine.lower < -1.0 or cosine.upper > 1.0:
                raise LikelyError(
                    f"`KStarMuMu(observables=...)`: `{cosine.name}` is a cosine; its "
                    f"range must be within [-1, 1]; got [{cosine.lower:g}, "
                    f"{cosine.upper:g}]."
                )
        # Room for a range that is written with some digits of pi.
        if phi.upper - phi.lower > 2.0 * math.pi + 1e-6:
            raise LikelyError(
                f"`KStarMuMu(observables=...)`: `{phi.name}` is an angle in radians; "
                f"its range must not be longer than 2 pi; got [{phi.lower:g}, "
                f"{phi.upper:g}]."
            )

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        waves = [
            [f(v) for f, _ in one] for v, one in zip(x, (_L, _K, _PHI), strict=True)
        ]
        return _log(self._sum(*waves))

    def log_prob(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        inside = jnp.stack(
            [
                (v >= o.lower) & (v <= o.upper)
                for v, o in zip(x, self.observables, strict=True)
            ]
        ).all()
        log_prob = self.log_shape(x) - self._log_norm()
        return jnp.where(inside, log_prob, -jnp.inf)

    def terms(self) -> tuple[Term, ...]:
        one = jnp.ones(())
        return (Term(one, -self._log_norm(), (Factor(self, (0, 1, 2)),)),)

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        r"""Draw $\theta_K$, then $\theta_l$ given it, then $\varphi$ given both."""
        uniform = jax.random.uniform(key, (3,))
        l, k, phi = self.observables
        over_l, _, over_phi = self._integrals()
        sizes = [jnp.zeros(()) for _ in _K]
        for c, (i, j, p) in self._products():
            sizes[j] = sizes[j] + c * over_l[i] * over_phi[p]
        cos_k = draw_angle(_K, sizes, (k.lower, k.upper), uniform[0])
        at_k = [f(cos_k) for f, _ in _K]
        sizes = [jnp.zeros(()) for _ in _L]
        for c, (i, j, p) in self._products():
            sizes[i] = sizes[i] + c * at_k[j] * over_phi[p]
        cos_l = draw_angle(_L, sizes, (l.lower, l.upper), uniform[1])
        at_l = [f(cos_l) for f, _ in _L]
        sizes = [jnp.zeros(()) for _ in _PHI]
        for c, (i, j, p) in self._products():
            sizes[p] = sizes[p] + c * at_l[i] * at_k[j]
        angle = draw_angle(_PHI, sizes, (phi.lower, phi.upper), uniform[2])
        return jnp.stack([cos_l, cos_k, angle])

    def _coefficients(self) -> list[Float[Array, ""]]:
        F_L, A_FB = number(self.f_l), number(self.a_fb)
        S3, S4, S5, S7, S8, S9 = (number(value) for value in self.s)
        T = 1.0 - F_L
        sphere = [0.75 * T, F_L, 0.25 * T, -F_L]
        return [*sphere, S3, S4, S5, 4.0 / 3.0 * A_FB, S7, S8, S9]

    def _products(self) -> list[tuple[Float[Array, ""], tuple[int, int, int]]]:
        """Return each coefficient, and the functions that it multiplies."""
        return list(zip(self._coefficients(), _PRODUCTS, strict=True))

    def _sum(self, l: Any, k: Any, phi: Any) -> Float[Array, ""]:
        # As a matrix product, ahead of which the products are computed once.
        products = jnp.stack([l[i] * k[j] * phi[p] for i, j, p in _PRODUCTS])
        return jnp.stack(self._coefficients()) @ products

    def _integrals(self) -> list[list[Float[Array, ""]]]:
        return [
            integrals(waves, o.lower, o.upper)
            for waves, o in zip((_L, _K, _PHI), self.observables, strict=True)
        ]

    def _log_norm(self) -> Float[Array, ""]:
        return _log(self._sum(*self._integrals()))


def _log(value: Float[Array, ""]) -> Float[Array, ""]:
    positive = value > 0
    return jnp.where(positive, jnp.log(jnp.where(positive, value, 1.0)), -jnp.inf)
