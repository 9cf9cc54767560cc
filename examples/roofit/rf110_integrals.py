"""rf110, rf901: normalisation, the integral over a part of the range, the CDF."""

import jax.numpy as jnp

import likely as lk
from likely.distributions import Gauss, Landau

x = lk.Observable("x", -10, 10)
gauss = Gauss(x, -2.0, 3.0)

numbers = {
    "norm": float(jnp.exp(gauss.log_norm())),
    "density at 0": float(jnp.exp(gauss.log_probs(jnp.zeros((1, 1))))[0]),
    "part in [-5, 5]": float(jnp.exp(gauss.log_integral(-5, 5) - gauss.log_norm())),
    "cdf at 1": float(jnp.exp(gauss.log_integral(-10, 1) - gauss.log_norm())),
    # A narrow peak with a long tail needs no setting of an integrator.
    "landau": float(jnp.exp(Landau(x, 0.0, 0.1).log_norm())),
}
print(numbers)
