"""The events and images that networks learn from are what their README says."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest
import uproot

import likely

BUNDLED = Path(likely.__file__).parent / "studies" / "bundled"
README = (BUNDLED / "README.md").read_text()
MODES = ("ggH", "VBF", "WH", "ttH")
VARIABLES = (
    *("jet1_pt", "jet1_eta", "jet2_pt", "jet2_eta", "jets_mass", "jets_deta"),
    *("jets_dphi", "jets_ht", "n_jets", "n_btags"),
    *("m4l", "pt4l", "eta4l", "mz1", "mz2"),
    *("cos_theta_star", "cos_theta1", "cos_theta2", "phi", "phi1"),
    *("lep1_pt", "lep4_pt", "n_leptons"),
    *("met", "zeppenfeld", "pt4ljj", "m4ljj"),
)
COSINES = ("cos_theta_star", "cos_theta1", "cos_theta2")
# Column: least and largest value that the selection or the definition allows.
RANGES = {
    **{f"jet{i}_pt": (30, 6500) for i in (1, 2)},
    **{f"jet{i}_eta": (-4.7, 4.7) for i in (1, 2)},
    **{"jets_mass": (0, 13000), "jets_deta": (0, 9.4), "jets_dphi": (0, np.pi)},
    **{"jets_ht": (60, 13000), "n_jets": (2, 30), "n_btags": (0, 30)},
    **{"m4l": (105, 140), "pt4l": (0, 6500), "mz1": (40, 120), "mz2": (12, 120)},
    **{name: (-1, 1) for name in COSINES},
    **{name: (-np.pi, np.pi) for name in ("phi", "phi1")},
    **{"lep1_pt": (20, 6500), "lep4_pt": (5, 6500), "n_leptons": (4, 12)},
    **{"met": (0, 6500), "zeppenfeld": (0, 15), "pt4ljj": (0, 6500)},
    **{"m4ljj": (105, 13000), "eta4l": (-15, 15)},
}
ROUNDING = 2.0**-13  # relative, of each column of 13 significant bits


@pytest.fixture(scope="module")
def events():
    with uproot.open(BUNDLED / "higgs-categories.root") as file:
        return file["events"].arrays(library="np")


@pytest.fixture(scope="module")
def modes(events):
    """The columns of each mode, in float64."""
    return {
        mode: {
            name: column[events["process"] == number].astype(float)
            for name, column in events.items()
        }
        for number, mode in enumerate(MODES)
    }


@pytest.fixture(scope="module")
def digits():
    with np.load(BUNDLED / "digits.npz", allow_pickle=False) as file:
        return dict(file)


def fingerprint(columns):
    return hashlib.sha256(b"".join(c.tobytes() for c in columns.values())).hexdigest()


def test_files_are_small():
    assert (BUNDLED / "higgs-categories.root").stat().st_size < 2_000_000
    assert (BUNDLED / "digits.npz").stat().st_size < 100_000


def test_columns_are_those_that_the_script_wrote(events):
    expected = dict.fromkeys(VARIABLES, "float32")
    expected |= {"process": "int32", "weight": "float32", "event": "int64"}
    assert len(VARIABLES) == 27
    assert {name: column.dtype.name for name, column in events.items()} == expected
    digest = re.findall(r"`higgs-categories\.root`: `(\w+)`", README)
    assert digest == [fingerprint(events)]


def test_every_column_is_in_the_readme(events):
    table = README[README.index("## Higgs bosons") : README.index("## Handwritten")]
    described = re.findall(
        r"`(\w+)`", " ".join(re.findall(r"(?m)^\| (`.*?) \|", table))
    )
    # `process` heads the table of the modes as well.
    assert sorted(described) == sorted(["process", *events])


def test_modes_and_weights_are_those_of_the_readme(modes):
    rows = re.findall(r"(?m)^\| (\d) \| (\w+) \| ([\d,]+) \|(.*)\|$", README)
    assert [(int(number), mode) for number, mode, *_ in rows] == [*enumerate(MODES)]
    for _, mode, count, rest in rows:
        columns, (_, expected, weight) = modes[mode], map(float, rest.split("|"))
        assert len(columns["weight"]) == int(count.replace(",", ""))
        np.testing.assert_allclose(columns["weight"], weight, rtol=5e-4)
        assert columns["weight"].sum() == pytest.approx(expected, rel=5e-4)


def test_weights_are_cross_section_times_branching_ratio_times_part_selected(modes):
    # LHC Higgs Cross Section Working Group 2016 (arXiv:1610.07922), 13 TeV, in pb.
    sections = {"ggH": 48.58, "VBF": 3.782, "WH": 1.373, "ttH": 0.5071}
    parts = dict(re.findall(r"(?m)^\| \d \| (\w+) \| [\d,]+ \| ([\d.]+) \|", README))
    for mode, section in sections.items():
        produced = section * 1.240e-4 * 139_000
        selected = modes[mode]["weight"].sum() / produced
        assert selected == pytest.approx(float(parts[mode]), rel=1e-3)


def test_values_are_finite_inside_their_ranges_and_rounded(events):
    assert set(RANGES) == set(VARIABLES)
    for name, (low, high) in RANGES.items():
        column = events[name].astype(float)
        slack = ROUNDING * np.abs([low, high])
        assert low - slack[0] <= column.min(), name
        assert column.max() <= high + slack[1], name
        # 24 bits of a float32 less 13 significant ones.
        assert np.all(events[name].view(np.uint32) % 2**11 == 0), name
    for name in ("n_jets", "n_btags", "n_leptons"):
        assert np.all(events[name] == np.round(events[name]))


def test_events_are_numbered_and_shuffled(events):
    np.testing.assert_array_equal(events["event"], np.arange(24_000))
    counts = np.bincount(events["process"][:12_000])
    assert np.all(np.abs(counts - 3000) < 5 * np.sqrt(12_000 * 3 / 16))


def test_variables_agree_with_each_other(events):
    column = {name: values.astype(float) for name, values in events.items()}
    eta, other = column["jet1_eta"], column["jet2_eta"]
    close = {"rtol": 2 * ROUNDING, "atol": 15 * ROUNDING}
    np.testing.assert_allclose(column["jets_deta"], np.abs(eta - other), **close)
    centre = np.abs(column["eta4l"] - (eta + other) / 2)
    np.testing.assert_allclose(column["zeppenfeld"], centre, **close)
    assert np.all(column["jet1_pt"] >= column["jet2_pt"])
    assert np.all(column["lep1_pt"] >= column["lep4_pt"])
    assert np.all(column["n_btags"] <= column["n_jets"])
    two, ht = column["n_jets"] == 2, column["jet1_pt"] + column["jet2_pt"]
    np.testing.assert_allclose(column["jets_ht"][two], ht[two], rtol=3 * ROUNDING)
    assert np.all(column["jets_ht"][~two] > ht[~two] + 29)
    room = 1 + 4 * ROUNDING
    assert np.all(column["mz1"] + column["mz2"] <= column["m4l"] * room)
    assert np.all(column["m4l"] + column["jets_mass"] <= column["m4ljj"] * room)
    nearest = np.abs(column["mz1"] - 91.188) - np.abs(column["mz2"] - 91.188)
    assert np.all(nearest < 0.02)


def test_mass_of_two_jets_is_that_of_their_momenta_and_their_own_masses(events):
    column = {name: values.astype(float) for name, values in events.items()}
    pt, other = column["jet1_pt"], column["jet2_pt"]
    opening = np.cosh(column["jets_deta"]) - np.cos(column["jets_dphi"])
    ratio = column["jets_mass"] / np.sqrt(2 * pt * other * opening)
    # The angles are rounded as well, which counts most for jets far apart.
    assert np.all(ratio > 1 - 2e-3)
    assert 1 < np.median(ratio) < 1.03


@pytest.mark.parametrize("mode", MODES)
def test_four_leptons_are_a_higgs_boson(modes, mode):
    columns = modes[mode]
    assert np.median(columns["m4l"]) == pytest.approx(125, abs=0.5)
    assert np.mean(np.abs(columns["m4l"] - 125) < 5) > 0.9
    assert np.median(columns["mz1"]) == pytest.approx(91.2, abs=3)
    assert np.median(columns["mz2"]) < 125 - 91.2


@pytest.mark.parametrize("mode", MODES)
def test_decay_is_that_of_a_scalar_without_preferred_direction(modes, mode):
    columns, error = modes[mode], 1 / np.sqrt(6000)
    for name in COSINES:
        assert abs(columns[name].mean()) < 5 * error * columns[name].std()
    # Uniform in the frame of a scalar, of variance 1/3; cuts on leptons change little.
    assert columns["cos_theta_star"].var() == pytest.approx(1 / 3, abs=0.02)
    # Between all longitudinal, 1/5, and all transverse Z, 2/5.
    for name in COSINES[1:]:
        assert 0.2 < columns[name].var() < 0.4
    # Of no parity violation: as many on either side of the plane.
    for name in ("phi", "phi1"):
        for multiple in (1, 2):
            assert abs(np.sin(multiple * columns[name]).mean()) < 5 * error
    # A scalar of even parity has cos(2 phi) of positive mean, one of odd negative.
    assert np.cos(2 * columns["phi"]).mean() > 3 * error


def test_fusion_has_two_jets_far_apart(modes):
    mass = {mode: np.median(modes[mode]["jets_mass"]) for mode in MODES}
    apart = {mode: np.median(modes[mode]["jets_deta"]) for mode in MODES}
    assert mass["VBF"] > 2 * max(mass[mode] for mode in ("ggH", "WH", "ttH"))
    assert apart["VBF"] > 3.5 > 2.5 > apart["ggH"] > apart["WH"]


def test_jets_of_associated_production_are_a_w(modes):
    edges = np.arange(20.0, 200.0, 8.0)
    counts = np.histogram(modes["WH"]["jets_mass"], edges)[0]
    peak = edges[np.argmax(counts)] + 4
    assert peak == pytest.approx(80.4, abs=8)
    near = {m: np.mean(np.abs(modes[m]["jets_mass"] - 80.4) < 20) for m in MODES}
    assert near["WH"] > 0.4
    assert max(near[mode] for mode in ("ggH", "VBF", "ttH")) < 0.2


def test_top_quarks_have_more_jets_b_tags_leptons_and_neutrinos(modes):
    mean = {
        name: {mode: modes[mode][name].mean() for mode in MODES}
        for name in ("n_jets", "n_btags", "n_leptons", "met")
    }
    for name, factor in (("n_jets", 1.5), ("n_btags", 5), ("n_leptons", 1), ("met", 2)):
        others = [mean[name][mode] for mode in ("ggH", "VBF", "WH")]
        assert mean[name]["ttH"] > factor * max(others), name
    # Two b quarks, tagged to 0.77 inside the acceptance; elsewhere mistags.
    assert np.mean(modes["ttH"]["n_btags"] >= 1) > 0.8
    assert np.mean(modes["ggH"]["n_btags"] >= 1) < 0.12


def test_digits_are_those_of_the_repository(digits):
    images, labels = digits["images"], digits["labels"]
    assert list(digits) == ["images", "labels"]
    assert (images.dtype, labels.dtype) == (np.uint8, np.uint8)
    assert (images.shape, labels.shape) == ((1797, 8, 8), (1797,))
    assert (images.min(), images.max()) == (0, 16)
    # Counts of the test part: optdigits.names, UCI Machine Learning Repository.
    counts = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    np.testing.assert_array_equal(np.bincount(labels), counts)
    digest = re.findall(r"`digits\.npz`: `(\w+)`", README)
    assert digest == [fingerprint(digits)]


def test_digits_are_the_right_way_up(digits):
    # A zero is empty in the middle, a one is full there; a seven is heavy at the top.
    mean = [digits["images"][digits["labels"] == i].mean(axis=0) for i in range(10)]
    assert mean[0][3:5, 3:5].mean() < 4 < 10 < mean[1][3:5, 3:5].mean()
    assert mean[7][:2].sum() > 1.3 * mean[7][6:].sum()
    assert mean[7][0, 4:].sum() > mean[7][0, :4].sum()
