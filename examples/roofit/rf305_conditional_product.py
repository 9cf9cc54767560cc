"""rf305: f(x | y) g(y) is a density of both."""

from events import sample

import likely as lk
from likely.distributions import Conditional, Gauss, Product

x, y = lk.Observable("x", -5, 5), lk.Observable("y", -5, 5)
a0, a1 = lk.Parameter("a0", -0.5, -5, 5), lk.Parameter("a1", -0.5, -1, 1)
sigma = lk.Parameter("sigma", 0.5, 0.1, 2)
sigmay = lk.Parameter("sigmay", 3, 0.1, 10)
given_y = Conditional(Gauss(x, a0 + a1 * lk.Column("y"), sigma))
model = Product([given_y, Gauss(y, 0.0, sigmay)])
result = lk.fit(model, sample("rf305"))
print(result)
