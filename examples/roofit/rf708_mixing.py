"""rf708: lifetime, oscillation and mistag probability of tagged B0 decays."""

from events import sample

import likely as lk
from likely.distributions import Conditional, mixing_decay

dt = lk.Observable("dt", -2, 15)
tau = lk.Parameter("tau", 1.547, 0.5, 3)
dm = lk.Parameter("dm", 0.472, 0.1, 1)
w = lk.Parameter("w", 0.1, 0, 0.5)
# The tag is +1 for unmixed and -1 for mixed decays.
decay = mixing_decay(dt, tau, dm, lk.Column("tag"), w, 0.0, 0.2)
result = lk.fit(Conditional(decay), sample("rf708"))
print(result)
