"""rf616: a shape that moves, between those for five values of its mean.

Any shape can be an anchor. Of simulated events take `KernelDensity`: with a histogram
that moves the likelihood has a kink wherever an event meets the edge of a bin.
"""

from events import sample

import likely as lk
from likely.distributions import Gauss, MomentMorph

x = lk.Observable("x", -5, 15)
mu = lk.Parameter("mu", 2, 0, 4)
# What moves into the range must be known: the anchors have a wider one.
wide = lk.Observable("x", -15, 25)
anchors = {float(m): Gauss(wide, float(m), 1.5) for m in range(5)}
result = lk.fit(MomentMorph(x, mu, anchors), sample("rf616"))
print(result)
