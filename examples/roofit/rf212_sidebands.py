"""rf212: the fit sees the sidebands, and the middle of the plot stays hidden.

Each sideband is normalised by itself. `likely.blind` hides fitted numbers instead.
"""

from events import sample

import likely as lk
from likely.distributions import Exponential

tau = lk.Parameter("tau", -0.2, -10, -0.01)
left = Exponential(lk.Observable("x", 1, 10), tau)
right = Exponential(lk.Observable("x", 20, 30), tau)
events = sample("rf212")
result = lk.fit(
    lk.Simultaneous({"left": left, "right": right}), {"left": events, "right": events}
)
print(result)
