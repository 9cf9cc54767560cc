"""rf607: what a result holds."""

import json

from events import sample
from peaks import a0, sig1frac, x

import likely as lk
from likely.distributions import Chebyshev, Gauss, Sum

mean = lk.Parameter("mean", 5, -10, 10)
widths = [lk.Parameter("sigma1", 0.5, 0.1, 0.7), lk.Parameter("sigma2", 1, 0.7, 10)]
gausses = {f"sig{i}": Gauss(x, mean, sigma) for i, sigma in enumerate(widths)}
bkgfrac = lk.Parameter("bkgfrac", 0.5, 0, 1)
components = {"bkg": Chebyshev(x, (a0, 0.2)), "sig": Sum(gausses, fractions=[sig1frac])}
result = lk.fit(Sum(components, fractions=[bkgfrac]), sample("rf607"))

print(result.ok, result.message)
print("-2 log L", result.loss, "edm", result.minimum.edm)
names = list(result.covariance_names)
at = names.index("bkgfrac"), names.index("sigma2")
print("correlation of bkgfrac and sigma2", result.correlation[at])
print(json.dumps(result.to_dict())[:60], "...")
