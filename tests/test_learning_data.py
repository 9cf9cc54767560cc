"""Samples, features, labels and parts: what a network learns from."""

import json
import subprocess
import sys

import hypothesis
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

import likely as lk
from likely.core import LikelyError
from likely.data import Dataset, Features, Labels, Samples, folds, split
from likely.data.parts import stratified, uniform_of

N = 200
RNG = np.random.default_rng(0)
CHARGE = RNG.integers(-1, 2, N)
HOLES = np.where(np.arange(N) % 40 == 3, np.nan, RNG.normal(7, 2, N))


def events():
    return Dataset.of(
        {
            "jet1_pt": RNG.gamma(2, 20, N),
            "jet2_pt": RNG.gamma(2, 10, N),
            "eta": RNG.normal(0, 2, N),
            "charge": CHARGE,
            "mass": HOLES,
            "flag": RNG.random(N) < 0.4,
            "constant": np.full(N, 3.25),
            "nearly": 1e9 + 1e-5 * (np.arange(N) % 2),
            "infinite": np.where(np.arange(N) < 3, np.inf, 1.0),
            "absent": np.full(N, np.nan),
            "huge": RNG.normal(size=N) * 1e300,
            "tagged": np.where(np.arange(N) < 5, np.nan, CHARGE),
            "event": np.arange(N),
        },
        units={"jet1_pt": "GeV", "jet2_pt": "GeV"},
    )


DATA = events()


# Samples


def test_samples_are_the_arrays_that_they_were_made_of():
    x, t, w = RNG.normal(size=(7, 2, 3)), np.arange(7), np.linspace(-1, 2, 7)
    samples = Samples.of(x, t, weights=w)
    assert len(samples) == 7
    assert_array_equal(samples.inputs, x)
    assert_array_equal(samples.targets, t)
    assert samples.sum_of_weights == pytest.approx(w.sum())
    for rows in ([4, 1], slice(2, 5), t > 4):
        part = samples.take(rows)
        assert_array_equal(part.inputs, x[rows])
        assert_array_equal(part.targets, t[rows])
        assert_array_equal(part.weights, w[rows])
    assert Samples.of(x).sum_of_weights == 7
    assert_array_equal(Samples.of(x, t).weighted(w).weights, w)


def test_samples_of_several_arrays_are_taken_together():
    inputs = {"cells": RNG.normal(size=(5, 4)), "more": {"mask": np.eye(5) > 0}}
    samples = Samples.of(inputs, np.arange(5)).take([3, 0])
    assert len(samples) == 2
    assert_array_equal(samples.inputs["more"]["mask"], np.eye(5)[[3, 0]] > 0)


def test_samples_cannot_be_written_through():
    x = np.ones((3, 2))
    samples = Samples.of(x, [0, 1, 2], weights=[1, 1, 1])
    for array in (samples.inputs, samples.targets, samples.weights):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 5
    x[0] = 2  # one's own array stays one's own


SAMPLES = {
    "nan": (lambda: Samples.of([[1.0, 2], [3, np.nan]], [0, 1]), r"nan at \[1, 1\]"),
    "infinite": (lambda: Samples.of([np.inf, 1.0], [0, 1]), r"inf at \[0\]"),
    "hidden nan": (
        lambda: Samples.of({"a": {"b": [1.0, np.nan]}}),
        r"`inputs\['a'\]\['b'\]` must be finite; 1 of 2",
    ),
    "ragged": (lambda: Samples.of([[1, 2], [1]]), "pad them, and give a mask"),
    "texts": (lambda: Samples.of(["a", "b"]), "must be numbers; got <U1"),
    "one text": (lambda: Samples.of("events.root"), "must be numbers"),
    "objects": (lambda: Samples.of([[1, "a"], [None, 2]]), "must be numbers"),
    "complex": (lambda: Samples.of([1j]), "complex128"),
    "nothing": (lambda: Samples.of([]), "at least one event"),
    "a number": (lambda: Samples.of(3.0), r"at least one event.*shape \(\)"),
    "no arrays": (lambda: Samples.of({}), "empty dictionary"),
    "lengths": (
        lambda: Samples.of({"a": [1, 2], "b": [1]}),
        r"`inputs\['b'\]` has 1 events and the inputs have 2",
    ),
    "targets": (lambda: Samples.of([1, 2], [1]), "`targets` has 1 events"),
    "target nan": (lambda: Samples.of([1, 2], [1, np.nan]), "`targets` must be finite"),
    "weights": (lambda: Samples.of([1, 2], weights=[1]), "got 1 for 2"),
    "weight nan": (lambda: Samples.of([1, 2], weights=[1, np.nan]), "must be finite"),
    "two weights": (lambda: Samples.of([1, 2], weights=[[1, 2]]), r"shape \(1, 2\)"),
}


@pytest.mark.parametrize(("make", "message"), SAMPLES.values(), ids=SAMPLES)
def test_samples_that_are_none_are_refused(make, message):
    with pytest.raises(LikelyError, match=message):
        make()


def test_a_sum_that_overflows_is_no_nan():
    assert len(Samples.of(np.full((4, 2), 1e308), np.zeros(4))) == 4


# Features


def test_a_numeric_feature_is_standardised():
    found = Features.of(DATA, ["jet1_pt", "eta"]).matrix(DATA)
    assert found.dtype == np.float32
    truth = np.stack([stats.zscore(DATA["jet1_pt"]), stats.zscore(DATA["eta"])], 1)
    assert_allclose(found, truth, rtol=2e-6, atol=1e-6)


def test_scaling_is_of_the_training_events():
    train = DATA.where(np.arange(N) < 100)
    x, known = DATA["eta"], train["eta"]
    found = Features.of(train, ["eta"]).matrix(DATA)[:, 0]
    assert_allclose(found, (x - known.mean()) / known.std(), rtol=2e-6, atol=1e-6)


def test_categories_are_columns_of_ones():
    features = Features.of(DATA, ["eta"], categorical=["charge", "flag"])
    assert features.names[1:] == (
        "charge = -1",
        "charge = 0",
        "charge = 1",
        "flag = 0",
        "flag = 1",
    )
    assert features.groups == {"eta": (0,), "charge": (1, 2, 3), "flag": (4, 5)}
    coded = features.matrix(DATA)[:, 1:]
    assert_array_equal(coded[:, :3], CHARGE[:, None] == [-1, 0, 1])
    assert_array_equal(coded[:, 3:], DATA["flag"][:, None] == [False, True])


def test_dummies_leave_out_one_column_that_the_others_determine():
    def rank(encoding):
        features = Features.of(DATA, categorical=["charge"], encoding=encoding)
        ones = np.ones((N, 1))
        matrix = np.concatenate([ones, features.matrix(DATA)], axis=1)
        return np.linalg.matrix_rank(matrix), matrix.shape[1]

    assert rank("one_hot") == (3, 4)
    assert rank("dummy") == (3, 3)
    dummies = Features.of(DATA, categorical=["charge"], encoding="dummy")
    assert dummies.names == ("charge = 0", "charge = 1")
    assert dummies.groups == {"charge": (0, 1)}


@pytest.mark.parametrize("missing", ["median", "mask"])
def test_what_is_missing_is_the_median(missing):
    features = Features.of(DATA, ["mass", "eta"], missing=missing)
    holes = np.isnan(HOLES)
    known = HOLES[~holes]
    filled = np.where(holes, np.median(known), HOLES)
    found = features.matrix(DATA)
    assert_allclose(found[:, 0], (filled - known.mean()) / known.std(), atol=1e-6)
    assert features.size == found.shape[1] == (3 if missing == "mask" else 2)
    if missing == "mask":
        assert features.names[2] == "mass is missing"
        assert features.groups == {"mass": (0, 2), "eta": (1,)}
        assert_array_equal(found[:, 2], holes)


def test_a_missing_category_is_none_of_them():
    features = Features.of(DATA, categorical=["tagged"], missing="median")
    found = features.matrix(DATA)
    assert_array_equal(found[:5], 0)
    assert_array_equal(found[5:].sum(axis=1), 1)


def test_patterns_take_columns_in_their_order():
    assert Features.of(DATA, ["jet*_pt", "eta"]).columns == (
        "jet1_pt",
        "jet2_pt",
        "eta",
    )
    assert Features.of(DATA, ["jet2_pt", "jet?_pt"]).columns == ("jet2_pt", "jet1_pt")


def test_blocks_of_events_are_as_one(monkeypatch):
    features = Features.of(DATA, ["mass"], categorical=["charge"], missing="mask")
    whole = features.matrix(DATA)
    monkeypatch.setattr("likely.data.features._BLOCK", 33)
    assert_array_equal(features.matrix(DATA), whole)
    assert features.matrix(DATA.where(np.zeros(N, bool))).shape == (0, features.size)


def test_jax_encodes_one_event_as_numpy_does():
    features = Features.of(DATA, ["mass"], categorical=["charge"], missing="mask")
    raw = features.raw(DATA)
    for row in (0, 3, 11):
        found = features.encode(jnp.asarray(raw[row]))
        assert_allclose(found, features.matrix(DATA)[row], rtol=1e-6, atol=1e-7)
    # In single precision too, a category is the value that it was.
    found = features.encode(jnp.asarray(raw[3], jnp.float32))
    assert_allclose(found, features.matrix(DATA)[3], rtol=1e-5, atol=1e-5)


def test_features_go_through_json():
    features = Features.of(
        DATA, ["mass", "jet*"], categorical=["charge"], missing="mask"
    )
    back = Features.of_dict(json.loads(json.dumps(features.to_dict())))
    assert back == features
    assert_array_equal(back.matrix(DATA), features.matrix(DATA))


FEATURES = {
    "constant": (["constant"], {}, "`constant` is 3.25 in all 200 events"),
    "constant but for rounding": (["nearly"], {}, "nothing can be learnt"),
    "nan": (["mass"], {}, "`mass` is nan in 5 of 200 events.*missing: median"),
    "nan only": (["absent"], {"missing": "median"}, "nan in all events"),
    "infinite": (["infinite"], {"missing": "mask"}, "infinite in 3 of 200 events"),
    "huge": (["huge"], {}, "too large to be squared"),
    "unknown": (["jet1_px"], {}, "no column `jet1_px`; did you mean `jet1_pt`"),
    "no match": (["muon*"], {}, r"no column `muon\*`; valid"),
    "text": ("eta", {}, "must be a list of columns; got a text"),
    "nothing": ([], {}, "at least one column"),
    "both": (["charge"], {"categorical": ["charge"]}, "in `numeric` and in `categor"),
    "one value": ([], {"categorical": ["constant"]}, "has 1 values.*leave it out"),
    "nan category": ([], {"categorical": ["tagged"]}, "`tagged` is nan in 5 of 200"),
    "policy": (["eta"], {"missing": "mean"}, "`missing` is no `mean`.*`median`"),
    "encoding": (["eta"], {"encoding": "onehot"}, "did you mean `one_hot`"),
}


@pytest.mark.parametrize(
    ("numeric", "options", "message"), FEATURES.values(), ids=FEATURES
)
def test_columns_that_are_no_features_are_refused(numeric, options, message):
    with pytest.raises(LikelyError, match=message):
        Features.of(DATA, numeric, **options)


def test_no_events_are_no_training():
    with pytest.raises(LikelyError, match="no events to fit the features to"):
        Features.of(DATA.where(np.zeros(N, bool)), ["eta"])


def test_a_column_of_many_values_is_no_category():
    many = Dataset.of({"event": np.arange(1001)})
    with pytest.raises(LikelyError, match="1001 values.*may be `numeric`"):
        Features.of(many, categorical=["event"])


def test_new_events_must_be_like_those_of_the_training():
    features = Features.of(DATA, ["jet1_pt", "eta"], categorical=["charge"])

    def refused(message, data):
        with pytest.raises(LikelyError, match=message):
            features.matrix(data)

    refused("`jet1_pt` is in MeV, and was in GeV", DATA.with_units({"jet1_pt": "MeV"}))
    refused("is in m, and was in no unit", DATA.with_units({"eta": "m"}))
    columns = {"jet1_pt": [1.0, 2], "eta": [0.0, 1], "charge": [1, 7]}
    units = {"jet1_pt": "GeV"}
    refused("was in GeV", Dataset.of(columns))
    refused("`charge` is 7 in 1 events", Dataset.of(columns, units=units))
    some = {n: columns[n] for n in ("jet1_pt", "charge")}
    refused("no column `eta`", Dataset.of(some, units=units))
    holes = {**columns, "eta": [np.nan, 1], "charge": [1, 1]}
    refused("`eta` is nan in 1 of 2", Dataset.of(holes, units=units))
    far = {**columns, "eta": [1e300, 1], "charge": [1, 1]}
    refused("single precision cannot hold", Dataset.of(far, units=units))


# Labels


def test_labels_number_the_classes_in_their_order():
    labels = Labels.of("charge", {"plus": 1, "minus": -1, "none": 0})
    codes = labels.codes(DATA)
    assert codes.dtype == np.int32
    assert_array_equal(codes, np.select([CHARGE == 1, CHARGE == -1], [0, 1], 2))
    back = Labels.of_dict(json.loads(json.dumps(labels.to_dict())))
    assert back == labels
    assert Labels.of("flag", ["no", "yes"]).codes(DATA).sum() == DATA["flag"].sum()


LABELS = {
    "one class": (["a"], "at least two classes"),
    "a text": ("ab", "at least two classes"),
    "two of a name": (["a", "a"], "different names and values"),
    "two of a name in words": ({"1": 0, 1: 1}, "different names and values"),
    "a value that is several": ({"a": [0], "b": [1, 2]}, "map each name to a number"),
    "two of a value": ({"a": 1, "b": True}, "different names and values"),
    "a value in words": ({"a": "one", "b": 2}, "map each name to a number"),
    "a value that is none": ({"a": np.nan, "b": 2}, "map each name to a number"),
}


@pytest.mark.parametrize(("classes", "message"), LABELS.values(), ids=LABELS)
def test_classes_that_are_none_are_refused(classes, message):
    with pytest.raises(LikelyError, match=message):
        Labels.of("charge", classes)


def test_a_value_of_no_class_is_counted():
    found = (CHARGE == -1).sum()
    with pytest.raises(LikelyError, match=f"is -1 in {found} events.*0 .a., 1 .b."):
        Labels.of("charge", ["a", "b"]).codes(DATA)
    with pytest.raises(LikelyError, match="is nan in 5 events"):
        Labels.of("tagged", {"a": -1, "b": 0, "c": 1}).codes(DATA)
    with pytest.raises(LikelyError, match="no column `charg`; did you mean `charge`"):
        Labels.of("charg", ["a", "b"]).codes(DATA)


# Parts

PARTS = {"train": 0.7, "validation": 0.2, "test": 0.1}


def numbers(parts):
    return {name: set(part["event"].tolist()) for name, part in parts.items()}


@pytest.mark.parametrize("options", [{}, {"by": "event"}, {"alike": "charge"}])
def test_parts_are_disjoint_and_all_there_is(options):
    parts = split(DATA, PARTS, **options)
    assert list(parts) == list(PARTS)
    found = numbers(parts)
    assert sum(map(len, found.values())) == N
    assert set.union(*found.values()) == set(range(N))
    for part in parts.values():
        assert (np.diff(part["event"]) > 0).all()  # in the order that they have
    assert numbers(split(DATA, PARTS, **options)) == found
    assert numbers(split(DATA, PARTS, seed=1, **options)) != found


def test_parts_have_their_fractions_of_each_class():
    sizes = [len(part) for part in split(DATA, PARTS).values()]
    assert sizes == [140, 40, 20]
    parts = split(DATA, PARTS, alike="charge")
    for value in (-1, 0, 1):
        whole = (CHARGE == value).sum()
        for name, part in parts.items():
            assert abs((part["charge"] == value).sum() - PARTS[name] * whole) <= 1


def test_weights_and_units_stay_with_their_events():
    weighted = Dataset.of(
        {"event": np.arange(N)}, weights=np.arange(N) / 7, units={"event": "1"}
    )
    for part in split(weighted, PARTS).values():
        assert_allclose(part.weights, part["event"] / 7)
        assert part.units == {"event": "1"}


keys = st.lists(st.integers(-(2**63), 2**63 - 1), min_size=2, max_size=30, unique=True)


@settings(max_examples=100, deadline=None)
@given(keys, st.integers(0, 2**70), st.randoms(use_true_random=False))
def test_the_part_of_an_event_depends_on_its_number_alone(values, seed, random):
    values = np.array(values)
    alone = np.array(
        [uniform_of(values[i : i + 1], seed)[0] for i in range(len(values))]
    )
    order = np.array(random.sample(range(len(values)), len(values)))
    assert_array_equal(uniform_of(values[order], seed), alone[order])
    assert ((alone >= 0) & (alone < 1)).all()
    # The data around an event do not change where it is; those of 64 further events are
    # always there, so that no part is empty.
    data = Dataset.of({"event": np.concatenate([np.arange(64), values])})
    fractions = {"some": 0.5, "rest": 0.5}
    whole = numbers(split(data, fractions, by="event", seed=seed))
    half = data.where(np.arange(len(data)) < 64 + len(values) // 2)
    fewer = numbers(split(half, fractions, by="event", seed=seed))
    for name in fractions:
        assert fewer[name] <= whole[name]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-(2**53), 2**53), min_size=1, max_size=20))
def test_a_number_is_the_same_in_every_type(values):
    whole = np.array(values, np.int64)
    assert_array_equal(uniform_of(whole.astype(float), 3), uniform_of(whole, 3))
    small = np.abs(whole) % 100
    for kind in (np.int32, np.uint64, np.float32, np.int8):
        assert_array_equal(uniform_of(small.astype(kind), 3), uniform_of(small, 3))
    assert uniform_of(np.array([-0.0]), 3) == uniform_of(np.array([0]), 3)
    assert uniform_of(np.array([0.5]), 3) != uniform_of(np.array([0]), 3)


def test_events_that_share_a_value_stay_together():
    run = np.repeat(np.arange(40), 5)
    data = Dataset.of({"run": run, "event": np.arange(N)})
    runs = [set(part["run"]) for part in split(data, PARTS, by="run").values()]
    assert sum(map(len, runs)) == 40


@pytest.mark.parametrize(
    "values",
    [np.arange(20_000), np.arange(20_000) * 2**40, np.linspace(0, 1, 20_000)],
    ids=["counted", "far apart", "fractions"],
)
def test_numbers_of_events_are_spread_evenly(values):
    for seed in (0, 1):
        assert stats.kstest(uniform_of(values, seed), "uniform").pvalue > 1e-3
    pair = stats.pearsonr(uniform_of(values, 0), uniform_of(values, 1))
    assert pair.pvalue > 1e-3
    u = uniform_of(values, 0)
    assert stats.pearsonr(u[1:], u[:-1]).pvalue > 1e-3


def test_a_hash_is_the_same_in_another_process():
    code = "from likely.data.parts import uniform_of; import numpy as np; "
    code += "assert 'jax' not in __import__('sys').modules; "
    code += "print(uniform_of(np.arange(4), 7).tolist())"
    run = [sys.executable, "-c", code]
    out = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    assert json.loads(out) == uniform_of(np.arange(4), 7).tolist()


GAMMA = 0x9E3779B97F4A7C15


def splitmix(state):
    """Return the number that SplitMix64 gives in a state."""
    z = (state + GAMMA) % 2**64
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
    return z ^ (z >> 31)


def test_the_hash_is_that_of_splitmix():
    # The first numbers of the state 1234567, as other implementations print them.
    first = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert [splitmix(1234567 + i * GAMMA) for i in range(3)] == first
    values, seed = [0, 1, 17, 2**40, 2**63 - 1], 7
    truth = [splitmix(splitmix(v) ^ splitmix(seed)) >> 11 for v in values]
    assert_array_equal(uniform_of(np.array(values), seed) * 2.0**53, truth)


SPLITS = {
    "sum": ({"a": 0.5, "b": 0.4}, {}, "sum to 1; got a 0.5, b 0.4, which sum to 0.9"),
    "negative": ({"a": 1.5, "b": -0.5}, {}, "must be positive"),
    "nan": ({"a": np.nan, "b": 0.5}, {}, "sum to nan"),
    "empty": ({}, {}, "must map names to fractions"),
    "no event": ({"a": 0.999, "b": 0.001}, {}, r"part `b` \(0.001 of 200 events\)"),
    "no event by": ({"a": 0.9999, "b": 0.0001}, {"by": "event"}, "has no event"),
    "column": ({"a": 1.0}, {"by": "evnt"}, "did you mean `event`"),
    "stratum": ({"a": 1.0}, {"alike": "chrge"}, "did you mean `charge`"),
    "two ways": ({"a": 1.0}, {"by": "event", "alike": "charge"}, "exclude each other"),
    "negative seed": ({"a": 1.0}, {"seed": -1}, "`seed` must be a whole number >= 0"),
}


@pytest.mark.parametrize(
    ("fractions", "options", "message"), SPLITS.values(), ids=SPLITS
)
def test_parts_that_cannot_be_are_refused(fractions, options, message):
    with pytest.raises(LikelyError, match=message):
        split(DATA, fractions, **options)


def test_a_part_of_nothing_is_empty():
    parts = split(DATA, {"train": 1.0, "test": 0.0})
    assert [len(part) for part in parts.values()] == [N, 0]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_folds_share_all_strata_evenly(data):
    sizes = data.draw(st.lists(st.integers(1, 12), min_size=1, max_size=12))
    strata = np.repeat(np.arange(len(sizes)), sizes)
    hypothesis.assume(len(strata) >= 2)
    k = data.draw(st.integers(2, len(strata)))
    found = folds(len(strata), k, seed=data.draw(st.integers(0, 9)), strata=strata)
    for part in [np.ones(len(strata), bool), *(strata == s for s in set(strata))]:
        counts = np.bincount(found[part], minlength=k)
        assert len(counts) == k
        assert counts.max() - counts.min() <= 1


def test_folds_are_random_but_the_same_for_a_seed():
    assert_array_equal(folds(50, 5), folds(50, 5))
    assert (folds(50, 5) != folds(50, 5, seed=1)).any()
    assert (np.diff(folds(50, 5)) != 0).any()


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((10, 1), {}, "from 2 to the number of events, 10; got 1"),
        ((10, 11), {}, "got 11"),
        ((10, 0), {}, "got 0"),
        ((2, 2), {"strata": [[1], [1, 2]]}, "one value an event"),
        ((10, 2), {"seed": -1}, "`seed`"),
        ((10, 2), {"strata": np.arange(3)}, r"one value an event; got shape \(3,\)"),
    ],
)
def test_folds_that_cannot_be_are_refused(arguments, options, message):
    with pytest.raises(LikelyError, match=message):
        folds(*arguments, **options)


def test_strata_are_spread_over_the_unit_interval():
    strata = np.repeat([4, 1, 7], [50, 30, 20])
    u = stratified(strata, 0)
    for value, count in ((4, 50), (1, 30), (7, 20)):
        assert_allclose(np.sort(u[strata == value]), (np.arange(count) + 0.5) / count)


UNTYPED = """
import warnings; warnings.simplefilter("error")
import numpy as np
from likely.core.errors import LikelyError
from likely.data import Dataset, Features, Labels, folds, split
data = Dataset.of({"x": np.arange(9.0)})
for call in (
    lambda: split(data, {"a": 1.0}, seed=1.5),
    lambda: split(data, {"a": 1.0}, seed=None),
    lambda: split(data, {"a": 1.0}, seed="a"),
    lambda: split(data, [0.5, 0.5]),
    lambda: split(data, {"a": None}),
    lambda: split(data, {"a": "half", "b": 0.5}),
    lambda: folds(9, 2.5),
    lambda: folds(9, "a"),
    lambda: Features.of(data, [1]),
):
    try:
        call()
    except LikelyError:
        continue
    raise SystemExit("not refused")
assert folds(9, np.int64(3)).max() == 2
"""


def test_values_of_another_type_are_refused_where_types_are_not_checked():
    run = [sys.executable, "-c", UNTYPED]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_public_names_are_these():
    assert (lk.Samples, lk.Features, lk.Labels, lk.split) == (
        Samples,
        Features,
        Labels,
        split,
    )
