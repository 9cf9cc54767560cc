"""rf201, rf205: a sum of a background and a signal that is a sum itself."""

import numpy as np
from events import sample
from peaks import model

import likely as lk
from likely.stats import component_curves

result = lk.fit(model, sample("rf201"))
print(result)
for name, curve in component_curves(result, "x", np.linspace(0, 10, 5)).items():
    print(name, "events per unit of x:", curve)
