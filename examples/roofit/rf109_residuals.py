"""rf109: chi-square, residuals and pulls of a histogram against a curve."""

from events import sample

import likely as lk
from likely.distributions import Gauss
from likely.stats import goodness_of_fit, projection

x = lk.Observable("x", -10, 10)
mean = lk.Parameter("mean", 0, -10, 10)
sigma = lk.Parameter("sigma", 3.15, fixed=True)  # wrong on purpose
result = lk.fit(Gauss(x, mean, sigma), sample("rf109"))

bins = projection(result, "x", bins=100)
residuals = bins.counts - bins.expected
pulls = bins.pulls
print(goodness_of_fit(bins, n_free=1))
print("largest pull", abs(pulls).max(), "largest residual", abs(residuals).max())
