"""rf703: a density times an efficiency."""

from events import sample

import likely as lk
from likely.distributions import Exponential, WithEfficiency

t = lk.Observable("t", 0, 5)
tau = lk.Parameter("tau", -1.54, -4, -0.1)
model = WithEfficiency(Exponential(t, tau), "0.5*(tanh((t - 1)/0.5) + 1)")
result = lk.fit(model, sample("rf703"))
print(result)
