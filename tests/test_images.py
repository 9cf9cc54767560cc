"""Images: arrays of events in data and files, as features, in studies and reports."""

import gzip
import json
import struct
from dataclasses import replace

import equinox as eqx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

import likely as lk
from likely.core import LikelyError
from likely.data import concatenate, format_of
from likely.methods import load_predictor, view_images
from likely.studies import bundled_folder, check, load, predict, run
from likely.studies.document import parse_document
from likely.studies.learning.build import build_net
from likely.studies.learning.events import read_parts
from likely.studies.learning.training import trained
from likely.studies.validation import validate

COUNT = 50
RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 17, (COUNT, 3, 4)).astype(np.uint8)
COLOURS = RNG.normal(size=(COUNT, 2, 3, 3)).astype(np.float32)
LABELS = np.arange(COUNT) % 3
ENDINGS = ["npz", "h5", "parquet", "root"]


@pytest.fixture
def data():
    columns = {"labels": LABELS, "x": np.arange(COUNT) / 2}
    arrays = {"images": PIXELS, "colours": COLOURS}
    return lk.Dataset.of(columns, units={"x": "GeV"}, arrays=arrays)


# ---- arrays of a dataset ------------------------------------------------


def test_arrays_go_with_their_events(data):
    kept = data.select("labels == 1").define("y", "2 * x").with_units({"y": "GeV"})
    np.testing.assert_array_equal(kept.arrays["images"], PIXELS[LABELS == 1])
    assert kept.arrays["images"].dtype == np.uint8
    assert kept.arrays["colours"].dtype == np.float32
    both = concatenate([kept, kept])
    twice = np.concatenate([COLOURS[LABELS == 1]] * 2)
    np.testing.assert_array_equal(both.arrays["colours"], twice)
    assert len(both) == 2 * len(kept) == 2 * np.sum(LABELS == 1)
    parts = lk.split(data, {"train": 0.5, "test": 0.5}, seed=1, alike="labels")
    for part in parts.values():
        rows = np.round(2 * part["x"]).astype(int)
        np.testing.assert_array_equal(part.arrays["images"], PIXELS[rows])
    with pytest.raises(ValueError, match="read-only"):
        data.arrays["images"][0, 0, 0] = 1


def test_arrays_may_be_all_there_is():
    data = lk.Dataset.of({}, arrays={"images": PIXELS})
    assert len(data) == COUNT
    assert len(data.where(np.arange(COUNT) < 7)) == 7


def test_how_arrays_look(data):
    assert "images of shape (3, 4)" in repr(data)
    assert "<td>images of shape (3, 4)</td><td>uint8</td>" in data._repr_html_()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda d: d["images"], r"array of shape \(3, 4\).*one number an event"),
        (lambda d: d.select("images > 1"), "there is no `images`"),
        (lambda d: d.define("images", "x"), "column `images` already"),
        (
            lambda d: lk.Dataset.of({"x": LABELS}, arrays={"a": PIXELS[1:]}),
            "`a` has 49",
        ),
        (lambda d: lk.Dataset.of({"a": LABELS}, arrays={"a": PIXELS}), "already"),
        (
            lambda d: lk.Dataset.of({}, arrays={"a": LABELS}),
            "must be an array an event",
        ),
        (lambda d: lk.Dataset.of({}, arrays={"a": [[1], [1, 2]]}), "of one shape"),
        (lambda d: lk.Dataset.of({}, arrays={"a": [["x"]]}), "must be numeric"),
        (lambda d: lk.Dataset.of({}), "hold at least one"),
        (
            lambda d: concatenate([d, lk.Dataset.of(d.columns, units=d.units)]),
            "differ in column `colours`",
        ),
        (
            lambda d: concatenate(
                lk.Dataset.of({}, arrays={"a": a}) for a in (PIXELS, PIXELS[:, 1:])
            ),
            r"of shape \(3, 4\) and others of \(2, 4\)",
        ),
    ],
)
def test_wrong_arrays_get_one_sentence(data, make, message):
    with pytest.raises(LikelyError, match=message):
        make(data)


# ---- files ------------------------------------------------


@pytest.mark.parametrize("ending", ENDINGS)
def test_arrays_are_written_and_read_where_they_are_named(data, tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    lk.write(data, path)
    again = lk.read(path, columns=["images", "x", "colours"], select="labels != 2")
    assert again.names == ("x",)
    for name, array in (("images", PIXELS), ("colours", COLOURS)):
        np.testing.assert_array_equal(again.arrays[name], array[LABELS != 2])
        assert again.arrays[name].dtype == array.dtype
    assert lk.read(path).names == ("labels", "x")
    assert not lk.read(path).arrays
    assert format_of(path).shapes(path, None) == {
        "images": (3, 4),
        "colours": (2, 3, 3),
    }
    with pytest.raises(LikelyError, match="`select`: column `images`"):
        lk.read(path, columns=["images"], select="images > 3")
    words = "is read whole" if ending == "npz" else "`columns`: column `images`"
    with pytest.raises(LikelyError, match=words):
        lk.stream(path, columns=["images"])


def test_a_table_of_text_holds_no_arrays(data, tmp_path):
    with pytest.raises(LikelyError, match="`images` is an array in each event"):
        lk.write(data, tmp_path / "a.csv")
    assert not list(tmp_path.iterdir())


def test_files_of_images_alone_and_of_different_ones(tmp_path):
    for name, images in (("a", PIXELS), ("b", PIXELS[:, 1:])):
        for ending in ("npz", "h5"):
            alone = lk.Dataset.of({}, arrays={"images": images})
            lk.write(alone, tmp_path / f"{name}.{ending}")
    for ending in ("npz", "h5"):
        found = lk.read(tmp_path / f"a.{ending}", columns=["images"])
        np.testing.assert_array_equal(found.arrays["images"], PIXELS)
        files = [tmp_path / f"{name}.{ending}" for name in "ab"]
        with pytest.raises(LikelyError, match="all events need one shape"):
            lk.read(files, columns=["images"])
        with pytest.raises(LikelyError, match="no column with one number an event"):
            lk.read(tmp_path / f"a.{ending}")


def test_numbers_of_another_machine_are_turned_round(tmp_path):
    np.savez(tmp_path / "a.npz", images=PIXELS.astype(">f8"))
    images = lk.read(tmp_path / "a.npz", columns=["images"]).arrays["images"]
    assert images.dtype.isnative
    np.testing.assert_array_equal(images, PIXELS)


def test_a_list_that_is_missing_is_told(tmp_path):
    lists = pa.array([[1, 2], None, [3, 4]], pa.list_(pa.int32(), 2))
    pq.write_table(pa.table({"x": [1, 2, 3], "v": lists}), tmp_path / "a.parquet")
    with pytest.raises(LikelyError, match="list of fixed size is missing"):
        lk.read(tmp_path / "a.parquet", columns=["v"])


def write_idx(path, array, kind=8):
    head = struct.pack(">HBB", 0, kind, array.ndim)
    head += struct.pack(f">{array.ndim}I", *array.shape)
    content = head + array.tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


@pytest.mark.parametrize(
    "name", ["train-{}-idx{}-ubyte.gz", "t10k-{}-idx{}-ubyte", "a-{}.idx{}-ubyte"]
)
def test_files_of_mnist_are_images_with_their_labels(tmp_path, name):
    images = tmp_path / name.format("images", 3)
    write_idx(images, PIXELS)
    assert not lk.read(images, columns=["images"]).columns
    write_idx(tmp_path / name.format("labels", 1), LABELS.astype(np.uint8))
    found = lk.read(images, columns=["images", "labels"], select="labels > 0")
    np.testing.assert_array_equal(found.arrays["images"], PIXELS[LABELS > 0])
    np.testing.assert_array_equal(found["labels"], LABELS[LABELS > 0])
    assert lk.read(tmp_path / name.format("labels", 1)).names == ("labels",)


def test_idx_files_that_are_wrong(tmp_path):
    path = tmp_path / "images-idx3-ubyte"
    write_idx(path, PIXELS.astype(">i4"), kind=12)
    found = lk.read(path, columns=["images"]).arrays["images"]
    np.testing.assert_array_equal(found, PIXELS)
    whole = path.read_bytes()
    beside = tmp_path / "labels-idx1-ubyte"
    write_idx(beside, LABELS[1:].astype(np.uint8))
    for content, words in (
        (whole[:-1], "copy it again"),
        (whole + b"x", "copy it again"),
        (whole[:9], "is it complete"),
        (b"PK" + whole[2:], "does not begin as an idx file"),
        (whole[:2] + b"\7" + whole[3:], "does not begin as an idx file"),
        (whole, "differ"),
    ):
        path.write_bytes(content)
        with pytest.raises(LikelyError, match=words):
            lk.read(path, columns=["images", "labels"])
    with pytest.raises(LikelyError, match="only read"):
        lk.write(lk.Dataset.of({"labels": LABELS}), beside)


# ---- features ------------------------------------------------


def test_images_are_standardised_by_the_training(data, monkeypatch):
    monkeypatch.setattr("likely.data.images._BLOCK", 7)
    train = data.select("x < 10")
    features = lk.Images.of(train, "images")
    known = PIXELS[:20].astype(float)
    assert features.centre == pytest.approx(known.mean(), rel=1e-14)
    assert features.scale == pytest.approx(known.std(), rel=1e-14)
    found = features.matrix(data)
    assert found.dtype == np.float32
    np.testing.assert_allclose(
        found, (PIXELS - known.mean()) / known.std(), rtol=2e-7, atol=1e-7
    )
    assert (features.shape, features.size) == ((3, 4), 12)
    again = lk.Images.of_dict(json.loads(json.dumps(features.to_dict())))
    assert again == features


def test_a_fixed_range_becomes_zero_to_one(data):
    found = lk.Images.of(data, "images", range=(0, 16)).matrix(data)
    np.testing.assert_allclose(found, PIXELS / 16, rtol=1e-7)


BAD = np.where(np.arange(COUNT)[:, None, None] == 8, np.nan, PIXELS)


@pytest.mark.parametrize(
    ("arrays", "options", "message"),
    [
        ({"image": PIXELS}, {}, "no images `images`; did you mean `image`"),
        ({}, {}, r"name them where events are read: .*columns=\[\"images\"\]"),
        ({"images": PIXELS[..., 0]}, {}, r"shape \(3,\); an image is"),
        ({"images": np.zeros((5, 3, 8, 8))}, {}, "they must come last"),
        ({"images": BAD}, {}, "finite in 1 of 50 events, the first is number 8"),
        ({"images": np.ones((COUNT, 2, 2))}, {}, "is 1 in all pixels"),
        ({"images": PIXELS * 1e200}, {}, "too large to be squared"),
        ({"images": np.ones((0, 2, 2))}, {}, "no events to fit `images` to"),
        ({"images": PIXELS}, {"range": (3, 3)}, "low < high"),
        ({"images": PIXELS}, {"range": 3}, "two numbers"),
    ],
)
def test_images_that_are_none_are_refused(arrays, options, message):
    count = len(next(iter(arrays.values()), LABELS))
    data = lk.Dataset.of({"x": np.zeros(count)}, arrays=arrays)
    with pytest.raises(LikelyError, match=message):
        lk.Images.of(data, "images", **options)


def test_new_images_must_be_like_those_of_the_training(data):
    features = lk.Images.of(data, "images")
    smaller = lk.Dataset.of({}, arrays={"images": PIXELS[:, 1:]})
    with pytest.raises(LikelyError, match=r"shape \(2, 4\), and they were \(3, 4\)"):
        features.matrix(smaller)
    with pytest.raises(LikelyError, match="not finite in 1"):
        features.matrix(lk.Dataset.of({}, arrays={"images": BAD}))
    with pytest.raises(LikelyError, match="`x` has one number in each event"):
        lk.Images.of(data, "x")
    far = lk.Dataset.of({}, arrays={"images": data.arrays["images"] * 1e300})
    with pytest.raises(LikelyError, match="single precision cannot hold"):
        features.matrix(far)


# ---- studies ------------------------------------------------

DIGITS = {
    "kind": "classify",
    "seed": 3,
    "data": {"file": "bundled:digits.npz", "select": "labels < 3"},
    "target": {"column": "labels", "classes": ["zero", "one", "two"]},
    "features": {"image": "images", "range": [0, 16]},
    "model": {"channels": [4, 8], "hidden": [16]},
    "fit": {"epochs": 8, "batch": 16, "learning_rate": 1e-2},
}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"features": {"image": "image"}}, "no array of .*did you mean `images`"),
        ({"features": {"image": "labels"}}, "no image: it has one number"),
        (
            {"features": {"image": "images", "numeric": ["labels"]}},
            "`features.numeric` is of columns, and stands beside `image`",
        ),
        ({"features": {"image": "images", "range": [3, 3]}}, "low < high"),
        ({"features": {"range": [0, 1], "numeric": ["x"]}}, "is an option of `image`"),
        (
            {"features": {"numeric": ["images"]}, "model": {}},
            "cannot be used: it has an array",
        ),
        ({"features": {}}, "needs columns .*or an `image`"),
        ({"model": {"net": "mlp"}}, "`mlp`, but `features` is an image; take conv or"),
        (
            {"features": {"numeric": ["labels"]}, "model": {"net": "conv"}},
            "`conv`, but `features` is columns; take mlp",
        ),
        (
            {"model": {"residual": True}},
            "option of `net: mlp`; drop it for `conv`",
        ),
        ({"model": {"channels": []}}, "at least one convolution"),
        ({"model": {"channels": [3, 0]}}, "widths from 1"),
        ({"model": {"kernel": 0}}, "from 1 to"),
        ({"model": {"pooling": "max"}}, "did you mean `maximum`"),
        ({"model": {"normalisation": "rms"}}, "is one of none, group, layer for"),
        ({"data": {"file": "bundled:digits.np"}}, "did you mean .*digits.npz"),
    ],
)
def test_a_wrong_study_of_images_is_told_in_words(changed, words):
    with pytest.raises(LikelyError, match=words):
        check({**DIGITS, **changed})


def test_the_check_tells_of_images():
    text = str(check("digits"))
    assert "images `images` of 8 x 8 pixels" in text
    assert "conv, channels [16, 32], hidden layers [64]" in text


def test_every_network_of_images_is_made_as_the_study_says(data):
    colours = lk.Images.of(data, "colours")
    for model, net in (
        ({"net": "conv", "pooling": "none"}, lk.nets.ConvNet),
        ({"net": "conv_residual", "blocks": 1}, lk.nets.ResidualConvNet),
    ):
        text = yaml.safe_dump({**DIGITS, "model": {**model, "channels": [2, 3]}})
        content = validate(parse_document(text, "a.yaml"))
        # What is resolved says all options, and is a study again.
        again = yaml.safe_dump(content.model_dump(by_alias=True, exclude_none=True))
        assert validate(parse_document(again, "a.yaml")) == content
        made = eqx.filter_eval_shape(build_net, content, colours, 3)
        assert type(made) is net
        assert (made.inputs, made.dimensions) == ((2, 3, 3), 2)
        assert (made.channels, made.outputs) == ((2, 3), 3)
    assert made.normalisation == "group"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("digits")


@pytest.fixture(scope="module")
def done(home):
    return run(DIGITS, out=home / "run")


def test_a_run_tells_digits_apart(home, done):
    assert done.ok
    result = json.loads((home / "run" / "result.json").read_text())
    assert result["n_events"] == 322
    assert result["evaluation"]["accuracy"]["value"] > 0.95
    assert result["evaluation"]["importance"] is None
    figures = {path.stem for path in (home / "run" / "figures").glob("*.png")}
    assert {"feature-maps", "receptive-field", "classes"} <= figures
    assert "importance" not in figures
    page = (home / "run" / "report.html").read_text()
    assert "8 × 8" in page
    net = done.result.found.predictor.model
    assert (net.channels, net.hidden) == ((4, 8), (16,))


def test_what_is_looked_for_has_the_larger_output(done):
    found = done.result.found
    views = done.result.evaluation.images
    assert views.classes == ("zero", "one", "two")
    scores, features = found.scores("test"), found.predictor.features
    for k in range(3):
        own = np.where(scores.labels == k, scores.probabilities[:, k], -1)
        best = found.parts["test"].arrays["images"][own.argmax()]
        np.testing.assert_array_equal(views.examples[k], best)
    net = found.predictor.model
    for k in range(3):
        inputs = [features.encode(v[k]) for v in (views.examples, views.maxima)]
        example, best = (float(net(x.astype(np.float32))[k]) for x in inputs)
        assert best > example
    # The gradient, by differences of one pixel.
    x = features.encode(views.examples[0]).astype(np.float32)
    row, column = np.unravel_index(views.gradients[0].argmax(), (8, 8))
    step = np.zeros((8, 8), np.float32)
    step[row, column] = 1e-3
    slope = float(net(x + step)[0] - net(x - step)[0]) / 2e-3
    assert abs(slope) == pytest.approx(views.gradients[0].max(), rel=0.02)


def test_only_images_are_viewed(done):
    of_columns = lk.Features(("x",), (0.0,), (1.0,), (0.0,))
    found = done.result.found
    plain = replace(found, predictor=replace(found.predictor, features=of_columns))
    with pytest.raises(LikelyError, match="has the columns x"):
        view_images(plain)


def test_predictions_of_images(home, done, tmp_path):
    with np.load(bundled_folder() / "digits.npz") as file:
        images, labels = file["images"], file["labels"]
    some = labels < 3
    kept = predict(
        home / "run", bundled_folder() / "digits.npz", tmp_path / "s.parquet"
    )
    assert kept.left_out == np.sum(~some)
    assert set(kept.events.names) == {"labels", "p_zero", "p_one", "p_two"}
    p = np.stack([kept.events[name] for name in kept.names], axis=1)
    assert np.mean(p.argmax(axis=1) == labels[some]) > 0.95
    # Of images alone, as idx: the selection, which needs the labels, is not for them.
    write_idx(tmp_path / "t10k-images-idx3-ubyte.gz", images[some])
    again = predict(
        home / "run",
        tmp_path / "t10k-images-idx3-ubyte.gz",
        tmp_path / "s.npz",
        everything=True,
    )
    for name in kept.names:
        np.testing.assert_array_equal(again.events[name], kept.events[name])
    np.savez(tmp_path / "wide.npz", images=np.zeros((4, 8, 9)))
    with pytest.raises(LikelyError, match=r"shape \(8, 9\), and they were \(8, 8\)"):
        predict(
            home / "run", tmp_path / "wide.npz", tmp_path / "x.npz", everything=True
        )
    data = lk.read(bundled_folder() / "digits.npz", columns=["images"])
    same = load_predictor(home / "run")(data.where(some))
    np.testing.assert_allclose(same, p, rtol=1e-6)


def test_the_data_of_mnist_take_the_place_of_the_bundled_ones(tmp_path):
    write_idx(tmp_path / "train-images-idx3-ubyte", np.repeat(PIXELS, 2, axis=0))
    labels = (np.arange(2 * COUNT) % 10).astype(np.uint8)
    write_idx(tmp_path / "train-labels-idx1-ubyte", labels)
    text = str(check("digits", data=tmp_path / "train-images-idx3-ubyte"))
    assert "images `images` of 3 x 4 pixels" in text
    kept = {"x_train": PIXELS, "y_train": LABELS, "x_test": PIXELS[:9]}
    np.savez(tmp_path / "mnist.npz", **kept, y_test=LABELS[:9])
    text = str(
        check(
            "digits",
            data=tmp_path / "mnist.npz",
            overrides=[
                "features.image=x_train",
                "target.column=y_train",
                "target.classes=[a, b, c]",
            ],
        )
    )
    assert "30 events: a 10, b 10, c 10" in text


@pytest.mark.slow
def test_the_bundled_study_reaches_what_it_should(home):
    done = run("digits", out=home / "whole")
    assert done.ok
    assert done.result.evaluation.confusion.accuracy.value > 0.97


@pytest.mark.slow
def test_a_number_can_be_learnt_from_images(home):
    with np.load(bundled_folder() / "digits.npz") as file:
        images = file["images"]
    ink = images.sum(axis=(1, 2)) / 16
    np.savez(home / "ink.npz", images=images, ink=ink)
    study = {
        "kind": "regress",
        "data": {"file": str(home / "ink.npz")},
        "target": {"column": "ink", "loss": "squared_error"},
        "features": {"image": "images"},
        "model": {"channels": [4], "hidden": [16], "pooling": "average"},
        "fit": {"epochs": 25, "batch": 32, "learning_rate": 1e-2},
    }
    done = run(study, out=home / "ink")
    found = done.result.found
    test = found.parts["test"]
    residual = found.predictor(test) - test["ink"]
    assert residual.std() < 0.3 * test["ink"].std()
    assert (home / "ink" / "figures" / "feature-maps.png").exists()


@pytest.mark.slow
def test_folds_of_images_judge_what_they_have_not_seen():
    study = load({**DIGITS, "fit": {**DIGITS["fit"], "folds": 2, "epochs": 6}})
    found = trained(study, read_parts(study))
    scores = found.scores("test")
    assert np.mean(scores.probabilities.argmax(axis=1) == scores.labels) > 0.95
    assert view_images(found).classes == ("zero", "one", "two")
