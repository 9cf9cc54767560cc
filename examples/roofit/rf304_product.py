"""rf304: a density of two independent observables."""

from events import sample

import likely as lk
from likely.distributions import Gauss, Product

x, y = lk.Observable("x", -5, 5), lk.Observable("y", -5, 5)
mean1, mean2 = lk.Parameter("mean1", 2, -5, 5), lk.Parameter("mean2", -2, -5, 5)
sigmax = lk.Parameter("sigmax", 1, 0.1, 5)
sigmay = lk.Parameter("sigmay", 5, 0.1, 10)
model = Product([Gauss(x, mean1, sigmax), Gauss(y, mean2, sigmay)])
result = lk.fit(model, sample("rf304"))
print(result)
