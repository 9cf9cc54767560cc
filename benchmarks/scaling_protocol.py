"""One simultaneous fit of many channels: events, starts and limits."""

import numpy as np

LOW, HIGH = 0.0, 10.0
EVENTS = 2000
# True value, start, lower and upper limit of the parameters of each channel.
PARAMETERS = {
    "mu1": (3.0, 3.1, 2.0, 4.0),
    "sigma1": (0.25, 0.3, 0.05, 1.0),
    "mu2": (6.5, 6.4, 5.5, 7.5),
    "sigma2": (0.4, 0.5, 0.05, 1.5),
    "slope": (-0.2, -0.1, -2.0, 1.0),
    "n1": (400.0, 300.0, 0.0, 4000.0),
    "n2": (600.0, 500.0, 0.0, 4000.0),
    "rest": (1000.0, 1200.0, 0.0, 4000.0),
}


def events(channel: int) -> np.ndarray:
    """Return the events of a channel."""
    rng = np.random.default_rng(channel)
    p = {name: values[0] for name, values in PARAMETERS.items()}
    u = rng.random(rng.poisson(p["rest"]))
    rest = np.log1p(u * np.expm1(p["slope"] * HIGH)) / p["slope"]
    first = rng.normal(p["mu1"], p["sigma1"], rng.poisson(p["n1"]))
    second = rng.normal(p["mu2"], p["sigma2"], rng.poisson(p["n2"]))
    m = np.concatenate([first, second, rest])
    return m[(m > LOW) & (m < HIGH)]
