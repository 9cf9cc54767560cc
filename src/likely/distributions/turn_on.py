r"""A turn-on times an exponential, $\operatorname{erfc}(g/2 - y)\,e^{g^2/4 - gy}$.

It is a Gaussian $e^{-y^2}$ smeared by an exponential of rate $g$ if that is positive.
Beyond $y = g/2 + 6.5$ the turn-on is complete and an exponential is left; before it
there is one scale, that of the turn-on.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from .erfc import log_erfc_times
from .intervals import draw_exponential, log_exponential_integral
from .inversion import choose
from .unimodal import draw_unimodal, log_unimodal_integral

# erfc(6.5) = 4e-20
_COMPLETE = 6.5


def log_turn_on_integral(g: Array, a: Array, b: Array) -> Float[Array, ""]:
    r"""Return the logarithm of the integral from $a$ to $b$, for $g$ of any sign."""
    return jnp.logaddexp(*_parts(g, a, b))


def draw_turn_on(g: Array, a: Array, b: Array, key: PRNGKeyArray) -> Float[Array, ""]:
    """Return a draw from between a and b."""
    which, where = jax.random.split(key)
    uniform, complete = jax.random.uniform(where), 0.5 * g + _COMPLETE
    end, start = jnp.minimum(b, complete), jnp.maximum(a, complete)
    near = draw_unimodal(lambda y: _log_turn_on(g, y), a, end, _hint(g), uniform)
    far = draw_exponential(-g, start, b, uniform)
    return choose(which, jnp.stack(_parts(g, a, b)), [near, far])


def _parts(g: Array, a: Array, b: Array) -> tuple[Array, Array]:
    """Return the integrals over the turn-on and beyond it."""
    complete = 0.5 * g + _COMPLETE
    end, start = jnp.minimum(b, complete), jnp.maximum(a, complete)
    near = log_unimodal_integral(lambda y: _log_turn_on(g, y), a, end, _hint(g))
    far = np.log(2.0) + 0.25 * g * g + log_exponential_integral(-g, start, b)
    return near, far


def _log_turn_on(g: Array, y: Float[Array, ""]) -> Float[Array, ""]:
    return log_erfc_times(0.5 * g - y, -y * y, 0.25 * g * g - g * y)


def _hint(g: Array) -> Array:
    """Return the mean of the Gaussian, or the end of the turn-on of what rises."""
    return jnp.where(g > 0, 0.0, 0.5 * g + _COMPLETE)
