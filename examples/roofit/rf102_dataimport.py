"""rf102: events to a file and back; a fit to a histogram of them."""

import tempfile
from pathlib import Path

from events import sample

import likely as lk
from likely.distributions import Gauss

columns = sample("rf102")
with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "events.csv"  # or .root, .parquet, .h5, .npz
    lk.write(lk.Dataset.of(columns), file)
    events = lk.read(file, select="abs(y) < 10")
print(events)

x = lk.Observable("x", -10, 10)
mean = lk.Parameter("mean", 0, -10, 10)
sigma = lk.Parameter("sigma", 3, 0.1, 10)
gauss = Gauss(x, mean, sigma)

# The expectation of a bin is the integral over it, however wide the bin is.
histogram = lk.Binned.of(columns, {"x": 25}, [x])
binned = lk.fit(gauss, histogram)
selected = lk.fit(gauss, events)
print(binned)
print(selected)
