"""The examples of `examples/roofit`, against what RooFit makes of the same events."""

import json
import runpy
import sys
from pathlib import Path

import pytest

import likely as lk
from likely.stats import Toys

FOLDER = Path(__file__).parents[1] / "examples" / "roofit"
REFERENCE = json.loads((FOLDER / "reference.json").read_text())
EXAMPLES = sorted(FOLDER.glob("rf*.py"))
# Each compiles a model of its own, some seconds each: these few of every kind of task
# stand for the others, which are run with the slow tests.
QUICK = "rf101 rf104 rf110 rf111 rf201 rf303 rf402 rf403 rf502 rf601 rf612".split()


def marked(path):
    quick = path.name[:5] in QUICK
    return pytest.param(path, id=path.stem, marks=[] if quick else [pytest.mark.slow])


@pytest.fixture
def run(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    yield lambda path: runpy.run_path(str(path))
    for name in ("events", "peaks"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("path", [marked(path) for path in EXAMPLES])
def test_equals_roofit(path, run, capsys):
    names = run(path)
    assert capsys.readouterr().out
    results = {k: v for k, v in names.items() if isinstance(v, lk.Result)}
    assert all(result.ok for result in results.values())
    for study in (v for v in names.values() if isinstance(v, Toys)):
        # A parameter that ends on its limit in some toys has no normal pull.
        inside = [p for p in study.summaries.values() if p.n == study.valid.sum()]
        assert len(inside) >= 2
        for pull in inside:
            assert abs(pull.mean) < 4 * pull.mean_error
            assert abs(pull.width - 1) < 4 * pull.width_error
    for key, expected in REFERENCE.get(path.name[:5], {}).items():
        if key == "numbers":
            assert names[key] == pytest.approx(expected, rel=1e-5)
            continue
        for name, (value, error) in expected.items():
            estimate = derived_or_free(results[key], name)
            assert estimate.value == pytest.approx(value, abs=1e-2 * error), name
            assert estimate.error == pytest.approx(error, rel=2e-2), name


def derived_or_free(result, name):
    estimates = [*result.estimates, *result.derived]
    return next(e for e in estimates if e.name == name)


def test_every_reference_has_its_example():
    examples = {path.name[:5] for path in EXAMPLES}
    assert set(REFERENCE) - {"made with"} <= examples
    compared = [name for name in REFERENCE if name in examples]
    assert len(compared) > 30


def test_the_table_has_every_example():
    table = (FOLDER / "README.md").read_text()
    for path in EXAMPLES:
        assert f"({path.name})" in table
