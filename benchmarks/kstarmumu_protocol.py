"""The angular fit of B0 -> K*0 mu mu: eight parameters, three angles.

The workload `kstarmumu` of the MoreFit paper (arXiv:2505.12414).
"""

import numpy as np

# True value, start, lower and upper limit.
PARAMETERS = {
    "FL": (0.6, 0.5, 0.0, 1.0),
    "S3": (0.05, 0.0, -1.0, 1.0),
    "S4": (-0.1, 0.0, -1.0, 1.0),
    "S5": (0.1, 0.0, -1.0, 1.0),
    "AFB": (-0.05, 0.0, -0.75, 0.75),
    "S7": (0.02, 0.0, -1.0, 1.0),
    "S8": (-0.03, 0.0, -1.0, 1.0),
    "S9": (0.01, 0.0, -1.0, 1.0),
}
# As RooFit reads it; x, y and z are the two cosines and phi.
FORMULA = (
    "9/(32*pi)*(0.75*(1-FL)*(1-y*y)+FL*y*y+0.25*(1-FL)*(1-y*y)*(2*x*x-1)"
    "-FL*y*y*(2*x*x-1)+S3*(1-y*y)*(1-x*x)*cos(2*z)"
    "+S4*4*x*y*sqrt((1-x*x)*(1-y*y))*cos(z)"
    "+S5*2*y*sqrt((1-x*x)*(1-y*y))*cos(z)+4./3*AFB*(1-y*y)*x"
    "+S7*2*y*sqrt((1-x*x)*(1-y*y))*sin(z)"
    "+S8*4*x*y*sqrt((1-x*x)*(1-y*y))*sin(z)+S9*(1-y*y)*(1-x*x)*sin(2*z))"
)


def density(x, y, z):
    """Return the true density, which is normalised over the sphere."""
    FL, S3, S4, S5, AFB, S7, S8, S9 = (v[0] for v in PARAMETERS.values())
    ss = np.sqrt((1 - x * x) * (1 - y * y))
    both = (1 - y * y) * (1 - x * x)
    first = 0.75 * (1 - FL) * (1 - y * y) + FL * y * y
    double = (0.25 * (1 - FL) * (1 - y * y) - FL * y * y) * (2 * x * x - 1)
    cosine = 4 * S4 * x * y * ss + 2 * S5 * y * ss
    sine = 2 * S7 * y * ss + 4 * S8 * x * y * ss
    twice = both * (S3 * np.cos(2 * z) + S9 * np.sin(2 * z))
    rest = cosine * np.cos(z) + sine * np.sin(z) + 4 / 3 * AFB * (1 - y * y) * x
    return 9 / (32 * np.pi) * (first + double + twice + rest)


def events(n: int) -> np.ndarray:
    """Return the angles of `n` events, one row each, by rejection."""
    rng, kept, have = np.random.default_rng(n), [], 0
    while have < n:
        x, y = rng.uniform(-1, 1, (2, 2 * n))
        z = rng.uniform(-np.pi, np.pi, 2 * n)
        f = density(x, y, z)
        chosen = rng.random(2 * n) * 0.5 < f  # the density stays below a half
        kept.append(np.stack([x, y, z])[:, chosen])
        have += int(chosen.sum())
    return np.concatenate(kept, axis=1)[:, :n]
