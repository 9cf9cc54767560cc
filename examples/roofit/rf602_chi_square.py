"""rf602: a chi-square fit to a histogram; the likelihood of it is without bias."""

from events import sample
from peaks import model, x

import likely as lk

histogram = lk.Binned.of(sample("rf602"), {"x": 100}, [x])
chi_square = lk.fit(model, histogram, loss=lk.ChiSquare())
likelihood = lk.fit(model, histogram)
print(chi_square)
print(likelihood)
