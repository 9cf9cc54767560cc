"""The two bundled studies, fitted by iminuit with the densities of numba-stats.

    python benchmarks/reference_fits.py        # needs iminuit, numba-stats, uproot

Nothing of `likely` is used: the numbers are what its own fits are compared with. The
loss is -2 log L of the extended likelihood without the constant 2 log n!. Prints one
JSON object a study: values, Hesse and MINOS errors, loss, chi-square of a histogram.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import uproot
from iminuit import Minuit
from numba_stats import crystalball, crystalball_ex

BUNDLED = Path(__file__).parents[1] / "src" / "likely" / "studies" / "bundled"
Shape = Callable[..., np.ndarray]
Limited = dict[str, tuple[float, float, float]]  # start, min, max


def read(name: str) -> dict[str, np.ndarray]:
    """Return the pairs of opposite charge, as float64."""
    events = uproot.open(BUNDLED / f"{name}.root")["Events"].arrays(library="np")
    opposite = events["Muon1_charge"] * events["Muon2_charge"] < 0
    return {key: column[opposite].astype(float) for key, column in events.items()}


def dimuon_mass(e: dict[str, np.ndarray]) -> np.ndarray:
    """Return the mass of two massless particles, as `dimuon-z.yaml` defines it."""
    angles = np.cosh(e["Muon1_eta"] - e["Muon2_eta"]) - np.cos(
        e["Muon1_phi"] - e["Muon2_phi"]
    )
    return np.sqrt(2 * e["Muon1_pt"] * e["Muon2_pt"] * angles)


def crystal_ball(low: float, high: float) -> Shape:
    """Return f(x; mu, sigma, alpha, n), normalised on [low, high]."""

    def density(x, mu, sigma, alpha, n):
        ends = crystalball.cdf(np.array([low, high]), alpha, n, mu, sigma)
        return crystalball.pdf(x, alpha, n, mu, sigma) / (ends[1] - ends[0])

    return density


def double_crystal_ball(low: float, high: float) -> Shape:
    """Return f(x; mu, sigma, alpha_left, n_left, alpha_right, n_right)."""

    def density(x, mu, sigma, *tails):
        left, n_left, right, n_right = tails
        args = (left, n_left, sigma, right, n_right, sigma, mu)
        ends = crystalball_ex.cdf(np.array([low, high]), *args)
        return crystalball_ex.pdf(x, *args) / (ends[1] - ends[0])

    return density


def exponential(low: float, high: float) -> Shape:
    """Return f(x; slope) = exp(slope x), normalised on [low, high]."""

    def density(x, slope):
        return slope * np.exp(slope * (x - low)) / np.expm1(slope * (high - low))

    return density


def fit(
    x: np.ndarray,
    signal: Shape,
    background: Shape,
    parameters: Limited,
    edges: np.ndarray,
) -> dict:
    """Fit signal + background; the parameters are (signal..., yield, slope, yield)."""

    def rate(x, p):
        return p[-3] * signal(x, *p[:-3]) + p[-1] * background(x, p[-2])

    starts = [start for start, _, _ in parameters.values()]
    at_start = np.log(rate(x, starts))

    def loss(p):
        # Minuit's steps follow from the size of the function: it is kept small by
        # leaving out, event by event, the value at the start.
        return 2 * (p[-3] + p[-1] - np.sum(np.log(rate(x, p)) - at_start))

    minuit = Minuit(loss, starts, name=list(parameters))
    minuit.errordef = Minuit.LEAST_SQUARES  # the loss is -2 log L
    minuit.limits = [(low, high) for _, low, high in parameters.values()]
    minuit.strategy = 2
    # A density may overflow at the ends of the limits, which the line search visits.
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        minuit.migrad(ncall=20_000)
        minuit.tol = 1e-2
        minuit.migrad(ncall=20_000)
        minuit.hesse()
        minuit.minos()
    counts = np.histogram(x, edges)[0]
    expected = integrals(lambda y: rate(y, np.array(minuit.values)), edges)
    chi2 = float(np.sum((counts - expected) ** 2 / expected))
    correlation = np.abs(minuit.covariance.correlation() - np.eye(len(starts)))
    return {
        "valid": minuit.valid and all(m.is_valid for m in minuit.merrors.values()),
        "n_events": len(x),
        "loss": minuit.fval - 2 * float(at_start.sum()),
        "values": minuit.values.to_dict(),
        "errors": minuit.errors.to_dict(),
        "minos": {n: (m.lower, m.upper) for n, m in minuit.merrors.items()},
        "chi2": chi2,
        "ndof": len(counts) - len(starts),
        "largest_correlation": float(correlation.max()),
    }


def integrals(density: Shape, edges: np.ndarray) -> np.ndarray:
    """Return the integral over each bin, by Gauss-Legendre with 10 nodes."""
    nodes, weights = np.polynomial.legendre.leggauss(10)
    half, middle = np.diff(edges)[:, None] / 2, (edges[1:] + edges[:-1])[:, None] / 2
    return (
        density((middle + half * nodes).ravel()).reshape(-1, 10) @ weights * half[:, 0]
    )


def jpsi() -> dict:
    """Fit `dimuon-jpsi`."""
    low, high = 2.6, 3.5
    parameters = {
        "signal.mu": (3.09, 3.0, 3.2),
        "signal.sigma": (0.03, 0.005, 0.1),
        "signal.alpha": (1.5, 0.3, 5.0),
        "signal.n": (2.0, 1.01, 20.0),
        "signal.yield": (30_000.0, 0.0, 60_000.0),
        "background.slope": (-0.5, -5.0, 5.0),
        "background.yield": (20_000.0, 0.0, 60_000.0),
    }
    x = read("dimuon-jpsi")["mass"]
    x = x[(x >= low) & (x <= high)]
    shapes = crystal_ball(low, high), exponential(low, high)
    return fit(x, *shapes, parameters, np.linspace(low, high, 91))


def z() -> dict:
    """Fit `dimuon-z`."""
    low, high = 60.0, 120.0
    parameters = {
        "m0": (91.0, 85.0, 95.0),
        "signal.sigma": (2.0, 0.3, 5.0),
        "signal.alpha_left": (1.5, 0.3, 5.0),
        "signal.n_left": (2.0, 1.01, 20.0),
        "signal.alpha_right": (1.5, 0.3, 5.0),
        "signal.n_right": (3.0, 1.01, 20.0),
        "signal.yield": (36_000.0, 0.0, 60_000.0),
        "background.slope": (-0.02, -1.0, 0.5),
        "background.yield": (3_000.0, 0.0, 20_000.0),
    }
    x = dimuon_mass(read("dimuon-z"))
    x = x[(x >= low) & (x <= high)]
    shapes = double_crystal_ball(low, high), exponential(low, high)
    return fit(x, *shapes, parameters, np.linspace(low, high, 61))


def main() -> None:
    """Fit both studies."""
    parser = argparse.ArgumentParser(description="Reference fits of bundled studies.")
    parser.parse_args()
    for name, study in (("dimuon-jpsi", jpsi), ("dimuon-z", z)):
        print(json.dumps({"study": name, **study()}, indent=1))


if __name__ == "__main__":
    main()
