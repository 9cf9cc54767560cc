"""rf709: a binned fit that knows how few events the templates were made of."""

import numpy as np
from events import sample

import likely as lk
from likely.distributions import HistogramShape, Sum

columns = sample("rf709")
x = lk.Observable("x", -20, 20)
edges = np.linspace(-20, 20, 26)
shapes = {
    name: HistogramShape(x, edges, np.histogram(columns[name], edges)[0])
    for name in ("signal", "background")
}
yields = [lk.Parameter("nsig", 50, 0, 5000), lk.Parameter("nbkg", 1000, 0, 5000)]
model = Sum(shapes, yields=yields)
data = lk.Binned.of({"x": columns["x"]}, {"x": edges})
exact = lk.fit(model, data)
lite = lk.fit(model, data, loss=lk.Likelihood(templates="barlow_beeston"))
print(exact)
print(lite)
