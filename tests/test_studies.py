"""Studies in action: found, checked, built, run, and what the run folder holds."""

import inspect
import json
import shutil
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
import scipy.optimize
import scipy.stats
import uproot
from study_helpers import Z_STUDY, message_of, planned

import likely as lk
from likely import distributions
from likely.core import LikelyError
from likely.fit import WEIGHT_ERRORS
from likely.studies import check, fit as fit_kind, load, run, template
from likely.studies.build import build
from likely.studies.grammar import COMBINATIONS, OWN_FORMS, PDFS
from likely.studies.schema import WEIGHTS

STUDY = """\
# A small peak
kind: fit
data:
  file: events.npz
  select: "good > 0"
  define: {mass: "shifted - 1"}
observables:
  mass: {range: [0, 10], unit: GeV}
parameters:
  m0: {value: 5.5, min: 4, max: 6, unit: GeV}
  twice: {expression: "2*m0"}
model:
  components:
    signal:
      {pdf: gauss, on: mass, args: {mu: m0, sigma: [0.7, 0.1, 2]}, yield: [300, 0, 999]}
    rest: {pdf: uniform, on: mass, yield: [300, 0, 999]}
fit: {errors: [hesse]}
report: {bins: 20}
"""
SHARED = Path(__file__).parents[2] / "shared" / "data" / "cms" / "Zmumu_Run2011A.csv"


def events(n: int = 400, seed: int = 1) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    mass = np.concatenate(
        [random.normal(5, 0.5, n // 2), random.uniform(0, 10, n // 2)]
    )
    return {"shifted": mass + 1, "good": np.ones(n), "w": random.uniform(0.5, 1.5, n)}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a study and its data, and another one to work in."""
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "elsewhere").mkdir()
    np.savez(home / "events.npz", **events())
    (home / "fit.yaml").write_text(STUDY)
    monkeypatch.chdir(tmp_path / "elsewhere")
    return home


def change(folder: Path, old: str, new: str) -> Path:
    assert old in STUDY
    (folder / "fit.yaml").write_text(STUDY.replace(old, new, 1))
    return folder / "fit.yaml"


# --- The table of pdfs and the classes -----------------------------------------------


@pytest.mark.parametrize("name", PDFS)
def test_the_grammar_agrees_with_the_classes(name):
    pdf = PDFS[name]
    first, *others = inspect.signature(
        getattr(distributions, pdf.class_name)
    ).parameters
    assert (first == "observables") == (pdf.observables > 1)
    grouped = {member for members in pdf.groups.values() for member in members}
    plain = [argument for argument in pdf.arguments if argument not in grouped]
    # An acceptance of splines has no words; `efficiency` is one.
    others = [name for name in others if name not in ("knots", "acceptance")]
    expected = ["coefficients"] if pdf.series else [*plain, *pdf.groups]
    assert sorted(others) == sorted(expected)
    assert grouped <= set(pdf.arguments)


def test_every_one_dimensional_density_has_a_name():
    shapes = {
        name
        for name in dir(distributions)
        if inspect.isclass(cls := getattr(distributions, name))
        and issubclass(cls, distributions.AbstractShape)
        and not name.startswith("Abstract")
    }
    named = {pdf.class_name for pdf in PDFS.values()}
    named |= {name for names in OWN_FORMS.values() for name in names}
    named |= {name for names in COMBINATIONS.values() for name in names}
    # What has no word in a study: morphing of many densities, and a table of one.
    assert shapes - {"Morph", "MomentMorph", "Tabulated"} <= named


# --- Finding and resolving -----------------------------------------------------------


def test_files_are_relative_to_the_study(folder):
    study = load(folder / "fit.yaml")
    assert study.content.data.file == str(folder / "events.npz")
    assert study.name == "fit"
    assert study.title == "A small peak"


def test_data_given_from_outside_are_relative_to_the_current_folder(folder):
    shutil.move(folder / "events.npz", Path("mine.npz"))
    assert "there is no file" in message_of(load, folder / "fit.yaml")
    for data in ("mine.npz", Path("mine.npz"), ["mine.npz"], ["mi*.npz"]):
        study = load(folder / "fit.yaml", data=data)
        assert study.content.data.file == str(Path("mine.npz").absolute())


def test_a_list_and_a_pattern_are_one_dataset(folder):
    for i in range(3):
        np.savez(folder / f"run{i}.npz", **events(100, seed=i))
    for file in ("[run0.npz, run1.npz, run2.npz]", '"run*.npz"'):
        checked = check(change(folder, "events.npz", file))
        assert checked.study.content.data.file == [
            str(folder / f"run{i}.npz") for i in range(3)
        ]
        assert len(checked.events) == 300
    twice = change(folder, "events.npz", "[run0.npz, ./run0.npz]")
    assert "named twice" in message_of(load, twice)


def test_brackets_in_a_folder_are_no_pattern(folder):
    odd = folder / "a[1]"
    odd.mkdir()
    shutil.copy(folder / "events.npz", odd)
    (odd / "fit.yaml").write_text(STUDY.replace("events.npz", '"*.npz"'))
    assert load(odd / "fit.yaml").content.data.file == str(odd / "events.npz")


def test_trees_of_root_files(folder):
    with uproot.recreate(folder / "two.root") as file:
        for tree in ("A", "B"):
            file.mktree(tree, {key: v.dtype for key, v in events().items()})
            file[tree].extend(events())
    study = load(change(folder, "events.npz", "two.root:A"))
    assert study.content.data.tree == "A"
    assert study.content.data.file == str(folder / "two.root")
    message = message_of(load, change(folder, "events.npz", "two.root\n  tree: C"))
    assert "fit.yaml, line 5: `data.tree`" in message
    message = message_of(load, change(folder, "events.npz", "two.root"))
    assert "line 4" in message


def test_the_resolved_study_runs_from_anywhere_to_the_same_plan(folder):
    study = load(folder / "fit.yaml", overrides=["report.bins=7"], seed=3)
    Path("study.yaml").write_text(study.text)
    again = load("study.yaml")
    assert again.content == study.content
    assert again.plan == study.plan
    assert again.text == study.text
    assert again.content.seed == 3
    assert again.content.fit.minimiser == "newton"


def test_a_study_may_be_a_mapping(folder):
    import yaml

    content = yaml.safe_load(STUDY.replace("on: mass", '"on": mass'))
    content["data"]["file"] = folder / "events.npz"
    content["report"]["bins"] = np.int64(9)
    study = load(content)
    assert study.content.report.bins == 9
    assert study.plan == load(folder / "fit.yaml").plan
    content["report"] = {"binz": 9}
    assert "`report.binz` is not a key here" in message_of(load, content)


def test_a_study_that_is_not_there(folder):
    assert "did you mean `dimuon-z`" in message_of(load, "dimuon-zz")
    assert "fit.yaml" in message_of(load, folder / "fitt.yaml")
    assert "is a folder" in message_of(load, folder)
    (folder / "study.yaml").write_text(STUDY)
    assert "run `" in message_of(load, folder)
    assert "UTF-8" in message_of(load, folder / "events.npz")
    for text in ("", "a\0b", "a" * 300):
        assert "no bundled study" in message_of(load, text)


def test_a_file_with_spaces_names_a_folder_without(folder):
    file = folder / " .my study (2).yaml"
    (folder / "fit.yaml").rename(file)
    study = load(file)
    assert study.name == "my-study-2"
    Path("study.yaml").write_text(study.text)
    assert load("study.yaml").content == study.content


@pytest.mark.parametrize("name", ["dimuon-jpsi", "dimuon-z"])
def test_bundled_studies_can_be_run(name):
    assert lk.studies.bundled_studies()[name]
    checked = check(name)
    assert checked.n_in_range > 10_000
    assert "simulated" in checked.study.title


# --- Columns and events --------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("good > 0", "goof > 0", 5, "`data.select` names `goof`, which is no column"),
        ("shifted - 1", "shift - 1", 6, "`data.define.mass` names `shift`"),
        ("{mass: ", '{w: "1", mass: ', 6, "`data.define.w` is a column"),
        ("  mass: {range", "  mas: {range", 8, "`mas`"),
        ("good > 0", "good + 0", 5, "must be a condition"),
        ("good > 0", "good > 9", 5, "removed all 400 events"),
        ('"good > 0"', '"good > 0"\n  weight: u', 6, "`data.weight` names `u`"),
        ('"good > 0"', '"good > 0"\n  weight: 1/0', 6, "must be finite"),
        ('"good > 0"', '"good > 0"\n  weight: "-w"', 6, "must be positive"),
        ("[0, 10]", "[20, 30]", 8, "none of the 400 selected events in its range"),
        ("shifted - 1", "log(shifted - 6)", 8, "is not finite in"),
        ("shifted - 1", "0*shifted/0", 8, "is not finite in 400 of 400"),
        ("events.npz", "event.npz", 4, "did you mean `events.npz`"),
        ("events.npz", "events.xyz", 4, "there is no file"),
        ("events.npz", "fit.yaml", 4, "no known format"),
    ],
)
def test_data_that_do_not_fit_the_study(folder, old, new, line, words):
    file = change(folder, old, new)
    if old == "  mass: {range":
        file.write_text(file.read_text().replace("on: mass", "on: mas"))
    message = message_of(check, file)
    assert words in message
    assert f"fit.yaml, line {line}: " in message
    assert "\n" not in message


def test_check_counts_events_and_tells_what_would_run(folder):
    checked = check(folder / "fit.yaml", overrides=["data.weight=w"])
    mass, weights = events()["shifted"] - 1, events()["w"]
    inside = (mass >= 0) & (mass <= 10)
    assert checked.n_in_range == inside.sum()
    assert checked.sum_of_weights == pytest.approx(weights[inside].sum())
    text = str(checked)
    assert "400 events, 400 selected" in text
    assert "mass [GeV] in [0, 10]" in text
    assert "extended, 4 free parameters" in text
    assert "[0.1, 2]" in text
    assert "2*m0" in text


def test_the_range_of_an_observable_that_is_not_fitted_selects(folder):
    file = change(folder, "unit: GeV}\n", "unit: GeV}\n  w: {range: [0.6, 1]}\n")
    checked = check(file)
    w = events()["w"]
    assert len(checked.events) == ((w >= 0.6) & (w <= 1)).sum()
    assert any("`w` is in no component" in note for note in checked.notes)


def test_fewer_events_than_parameters_is_noted(folder):
    np.savez(folder / "events.npz", **events(4))
    assert any(
        "for 4 free parameters" in note for note in check(folder / "fit.yaml").notes
    )


def test_the_template_passes_check(tmp_path):
    random = np.random.default_rng(0)
    x, y = random.uniform(0, 7, (2, 100))
    lk.write(lk.Dataset.of({"x": x, "y": y, "w": x}), tmp_path / "events.csv")
    text = template("fit")
    file = tmp_path / "new.yaml"
    file.write_text(text)
    assert check(file).n_in_range > 50
    # Every key that is commented out is right, too.
    lines = []
    for line in text.splitlines():
        body = line.lstrip()
        optional = body.startswith(
            ("# name", "# title", "# desc", "# seed", "# weight")
        )
        optional |= body.startswith(("# starts", "# constr", "#   - {", "# scale"))
        lines.append(line.replace("# ", "", 1) if optional else line)
    file.write_text("\n".join(lines))
    content = check(file).study.content
    assert content.constraints[1].parameter == "signal.sigma"
    assert content.name == "my-fit"
    assert content.fit.starts == 6


def test_the_template_names_every_pdf():
    for name, pdf in PDFS.items():
        assert name in template("fit")
        assert all(argument in template("fit") for argument in pdf.arguments)


# --- The model -----------------------------------------------------------------------


def built(text: str):
    return build(planned(text)[1])


def test_the_model_is_the_one_that_is_written():
    made = built(STUDY)
    x = np.linspace(0.5, 9.5, 7)
    gauss = scipy.stats.norm(5.5, 0.7)
    expected = 0.5 * gauss.pdf(x) / (gauss.cdf(10) - gauss.cdf(0)) + 0.5 / 10
    density = np.exp(made.model.log_probs(jnp.asarray(x)[:, None]))
    np.testing.assert_allclose(density, expected, rtol=1e-12)
    assert made.model.extended
    assert [f.name for f in made.derived] == ["twice"]


def test_a_formula_as_argument_and_the_rest_by_fraction():
    text = STUDY.replace("mu: m0", 'mu: "m0 + twice/11"')
    text = text.replace("yield: [300, 0, 999]", "fraction: [0.3, 0, 1]", 1)
    text = text.replace(", yield: [300, 0, 999]", "")
    made = built(text)
    assert not made.model.extended
    gauss = scipy.stats.norm(6.5, 0.7)
    expected = 0.3 * gauss.pdf(6.0) / (gauss.cdf(10) - gauss.cdf(0)) + 0.7 / 10
    density = np.exp(made.model.log_probs(jnp.array([[6.0]])))
    np.testing.assert_allclose(density, [expected], rtol=1e-12)
    assert {f.name for f in made.derived} == {"twice", "signal.mu"}


def test_another_name_for_a_parameter_is_derived():
    made = built(STUDY.replace('"2*m0"', '"m0"'))
    assert [f.name for f in made.derived] == ["twice"]


@pytest.mark.parametrize(
    ("pdf", "args"),
    [
        ("chebyshev", "c1: 0.2, c2: [0.1, -1, 1]"),
        ("bernstein", "c0: 1, c1: [0.4, 0, 3], c2: 2"),
        ("breit_wigner", "mu: m0, width: 1"),
        ("voigt", "mu: m0, width: 1, sigma: 0.5"),
        ("crystal_ball", "mu: m0, sigma: 0.5, alpha: 1, n: 3"),
        (
            "double_crystal_ball",
            "mu: m0, sigma: 0.5, alpha_left: 1, n_left: 3, alpha_right: 2, n_right: 4",
        ),
        ("exponential", "slope: [-0.2, -1, 1]"),
        ("argus", "endpoint: 10, slope: [-3, -9, 9]"),
        ("uniform", ""),
    ],
)
def test_every_pdf_can_be_built(pdf, args):
    text = STUDY.replace(
        "pdf: uniform, on: mass", f"pdf: {pdf}, on: mass, args: {{{args}}}"
    )
    density = built(text).model.components["rest"]
    assert type(density).__name__ == PDFS[pdf].class_name
    x = np.linspace(0, 10, 2001)
    values = np.exp(density.log_probs(jnp.asarray(x)[:, None]))
    assert np.trapezoid(values, x) == pytest.approx(1, rel=2e-2)


# --- Runs ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run of the small study with MINOS errors."""
    home = tmp_path_factory.mktemp("run")
    np.savez(home / "events.npz", **events())
    (home / "fit.yaml").write_text(STUDY)
    return run(
        home / "fit.yaml",
        out=home / "out",
        overrides=["fit.errors=[hesse, minos]"],
        seed=11,
    )


def test_a_run_leaves_its_files(finished):
    found = {p.name for p in finished.folder.iterdir()}
    expected = {"report.html", "result.json", "figures", "study.yaml", "log.txt"}
    assert found == expected | {"model.json"}
    figures = {p.name for p in (finished.folder / "figures").iterdir()}
    assert {"fit-mass.png", "fit-mass.pdf", "profiles.png"} <= figures
    assert {name.removesuffix(".png") for name in figures if name.endswith("png")} == {
        name.removesuffix(".pdf") for name in figures if name.endswith("pdf")
    }


def test_result_json_has_the_promised_layout(finished):
    result = json.loads((finished.folder / "result.json").read_text())
    assert list(result) == [
        "kind", "status", "parameters", "derived", "covariance", "loss", "n_events",
        "sum_of_weights", "goodness_of_fit", "timings", "provenance",
    ]  # fmt: skip
    assert result["kind"] == "fit"
    assert result["status"]["ok"] is True
    assert isinstance(result["status"]["message"], str)
    assert set(result["parameters"]) == {
        "m0", "signal.sigma", "signal.yield", "rest.yield"
    }  # fmt: skip
    m0 = result["parameters"]["m0"]
    assert set(m0) == {
        "value", "error", "lower", "upper", "min", "max", "fixed", "at_limit", "unit"
    }  # fmt: skip
    assert m0["lower"] < 0 < m0["upper"]
    assert m0["unit"] == "GeV"
    assert (m0["min"], m0["max"]) == (4, 6)
    assert result["derived"]["twice"]["value"] == pytest.approx(2 * m0["value"])
    assert result["derived"]["twice"]["error"] == pytest.approx(2 * m0["error"])
    n = len(result["covariance"]["names"])
    assert np.shape(result["covariance"]["matrix"]) == (n, n)
    assert set(result["goodness_of_fit"]) == {"chi2", "ndof", "p_value"}
    assert set(result["timings"]) == {"read", "compile", "fit", "errors", "report"}
    provenance = result["provenance"]
    assert set(provenance) == {"version", "seed", "data", "python", "jax"}
    assert provenance["seed"] == 11
    (source,) = provenance["data"]
    assert set(source) == {"file", "sha256", "events_read", "events_selected"}
    assert source["events_read"] == source["events_selected"] == 400


def test_the_fit_is_the_maximum_likelihood(finished):
    mass = events()["shifted"] - 1
    mass = mass[(mass >= 0) & (mass <= 10)]

    def loss(m0, sigma, n_signal, n_rest):
        gauss = scipy.stats.norm(m0, sigma)
        signal = gauss.pdf(mass) / (gauss.cdf(10) - gauss.cdf(0))
        density = n_signal * signal + n_rest / 10
        return 2 * (n_signal + n_rest - np.log(density).sum())

    names = ["m0", "signal.sigma", "signal.yield", "rest.yield"]
    values = np.array([finished.result.values[name] for name in names])
    assert loss(*values) == pytest.approx(finished.result.loss, abs=1e-7)
    errors = np.array([finished.result.errors[name] for name in names])
    found = scipy.optimize.minimize(
        lambda z: loss(*(values + z * errors)), np.full(4, 0.3), method="Nelder-Mead",
        options={"xatol": 1e-5, "fatol": 1e-9, "maxiter": 4000, "maxfev": 4000},
    )  # fmt: skip
    assert found.fun >= finished.result.loss - 1e-6
    np.testing.assert_allclose(found.x, 0, atol=1e-3)


def test_the_model_can_be_loaded_again(finished):
    model = lk.load(finished.folder / "model.json")
    x = jnp.array([[5.0], [1.0]])
    np.testing.assert_allclose(
        model.log_probs(x), finished.result.model.log_probs(x), rtol=1e-12
    )


def test_the_log_tells_what_happened(finished):
    log = (finished.folder / "log.txt").read_text()
    assert log.startswith("likely ")
    assert "400 events, 400 selected" in log
    assert "signal.sigma" in log
    assert "finished" in log


def test_the_study_of_a_run_gives_the_same_numbers(finished, tmp_path):
    again = run(
        finished.folder / "study.yaml",
        out=tmp_path / "again",
        overrides=["report.bins=5"],
    )
    assert again.result.values == finished.result.values
    assert again.result.loss == finished.result.loss
    assert again.study.content.seed == 11


def test_a_run_folder_may_be_used_again_and_keeps_nothing_old(finished, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(finished.folder, out)
    stale = out / "figures" / "profile-gone.png"
    stale.write_bytes(b"x")
    (out / "mine.txt").write_text("mine")
    again = run(
        finished.folder / "study.yaml", out=out, overrides=["fit.errors=[hesse]"]
    )
    assert again.ok
    assert not stale.exists()
    assert not (out / "figures" / "profiles.png").exists()
    assert (out / "figures" / "fit-mass.png").exists()
    assert (out / "mine.txt").read_text() == "mine"
    result = json.loads((out / "result.json").read_text())
    assert result["parameters"]["m0"]["lower"] is None


def test_a_folder_that_is_no_run_folder_is_left_alone(folder):
    message = message_of(run, folder / "fit.yaml", out=folder)
    assert "of no run of likely" in message
    assert {p.name for p in folder.iterdir()} == {"events.npz", "fit.yaml"}
    message = message_of(run, folder / "fit.yaml", out=folder / "fit.yaml")
    assert "is a file" in message
    message = message_of(run, folder / "fit.yaml", out=folder / "fit.yaml" / "x")
    assert "is not a folder that may be written" in message
    assert message_of(run, folder / "fit.yaml", out="a\0b")


def test_a_study_that_cannot_run_leaves_no_folder(folder):
    message_of(run, change(folder, "good > 0", "good > 9"), out="out")
    assert not Path("out").exists()


def test_the_default_folder_has_the_name_of_the_study(folder):
    done = run(folder / "fit.yaml", overrides=["name=peak"])
    assert done.folder == Path("peak-run").absolute()
    assert done.report.exists()
    assert str(done.report) in str(done)


def test_a_report_that_fails_does_not_cost_the_fit(folder, monkeypatch):
    def fails(*_, **__):
        raise RuntimeError("no ink")

    monkeypatch.setattr(fit_kind, "_write_report", fails)
    with pytest.raises(RuntimeError) as caught:
        run(folder / "fit.yaml", out="out")
    assert json.loads(Path("out/result.json").read_text())["status"]["ok"]
    assert lk.load(Path("out/model.json"))
    assert "no ink" in Path("out/log.txt").read_text()
    assert any("log.txt" in note for note in caught.value.__notes__)


def test_minuit_finds_the_same_minimum(folder, finished):
    done = run(folder / "fit.yaml", overrides=["fit.minimiser=minuit"])
    assert done.ok
    assert done.result.loss == pytest.approx(finished.result.loss, abs=1e-5)


def test_constraints_pull(folder, finished):
    more = "constraints: [{parameter: m0, gauss: [5.5, 1.0e-3]}]"
    file = change(folder, "fit: {err", f"{more}\nfit: {{err")
    done = run(file)
    assert done.result.values["m0"] == pytest.approx(5.5, abs=3e-3)
    assert done.result.errors["m0"] == pytest.approx(1e-3, rel=0.05)
    formula = "constraints: [{parameter: twice, gauss: [11, 2.0e-3]}]"
    file = change(folder, "fit: {err", f"{formula}\nfit: {{err")
    assert run(file).result.values["m0"] == pytest.approx(done.result.values["m0"])


def test_the_errors_of_weighted_events_can_be_chosen(folder):
    both = [
        run(folder / "fit.yaml", overrides=["data.weight=w", f"fit.weights={kind}"])
        for kind in ("sandwich", "none")
    ]
    first, second = (done.result for done in both)
    assert first.values == pytest.approx(second.values)
    assert any("sandwich" in note for note in first.status.notes)
    assert any("numbers of events" in note for note in second.status.notes)
    names = [name for name, error in first.errors.items() if error]
    assert all(first.errors[n] != pytest.approx(second.errors[n]) for n in names)
    with pytest.raises(LikelyError, match="`fit.weights`.*sandwich"):
        load(folder / "fit.yaml", overrides=["fit.weights=sumw2"])


def test_the_grammar_names_the_errors_that_there_are():
    assert set(WEIGHTS) == set(WEIGHT_ERRORS)


def test_weights_are_used(folder):
    done = run(folder / "fit.yaml", overrides=["data.weight=w"])
    mass, w = events()["shifted"] - 1, events()["w"]
    total = w[(mass >= 0) & (mass <= 10)].sum()
    assert done.result.sum_of_weights == pytest.approx(total)
    values = done.result.values
    assert values["signal.yield"] + values["rest.yield"] == pytest.approx(
        total, rel=1e-5
    )


@pytest.mark.skipif(not SHARED.exists(), reason="the CMS file is not on this machine")
def test_the_study_of_the_documentation_on_real_data(tmp_path):
    (tmp_path / "z.yaml").write_text(Z_STUDY)
    done = run(
        tmp_path / "z.yaml",
        data=SHARED,
        out=tmp_path / "z",
        overrides=["data.weight=null"],
    )
    assert done.ok, done.result.status.message
    result = done.result
    assert result.provenance["data"][0]["events_read"] == 10_583
    total = result.values["signal.yield"] + result.values["background.yield"]
    assert total == pytest.approx(result.n_events, rel=1e-5)
    assert result.values["signal.yield"] > 0.8 * total
    m0 = result["m0"]
    assert m0.value == pytest.approx(91.0, abs=0.5)  # before muon momentum corrections
    assert m0.lower == pytest.approx(-m0.error, rel=0.05)
    assert m0.upper == pytest.approx(m0.error, rel=0.05)
    assert result["shift"].value == pytest.approx(m0.value - 91.1876)
    assert result["shift"].error == pytest.approx(m0.error)
    assert not result["signal.width"].error
    assert result["signal.width"].fixed
