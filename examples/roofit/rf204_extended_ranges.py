"""rf204b: the number of events in the whole range, from a fit in a part of it."""

import numpy as np
from events import sample

import likely as lk
from likely.distributions import Exponential, Sum

x = lk.Observable("x", 10, 20)
alpha = lk.Parameter("alpha", -0.04, -0.1, 0)
n = lk.Parameter("n", 5000, 0, 20_000)
model = Sum({"left": Exponential(x, alpha)}, yields=[n])

whole = np.exp(100 * alpha) - np.exp(10 * alpha)
part = np.exp(20 * alpha) - np.exp(10 * alpha)
N = (n * whole / part).named("N")
result = lk.fit(model, sample("rf204"), derived=[N])
print(result)
