"""Two Gaussians of one mean on a polynomial, the model of a dozen tutorials."""

import likely as lk
from likely.distributions import Chebyshev, Gauss, Sum

x = lk.Observable("x", 0, 10)
mean = lk.Parameter("mean", 5, fixed=True)
sigma1 = lk.Parameter("sigma1", 0.5, fixed=True)
sigma2 = lk.Parameter("sigma2", 1, fixed=True)
a0 = lk.Parameter("a0", 0.5, 0, 1)
a1 = lk.Parameter("a1", 0.2, 0, 1)
sig1frac = lk.Parameter("sig1frac", 0.8, 0, 1)
bkgfrac = lk.Parameter("bkgfrac", 0.5, 0, 1)

background = Chebyshev(x, (a0, a1))
signal = Sum(
    {"sig1": Gauss(x, mean, sigma1), "sig2": Gauss(x, mean, sigma2)},
    fractions=[sig1frac],
)
model = Sum({"background": background, "signal": signal}, fractions=[bkgfrac])
