"""Hostile studies of kind `toys`: each is a study or raises the package's one error."""

import contextlib
import copy
import string

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from study_helpers import TOOLBOX

from likely.core import LikelyError
from likely.studies import load
from likely.studies.toy_study import ToyStudy

FIT = """\
kind: fit
data: {file: events.csv}
observables: {m: {range: [5, 7]}}
model:
  components:
    signal: {pdf: gauss, on: m, args: {mu: [6, 5, 7], sigma: 0.1}, yield: [6, 0, 50]}
    background: {pdf: uniform, on: m, yield: [14, 0, 50]}
"""
TOYS = """\
kind: toys
name: pulls
title: Pulls of the fit
study: FOLDER/fit.yaml
toys: 40
seed: 3
errors: [hesse, minos]
goodness_of_fit: kolmogorov_smirnov
against: FOLDER/other.yaml
"""
ENTRIES = [line.split(":")[0] for line in TOYS.splitlines()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toys")
    (folder / "events.csv").write_text("m\n5.5\n6\n6.5\n")
    (folder / "fit.yaml").write_text(FIT)
    (folder / "other.yaml").write_text(FIT.replace("0.1", "[0.1, 0.01, 1]"))
    (folder / "toolbox.yaml").write_text(TOOLBOX)
    (folder / "broken.yaml").write_text("kind: fit\nmodel: [")
    (folder / "run").mkdir()
    (folder / "run" / "result.json").write_text('{"kind": "fit"}')
    (folder / "self.yaml").write_text("kind: toys\nstudy: self.yaml\n")
    return folder


def loaded(folder, text: str, *overrides: str) -> ToyStudy | None:
    """Return the study; None where it is refused in words."""
    (folder / "toys.yaml").write_text(text.replace("FOLDER", str(folder)))
    with contextlib.suppress(LikelyError):
        found = load(folder / "toys.yaml", overrides=overrides)
        return found if isinstance(found, ToyStudy) else None


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.sampled_from(
    [
        "FOLDER/fit.yaml",
        "FOLDER/broken.yaml",
        "FOLDER/toolbox.yaml",
        "FOLDER/run",
        "FOLDER/self.yaml",
        "FOLDER",
    ]
    + ["FOLDER/no.yaml", "..", "/", "dimuon-z", "[]", "{}", "null", "0", "-1", "1e300"]
    + ["1.5", ".nan", ".inf", "yes", "[hesse, 3]", "[minos]", "{a: b}", "likelihood"]
    + ["10000000", "10000001", "99999999999999999999999", "'40'", "[[40]]"]
)
hostile = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def test_the_study_that_is_mutilated_is_a_study(folder):
    assert loaded(folder, TOYS).content.toys == 40


@given(
    st.integers(0, len(TOYS)),
    st.integers(0, 12),
    st.text(alphabet=string.printable, max_size=8),
)
@hostile
def test_any_mutilation(folder, place, length, text):
    loaded(folder, TOYS[:place] + text + TOYS[place + length :])


@given(
    st.lists(st.tuples(st.sampled_from(ENTRIES), values | words), max_size=4),
    st.sets(st.sampled_from(ENTRIES), max_size=4),
)
@hostile
def test_any_value_in_any_entry(folder, changes, left_out):
    lines = dict(line.split(": ", 1) for line in TOYS.splitlines())
    changed = copy.copy(lines) | dict(changes)
    kept = {k: v for k, v in changed.items() if k not in left_out}
    loaded(folder, "\n".join(f"{k}: {v}" for k, v in kept.items()))


@given(
    st.sampled_from(ENTRIES) | st.text(max_size=12),
    values | st.text(alphabet="[]{}:,.'\"am01-+*/ &!|\\", max_size=12),
)
@hostile
def test_any_override(folder, key, value):
    loaded(folder, TOYS, f"{key}={value}")
