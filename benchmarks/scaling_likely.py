"""The simultaneous fit by likely."""

from importlib.metadata import version

from pair_side import serve
from scaling_protocol import HIGH, LOW, PARAMETERS, events

import likely as lk
from likely.distributions import Exponential, Gauss, Sum


def channel(i):
    m = lk.Observable("m", LOW, HIGH)
    p = {
        name: lk.Parameter(f"{name}_{i}", start, lower, upper)
        for name, (_, start, lower, upper) in PARAMETERS.items()
    }
    parts = {
        "first": Gauss(m, p["mu1"], p["sigma1"]),
        "second": Gauss(m, p["mu2"], p["sigma2"]),
        "rest": Exponential(m, p["slope"]),
    }
    return Sum(parts, yields=[p["n1"], p["n2"], p["rest"]])


def prepare(channels):
    names = [f"c{i}" for i in range(channels)]
    model = lk.Simultaneous({name: channel(i) for i, name in enumerate(names)})
    data = {name: {"m": events(i)} for i, name in enumerate(names)}
    order = [f"{name}_{i}" for i in range(channels) for name in PARAMETERS]

    def fit():
        result = lk.fit(model, data)
        if not result.ok:
            raise RuntimeError(result.message)
        return [result[n].value for n in order], [result[n].error for n in order]

    return fit


if __name__ == "__main__":
    serve(version("likely"), prepare)
