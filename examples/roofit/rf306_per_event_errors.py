"""rf306, rf307: a lifetime with the resolution that each event comes with."""

import numpy as np
from events import sample

import likely as lk
from likely.distributions import (
    Conditional,
    ExponentialDecay,
    HistogramShape,
    Product,
)

columns = sample("rf306")
dt, dterr = lk.Observable("dt", -10, 10), lk.Observable("dterr", 0.5, 8.5)
tau = lk.Parameter("tau", 1.5, 0.1, 10)
bias = lk.Parameter("bias", 0, -10, 10)
sigma = lk.Parameter("sigma", 1, 0.1, 10)
error = lk.Column("dterr")
decay = Conditional(ExponentialDecay(dt, tau, bias * error, sigma * error))
conditional = lk.fit(decay, columns)
print(conditional)

# With the density of the errors themselves: needed if it differs between components.
edges = np.linspace(0.5, 8.5, 81)
errors = HistogramShape(dterr, edges, np.histogram(columns["dterr"], edges)[0])
full = lk.fit(Product([decay, errors]), columns)
print(full)
