"""rf614: bins as wide as the decay length, without a bias."""

from events import sample

import likely as lk
from likely.distributions import Exponential

x = lk.Observable("x", 0.1, 5.1)
c = lk.Parameter("c", -1.5, -5, 5)
events = sample("rf614")
unbinned = lk.fit(Exponential(x, c), events)
binned = lk.fit(Exponential(x, c), lk.Binned.of(events, {"x": 10}, [x]))
print(unbinned)
print(binned)
