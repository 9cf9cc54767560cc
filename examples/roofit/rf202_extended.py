"""rf202: yields in place of fractions make the fit extended."""

from events import sample
from peaks import background, signal

import likely as lk
from likely.distributions import Sum

nbkg = lk.Parameter("nbkg", 500, 0, 10_000)
nsig = lk.Parameter("nsig", 500, 0, 10_000)
model = Sum({"background": background, "signal": signal}, yields=[nbkg, nsig])
result = lk.fit(model, sample("rf201"))
print(result)
