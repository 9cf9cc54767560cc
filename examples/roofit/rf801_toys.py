"""rf801, rf802, rf804: toys: drawn, fitted, their pulls; a constraint in each."""

from peaks import background, signal

import likely as lk
from likely.distributions import Sum

nbkg, nsig = lk.Parameter("nbkg", 150, 0, 1000), lk.Parameter("nsig", 150, 0, 1000)
model = Sum({"background": background, "signal": signal}, yields=[nbkg, nsig])
constraint = lk.GaussConstraint(nbkg, 150, 20)
study = lk.toys(model, 200, seed=1, loss=lk.Likelihood([constraint]))
print(study)
pull = study.summaries["nsig"]
print("pull of nsig:", pull.mean, "+/-", pull.mean_error, "width", pull.width)
