"""rf402, rf404, rf405, rf406, rf409: columns, selections and tables are NumPy's."""

import numpy as np
from events import sample

import likely as lk

columns = sample("rf303")
data = lk.Dataset.of(columns)
near = data.select("abs(y) < 5").define("r", "sqrt(x**2 + y**2)")
region = np.digitize(near["r"], [2.0, 4.0, 6.0])
labels, counts = np.unique(region, return_counts=True)
print(near)
print("events by region:", dict(zip(labels.tolist(), counts.tolist(), strict=True)))

binned = lk.Binned.of(data, {"x": 10, "y": np.linspace(-10, 10, 11)}, {"x": (-10, 10)})
numbers = {"near": len(near), "binned": float(binned.counts.sum())}
print(binned.project("x"))
