"""Fits to events that stay in their files, against the same fits in memory."""

import gc
import threading
from importlib import import_module

import numpy as np
import pytest

import likely as lk
from likely.core import use_progress
from likely.data import ahead, reading_thread, should_stream
from likely.distributions import Argus, Exponential, Gauss, Sum
from likely.fit import LikelihoodObjective, StreamedObjective

M = lk.Observable("m", 5.0, 7.0, "GeV")
N = 30_000
# A selection, a defined column, a weight with negative ones: as of `lk.read`.
OPTIONS = {
    "plain": {},
    "selected": {"select": "q > 0.3", "define": {"m": "raw / 1000"}},
    "weighted": {"weight": "w", "define": {"m": "raw / 1000"}},
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The same events in two Parquet files, and in one of each other format."""
    rng = np.random.default_rng(3)
    m = np.concatenate(
        [rng.normal(5.28, 0.06, N // 3), 4.9 + rng.exponential(1, 2 * N // 3)]
    )
    m = rng.permutation(m)
    columns = {
        "m": m,
        "q": rng.random(N),
        "w": np.where(rng.random(N) < 0.1, -0.5, 1.0),
    }
    folder = tmp_path_factory.mktemp("stream")
    for ending in ("parquet", "root", "h5", "csv"):
        lk.write(lk.Dataset.of(columns), folder / f"all.{ending}")
    raw = columns | {"raw": 1000 * m}
    del raw["m"]
    for name, part in (("a", slice(0, 21_000)), ("b", slice(21_000, None))):
        few = {key: column[part] for key, column in raw.items()}
        lk.write(lk.Dataset.of(few), folder / f"part_{name}.parquet")
    return folder


@pytest.fixture
def small_chunks(monkeypatch):
    """Chunks of 8192 events of two devices, so that a few thousand make several."""
    blocks = import_module("likely.fit.streamed_blocks")  # `likely.fit` is a function
    monkeypatch.setattr(blocks, "CHUNK", 1)


def model(start=5000.0):
    mu, sigma = lk.Parameter("mu", 5.3, 5, 6), lk.Parameter("sigma", 0.05, 0.005, 0.3)
    background = Exponential(M, lk.Parameter("slope", -0.5, -10, 10))
    yields = [lk.Parameter(name, start, 0, 1e6) for name in ("ns", "nb")]
    return Sum({"signal": Gauss(M, mu, sigma), "background": background}, yields=yields)


def source(files, kind):
    name = "all.parquet" if kind == "plain" else "part_*.parquet"
    return str(files / name)


@pytest.mark.parametrize("kind", OPTIONS)
def test_equal_to_the_fit_in_memory(files, small_chunks, kind):
    options, file = OPTIONS[kind], source(files, kind)
    constraint = lk.GaussConstraint(lk.Parameter("mu", 5.3, 5, 6), 5.28, 0.01)
    loss = lk.Likelihood([constraint])
    inside = lk.fit(model(), lk.read(file, **options), loss=loss)
    events = lk.stream(file, **options)
    outside = lk.fit(model(), events, loss=loss)
    assert isinstance(outside.objective, StreamedObjective)
    assert outside.ok
    assert outside.n_events == inside.n_events
    assert outside.sum_of_weights == pytest.approx(inside.sum_of_weights, rel=1e-12)
    # The same functions at the same point: equal to rounding.
    x = inside.free_values * 1.001
    one, other = inside.objective, outside.objective
    at, then = one.derivatives(x), other.derivatives(x)
    assert then.value == pytest.approx(at.value, rel=1e-13)
    assert other.value(x) == pytest.approx(at.value, rel=1e-13)
    np.testing.assert_allclose(then.gradient, at.gradient, rtol=1e-9, atol=1e-7)
    value, gradient = other.value_and_gradient(x)
    assert value == pytest.approx(at.value, rel=1e-13)
    np.testing.assert_allclose(gradient, at.gradient, rtol=1e-9, atol=1e-7)
    np.testing.assert_allclose(then.hessian, at.hessian, rtol=1e-10)
    D, E = one.score_covariance(x), other.score_covariance(x)
    np.testing.assert_allclose(E, D, rtol=1e-9, atol=1e-9 * np.abs(D).max())
    # The same minimum and errors, both to what their last steps leave.
    assert outside.loss == pytest.approx(inside.loss, abs=1e-8)
    np.testing.assert_allclose(outside.free_values, inside.free_values, rtol=1e-9)
    np.testing.assert_allclose(outside.covariance, inside.covariance, rtol=1e-6)


def test_every_format(files, small_chunks):
    x = np.array([5.28, 0.06, -1.0, 9e3, 19e3])
    values = {
        ending: lk.Likelihood()
        .objective(model(), lk.stream(str(files / f"all.{ending}")))
        .value(x)
        for ending in ("parquet", "root", "h5", "csv")
    }
    truth = lk.Likelihood().objective(model(), lk.read(str(files / "all.h5"))).value(x)
    assert values == pytest.approx(dict.fromkeys(values, truth), rel=1e-12)


def test_minimisers_minos_profile_and_projection(files, small_chunks):
    file = source(files, "plain")
    inside, outside = (lk.fit(model(), data(file)) for data in (lk.read, lk.stream))
    for minimiser in (lk.LBFGS(), lk.Minuit()):
        other = lk.fit(model(), lk.stream(file), minimiser=minimiser)
        assert other.ok
        assert other.loss == pytest.approx(inside.loss, abs=1e-5)
    one, two = (lk.minos(r, ["mu"])["mu"] for r in (inside, outside))
    assert two.lower == pytest.approx(one.lower, rel=1e-6)
    assert two.upper == pytest.approx(one.upper, rel=1e-6)
    curves = [lk.profile(r, "mu", points=3).loss_difference for r in (inside, outside)]
    np.testing.assert_allclose(curves[1], curves[0], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("kind", ["plain", "weighted"])
def test_a_histogram_in_one_pass(files, kind):
    options, file = OPTIONS[kind], source(files, kind)
    objective = lk.Likelihood().objective(model(), lk.stream(file, **options))
    edges = np.linspace(5, 7, 21)
    counts, variances, entries = objective.histogram("m", edges)
    data = lk.read(file, **options)
    truth = np.histogram(data["m"], edges)[0]
    np.testing.assert_array_equal(entries, truth)
    w = np.ones(len(data)) if data.weights is None else data.weights
    for found, power in ((counts, 1), (variances, 2)):
        truth = np.histogram(data["m"], edges, weights=w**power)[0]
        np.testing.assert_allclose(found, truth, rtol=1e-12)


def test_the_sample_is_spread_over_the_files(files, monkeypatch):
    """Whatever the order of the events, a part of them stands for all."""
    monkeypatch.setattr(import_module("likely.fit.streamed_survey"), "SAMPLE", 1000)
    objective = lk.Likelihood().objective(
        model(), lk.stream(str(files / "all.parquet"))
    )
    sample = objective.sample
    assert 1000 <= sample.n_events <= 2000
    assert sample.sum_of_weights == objective.n_events
    data = lk.read(str(files / "all.parquet"))["m"]
    used = data[(data >= 5) & (data <= 7)]
    stride = len(used) / sample.n_events
    assert stride == pytest.approx(16, abs=0.02)
    np.testing.assert_array_equal(sample.events[0], used[::16])
    parts = objective.rehearsals()
    assert isinstance(parts[-1], LikelihoodObjective)
    assert parts[-1].n_events == sample.n_events


def test_progress_and_provenance(files):
    told = []

    class Listener:
        def __init__(self, label, total):
            self.label, self.total = label, total

        def __enter__(self):
            told.append((self.label, self.total))
            return lambda text="": None

        def __exit__(self, *_):
            return None

    with use_progress(Listener):
        result = lk.fit(
            model(), lk.stream(str(files / "part_*.parquet"), **OPTIONS["selected"])
        )
    assert ("looking at all events", None) in told
    assert ("reading", 1) in told
    first, second = result.provenance["data"]
    assert first["events_read"] == 21_000
    assert second["events_read"] == 9_000
    assert 0 < first["events_selected"] < 21_000
    assert len(first["sha256"]) == 64


def test_a_first_event_of_zero_density_is_found(files):
    """As in memory, with its number among those used."""
    argus = Argus(M, lk.Parameter("endpoint", 5.5, 5.4, 5.6), -1.0)
    file = str(files / "all.parquet")
    inside, outside = (lk.fit(argus, data(file)) for data in (lk.read, lk.stream))
    assert not outside.ok
    assert "events, the first in event" in outside.message
    assert outside.message == inside.message


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"select": "q > 2"}, "removed all 30000 events"),
        ({"select": "q > nothing"}, "no column `nothing`"),
        ({"define": {"w": "m"}}, "has a column of that name"),
        ({"units": {"mass": "GeV"}}, "`units` names no column `mass`"),
        ({"columns": ["q"]}, "the data have no column `m`"),
        ({"weight": "log(q - 0.5)"}, "must be finite"),
        ({"weight": "0 * q - 1"}, "sum of weights of the events in range must be > 0"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_wrong_input_has_the_words_of_read(files, options, said):
    file = str(files / "all.parquet")
    with pytest.raises(lk.LikelyError) as caught:
        lk.fit(model(), lk.stream(file, **options))
    assert said in str(caught.value)
    with pytest.raises(lk.LikelyError) as other:
        lk.fit(model(), lk.read(file, **options))
    assert str(other.value) == str(caught.value)


@pytest.mark.parametrize(
    ("values", "said"),
    [([5.5, np.nan, 6.0], "1 of 3 values"), ([50.0, 60.0], "none of the 2 events")],
)
def test_wrong_numbers_have_the_words_of_events_in_memory(tmp_path, values, said):
    file = tmp_path / "x.parquet"
    lk.write(lk.Dataset.of({"m": np.array(values)}), file)
    with pytest.raises(lk.LikelyError, match=said) as caught:
        lk.fit(model(), lk.stream(file))
    with pytest.raises(lk.LikelyError) as other:
        lk.fit(model(), lk.read(file))
    assert str(other.value) == str(caught.value)


def test_a_file_that_changes_is_refused(files, tmp_path):
    file = tmp_path / "x.parquet"
    data = lk.read(str(files / "all.parquet"))
    lk.write(data, file)
    objective = lk.Likelihood().objective(model(), lk.stream(file))
    lk.write(data.select("q > 0.5"), file)
    with pytest.raises(lk.LikelyError, match="has changed since"):
        objective.value(objective.space.start)
    file.unlink()
    with pytest.raises(lk.LikelyError, match="is gone"):
        objective.value(objective.space.start)


def test_what_needs_the_events_says_so(files, tmp_path):
    objective = lk.Likelihood().objective(
        model(), lk.stream(str(files / "all.parquet"))
    )
    for name in ("events", "blocks", "pure", "pure_value", "pure_gradient"):
        with pytest.raises(lk.LikelyError, match="not in memory"):
            getattr(objective, name)
    assert objective.weights is None
    file = tmp_path / "x.npz"
    lk.write(lk.Dataset.of({"m": [5.5]}), file)
    with pytest.raises(lk.LikelyError, match="is read whole"):
        lk.stream(file)


def test_ahead_keeps_the_order_raises_in_place_and_ends_its_thread():
    def numbers():
        yield from range(5)
        raise lk.LikelyError("the sixth")

    thread = reading_thread()
    items = ahead(numbers(), thread)
    assert [next(items) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(lk.LikelyError, match="the sixth"):
        next(items)
    few = ahead(iter(range(100)), thread)
    assert next(few) == 0
    few.close()
    del thread, items, few
    gc.collect()
    for old in [t for t in threading.enumerate() if t.name.startswith("reading")]:
        old.join(timeout=5)
    assert not [t for t in threading.enumerate() if t.name.startswith("reading")]


@pytest.mark.parametrize("ending", ["parquet", "root", "h5", "csv"])
def test_when_to_stream(files, ending):
    """A column of 30000 numbers is 240 kB; text has more than eight bytes a number."""
    file = str(files / f"all.{ending}")
    assert should_stream(file, 4 * 239_000, columns=["m"])
    largest = 4 * 700_000 if ending == "csv" else 4 * 260_000
    assert not should_stream(file, largest, columns=["m"])
    assert not should_stream(file)


def test_a_longer_file_takes_no_more_memory(tmp_path):
    """Arrow's iterator over all row groups would hold all of them until its end."""
    import pyarrow as arrow
    from pyarrow import parquet

    from likely.data.parquet import ParquetFormat

    values, path = np.random.default_rng(0).random(2_000_000), tmp_path / "x.parquet"
    parquet.write_table(arrow.table({"x": values}), path, row_group_size=50_000)
    before, held, n = arrow.total_allocated_bytes(), 0, 0
    for chunk in ParquetFormat().chunks(path, None, ["x"], 120_000):
        n += len(chunk["x"])
        held = max(held, arrow.total_allocated_bytes() - before)
    assert n == len(values)
    # A run of three row groups, as pages and as numbers; the file has forty.
    assert held < 8 * 150_000 * 3


def two(by=None):
    """Two categories that share the peak."""
    mu, sigma = lk.Parameter("mu", 5.3, 5, 6), lk.Parameter("sigma", 0.05, 0.005, 0.3)
    models = {}
    for name in ("a", "b"):
        slope = lk.Parameter(f"slope_{name}", -0.5, -10, 10)
        yields = [lk.Parameter(f"{n}_{name}", 5000, 0, 1e6) for n in ("ns", "nb")]
        parts = {"signal": Gauss(M, mu, sigma), "background": Exponential(M, slope)}
        models[name] = Sum(parts, yields=yields)
    return lk.Simultaneous(models, by=by)


BY = {"a": "q < 0.4", "b": "q >= 0.4"}
PARTS = {
    "conditions": lambda path: (lk.stream(path), BY),
    "both streamed": lambda path: (
        {name: lk.stream(path, select=text) for name, text in BY.items()},
        None,
    ),
    "one streamed": lambda path: (
        {"a": lk.read(path, select=BY["a"]), "b": lk.stream(path, select=BY["b"])},
        None,
    ),
    "a column": lambda path: (
        lk.stream(path, define={"c": "where(q < 0.4, 1, 2)"}),
        "c",
    ),
}


@pytest.mark.parametrize("make", PARTS.values(), ids=PARTS)
def test_categories_in_files(files, small_chunks, make):
    """Equal to the simultaneous fit in memory, with a constraint on what is shared."""
    path = str(files / "all.parquet")
    data, by = make(path)
    model = two(by)
    peak = model.parts["a"].densities[0]
    loss = lk.Likelihood([lk.GaussConstraint(peak.mu, 5.29, 0.001)])
    result = lk.fit(model, data, loss=loss)
    memory = lk.fit(two(BY), lk.read(path), loss=loss)
    assert result.ok
    assert result.n_events == memory.n_events
    assert result.loss == pytest.approx(memory.loss, abs=1e-6)
    for name in memory.values:
        error = memory[name].error
        assert abs(result[name].value - memory[name].value) < 1e-5 * error
        assert result[name].error == pytest.approx(error, rel=1e-6)
    x = memory.free_values * 1.001
    at, there = result.objective.derivatives(x), memory.objective.derivatives(x)
    assert at.value == pytest.approx(there.value, rel=1e-12)
    np.testing.assert_allclose(at.gradient, there.gradient, rtol=1e-8, atol=1e-6)
    np.testing.assert_allclose(at.hessian, there.hessian, rtol=1e-8, atol=1e-6)


def test_what_follows_from_streamed_categories(files):
    path = str(files / "all.parquet")
    result = lk.fit(two(BY), lk.stream(path))
    for minimiser in (lk.LBFGS(), lk.Minuit()):
        other = lk.fit(two(BY), lk.stream(path), minimiser=minimiser)
        for name, value in result.values.items():
            assert abs(other[name].value - value) < 0.01 * result[name].error
    one = lk.category(result, "b")
    binned = lk.stats.projection(one, "m", bins=20)
    assert binned.counts.sum() == one.n_events
    covered = lk.minos(result, ["mu"])["mu"]
    assert covered.upper == pytest.approx(covered.error, rel=0.05)
    assert lk.toys(result, 4).valid.all()
    with pytest.raises(lk.LikelyError, match="resamples events or bins"):
        lk.stats.bootstrap(result, 10)
    (file,) = {source["file"] for source in result.provenance["data"]}
    assert file == path


def test_a_stream_is_split_into_disjoint_parts(files):
    path = str(files / "all.parquet")
    overlapping = {"a": "q < 0.6", "b": "q > 0.4"}
    with pytest.raises(lk.LikelyError, match="more than one category"):
        lk.fit(two(overlapping), lk.stream(path))
    with pytest.raises(lk.LikelyError, match="no column `r`"):
        lk.fit(two({"a": "r < 0.6", "b": "q > 0.4"}), lk.stream(path))
    with pytest.raises(lk.LikelyError, match="values .* one value is needed for each"):
        lk.fit(two("q"), lk.stream(path))
