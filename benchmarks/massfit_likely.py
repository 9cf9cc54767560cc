"""The `massfit` by likely: its defaults, the Newton minimiser and Hesse errors."""

from importlib.metadata import version

import numpy as np
from protocol import HIGH, LOW, PARAMETERS, Fitted, serve

import likely as lk

m = lk.Observable("m", LOW, HIGH)
mu, sigma, fraction, slope = (
    lk.Parameter(name, *range_) for name, range_ in PARAMETERS.items()
)
model = lk.distributions.Sum(
    {
        "signal": lk.distributions.Gauss(m, mu, sigma),
        "background": lk.distributions.Exponential(m, slope),
    },
    fractions=[fraction],
)


def prepare(events: np.ndarray) -> lk.Dataset:
    return lk.Dataset.of({"m": events})


def fit(data: lk.Dataset) -> Fitted:
    result = lk.fit(model, data)
    values = {name: float(result.values[name]) for name in PARAMETERS}
    return values, {name: float(result.errors[name]) for name in PARAMETERS}


if __name__ == "__main__":
    versions = {name: version(name) for name in ("likely", "jax")}
    serve("likely", prepare, fit, versions)
