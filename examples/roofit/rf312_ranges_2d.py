"""rf312: fits in regions of two observables, one by one and together.

Each region is normalised by itself.
"""

from events import sample

import likely as lk
from likely.distributions import Gauss, Product, Sum, Uniform

mx, my = lk.Parameter("mx", 1, -10, 10), lk.Parameter("my", 1, -10, 10)


def model_on(x_range, y_range, f):
    """Return a peak on a flat background in a region."""
    x, y = lk.Observable("x", *x_range), lk.Observable("y", *y_range)
    peak = Product([Gauss(x, mx, 1.0), Gauss(y, my, 1.0)])
    flat = Product([Uniform(x), Uniform(y)])
    return Sum({"peak": peak, "flat": flat}, fractions=[f])


# A fraction is one of the region, and another in another region.
f1, f2 = lk.Parameter("f1", 0.5, 0, 1), lk.Parameter("f2", 0.5, 0, 1)
below = model_on((-10, 10), (-10, 0), f1)
aside = model_on((-10, 0), (0, 10), f2)
events = sample("rf312")
sb1 = lk.fit(below, events)
both = lk.fit(
    lk.Simultaneous({"below": below, "aside": aside}),
    {"below": events, "aside": events},
)
print(sb1)
print(both)
