"""rf111: derivatives of a density in its observable and in a parameter."""

import jax
import jax.numpy as jnp

import likely as lk
from likely.distributions import Gauss

x = lk.Observable("x", -10, 10)


def density(at, sigma):
    """Return the Gaussian of mean 1, not normalised."""
    return jnp.exp(Gauss(x, 1.0, sigma).log_shape(jnp.asarray([at])))


d1 = jax.grad(density)
d2 = jax.grad(d1)
d3 = jax.grad(d2)
in_sigma = jax.grad(density, argnums=1)
numbers = {
    "dg/dx": float(d1(2.5, 1.0)),
    "d2g/dx2": float(d2(2.5, 1.0)),
    "dg/dsigma": float(in_sigma(2.5, 1.0)),
}
print(numbers, "and the third:", d3(2.5, 1.0))
