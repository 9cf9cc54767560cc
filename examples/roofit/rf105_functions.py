"""rf105: a density from the formula of a function; here the beta density."""

from events import sample

import likely as lk
from likely.distributions import FormulaShape

x = lk.Observable("x", 0, 0.999)
a = lk.Parameter("a", 5, 1, 10)
b = lk.Parameter("b", 2, 1, 10)
beta = FormulaShape(x, "x**(a - 1) * (1 - x)**(b - 1)", {"a": a, "b": b})
result = lk.fit(beta, sample("rf105"))
print(result)
