"""rf604, rf613: a parameter that another measurement constrains."""

from events import sample

import likely as lk
from likely.distributions import Gauss, Sum, Uniform

x = lk.Observable("x", -10, 10)
m, s = lk.Parameter("m", 0, -10, 10), lk.Parameter("s", 2, 0.1, 10)
f = lk.Parameter("f", 0.5, 0, 1)
model = Sum({"gauss": Gauss(x, m, s), "flat": Uniform(x)}, fractions=[f])
events = sample("rf604")

plain = lk.fit(model, events)
constraint = lk.GaussConstraint(f, 0.8, 0.1)
constrained = lk.fit(model, events, loss=lk.Likelihood([constraint]))
print(plain)
print(constrained)
