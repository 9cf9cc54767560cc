"""rf501: two samples in one fit, which share the resolution."""

from events import sample

import likely as lk
from likely.distributions import Chebyshev, Gauss, Sum

x = lk.Observable("x", -8, 8)
sigma = lk.Parameter("sigma", 0.3, 0.1, 10)


def model_of(suffix, mean, f):
    """Return a peak on a line for one of the samples."""
    peak = Gauss(x, lk.Parameter("mean" + suffix, mean, -8, 8), sigma)
    a0 = lk.Parameter("a0" + suffix, -0.1, -1, 1)
    a1 = lk.Parameter("a1" + suffix, 0.1, -0.1, 1)
    fraction = lk.Parameter("f" + suffix, f, 0, 1)
    return Sum({"peak": peak, "bkg": Chebyshev(x, (a0, a1))}, fractions=[fraction])


models = {"physics": model_of("", 0, 0.2), "control": model_of("_ctl", -3, 0.5)}
data = lk.Dataset.of(sample("rf501"))
result = lk.fit(lk.Simultaneous(models, by="sample"), data)
print(result)
