"""The bundled events are what their README says, and what their studies describe."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
import uproot
import yaml
from numba_stats import crystalball, crystalball_ex

import likely

BUNDLED = Path(likely.__file__).parent / "studies" / "bundled"
MUON_MASS = 0.1056584  # GeV, PDG 2024
# Name: muons' and pair's least pt, mass window, mass of the resonance (GeV, PDG 2024).
CASES = {
    "dimuon-jpsi": (3.0, 8.0, 2.6, 3.5, 3.0969),
    "dimuon-z": (20.0, 0.0, 60.0, 120.0, 91.1880),
}
KINDS = {"pt": "float32", "eta": "float32", "phi": "float32", "charge": "int32"}
COLUMNS = {f"Muon{i}_{name}": kind for i in (1, 2) for name, kind in KINDS.items()} | {
    "mass": "float32",
    "is_signal": "int32",
}
names = pytest.mark.parametrize("name", CASES)
README = (BUNDLED / "README.md").read_text()


def read(name):
    with uproot.open(BUNDLED / f"{name}.root") as file:
        return file["Events"].arrays(library="np")


def fingerprint(columns):
    return hashlib.sha256(b"".join(c.tobytes() for c in columns.values())).hexdigest()


def momentum(events, i):
    pt, eta, phi = (
        events[f"Muon{i}_{name}"].astype(float) for name in ("pt", "eta", "phi")
    )
    energy = np.sqrt((pt * np.cosh(eta)) ** 2 + MUON_MASS**2)
    return np.array([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta), energy])


def test_every_bundled_file_of_events_is_tested():
    assert {path.stem for path in BUNDLED.glob("*.root")} == {
        *CASES,
        "higgs-categories",
    }
    assert [path.name for path in BUNDLED.glob("*.npz")] == ["digits.npz"]


@names
def test_file_is_small(name):
    assert (BUNDLED / f"{name}.root").stat().st_size < 4_000_000


@names
def test_columns_are_those_that_the_script_wrote(name):
    events = read(name)
    assert {key: column.dtype.name for key, column in events.items()} == COLUMNS
    assert re.findall(rf"`{name}\.root`: `(\w+)`", README) == [fingerprint(events)]


@names
def test_counts_are_those_of_the_readme(name):
    events = read(name)
    opposite = events["Muon1_charge"] * events["Muon2_charge"] < 0
    counts = (len(opposite), events["is_signal"].sum(), opposite.sum())
    row = "".join(f" {count:,} |" for count in counts)
    assert f"| `{name}.root` | `Events` |{row}" in README


@names
def test_selection_is_that_of_the_readme(name):
    events, (pt_min, pair_min, low, high, _) = read(name), CASES[name]
    assert np.all(events["Muon1_pt"] >= events["Muon2_pt"])
    assert np.all(events["Muon2_pt"] > pt_min)
    for i in (1, 2):
        assert np.all(np.abs(events[f"Muon{i}_eta"]) <= 2.4)
        assert np.all(np.abs(events[f"Muon{i}_phi"]) <= np.float32(np.pi))
        assert set(events[f"Muon{i}_charge"]) == {-1, 1}
    px, py, _, _ = momentum(events, 1) + momentum(events, 2)
    assert np.all(np.hypot(px, py) > pair_min - 1e-4)
    assert np.all((events["mass"] >= low) & (events["mass"] <= high))


@names
def test_mass_is_that_of_the_muons(name):
    events = read(name)
    px, py, pz, energy = momentum(events, 1) + momentum(events, 2)
    mass = np.sqrt(energy**2 - px**2 - py**2 - pz**2)
    np.testing.assert_allclose(events["mass"], mass, rtol=2e-6)


@names
def test_signal_is_of_opposite_charge_and_at_the_resonance(name):
    events = read(name)
    signal = events["is_signal"] == 1
    assert np.all((events["Muon1_charge"] * events["Muon2_charge"])[signal] == -1)
    # Half a per cent, as radiation pulls the median down.
    assert np.median(events["mass"][signal]) == pytest.approx(CASES[name][4], rel=5e-3)


@names
def test_events_are_shuffled(name):
    signal = read(name)["is_signal"]
    halves = signal[: len(signal) // 2].sum(), signal[len(signal) // 2 :].sum()
    assert abs(halves[0] - halves[1]) < 5 * np.sqrt(len(signal) / 4)


@names
def test_study_reads_its_file_and_begins_with_its_title(name):
    text = (BUNDLED / f"{name}.yaml").read_text()
    assert re.match(r"# \S[^\n]{20,100}\n#\n", text)
    study = yaml.safe_load(text)
    assert study["kind"] == "fit"
    assert study["data"]["file"] == f"bundled:{name}.root"
    known = set(COLUMNS) | set(study["data"].get("define", {}))
    assert set(study["observables"]) <= known


# Best fits by iminuit and numba-stats: benchmarks/reference_fits.py.
def jpsi_counts(edges):
    yields, tails = (33652.08, 15318.94), (2.093605, 1.539696)
    signal = crystalball.cdf(edges, *tails, 3.096433, 0.0256645)
    return yields, signal, np.expm1(0.0312263 * (edges - 2.6))


def z_counts(edges):
    yields, sigma = (36094.16, 2863.85), 1.640960
    tails = (1.147042, 1.585257, sigma, 1.236876, 2.641125, sigma)
    signal = crystalball_ex.cdf(edges, *tails, 91.004912)
    return yields, signal, np.expm1(-0.0078252 * (edges - 60))


@pytest.mark.parametrize(
    ("name", "model", "bins", "free"),
    [("dimuon-jpsi", jpsi_counts, 90, 7), ("dimuon-z", z_counts, 60, 9)],
)
def test_model_of_the_study_describes_the_events(name, model, bins, free):
    events, (_, _, low, high, _) = read(name), CASES[name]
    opposite = events["Muon1_charge"] * events["Muon2_charge"] < 0
    edges = np.linspace(low, high, bins + 1)
    observed = np.histogram(events["mass"][opposite], edges)[0]
    yields, *cumulative = model(edges)
    expected = sum(
        number * np.diff(cdf) / (cdf[-1] - cdf[0])
        for number, cdf in zip(yields, cumulative, strict=True)
    )
    chi2 = np.sum((observed - expected) ** 2 / expected)
    assert scipy.stats.chi2.sf(chi2, bins - free) > 0.02
