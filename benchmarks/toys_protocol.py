"""What both sides of the toys benchmark have in common.

A toy is drawn from the model at its true parameters and fitted from there, with Hesse
errors. `massfit` is that of `protocol.py`, N events each; `zfit-664` is an extended sum
of Gauss and exponential on [0, 10], 500 + 1500 events (github.com/zfit/zfit/issues/664:
1000 toys). A side draws and fits some toys that do not count (compilation), then the
others, and prints the time a toy and the mean and width of each pull.
"""

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np

# Name: low and high end, then truth, lower and upper limit of each parameter.
WORKLOADS: dict[str, dict[str, Any]] = {
    "massfit": {
        "range": (5.0, 7.0),
        "parameters": {
            "mu": (5.28, 5.0, 6.0),
            "sigma": (0.06, 0.005, 0.13),
            "slope": (-1.0, -10.0, 10.0),
            "fraction": (0.3, 0.0, 1.0),
        },
    },
    "zfit-664": {
        "range": (0.0, 10.0),
        "parameters": {
            "mu": (5.0, 0.0, 10.0),
            "sigma": (0.5, 0.05, 3.0),
            "slope": (-0.2, -3.0, 1.0),
            "signal": (500.0, 0.0, 5000.0),
            "background": (1500.0, 0.0, 5000.0),
        },
    },
}
# Values and errors of each toy, one row a toy, parameters in the order above.
Made = tuple[np.ndarray, np.ndarray]


def serve(side: str, make: Callable[[str, int, int, int], Made], version: str) -> None:
    """Run one side from the command line, and print what it measured.

    Args:
        side: Its name.
        make: Draws and fits toys, given workload, events a toy, toys and seed.
        version: Of its library.
    """
    parser = argparse.ArgumentParser(description=f"toys by {side}")
    parser.add_argument("--workload", choices=WORKLOADS, required=True)
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--toys", type=int, default=100)
    options = parser.parse_args()
    begin = time.perf_counter()
    make(options.workload, options.events, options.toys, 1)
    cold = time.perf_counter() - begin
    begin = time.perf_counter()
    values, errors = make(options.workload, options.events, options.toys, 2)
    warm = time.perf_counter() - begin
    truth = [p[0] for p in WORKLOADS[options.workload]["parameters"].values()]
    pulls = (values - truth) / errors
    answer = {
        "side": side,
        "cold_s": cold,
        "warm_s": warm,
        "toys": options.toys,
        "mean": np.nanmean(pulls, axis=0).tolist(),
        "width": np.nanstd(pulls, axis=0).tolist(),
        "version": version,
    }
    print(json.dumps(answer), flush=True)
