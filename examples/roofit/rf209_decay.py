"""rf209: a lifetime with a resolution of two Gaussians, in closed form."""

from events import sample

import likely as lk
from likely.distributions import ExponentialDecay, Sum

dt = lk.Observable("dt", -10, 20)
tau = lk.Parameter("tau", 1.548, 0.1, 10)
narrow = ExponentialDecay(dt, tau, 0.0, 1.0)
wide = ExponentialDecay(dt, tau, 0.0, 5.0)
gm1frac = lk.Parameter("gm1frac", 0.5, 0, 1)
model = Sum({"narrow": narrow, "wide": wide}, fractions=[gm1frac])
result = lk.fit(model, sample("rf209"))
print(result)
