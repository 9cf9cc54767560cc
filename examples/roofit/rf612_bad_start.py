"""rf612, rf606: a start at which the density is negative for some of the events."""

import jax.numpy as jnp
from events import sample

import likely as lk
from likely.distributions import Legendre

# 1 + a1 x + a2 x^2 + 0.01 x^3 on [-15, 15], in Legendre polynomials of u = x/15.
x = lk.Observable("x", -15, 15)
a1, a2 = lk.Parameter("a1", 10, -10, 20), lk.Parameter("a2", -1, -10, 20)
constant = 1 + 75 * a2
coefficients = (15 * a1 + 20.25) / constant, 150 * a2 / constant, 13.5 / constant
pdf = Legendre(x, coefficients)
columns = sample("rf612")
print("log L at the start", jnp.sum(pdf.log_probs(columns["x"][:, None])))
result = lk.fit(pdf, columns)
print(result)
