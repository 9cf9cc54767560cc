"""Studies whose network embeds categories: `model: {net: tabular}`."""

import json

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import onnxruntime
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import likely as lk
from likely.core import LikelyError
from likely.export import export_predictor, stablehlo
from likely.methods import evaluate_regression, load_predictor
from likely.methods.defaults import default_net
from likely.nets import MLP, TabularNet
from likely.studies import check, load, predict, run
from likely.studies.learning.events import read_parts
from likely.studies.learning.training import trained
from likely.studies.learning.trial_content import content_of_trial

VALUES = np.array([-3.0, 1.0, 2.0, 4.0, 8.0, 16.0])
# Of each category; what is next to each other in size has nothing in common.
OFFSETS = np.array([2.0, -2.0, 1.5, -1.5, 2.5, -2.5])
FIT = {"epochs": 8, "batch": 64, "learning_rate": 1e-2}


def dataset(n=2000, seed=0, missing=0.0):
    rng = np.random.default_rng(seed)
    code, x, y = rng.integers(0, 6, n), rng.normal(size=n), rng.normal(size=n)
    kind = (OFFSETS[code] + x + 0.5 * rng.normal(size=n) > 0).astype(float)
    energy = 50 + 10 * OFFSETS[code] + x + 0.1 * rng.normal(size=n)
    station = np.where(rng.random(n) < missing, np.nan, VALUES[code])
    columns = {"x": x, "y": y, "station": station, "kind": kind, "energy": energy}
    return lk.Dataset.of({**columns, "side": rng.choice([0.0, 1.0], n)})


EVENTS = dataset()


def codes_of(data=EVENTS, **options):
    columns = ["station", "side"]
    return lk.Features.of(
        data, ["x", "y"], categorical=columns, encoding="codes", **options
    )


# --- features -------------------------------------------------------------------------


def test_categories_become_their_places():
    features = codes_of()
    assert features.names == ("x", "y", "station", "side")
    assert features.codes == {2: 6, 3: 2}
    assert features.groups == {"x": (0,), "y": (1,), "station": (2,), "side": (3,)}
    matrix = features.matrix(EVENTS)
    assert matrix.dtype == np.float32
    assert_array_equal(VALUES[matrix[:, 2].astype(int)], EVENTS["station"])
    raw = jnp.asarray(features.raw(EVENTS))
    assert_allclose(jax.vmap(features.encode)(raw), matrix, rtol=1e-6)
    again = lk.Features.of_dict(json.loads(json.dumps(features.to_dict())))
    assert_array_equal(again.matrix(EVENTS), matrix)
    assert again.codes == features.codes
    for encoding in ("one_hot", "dummy"):
        other = lk.Features.of(EVENTS, [], categorical=["side"], encoding=encoding)
        assert other.codes == {}


def test_what_is_missing_is_no_category():
    holes = dataset(missing=0.2)
    features = codes_of(holes, missing="mask")
    matrix = features.matrix(holes)
    assert_array_equal(matrix[:, 2] == -1, np.isnan(holes["station"]))
    masked = holes["x"].copy()
    masked[:5] = np.nan
    columns = {**holes.columns, "x": masked}
    data = lk.Dataset.of(columns)
    assert codes_of(data, missing="mask").codes == {3: 6, 4: 2}


def test_embedding_the_flags_is_a_perceptron_of_flags():
    features, key = codes_of(), jax.random.key(1)
    flags = lk.Features.of(EVENTS, ["x", "y"], categorical=["station", "side"])
    net = TabularNet(
        4, 2, categories=features.codes, encoding="one_hot", hidden=(5,), key=key
    )
    plain = MLP(flags.size, 2, hidden=(5,), key=key)
    plain = eqx.tree_at(lambda m: m.layers, plain, net.mlp.layers)
    found = jax.vmap(net)(features.matrix(EVENTS))
    assert_allclose(found, jax.vmap(plain)(flags.matrix(EVENTS)), atol=1e-6)


def test_the_network_by_default_embeds():
    net = default_net(codes_of(), 3)
    assert isinstance(net, TabularNet)
    assert net.categories == ((2, 6), (3, 2))


# --- studies --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tabular")
    lk.write(EVENTS, folder / "events.parquet")
    return folder


def classify_study(home, **changed):
    return {
        "kind": "classify",
        "seed": 3,
        "data": {"file": str(home / "events.parquet")},
        "target": {"column": "kind", "classes": ["no", "yes"]},
        "features": {"numeric": ["x", "y"], "categorical": ["station", "side"]},
        "model": {"net": "tabular", "embedding": 2, "hidden": [16]},
        "fit": FIT,
        **changed,
    }


@pytest.fixture(scope="module")
def done(home):
    return run(classify_study(home), out=home / "run")


def test_a_study_leaves_everything(home, done):
    assert done.ok
    model = done.result.found.predictor.model
    assert isinstance(model, TabularNet)
    assert [table.shape for table in model.tables] == [(6, 2), (2, 2)]
    judged = done.result.evaluation
    assert judged.curves["yes"].auc > 0.96  # of x and y alone, 0.68
    assert judged.importance["station"][0] > 10 * abs(judged.importance["side"][0])
    page = (home / "run" / "report.html").read_text()
    assert "The network learns a vector for each of the values." in page
    again = load(home / "run" / "study.yaml").content
    assert again.features.encoding == "codes"
    assert again.model == done.study.content.model


def test_the_model_predicts_what_it_has_learnt(home, done):
    told = predict(home / "run", home / "events.parquet", home / "scores.parquet")
    predictor = load_predictor(home / "run")
    assert_array_equal(told.events["p_yes"], predictor(EVENTS)[:, 1])
    assert_array_equal(predictor(EVENTS), done.result.found.predictor(EVENTS))
    strange = lk.Dataset.of({**EVENTS.columns, "station": EVENTS["station"] + 1})
    with pytest.raises(LikelyError, match="`station` is .* which no event"):
        predictor(strange)


def test_other_programs_get_the_same(home, done):
    predictor, many = done.result.found.predictor, dataset(10_000, 7)
    file = home / "model.onnx"
    export_predictor(predictor, file)
    raw = predictor.features.raw(many).astype(np.float32)
    session = onnxruntime.InferenceSession(file)
    (given,) = session.run(None, {"inputs": raw})
    assert_allclose(given, predictor(many), atol=1e-5)
    export_predictor(predictor, home / "model.stablehlo", to="stablehlo")
    given = stablehlo.load_stablehlo(home / "model.stablehlo")(raw)
    assert_allclose(given, predictor(many), atol=1e-5)


def test_a_regression_by_folds(home):
    target = {"column": "energy", "loss": "squared_error"}
    model = {"net": "tabular", "hidden": [32, 32]}
    study = classify_study(home, kind="regress", target=target, model=model)
    fit = {"folds": 2, "epochs": 30, "batch": 64, "learning_rate": 1e-2}
    loaded = load({**study, "fit": fit})
    found = trained(loaded, read_parts(loaded))
    assert found.result.ok
    assert evaluate_regression(found).numbers["R²"].value > 0.95


def test_a_study_can_be_checked(home):
    shown = str(check(classify_study(home)))
    assert "inputs     4: x, y, station, side" in shown
    assert "tabular, hidden layers [16]" in shown


def test_a_search_compares_flags_and_vectors(home):
    space = {"model.net": {"choices": ["mlp", "tabular"]}}
    search = {"trials": 2, "space": space, "sampler": "grid", "epochs": 2}
    for net, other in (("mlp", "tabular"), ("tabular", "mlp")):
        study = classify_study(home, search=search, model={"net": net})
        content = load(study).content
        kinds = {"mlp": "one_hot", "tabular": "codes"}
        for name in (net, other):
            trial = content_of_trial(content, {"model.net": name})
            assert trial.features.encoding == kinds[name]
    found = lk.search(study)
    assert [trial.state for trial in found.trials] == ["complete"] * 2


FAULTS = {
    "embeds the categories itself; drop it": {
        "features": {"categorical": ["station"], "encoding": "dummy"}
    },
    "must name columns for `net: tabular` to embed": {"features": {"numeric": ["x"]}},
    "which `net: tabular` embeds; take one_hot or dummy": {
        "model": {"net": "mlp"},
        "features": {"categorical": ["station"], "encoding": "codes"},
    },
    "`model.embedding` is an option of `net: tabular`": {
        "model": {"net": "mlp", "embedding": 3}
    },
    "`model.residual` is an option of `net: mlp`": {
        "model": {"net": "tabular", "residual": True}
    },
    "but `features` is an image": {"features": {"image": "photo"}},
}


@pytest.mark.parametrize("words", FAULTS)
def test_what_does_not_fit_is_told(words, home):
    with pytest.raises(LikelyError) as told:
        load(classify_study(home, **FAULTS[words]))
    assert words in str(told.value)
