"""rf403: weighted events, and what the errors mean."""

from events import sample

import likely as lk
from likely.distributions import FormulaShape

columns = sample("rf403")
events = lk.Dataset.of({"x": columns["x"]}, weights=columns["w"])
x = lk.Observable("x", -10, 10)
a1, a2 = lk.Parameter("a1", 0, -1, 1), lk.Parameter("a2", 1, 0, 10)
p2 = FormulaShape(x, "1 + a1*x + a2*x**2", {"a1": a1, "a2": a2})

# The default is right; the other two are what RooFit calls SumW2Error, and nothing.
sandwich = lk.fit(p2, events)
squares = lk.fit(p2, events, loss=lk.Likelihood(weight_errors="sum_of_squares"))
wrong = lk.fit(p2, events, loss=lk.Likelihood(weight_errors="none"))
for result in (sandwich, squares, wrong):
    print(result)
