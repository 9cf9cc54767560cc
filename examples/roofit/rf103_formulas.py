"""rf103: a density that is a text, and a parameter that is a formula of another."""

import numpy as np
from events import sample

import likely as lk
from likely.distributions import FormulaShape, Gauss

columns = sample("rf103")
x = lk.Observable("x", -20, 20)
alpha = lk.Parameter("alpha", 5, 0.1, 10)
text = "1 + 0.1*abs(x) + sin(sqrt(abs(x*alpha + 0.1)))"
formula = lk.fit(FormulaShape(x, text, {"alpha": alpha}), columns)
print(formula)

y = lk.Observable("y", -20, 20)
mean2 = lk.Parameter("mean2", 10, 0, 200)
sigma = lk.Parameter("sigma", 3, 0.1, 10)
derived = lk.fit(Gauss(y, np.sqrt(mean2), sigma), columns)
print(derived)
