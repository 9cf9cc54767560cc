"""The toys by likely: one compiled program."""

import numpy as np
from toys_protocol import WORKLOADS, Made, serve

import likely as lk


def model(workload: str) -> lk.distributions.Sum:
    low, high = WORKLOADS[workload]["range"]
    m = lk.Observable("m", low, high)
    p = {n: lk.Parameter(n, *v) for n, v in WORKLOADS[workload]["parameters"].items()}
    parts = {
        "signal": lk.distributions.Gauss(m, p["mu"], p["sigma"]),
        "background": lk.distributions.Exponential(m, p["slope"]),
    }
    if "fraction" in p:
        return lk.distributions.Sum(parts, fractions=[p["fraction"]])
    return lk.distributions.Sum(parts, yields=[p["signal"], p["background"]])


def make(workload: str, events: int, toys: int, seed: int) -> Made:
    density = model(workload)
    n_events = None if density.extended else events
    made = lk.toys(density, toys, n_events=n_events, seed=seed)
    order = [made.names.index(n) for n in WORKLOADS[workload]["parameters"]]
    return np.asarray(made.values)[:, order], np.asarray(made.errors)[:, order]


if __name__ == "__main__":
    import jax

    serve("likely", make, f"jax {jax.__version__}")
