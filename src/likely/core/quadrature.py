r"""Integrals without a closed form, in the logarithm, with an error estimate.

`log_integrate` is for a peak with tails on any interval: the variable
$u = \operatorname{asinh}((x - c)/w)$ resolves the peak and gives each factor of $e$ in
the tails the same room, so a fixed number of nodes does, and a fit compiles one
program. `log_integrate_smooth` is for a function that is smooth on the interval as it
stands.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from . import runtime as runtime  # float64 is set before the first array is made

# Abscissae and weights of the 21-point Kronrod rule and, on every second abscissa, the
# weights of the 10-point Gauss rule (R. Piessens et al., QUADPACK, Springer 1983).
_HALF_NODES = (
    0.995657163025808080735527280689003,
    0.973906528517171720077964012084452,
    0.930157491355708226001207180059508,
    0.865063366688984510732096688423493,
    0.780817726586416897063717578345042,
    0.679409568299024406234327365114874,
    0.562757134668604683339000099272694,
    0.433395394129247190799265943165784,
    0.294392862701460198131126603103866,
    0.148874338981631210884826001129720,
)
_HALF_KRONROD = (
    0.011694638867371874278064396062192,
    0.032558162307964727478818972459390,
    0.054755896574351996031381300244580,
    0.075039674810919952767043140916190,
    0.093125454583697605535065465083366,
    0.109387158802297641899210590325805,
    0.123491976262065851077958109831074,
    0.134709217311473325928054001771707,
    0.142775938577060080797094273138717,
    0.147739104901338491374841515972068,
)
_CENTRAL_KRONROD = 0.149445554002916905664936468389821
_HALF_GAUSS = (
    0.066671344308688137593568809893332,
    0.149451349150580593145776339657697,
    0.219086362515982043995534934228163,
    0.269266719309996355091226921569469,
    0.295524224714752870173892994651338,
)
NODES = np.array([*(-np.array(_HALF_NODES)), 0.0, *_HALF_NODES[::-1]])
KRONROD = np.array([*_HALF_KRONROD, _CENTRAL_KRONROD, *_HALF_KRONROD[::-1]])
GAUSS = np.zeros(21)
GAUSS[1::2] = [*_HALF_GAUSS, *_HALF_GAUSS[::-1]]
# Twelve panels give 1e-13 for Voigt profiles from 1e-3 to 1e4 of a width in range.
PANELS = 12

LogFunction = Callable[[Float[Array, ""]], Float[Array, ""]]
Limit = Float[Array, ""] | float


def log_integrate(
    log_function: LogFunction, lower: Limit, upper: Limit, *, centre: Any, width: Any
) -> Float[Array, ""]:
    r"""Return $\log \int_{lower}^{upper} e^{g(x)}\,dx$ of a peak with tails.

    It can be differentiated in whatever `log_function` depends on; the limits,
    `centre` and `width` only place the nodes and count as constants.

    Args:
        log_function: $g$, of one number.
        lower: Lower limit.
        upper: Upper limit, not below `lower`.
        centre: Where the peak is; it may lie outside the limits.
        width: Its half width at half maximum, roughly; within a factor of two of it
            the error stays below 1e-10.
    """
    logs = _log_panels(log_function, lower, upper, centre, width)
    return log_sum(logs + np.log(KRONROD)[None, :])


def log_integrate_with_error(
    log_function: LogFunction, lower: Limit, upper: Limit, *, centre: Any, width: Any
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Return what `log_integrate` does, and an estimate of its relative error.

    The estimate is that of QUADPACK for the 21-point rule, added over the panels.
    """
    return kronrod_error(_log_panels(log_function, lower, upper, centre, width))


def kronrod_error(
    logs: Float[Array, "panels nodes"],
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Return the integral of all panels, in the logarithm, and its relative error.

    Args:
        logs: Logarithms of integrand times step at the nodes, less the rule's weights.
    """
    log_integral = log_sum(logs + np.log(KRONROD)[None, :])
    share = jnp.exp(logs - _finite(log_integral))
    by_panel = share @ KRONROD
    difference = jnp.abs(by_panel - share @ GAUSS)
    spread = jnp.abs(share - 0.5 * by_panel[:, None]) @ KRONROD
    ratio = 200.0 * difference / jnp.where(spread > 0, spread, 1.0)
    error = jnp.where(spread > 0, spread * jnp.minimum(1.0, ratio**1.5), difference)
    return log_integral, error.sum()


def log_integrate_smooth(
    log_function: LogFunction, lower: Limit, upper: Limit, *, nodes: int
) -> Float[Array, ""]:
    r"""Return $\log \int_{lower}^{upper} e^{g(x)}\,dx$ by the Gauss-Legendre rule.

    It can be differentiated in everything, the limits included.

    Args:
        log_function: $g$, of one number.
        lower: Lower limit.
        upper: Upper limit, not below `lower`.
        nodes: Number of nodes $n$: exact if $e^g$ is a polynomial of degree $2n - 1$.
    """
    at, weights = np.polynomial.legendre.leggauss(nodes)
    half = 0.5 * (upper - lower)
    logs = jax.vmap(log_function)(lower + half * jnp.asarray(1.0 + at))
    positive = half > 0
    log_half = jnp.log(jnp.where(positive, half, 1.0))
    return jnp.where(positive, log_half + log_sum(logs + np.log(weights)), -jnp.inf)


def log_sum(logs: Float[Array, "..."]) -> Float[Array, ""]:
    r"""Return $\log \sum_i e^{l_i}$; with nothing but $-\infty$ it is that, not NaN."""
    top = _finite(jax.lax.stop_gradient(jnp.max(logs)))
    absent = logs == -jnp.inf
    # A term of zero has no derivative, where exp(-inf) would give 0 times infinity.
    total = jnp.where(absent, 0.0, jnp.exp(jnp.where(absent, top, logs) - top)).sum()
    empty = total == 0
    return jnp.where(empty, -jnp.inf, top + jnp.log(jnp.where(empty, 1.0, total)))


def panel_edges(
    lower: Limit, upper: Limit, centre: Any, width: Any, count: int = PANELS
) -> tuple[Float[Array, " panels"], Float[Array, ""]]:
    r"""Return, in $u$, the lower edge of each panel and the panels' common length."""
    a, b = (lower - centre) / width, (upper - centre) / width
    root_a, root_b = jnp.hypot(1.0, a), jnp.hypot(1.0, b)
    # The difference of the two is lost to rounding for a narrow interval far out.
    one_side = a * b > 0
    sines = jnp.where(one_side, b * root_a + a * root_b, 1.0)
    near = jnp.arcsinh((upper - lower) / width * (a + b) / sines)
    start = jnp.arcsinh(a)
    length = jnp.where(one_side, near, jnp.arcsinh(b) - start) / count
    return start + length * jnp.arange(count), length


def _log_panels(
    log_function: LogFunction, lower: Limit, upper: Limit, centre: Any, width: Any
) -> Float[Array, "panels nodes"]:
    r"""Return $\log (e^g\,dx)$ at the nodes of every panel, less the rule's weights."""
    centre = jax.lax.stop_gradient(jnp.asarray(centre, float))
    width = jax.lax.stop_gradient(jnp.asarray(width, float))
    edges, length = panel_edges(lower, upper, centre, width)
    u = edges[:, None] + (0.5 * length * (1.0 + NODES))[None, :]
    # Rounding must not carry a node across a limit, where the function may end.
    x = jnp.clip(centre + width * jnp.sinh(u), lower, upper)
    logs = jax.vmap(jax.vmap(log_function))(x)
    positive = length > 0
    log_length = jnp.log(jnp.where(positive, 0.5 * length, 1.0))
    log_step = jnp.where(positive, log_length + jnp.log(width), -jnp.inf)
    return logs + log_cosh(u) + log_step


def log_cosh(u: Float[Array, "..."]) -> Float[Array, "..."]:
    r"""Return $\log\cosh u$ without overflow."""
    size = jnp.abs(u)
    return size + jnp.log1p(jnp.exp(-2.0 * size)) - np.log(2.0)


def _finite(value: Float[Array, ""]) -> Float[Array, ""]:
    return jnp.where(jnp.isfinite(value), value, 0.0)
