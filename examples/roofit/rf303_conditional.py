"""rf301, rf302, rf303: the mean is a formula of another column of the event."""

from events import sample

import likely as lk
from likely.distributions import Conditional, Gauss

x = lk.Observable("x", -10, 10)
a0 = lk.Parameter("a0", -0.5, -5, 5)
a1 = lk.Parameter("a1", -0.5, -1, 1)
sigma = lk.Parameter("sigma", 0.5, 0.1, 2)
model = Conditional(Gauss(x, a0 + a1 * lk.Column("y"), sigma))
result = lk.fit(model, sample("rf303"))
print(result)
