"""What every side of the `massfit` benchmark has in common.

The fit (from the MoreFit paper, arXiv:2505.12414): m in [5, 7],

    f(m) = fraction Gauss(m; mu, sigma) + (1 - fraction) exp(slope m),

both terms normalised on [5, 7]; truth fraction 0.3, mu 5.28, sigma 0.06, slope -1. A
side is a process of its own: it reads the events, fits them once (cold: this includes
compilation), then `repeat` times from the same start (warm: minimum and Hesse errors),
and prints one JSON object as its last line. The minimum is evaluated here, by one
formula for all sides, at the values that the side found.
"""

import argparse
import json
import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

LOW, HIGH = 5.0, 7.0
# Start and limits of each parameter, the same on all sides.
PARAMETERS = {
    "mu": (5.3, 5.0, 6.0),
    "sigma": (0.05, 0.005, 0.13),
    "fraction": (0.5, 0.0, 1.0),
    "slope": (-0.5, -10.0, 10.0),
}
Fitted = tuple[dict[str, float], dict[str, float]]  # values, errors


def negative_log_likelihood(events: np.ndarray, values: dict[str, float]) -> float:
    """Return -log L, not extended, summed exactly."""
    mu, sigma, slope = values["mu"], values["sigma"], values["slope"]
    inside = 0.5 * (
        math.erf((HIGH - mu) / (sigma * math.sqrt(2)))
        - math.erf((LOW - mu) / (sigma * math.sqrt(2)))
    )
    gauss = np.exp(-0.5 * ((events - mu) / sigma) ** 2)
    gauss /= sigma * math.sqrt(2 * math.pi) * inside
    exponential = np.exp(slope * (events - LOW)) * slope
    exponential /= math.expm1(slope * (HIGH - LOW))
    fraction = values["fraction"]
    return -math.fsum(np.log(fraction * gauss + (1 - fraction) * exponential))


def serve(
    side: str,
    prepare: Callable[[np.ndarray], Any],
    fit: Callable[[Any], Fitted],
    versions: dict[str, str],
) -> None:
    """Run one side from the command line, and print what it measured.

    Args:
        side: Its name.
        prepare: Makes from the events what the side calls its data set; not timed.
        fit: Makes the fit, from the start values on, with Hesse errors; timed.
        versions: Of the libraries that matter.
    """
    parser = argparse.ArgumentParser(description=f"massfit by {side}")
    parser.add_argument("--data", required=True, help="events, as a .npy file")
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    events = np.load(options.data)
    data = prepare(events)
    start = time.perf_counter()
    values, errors = fit(data)
    cold = time.perf_counter() - start
    warm = []
    for _ in range(options.repeat):
        start = time.perf_counter()
        values, errors = fit(data)
        warm.append(time.perf_counter() - start)
    answer = {
        "side": side,
        "n": len(events),
        "cold_s": cold,
        "warm_s": warm,
        "values": values,
        "errors": errors,
        "min_nll": negative_log_likelihood(events, values),
        "versions": versions,
    }
    print(json.dumps(answer), flush=True)
