"""rf101: a Gaussian is drawn from, and fitted."""

import jax
from events import sample

import likely as lk
from likely.distributions import Gauss

x = lk.Observable("x", -10, 10)
mean = lk.Parameter("mean", 1, -10, 10)
sigma = lk.Parameter("sigma", 3, 0.1, 10)
gauss = Gauss(x, mean, sigma)

toy = gauss.samples(jax.random.key(0), 10_000)
print("a toy of mean", toy.mean(), "and width", toy.std())

result = lk.fit(gauss, sample("rf101"))
print(result)
