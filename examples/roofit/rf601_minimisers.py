"""rf601, rf605: another minimiser, asymmetric errors, a profile, a fixed parameter."""

import equinox as eqx
from events import sample

import likely as lk
from likely.distributions import Gauss, Sum

x = lk.Observable("x", -20, 20)
sigma_g2 = lk.Parameter("sigma_g2", 4, 3, 6)
frac = lk.Parameter("frac", 0.5, 0, 1)
components = {"g1": Gauss(x, 0.0, 3.0), "g2": Gauss(x, 0.0, sigma_g2)}
model = Sum(components, fractions=[frac])
events = sample("rf601")
result = lk.minos(lk.fit(model, events), ["frac"])
minuit = lk.fit(model, events, minimiser=lk.Minuit())
print(result)
print(lk.profile(result, "frac", points=5).loss_difference)

held = eqx.tree_at(lambda m: m.densities[1].sigma, model, sigma_g2.at(4.0, fixed=True))
fixed = lk.fit(held, events)
print(fixed)
