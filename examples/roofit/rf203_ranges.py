"""rf203: a fit in a part of the range, which is the range of an observable."""

from events import sample

import likely as lk
from likely.distributions import Gauss, Sum, Uniform

mx = lk.Parameter("mx", 0, -10, 10)
f = lk.Parameter("f", 0.5, 0, 1)


def model_on(lower, upper):
    """Return the model on a range."""
    x = lk.Observable("x", lower, upper)
    return Sum({"gauss": Gauss(x, mx, 1.0), "flat": Uniform(x)}, fractions=[f])


full = lk.fit(model_on(-10, 10), sample("rf203"))
signal = lk.fit(model_on(-3, 3), sample("rf203"))
print(full)
print(signal)
