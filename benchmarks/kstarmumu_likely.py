"""The angular fit by likely."""

import math
from importlib.metadata import version

from kstarmumu_protocol import PARAMETERS, events
from pair_side import serve

import likely as lk
from likely.distributions import KStarMuMu


def prepare(n):
    angles = [
        lk.Observable("x", -1, 1),
        lk.Observable("y", -1, 1),
        lk.Observable("z", -math.pi, math.pi),
    ]
    p = {name: lk.Parameter(name, *v[1:]) for name, v in PARAMETERS.items()}
    s = tuple(p[name] for name in ("S3", "S4", "S5", "S7", "S8", "S9"))
    model, data = KStarMuMu(angles, p["FL"], p["AFB"], s), events(n).T

    def fit():
        result = lk.fit(model, data)
        if not result.ok:
            raise RuntimeError(result.message)
        return [result[n].value for n in p], [result[n].error for n in p]

    return fit


if __name__ == "__main__":
    serve(version("likely"), prepare)
