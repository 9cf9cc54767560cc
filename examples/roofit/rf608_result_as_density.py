"""rf608: draws of the parameters from the Gaussian of their covariance."""

import numpy as np
from events import sample

import likely as lk
from likely.distributions import Gauss, Sum

x = lk.Observable("x", -20, 20)
mean = lk.Parameter("mean", 0, -1, 1)
sigma_g2 = lk.Parameter("sigma_g2", 4, 3, 5)
frac = lk.Parameter("frac", 0.5, 0, 1)
components = {"g1": Gauss(x, mean, 2.0), "g2": Gauss(x, mean, sigma_g2)}
result = lk.fit(Sum(components, fractions=[frac]), sample("rf608"))
centre = [result[name].value for name in result.covariance_names]
draws = np.random.default_rng(1).multivariate_normal(centre, result.covariance, 10_000)
print(result)
print(np.corrcoef(draws.T))
