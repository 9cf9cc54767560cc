"""rf311, rf316: a cut on the likelihood ratio of the other observables."""

import numpy as np
from events import sample

import likely as lk
from likely.distributions import FormulaShape, Gauss, Product, Sum, Uniform
from likely.stats import projection

x, y, z = (lk.Observable(name, -5, 5) for name in "xyz")
fsig = lk.Parameter("fsig", 0.1, 0, 1)
px = FormulaShape(x, "1 - 0.1*x + 0.004*x**2")
py = FormulaShape(y, "1 + 0.1*y - 0.004*y**2")
signal = Product([Gauss(o, 0.0, 1.0) for o in (x, y, z)])
background = Product([px, py, Uniform(z)])
model = Sum({"signal": signal, "background": background}, fractions=[fsig])
events = sample("rf316")
result = lk.fit(model, events)
print(result)

signal_yz = Product([Gauss(y, 0.0, 1.0), Gauss(z, 0.0, 1.0)])
total_yz = Sum(
    {"signal": signal_yz, "background": Product([py, Uniform(z)])},
    fractions=[result["fsig"].value],
)
yz = np.stack([events["y"], events["z"]], axis=1)
ratio = np.asarray(signal_yz.log_probs(yz) - total_yz.log_probs(yz)) / np.log(10)
numbers = {"selected": int((ratio > 0.7).sum())}
print(numbers, "of", len(yz), "events; the largest bin of x:")
print(projection(result, "x", bins=20).expected.max())
