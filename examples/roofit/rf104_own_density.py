"""rf104: a density of one's own, with its integral in closed form."""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from events import sample

import likely as lk
from likely.distributions import AbstractShape
from likely.distributions.inversion import draw, even_panels


@final
class Valley(AbstractShape):
    """s(x) = a |x| + (x - b)^2."""

    observable: lk.Observable = eqx.field(static=True)
    a: lk.Parameter
    b: lk.Parameter

    def log_shape(self, x):
        (m,) = x
        return jnp.log(self.a * jnp.abs(m) + (m - self.b) ** 2)

    def log_integral(self, lower, upper):
        def below(x):
            return 0.5 * self.a * x * jnp.abs(x) + (x - self.b) ** 3 / 3

        return jnp.log(below(upper) - below(lower))

    def sample(self, key):
        edges = even_panels(self.observable.lower, self.observable.upper)
        return draw(lambda m: self.log_shape(m[None]), edges, jax.random.uniform(key))[
            None
        ]


y = lk.Observable("y", -10, 10)
a = lk.Parameter("a", 1, fixed=True)
b = lk.Parameter("b", 2, -10, 10)
result = lk.fit(Valley(y, a, b), sample("rf104"))
print(result)
