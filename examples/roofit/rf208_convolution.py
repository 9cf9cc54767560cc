"""rf208: a Landau smeared by a Gaussian."""

from events import sample

import likely as lk
from likely.distributions import Convolution, Gauss, Landau

t = lk.Observable("t", -10, 30)
ml = lk.Parameter("ml", 5, -20, 20)
sl = lk.Parameter("sl", 1, 0.1, 10)
sg = lk.Parameter("sg", 2, 0.1, 10)
result = lk.fit(Convolution(Landau(t, ml, sl), Gauss(t, 0.0, sg)), sample("rf208"))
print(result)
