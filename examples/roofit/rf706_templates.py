"""rf706, rf707: densities from simulated events: a histogram and a sum of kernels."""

import numpy as np
from events import sample

import likely as lk
from likely.distributions import Gauss, HistogramShape, KernelDensity, Sum

columns = sample("rf706")
data = {"x": columns["x"]}
x = lk.Observable("x", 0, 20)
f = lk.Parameter("f", 0.2, 0, 1)
edges = np.linspace(0, 20, 21)
template = HistogramShape(x, edges, np.histogram(columns["mc"], edges)[0])
kernels = KernelDensity(x, columns["mc"])
peak = Gauss(x, 10.0, 1.0)
histogram = lk.fit(Sum({"peak": peak, "mc": template}, fractions=[f]), data)
smooth = lk.fit(Sum({"peak": peak, "mc": kernels}, fractions=[f]), data)
print(histogram)
print(smooth)
