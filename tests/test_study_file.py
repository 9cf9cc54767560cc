"""The study file: what it may say, and one sentence with a line for everything else."""

import contextlib
import copy
import math
import os
import string

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st
from study_helpers import TOOLBOX, Z_STUDY as STUDY, message_of, planned

from likely.core import LikelyError
from likely.studies.document import Document, parse_document
from likely.studies.grammar import PDFS, signature
from likely.studies.overrides import override
from likely.studies.plan import Formula, Leaf
from likely.studies.references import plan
from likely.studies.schema_values import AbstractSection
from likely.studies.units import UNITS, unit_fault
from likely.studies.validation import KINDS, validate
from likely.studies.yaml_reader import MAX_NODES, read_yaml
from likely.studies.yaml_writer import write_yaml


def error_of(text: str, *sets: str) -> str:
    return message_of(planned, text, *sets)


def line_of(fragment: str) -> int:
    return STUDY[: STUDY.index(fragment)].count("\n") + 1


# --- YAML ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("no", "no"),
        ("y", "y"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("2001-01-01", "2001-01-01"),
        ("<<", "<<"),
        ("=", "="),
        ("true", True),
        ("False", False),
        ("tRue", "tRue"),
        ("null", None),
        ("~", None),
        ("1e-3", 1e-3),
        ("1E+3", 1e3),
        ("85.", 85.0),
        (".5", 0.5),
        ("-.5e1", -5.0),
        ("+12", 12),
        ("007", 7),
        ("0o17", 15),
        ("0x1F", 31),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("inf", "inf"),
        ("nan", "nan"),
        ("1.2.3", "1.2.3"),
        ("e5", "e5"),
        ("'1e-3'", "1e-3"),
        ('"true"', "true"),
        ("9" * 5000, math.inf),
    ],
)
def test_plain_words_are_read_by_yaml_1_2(text, value):
    (read,) = read_yaml(f"- {text}", "x")[0]
    assert read == value
    assert type(read) is type(value)


def test_not_a_number_is_read():
    assert math.isnan(read_yaml("- .nan", "x")[0][0])


def test_the_key_on_is_a_name():
    data, lines = read_yaml("a:\n  on: mass\n  no: 1", "x")
    assert data == {"a": {"on": "mass", "no": 1}}
    assert lines["a", "on"] == 2
    assert lines["a", "no"] == 3


def test_lines_of_lists_and_flow_collections():
    _, lines = read_yaml("a:\n- 1\n- {b: 2,\n   c: [3,\n 4]}", "x")
    assert lines["a", 0] == 2
    assert lines["a", 1, "c"] == 4
    assert lines["a", 1, "c", 1] == 5


def test_an_alias_stands_for_its_anchor():
    assert read_yaml("a: &x [1, 2]\nb: *x", "x")[0] == {"a": [1, 2], "b": [1, 2]}


def alias_bomb() -> str:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    for i in range(9):
        lines.append(f"a{i + 1}: &a{i + 1} [{', '.join([f'*a{i}'] * 10)}]")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: 2\na: 3", 3, "`a` is there already, in line 1"),
        ("a:\n\tb: 1", 2, "a tab"),
        ("a: [1,\n  2", 2, "expected"),
        ("a: b: c", 1, "in quotes"),
        ("a: *x", 1, "`*x` refers to an anchor"),
        ("a:\n  - &x [*x]", 2, "deeper than"),
        (alias_bomb(), None, f"more than {MAX_NODES} nodes"),
        ("a: !!python/object/apply:os.system [ls]", 1, "tag"),
        ("a: !include x", 1, "tag"),
        ("a: 1\n---\nb: 1", 2, "second document"),
        ("a: 1\n1: b", 2, "reads as a number"),
        ("true: b", 1, "reads as a truth value"),
        ("a: 1\n~: b", 2, "reads as nothing"),
        ("? [a]\n: b", 1, "must be a name"),
        ("a: " + "[" * 40 + "]" * 40, 1, "deeper than"),
        ("a: " + "[" * 100_000, 1, "deeper than"),
        ("a: {" + "a: {" * 40 + "}" * 41, 1, "deeper than"),
        ('a:\n  "\\UFFFFFFFF"', None, "not YAML"),
        ('a: "\\ud800"', 1, "surrogate"),
        ("a: 1\nb: \x00", 2, "U+0000"),
        ("a" * 1_000_001, None, "is it the data file?"),
        ("%YAML 3.0\n---\na: 1", 1, "YAML"),
        ("- a\n- b", 1, "got a list of 2"),
        ("just text", 1, "got the text 'just text'"),
        ("", None, "is empty"),
        ("# only a comment\n", None, "is empty"),
        ("---\n...\n", None, "is empty"),
    ],
)
def test_what_is_no_study_is_one_sentence_with_its_line(text, line, words):
    message = error_of(text)
    assert message.startswith("fit.yaml")
    assert words in message
    assert "\n" not in message
    if line is not None:
        assert f"line {line}:" in message


# --- The grammar ---------------------------------------------------------------------


def test_the_study_of_the_documentation_is_understood():
    study, made = planned(STUDY)
    assert study.fit.errors == ["hesse", "minos"]
    assert study.data.weight == "w"
    assert made.extended
    assert made.scalars["m0"] == Leaf("m0", 91, 85, 95, "GeV")
    assert made.scalars["signal.width"] == Leaf(
        "signal.width", 2.4952, unit="GeV", fixed=True
    )
    assert made.scalars["signal.sigma"] == Leaf("signal.sigma", 1.5, 0.3, 5, "GeV")
    assert made.scalars["background.slope"].unit == "1/GeV"
    assert made.scalars["signal.yield"] == Leaf("signal.yield", 9000, 0, 20000)
    assert isinstance(made.scalars["shift"], Formula)
    assert [c.name for c in made.components] == ["signal", "background"]
    assert made.components[0].density.arguments["mu"] == "m0"
    assert made.constraints == (("m0", 91.19, 0.5),)
    assert made.fitted_observable.label == "mass [GeV]"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("bins:", "binz:", "`report.binz` is not a key here: did you mean `bins`"),
        ("weight:", "wight:", "`data.wight` is not a key here: did you mean `weight`"),
        ("voigt", "voight", "got `voight`: did you mean `voigt`"),
        ("sigma: [1.5", "sigm: [1.5", "`model.components.signal.args.sigm` is no arg"),
        (
            "unit: GeV}\nparam",
            "unit: GeW}\nparam",
            "unknown unit `GeW`: did you mean `GeV`",
        ),
        ("newton", "newtn", "got `newtn`: did you mean `newton`"),
        ("minos", "minoss", "got `minoss`: did you mean `minos`"),
        ("mu: m0", "mu: m1", "no entry of `parameters`: `m1`; did you mean `m0`"),
        ("mu: m0", 'mu: "2*mO"', "uses `mO`, which is no entry of `parameters`"),
        ("mu: m0", 'mu: "m0 > 3"', "has a condition"),
        ("mu: m0", "mu: 1:30", "neither a parameter nor a formula"),
        ("mu: m0", 'mu: "log(-m0)"', "is nan at the start values"),
        ("mu: m0", "mu: [91, 85]", "must be [value, min, max], 3 numbers; got 2"),
        ("mu: m0", "mu: [91, 95, 85]", "min < max; got min 95 and max 85"),
        ("mu: m0", "mu: [99, 85, 95]", "start inside its limits [85, 95]; got 99"),
        ("mu: m0", "mu: [91, .nan, 95]", "must be a finite number; got nan"),
        ("mu: m0", "mu: .inf", "must be a finite number; got inf"),
        ("mu: m0", "mu: true", "got the truth value true"),
        ("mu: m0", "mu:", "got nothing"),
        ("mu: m0", "mu: {value: 1, mim: 2}", "args.mu.mim` is not a key here"),
        ("mu: m0", "mu: {min: 2}", "needs a `value`, or an `expression`"),
        ("mu: m0", "mu: {value: 1, expression: m0}", "that excludes `value`"),
        ("mu: m0, ", "", "lacks `mu`: it is voigt(mu, width, sigma)"),
        (
            "on: mass\n      args: {mu",
            "on: mas\n      args: {mu",
            "did you mean `mass`",
        ),
        (
            "on: mass\n      args: {mu",
            "args: {mu",
            "`model.components.signal.on` is missing",
        ),
        ("range: [60, 120]", "range: [120, 60]", "lower < upper"),
        ("range: [60, 120]", "range: [60]", "must be [lower, upper], 2 numbers; got 1"),
        ("range: [60, 120]", "range: 60", "got the number 60"),
        ("parameter: m0", "parameter: signal.sigm", "did you mean `signal.sigma`"),
        ("gauss: [91.19, 0.5]", "gauss: [91.19, 0]", "sigma > 0"),
        ("gauss: [91.19, 0.5]", "gaus: [91.19, 0.5]", "did you mean `gauss`"),
        ("m0 - 91", "m0 -* 91", "is no expression"),
        ("m0 - 91", "shift - 91", "needs itself"),
        ("m0 - 91", "m0.value - 91", "there are no attributes"),
        ("cosh(", "cosch(", "there is no function `cosch`; did you mean"),
        ("bins: 60", "bins: 0", "between 1 and"),
        ("bins: 60", "bins: 2.5", "whole number; got 2.5"),
        ("log: false", "log: 0", "must be true or false; got the number 0"),
        ("errors: [hesse, minos]", "errors: hesse", "must be a list"),
        ("newton", "minuit, starts: 3", "is an option of `minimiser: newton`"),
        ("file: Zmumu_Run2011A.csv", "file: []", "empty list"),
        ("file: Zmumu_Run2011A.csv", "file: 3", "must be a text; got the number 3"),
        ("file: Zmumu_Run2011A.csv", "file:", "must be a text; got nothing"),
        ("shift:", "if:", "is not a name that expressions can use"),
        ("shift:", "1a:", "is not a name that expressions can use"),
        ("    signal:", "    a.b:", "is not a component's name"),
        ("kind: fit", "kind: fitt", "must name a kind of study"),
        ("kind: fit", "kin: fit", "it is missing"),
        ("kind: fit", "kind: fit\nmodle: 1", "did you mean `model`"),
        ("kind: fit", "kind: fit\nname: a/b", "names a folder"),
        ("kind: fit", "kind: fit\nseed: -1", "must be between 0 and"),
    ],
)
def test_a_wrong_entry_is_named_with_its_line_and_what_is_near(old, new, words):
    assert old in STUDY
    changed = STUDY.replace(old, new, 1)
    message = error_of(changed)
    assert words in message
    same = len(os.path.commonprefix([STUDY, changed]))
    line = STUDY[:same].count("\n") + 1
    if "is missing" in words or "lacks" in words:
        line = line_of("    signal:")
    if "it is missing" not in words:
        assert f"fit.yaml, line {line}: `" in message


def test_all_faults_are_told_at_once_in_the_order_of_the_file():
    wrong = STUDY.replace("voigt", "void").replace("bins", "bims").replace("tree", "x")
    wrong = wrong.replace("unit: GeV}\nparam", "unit: Gev}\nparam")
    message = error_of(wrong)
    head, *lines = message.splitlines()
    assert head == "fit.yaml has 3 errors:"
    numbers = [int(line.split("line ")[1].split(":")[0]) for line in lines]
    assert numbers == sorted(numbers)
    assert numbers[1] == line_of("pdf: voigt")


def test_an_empty_section_is_as_good_as_none():
    study, _ = planned(STUDY.replace("- {parameter: m0, gauss: [91.19, 0.5]}", ""))
    assert study.constraints == []


def test_every_section_of_the_grammar_has_its_place():
    def sections(cls):
        for sub in cls.__subclasses__():
            yield sub
            yield from sections(sub)

    placed = {cls for kind in KINDS.values() for cls in kind.values()}
    found = set(sections(AbstractSection))
    assert {c for c in found if not c.__name__.startswith("Abstract")} == placed


@pytest.mark.parametrize("key", ["yield", "fraction"])
def test_a_single_component_needs_no_size_but_may_have_a_yield(key):
    component = "{pdf: gauss, on: x, args: {mu: [1, 0, 2], sigma: 1}"
    text = "kind: fit\ndata: {file: a.csv}\nobservables: {x: {range: [0, 1]}}\n"
    text += "model: {components: {only: " + component
    assert not planned(text + "}}}")[1].extended
    sized = f"{text}, {key}: [0.5, 0, 1]}}}}}}"
    if key == "yield":
        assert planned(sized)[1].extended
    else:
        assert "one too many" in error_of(sized)


def mixture(*sizes: str) -> str:
    components = "".join(
        f"    c{i}: {{pdf: gauss, on: x, args: {{mu: {i}, sigma: 1}}{size}}}\n"
        for i, size in enumerate(sizes)
    )
    head = "kind: fit\ndata: {file: a.csv}\nobservables: {x: {range: [0, 9]}}\n"
    return f"{head}model:\n  components:\n{components}"


F, Y = ", fraction: [0.3, 0, 1]", ", yield: [10, 0, 99]"


def test_the_component_without_a_fraction_has_the_rest():
    _, made = planned(mixture(F, "", F))
    assert [c.name for c in made.components] == ["c0", "c2", "c1"]
    assert made.components[-1].size is None
    assert not made.extended


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ((F, F), "one too many"),
        ((Y, ""), "lacks the `yield`"),
        ((Y, F), "stands beside the `yield` of `c0`"),
        (("", ""), "needs a `fraction` or a `yield`"),
        ((F, "", ""), "needs a `fraction` or a `yield`"),
        ((Y + F, Y), "has a `yield` and a `fraction`"),
    ],
)
def test_sizes_that_do_not_add_up(sizes, words):
    assert words in error_of(mixture(*sizes))


def test_components_on_different_observables_are_refused():
    text = STUDY.replace("unit: GeV}\n", "unit: GeV}\n  y: {range: [0, 1]}\n", 1)
    text = text.replace("exponential\n      on: mass", "exponential\n      on: y")
    assert "describe the same observable" in error_of(text)


@pytest.mark.parametrize("pdf", PDFS)
def test_every_pdf_lists_its_arguments_when_one_is_wrong(pdf):
    text = STUDY.replace("pdf: exponential", f"pdf: {pdf}")
    message = error_of(text.replace("slope: [", "slop: ["))
    assert f"is no argument of {signature(pdf)}" in message


@pytest.mark.parametrize(
    ("pdf", "args", "fault"),
    [
        ("chebyshev", "c1: 0.1", ""),
        ("chebyshev", "c2: 0.1, c1: [0, -1, 1]", ""),
        ("chebyshev", "c2: 0.1", "lacks `c1`"),
        ("chebyshev", "c1: 0.1, c3: 0.1", "lacks `c2`"),
        ("chebyshev", "c0: 0.1", "lacks `c1`"),
        ("chebyshev", "c1: 0, c01: 0", "`model.components.background.args.c01` is no"),
        ("chebyshev", "", "lacks `c1`"),
        ("bernstein", "c0: 1, c1: 2, c2: 1", ""),
        ("bernstein", "c1: 1, c2: 2", "lacks `c0`"),
        ("uniform", "", ""),
        ("uniform", "c0: 1", "is no argument of uniform()"),
    ],
)
def test_numbered_arguments_count_without_a_gap(pdf, args, fault):
    text = STUDY.replace("pdf: exponential", f"pdf: {pdf}")
    text = text.replace("slope: [-0.05, -1, 0.5]", args)
    if fault:
        assert fault in error_of(text)
    else:
        _, made = planned(text)
        order = list(made.components[1].density.arguments)
        assert order == sorted(order)


def test_an_argument_may_be_a_formula():
    _, made = planned(STUDY.replace("mu: m0", 'mu: "1.5*m0 - shift"'))
    formula = made.scalars["signal.mu"]
    assert isinstance(formula, Formula)
    assert formula.expression.names == ("m0", "shift")
    assert list(made.scalars).index("shift") < list(made.scalars).index("signal.mu")


def test_a_formula_without_parameters_is_a_fixed_number():
    _, made = planned(STUDY.replace("width: 2.4952", 'width: "sqrt(16) / 2"'))
    assert made.scalars["signal.width"] == Leaf(
        "signal.width", 2.0, unit="GeV", fixed=True
    )


def test_formulas_may_refer_to_each_other_in_any_order():
    text = STUDY.replace("  shift:", '  b: {expression: "a + 1"}\n  shift:')
    text = text.replace("  shift:", '  a: {expression: "shift * 2"}\n  shift:')
    _, made = planned(text)
    assert [f.name for f in made.formulas] == ["shift", "a", "b"]


def test_a_free_parameter_that_nothing_knows_of_is_refused():
    text = STUDY.replace("  shift:", "  lost: {value: 1}\n  shift:")
    message = error_of(text)
    assert "`parameters.lost` is free" in message
    assert f"line {line_of('  shift:')}" in message
    planned(text.replace("{value: 1}", "{value: 1, fixed: true}"))
    planned(text.replace("- {param", "- {parameter: lost, gauss: [1, 2]}\n  - {param"))


def test_entries_of_parameters_may_be_short():
    _, made = planned(STUDY.replace("  shift:", "  two: 2\n  shift:"))
    assert made.scalars["two"] == Leaf("two", 2.0, fixed=True)
    _, made = planned(
        STUDY.replace("{value: 91, min: 85, max: 95, unit: GeV}", "[91, 85, 95]")
    )
    assert made.scalars["m0"] == Leaf("m0", 91, 85, 95)


@pytest.mark.parametrize(
    "unit",
    ["", "GeV", "MeV/c^2", "GeV/c**2", "1/GeV", "1/(GeV)", "cm^2 s^-1", "ps^-1", "mrad",
     "µm", "fb", "counts", "%", "events/GeV", "cm2", "GeV^2/c^4", "dimensionless"],
)  # fmt: skip
def test_known_units(unit):
    assert unit_fault(unit) == ""


@pytest.mark.parametrize(
    ("unit", "near"),
    [
        ("Gev", "`GeV`"),
        ("GEV", "`GeV`"),
        ("GeVV", "`GeV`"),
        ("parsnip", ""),
        ("GeV/x", ""),
    ],
)
def test_unknown_units_are_named(unit, near):
    fault = unit_fault(unit)
    assert "unknown unit" in fault
    assert near in fault


def test_suggested_units_are_known():
    from likely.studies.units import _SUGGESTED

    assert set(_SUGGESTED) <= UNITS


# --- Overrides -----------------------------------------------------------------------


def test_overrides_replace_entries():
    study, made = planned(
        STUDY,
        "fit.errors=[hesse]",
        "parameters.m0.value=90.5",
        "constraints.0.gauss=[91, 0.25]",
        "data.select=pt1 == 20",
        "report={bins: 7}",
        "data.weight=null",
        "model.components.signal.args.sigma.1=0.5",
    )
    assert study.fit.errors == ["hesse"]
    assert study.report.bins == 7
    assert study.data.select == "pt1 == 20"
    assert study.data.weight is None
    assert made.scalars["m0"].value == 90.5
    assert made.constraints[0][1:] == (91, 0.25)
    assert made.scalars["signal.sigma"].min == 0.5


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        (
            "fit.erors=[hesse]",
            "`--set fit.erors=[hesse]`: `fit.erors` is not a",
        ),
        (
            "fit.errors=[hess]",
            "`--set fit.errors=[hess]`: `fit.errors` must name",
        ),
        ("fit.errors", "write dotted.key=value"),
        ("=3", "write dotted.key=value"),
        ("fit..errors=3", "write dotted.key=value"),
        ("fit.errors=", "there is no value"),
        ("fit.errors=[hesse", "line 1"),
        ("kind.x=1", "`kind` is the text 'fit' and has no entry `x`"),
        ("constraints.1.gauss=[1, 2]", "counted from 0 and `1` is none of them"),
        ("constraints.-1.gauss=[1, 2]", "`-1` is none of them"),
        ("model.components.signal.args.sigma.0=9", "with `--set model.components"),
        ("parameters.m0.value=high", "must be a number; got the text 'high'"),
        ("a" * 300 + "=1", "is not a key here"),
        (".".join("a" * 40) + "=1", "write dotted.key=value"),
    ],
)
def test_a_wrong_override_is_named(setting, words):
    assert words in error_of(STUDY, setting)


def test_an_override_leaves_the_study_itself_alone():
    document = parse_document(STUDY)
    override(document, ["fit.errors=[]"])
    assert document.data["fit"]["errors"] == ["hesse", "minos"]


# --- Writing -------------------------------------------------------------------------

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
words |= st.sampled_from(
    "on no 1e-3 1:30 0x1 ~ null true .inf - # ' | &a *a !x % @ ` = << é".split()
    + ["- a", "a: b", " a ", "a\nb", "a\n", "\ta", "\n"]
)
numbers = st.integers(-(10**15), 10**15) | st.floats(allow_nan=False)
leaves = st.none() | st.booleans() | numbers | words
trees = st.recursive(
    leaves, lambda t: st.lists(t, max_size=4) | st.dictionaries(words, t, max_size=4)
)


@given(trees)
@settings(max_examples=150, deadline=None)
def test_what_is_written_reads_back(data):
    assert read_yaml(write_yaml(data), "x")[0] == data


@pytest.mark.parametrize(
    "data", [{"a": object()}, {1: 2}, {"a": {None: 1}}, {"a": b"x"}]
)
def test_what_yaml_cannot_hold_is_refused(data):
    with pytest.raises(LikelyError):
        write_yaml(data)


# --- Hostile input -------------------------------------------------------------------


def survives(read) -> None:
    """Whatever is read either is a study or raises the one error of the package."""
    with contextlib.suppress(LikelyError):
        read()


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
@example("\ufeff")
@example("a: \x85")
def test_any_text_is_a_study_or_an_error(text):
    survives(lambda: planned(text))


@given(st.text(alphabet=" \n\t:-[]{}&*!|>'\"%@`?#,.~ab1\\uUx", max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_yaml_like_text_is_a_study_or_an_error(text):
    survives(lambda: planned(text))


@given(
    st.sampled_from([STUDY, TOOLBOX]),
    st.integers(0, len(TOOLBOX)),
    st.integers(0, 12),
    st.text(alphabet=string.printable, max_size=8),
)
@settings(max_examples=200, deadline=None)
def test_a_mutilated_study_is_a_study_or_an_error(study, place, length, text):
    survives(lambda: planned(study[:place] + text + study[place + length :]))


def paths(data, path=()):
    yield path
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in items:
        if isinstance(value, dict | list):
            yield from paths(value, (*path, key))
        else:
            yield (*path, key)


VALID = [parse_document(text).data for text in (STUDY, TOOLBOX)]
PATHS = [(i, path) for i, data in enumerate(VALID) for path in paths(data) if path]
nasty = trees | st.sampled_from(
    ["m0", "shift", "signal.mu", "2*m0", "mass", 10**400, -(10**400), 1e308, [1, 2, 3],
     {"value": 1}, {"expression": "m0"}, {"value": None}, [[]], {"pdf": "gauss"},
     "expression", "histogram", "scale * sigma_m", ["mass"], ["mass", "time"],
     {"mass": {"bins": 3}}, {"on": "mass", "pdf": "uniform"}, {"key": "k", "scale": 1}]
)  # fmt: skip
# Keys of one section put into another.
keys = st.sampled_from(sorted({str(path[-1]) for _, path in PATHS}))


@given(
    st.integers(0, 1),
    st.lists(
        st.tuples(st.sampled_from(PATHS), st.none() | keys, nasty),
        min_size=1,
        max_size=3,
    ),
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_value_in_any_entry_is_a_study_or_an_error(which, changes):
    data = copy.deepcopy(VALID[which])
    for (_, path), key, value in changes:
        node = data
        try:
            for step in path[:-1]:
                node = node[step]
            node[path[-1] if key is None else key] = value
        except (KeyError, IndexError, TypeError):
            continue  # of the other study, or an earlier change took the place away

    def read():
        document = Document(data, "fit.yaml")
        return plan(validate(document), document)

    survives(read)
    survives(lambda: planned(write_yaml(data)))


@given(
    st.sampled_from([(i, ".".join(map(str, path))) for i, path in PATHS])
    | st.tuples(st.integers(0, 1), st.text(max_size=20)),
    st.text(alphabet="[]{}:,.'\"abm01-+*/ &!|\\", max_size=20),
)
@settings(max_examples=150, deadline=None)
def test_any_override_is_a_study_or_an_error(place, value):
    which, key = place
    survives(lambda: planned([STUDY, TOOLBOX][which], f"{key}={value}"))
