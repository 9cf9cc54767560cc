"""Histograms: filled from events, read from ROOT files, taken from other packages."""

import subprocess
import sys

import boost_histogram
import hist
import numpy as np
import pytest
import uproot

import likely as lk
from likely.core import LikelyError, Observable
from likely.data import Binned, Dataset, as_binned, read_histogram

MASS = Observable("mass", 60.0, 120.0, "GeV")
rng = np.random.default_rng(11)
X = rng.normal(90.0, 12.0, 2000)
T = rng.uniform(0.0, 1.0, 2000)
W = rng.uniform(-0.2, 1.5, 2000)


def test_events_fill_bins_as_numpy_does():
    data = Dataset.of({"mass": X, "t": T}, weights=W, units={"mass": "GeV"})
    edges = [60.0, 80.0, 85.0, 110.0]
    binned = Binned.of(data, {"t": 4, "mass": edges}, {"t": (0.0, 1.0)})
    bins = [np.linspace(0, 1, 5), edges]
    counts = np.histogram2d(T, X, bins, weights=W)[0]
    np.testing.assert_allclose(binned.counts, counts, atol=1e-12)
    squares = np.histogram2d(T, X, bins, weights=W**2)[0]
    np.testing.assert_allclose(binned.variances, squares, atol=1e-12)
    assert binned.names == ("t", "mass")
    assert binned.units == {"mass": "GeV"}
    assert "outside the bins" in binned.notes[0]
    assert "t: 4 bins in [0, 1]; mass: 3 bins in [60, 110] GeV" in repr(binned)


def test_observables_give_the_ranges_and_the_last_bin_its_upper_edge():
    binned = Binned.of(
        {"mass": [60.0, 60.5, 119.9, 120.0, 130.0]}, {"mass": 60}, [MASS]
    )
    assert binned.counts[[0, -1]].tolist() == [2, 2]
    assert binned.variances is None
    assert binned.notes == ("1 of 5 events are outside the bins, left out.",)


def test_axes_are_summed_over_put_in_order_and_cut():
    binned = Binned.of({"mass": X, "t": T}, {"mass": 6, "t": 5}, {"t": (0, 1), **RANGE})
    np.testing.assert_array_equal(binned.project(["t", "mass"]).counts, binned.counts.T)
    line = binned.project("mass")
    np.testing.assert_array_equal(line.counts, np.histogram(X, 6, (60, 120))[0])
    inner = binned.within({"mass": (70.0, 100.0)})
    assert inner.edges[0].tolist() == [70, 80, 90, 100]
    np.testing.assert_array_equal(inner.counts, binned.counts[1:4])


RANGE = {"mass": (60.0, 120.0)}


@pytest.fixture
def root_file(tmp_path):
    axes = [hist.axis.Regular(20, 60, 120, name="mass"), hist.axis.Regular(3, 0, 1)]
    with uproot.recreate(tmp_path / "h.root") as file:
        file["counts"] = hist.Hist(axes[0]).fill(X)
        weighted = hist.Hist(axes[0], storage=hist.storage.Weight())
        file["folder/weighted"] = weighted.fill(X, weight=W)
        file["plane"] = hist.Hist(*axes).fill(X, T)
        third = hist.axis.Regular(2, 0, 1)
        file["space"] = hist.Hist(*axes, third).fill(X, T, T)
        file.mktree("events", {"x": "f8"}).extend({"x": X})
    return tmp_path / "h.root"


def test_histograms_of_root_files(root_file):
    one = read_histogram(root_file, "counts", observables=["mass"])
    np.testing.assert_array_equal(one.counts, np.histogram(X, 20, (60, 120))[0])
    np.testing.assert_allclose(one.edges[0], np.linspace(60, 120, 21))
    assert one.variances is None
    outside = int(((X < 60) | (X >= 120)).sum())
    assert one.notes == (f"{outside} of 2000 events are outside the bins, left out.",)
    (source,) = one.sources
    assert source.file == str(root_file)
    assert (source.events_read, source.events_selected) == (2000, 2000 - outside)
    weighted = read_histogram(f"{root_file}:folder/weighted")
    squares = np.histogram(X, 20, (60, 120), weights=W**2)[0]
    np.testing.assert_allclose(weighted.variances, squares)
    plane = read_histogram(root_file, "plane", observables=["m", "t"])
    expected = np.histogram2d(X, T, [20, 3], [(60, 120), (0, 1)])[0]
    np.testing.assert_array_equal(plane.counts, expected)
    assert read_histogram(root_file, "space").counts.shape == (20, 3, 2)


def test_histograms_of_other_packages():
    axis = hist.axis.Regular(20, 60, 120, name="mass")
    for made in (hist.Hist(axis), boost_histogram.Histogram(axis)):
        binned = as_binned(made.fill(X), ["mass"])
        np.testing.assert_array_equal(binned.counts, np.histogram(X, 20, (60, 120))[0])
        assert binned.variances is None
    weighted = hist.Hist(axis, storage=hist.storage.Weight()).fill(X, weight=W)
    assert as_binned(weighted).names == ("mass",)
    assert (as_binned(weighted).variances == weighted.variances()).all()
    ones = hist.Hist(axis, storage=hist.storage.Weight()).fill(X)
    assert as_binned(ones).variances is None
    assert as_binned(binned) is binned


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("count", "holds no histogram `count`; did you mean `counts`"),
        ("events", "is a TTree and not a TH1, TH2 or TH3"),
        (None, "holds 4 histograms: `counts`"),
    ],
)
def test_a_histogram_that_is_not_there(root_file, name, says):
    with pytest.raises(LikelyError, match=says):
        read_histogram(root_file, name)


def test_files_that_are_no_histograms(root_file, tmp_path):
    (tmp_path / "a.csv").write_text("x\n1\n")
    with pytest.raises(LikelyError, match="reads ROOT files; .*a.csv` is none"):
        read_histogram(tmp_path / "a.csv")
    with pytest.raises(LikelyError, match="there is no file .*did you mean `h.root`"):
        read_histogram(tmp_path / "hh.root")
    (tmp_path / "cut.root").write_bytes(root_file.read_bytes()[:2500])
    with pytest.raises(LikelyError, match="cut off|cannot be read"):
        read_histogram(tmp_path / "cut.root", "counts")
    with uproot.recreate(tmp_path / "none.root") as file:
        file.mktree("events", {"x": "f8"}).extend({"x": X})
    with pytest.raises(LikelyError, match="holds no TH1, TH2 or TH3"):
        read_histogram(tmp_path / "none.root")
    with pytest.raises(LikelyError, match="`observables` must name 1; got"):
        read_histogram(root_file, "counts", observables=["a", "b"])


def test_histograms_that_cannot_be_fitted():
    axis = hist.axis.Regular(5, 60, 120)
    with pytest.raises(LikelyError, match="kept no sums of their squares"):
        as_binned(hist.Hist(axis).fill(X, weight=W))
    with pytest.raises(LikelyError, match="a profile holds means"):
        as_binned(hist.Hist(axis, storage=hist.storage.Mean()))
    with pytest.raises(LikelyError, match="axis 0 .* has categories"):
        as_binned(hist.Hist(hist.axis.StrCategory(["a", "b"])))
    with pytest.raises(LikelyError, match="takes a histogram of hist"):
        as_binned([1, 2, 3])


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Binned("m", [0, 1, 1], [1, 2]), "finite, rising numbers; got"),
        (lambda: Binned("m", [0], []), "at least two finite"),
        (lambda: Binned("m", ["a", "b"], [1]), "at least two finite"),
        (lambda: Binned("m", [0, 1, 2], [1]), r"make \(2,\) bins; got .* \(1,\)"),
        (lambda: Binned("m", [0, 1], [np.nan]), "1 of 1 bins are not finite"),
        (lambda: Binned("m", [0, 1], ["many"]), "takes an array of numbers"),
        (lambda: Binned("m", [0, 1], [1], [-1]), "never negative; got -1"),
        (lambda: Binned(["m", "m"], ([0, 1], [0, 1]), [[1]]), "different names"),
        (lambda: Binned(["m", "t"], ([0, 1],), [[1]]), "each of the 2 axes; got 1"),
        (lambda: Binned("m", [0, 1], [1], units={"n": "s"}), "no axis `n`"),
        (lambda: Binned.of({"m": X}, 5), "takes bins by column"),
        (lambda: Binned.of({"m": X}, {"m": 5}), "5 bins of `m` need its range"),
        (
            lambda: Binned.of({"m": X}, {"m": 0}, RANGE),
            "whole number or edges",
        ),
        (lambda: Binned.of({"m": X}, {"n": [0, 1]}), "no column `n`"),
        (
            lambda: Binned.of({"m": [np.inf]}, {"m": [0, 1]}),
            "1 of 1 values that",
        ),
        (lambda: Binned.of({"m": X}, {"m": 5}, {"m": (1, 2, 3)}), "two numbers"),
        (lambda: Binned.of({"m": X}, {"m": 5}, [1]), "or as observables; got"),
        (lambda: Binned("m", [0, 1], [1]).project("n"), "has no axis `n`"),
        (lambda: Binned("m", [0, 1], [1]).project(["m", "m"]), "different axes"),
        (lambda: Binned("m", [0, 1], [1]).within({"m": (0.1, 2)}), "no bin of `m`"),
    ],
)
def test_a_wrong_histogram_is_a_sentence(make, says):
    with pytest.raises(LikelyError, match=says):
        make()


def test_a_histogram_is_a_value():
    counts = np.ones(3)
    binned = Binned("m", [0, 1, 2, 3], counts)
    counts[0] = 5
    assert binned.total == 3
    with pytest.raises(ValueError, match="read-only"):
        binned.counts[0] = 7
    assert lk.Binned is Binned


def test_histograms_need_no_jax():
    code = "import likely.data.histograms, sys; assert 'jax' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
