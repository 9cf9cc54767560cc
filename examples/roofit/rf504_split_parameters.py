"""rf504: one model for several runs, some of whose parameters are split."""

from events import sample

import likely as lk
from likely.distributions import FormulaShape, Gauss, Sum

x = lk.Observable("x", -10, 10)
s, f = lk.Parameter("s", 1, 0.1, 10), lk.Parameter("f", 0.5, 0, 1)
p0 = lk.Parameter("p0", 0.01, -0.1, 0.1)
line = FormulaShape(x, "1 + p0*x", {"p0": p0})
runs = {1: -3.0, 2: 3.0}
models = {
    f"run{run}": Sum(
        {"g": Gauss(x, lk.Parameter(f"m_run{run}", start, -10, 10), s), "p": line},
        fractions=[f],
    )
    for run, start in runs.items()
}
data = lk.Dataset.of(sample("rf504"))
result = lk.fit(lk.Simultaneous(models, by="run"), data)
print(result)
