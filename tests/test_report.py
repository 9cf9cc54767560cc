"""Figures and the page of a report, on results made by hand and on a real fit."""

import re
import struct
import subprocess
import sys
import threading
from dataclasses import replace
from types import SimpleNamespace

import equinox as eqx
import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from page_reader import Page

import likely as lk
from likely.core import Estimate, LikelyError, Observable, Parameter, Result, Status
from likely.distributions import Exponential, Gauss, Product, Sum
from likely.report import (
    image,
    plot,
    plot_contour,
    plot_correlation,
    plot_history,
    plot_profile,
    styled,
    write_report,
)
from likely.report.profile_figure import in_words, smooth
from likely.report.yields import yield_labels
from likely.stats import Contour, Profile, garwood

MASS = Observable("mass", 60.0, 120.0, unit="GeV")
ERRORS = {"m0": 0.03, "signal.yield": 31.0, "background.yield": 16.0}
VALUES = {"m0": 91.0, "signal.yield": 900.0, "background.yield": 200.0}


def parameter(name):
    return Parameter(name, VALUES[name], 0.0, 1e6, unit="GeV" if name == "m0" else "")


def mixture():
    return Sum(
        {
            "signal": Gauss(MASS, parameter("m0"), 2.5),
            "background": Exponential(MASS, -0.04),
        },
        yields=[parameter("signal.yield"), parameter("background.yield")],
    )


def events(seed=5, signal=900, background=200):
    rng = np.random.default_rng(seed)
    x = [rng.normal(91.0, 2.5, signal), 60 + rng.exponential(25, background)]
    x = np.concatenate(x)
    return x[(x > 60) & (x < 120)]


def made(model=None, x=None, weights=None, **changes):
    x = np.atleast_2d(events() if x is None else np.asarray(x, float))
    covariance = np.diag([e**2 for e in ERRORS.values()])
    covariance[1, 2] = covariance[2, 1] = -100.0
    result = Result(
        Status(True, "converged after 5 iterations", ("a note",)),
        tuple(
            Estimate(
                name,
                VALUES[name],
                error,
                lower=-1.1 * error,
                upper=0.9 * error,
                min=0.0,
                max=1e6,
                unit="GeV" if name == "m0" else "",
            )
            for name, error in ERRORS.items()
        ),
        (Estimate("shift", -0.19, 0.03, unit="GeV"),),
        covariance,
        tuple(ERRORS),
        -1234.5,
        x.shape[1],
        float(x.shape[1] if weights is None else np.sum(weights)),
        model=mixture() if model is None else model,
        objective=SimpleNamespace(events=x, weights=weights),
        history=(-1000.0, -1200.0, -1234.0, -1234.5),
        timings={"fit": 0.125},
        provenance={
            "version": "0.1.0",
            "seed": 3,
            "data": [
                {
                    "file": "z.csv",
                    "sha256": "ab" * 32,
                    "events_read": 1300,
                    "events_selected": 1200,
                }
            ],
        },
    )
    return replace(result, **changes)


def profile_of(name):
    value, error = VALUES[name], ERRORS[name]
    x = np.linspace(value - 3 * error, value + 3 * error, 7)
    z = (x - value) / error
    return Profile(name, x, z**2 + 0.1 * z**3, (2 * z + 0.3 * z**2) / error, z**2)


def legend(figure):
    return [t.get_text() for t in figure.axes[0].get_legend().get_texts()]


# ---- the main figure -----------------------------------------------------------


def test_points_are_the_data_with_garwood_intervals():
    result = made()
    axes = plot(result, bins=30).axes[0]
    (points,) = [c for c in axes.containers if hasattr(c, "has_yerr")]
    line, _, (bars,) = points.lines
    counts = np.histogram(result.objective.events[0], 30, (60, 120))[0]
    np.testing.assert_array_equal(line.get_ydata(), counts)
    ends = np.array([s[:, 1] for s in bars.get_segments()])
    np.testing.assert_allclose(ends, np.transpose(garwood(counts)), rtol=1e-12)


def test_curves_integrate_to_the_yields():
    figure = plot(made(), bins=30)
    lines = {tuple(line.get_ydata()): line for line in figure.axes[0].lines}
    areas = sorted(
        np.trapezoid(line.get_ydata(), line.get_xdata()) / 2.0
        for line in lines.values()
        if len(line.get_xdata()) == 500
    )
    assert areas == pytest.approx([200, 900, 1100], rel=1e-3)


def test_words_of_the_main_figure():
    figure = plot(made(), bins=120)
    upper, lower = figure.axes
    assert upper.get_ylabel() == "Events / (0.5 GeV)"
    assert lower.get_xlabel() == "mass [GeV]"
    assert legend(figure) == [
        f"Data: {made().n_events} events",
        "Fit",
        "signal: 900 ± 31",
        "background: 200 ± 16",
    ]
    assert re.fullmatch(r"χ²/ndof = [\d.]+/\d+ \(p = .+\)", upper.get_title("right"))
    assert upper.get_title("left") == ""


def test_a_failed_fit_is_loud():
    figure = plot(made(status=Status(False, "no minimum")))
    assert figure.axes[0].get_title("left") == "NOT CONVERGED"


def test_pulls_are_bars():
    result = made()
    bars = plot(result, bins=40).axes[1].patches
    expected = lk.stats.projection(result, "mass", bins=40).pulls
    np.testing.assert_allclose([b.get_height() for b in bars], expected)


@pytest.mark.parametrize("log", [False, True])
def test_nothing_is_cut_off_or_under_the_legend(log):
    figure = plot(made(), bins=30, log=log)
    image(figure, "png")
    axes = figure.axes[0]
    box = axes.get_legend().get_window_extent()
    counts = np.histogram(made().objective.events[0], 30, (60, 120))[0]
    tops = np.column_stack([np.linspace(61, 119, 30), garwood(counts)[1]])
    for x, y in axes.transData.transform(tops):
        assert not (box.x0 < x < box.x1 and box.y0 < y < box.y1)
    assert axes.get_ylim()[1] > garwood(counts)[1].max()


def test_an_empty_bin_shows_its_interval_on_a_logarithmic_axis():
    axes = plot(made(x=[61.0, 91.0, 91.2]), bins=6, log=True).axes[0]
    (bars,) = [c for c in axes.containers if hasattr(c, "has_yerr")]
    (segments,) = bars.lines[2]
    assert segments.get_segments()[1][1, 1] == pytest.approx(1.8410216450)
    assert 0 < axes.get_ylim()[0] < 1
    assert axes.yaxis.get_major_formatter()(1000.0) == "1000"
    assert axes.yaxis.get_major_formatter()(1e6) == "10⁶"


def test_weighted_events_say_so():
    x = events()
    weights = np.full(len(x), 0.5)
    weights[x > 118] = -0.5
    x = np.append(x, [119.5, 119.6, 119.7])
    weights = np.append(weights, [-0.5] * 3)
    figure = plot(made(x=x, weights=weights), bins=60, log=True)
    assert figure.axes[0].get_ylabel() == "Weighted events / (1 GeV)"
    assert legend(figure)[0] == f"Data: {len(x)} events, Σw = {weights.sum():.5g}"
    assert re.fullmatch(r"\d bins? below zero not shown", legend(figure)[-1])
    linear = plot(made(x=x, weights=weights), bins=60)
    assert linear.axes[0].get_ylim()[0] < 0


def test_many_events_leave_the_power_of_ten_to_the_label():
    x = np.tile(events(), 50)
    result = made(x=x, weights=np.full(x.shape, 1e6))
    axes = plot(result, bins=10).axes[0]
    assert axes.get_ylabel() == "10⁹ weighted events / (6 GeV)"
    top = axes.get_ylim()[1]
    assert float(axes.yaxis.get_major_formatter()(top)) == pytest.approx(
        top / 1e9, 1e-4
    )


def shape_only():
    return made(Gauss(MASS, parameter("m0"), 2.5))


def six_components():
    parts = {f"c{i}": Gauss(MASS, 65.0 + 10 * i, 4.0) for i in range(6)}
    return made(Sum(parts, fractions=[0.1] * 5))


def two_observables():
    time = Observable("time", 0.0, 5.0)
    x = np.array([[70.0, 91.0, 92.0], [1.0, 2.0, 3.0]])
    model = Product([Gauss(MASS, parameter("m0"), 2.5), Exponential(time, -1.0)])
    return made(model, x)


def no_events():
    return made(x=np.zeros((1, 0)))


def broken_model():
    # As a fit leaves it that met no finite value; `Gauss` itself would refuse it.
    model = eqx.tree_at(lambda shape: shape.mu, Gauss(MASS, 91.0, 2.5), np.nan)
    return made(model, status=Status(False, "not finite"))


def names_that_hurt():
    odd = Observable("m_{$x", 60.0, 120.0, unit="$GeV$")
    parts = {"_a$b": Gauss(odd, 91.0, 2.5), "<b>$c$": Exponential(odd, -0.04)}
    return made(Sum(parts, yields=[900.0, 200.0]))


HARD = (
    shape_only,
    six_components,
    two_observables,
    no_events,
    broken_model,
    names_that_hurt,
)


@pytest.mark.parametrize("make", HARD, ids=lambda f: f.__name__)
@pytest.mark.parametrize("log", [False, True])
def test_hard_cases_are_drawn(make, log):
    figure = plot(make(), log=log)
    assert image(figure, "png").startswith(b"\x89PNG")
    assert image(figure, "pdf").startswith(b"%PDF")


def test_each_observable_has_a_figure():
    assert plot(two_observables(), "time").axes[1].get_xlabel() == "time"
    assert (
        plot(two_observables(), "time", bins=10).axes[0].get_ylabel() == "Events / 0.5"
    )
    with pytest.raises(LikelyError, match="no observable `tim`: did you mean `time`"):
        plot(two_observables(), "tim")
    with pytest.raises(LikelyError, match="holds no model"):
        plot(made(model=None, objective=None))


def test_names_are_drawn_as_they_are():
    figure = plot(names_that_hurt())
    assert figure.axes[1].get_xlabel() == r"m_{\$x [\$GeV\$]"
    assert legend(figure)[2:] == [r" _a\$b: 900", r"<b>\$c\$: 200"]


def test_the_rest_of_the_fractions_has_the_error_of_the_others():
    first, second = Parameter("f", 0.5, 0.0, 1.0), Parameter("g", 0.3, 0.0, 1.0)
    parts = {k: Gauss(MASS, 70.0 + 10 * i, 3.0) for i, k in enumerate("abc")}
    result = made(
        Sum(parts, fractions=[first, second]),
        covariance=np.array([[4e-4, -1e-4], [-1e-4, 1e-4]]),
        covariance_names=("f", "g"),
    )
    # Var(1 - f - g) = (4 + 1 - 2) 1e-4
    assert yield_labels(result) == {
        "a": "a: (50.0 ± 2.0) %",
        "b": "b: (30.0 ± 1.0) %",
        "c": "c: (20.0 ± 1.7) %",
    }


# ---- the other figures ---------------------------------------------------------


def test_profile_figure():
    result = made()
    figure = plot_profile(result, profile_of("m0"))
    axes = figure.axes[0]
    assert axes.get_xlabel() == "m0 [GeV]"
    assert axes.get_title("right") == "m0 = 91.000 −0.033 +0.027 GeV"
    assert legend(figure) == ["MINOS interval", "Parabola (Hesse)", "Profile"]
    image(figure, "png")
    plain = Estimate("m0", 91.0, 0.03)
    figure = plot_profile(made(estimates=(plain,)), profile_of("m0"))
    assert legend(figure) == ["Parabola (Hesse)", "Profile"]
    assert in_words(plain) == "m0 = 91.000 ± 0.030"
    with pytest.raises(LikelyError, match="no parameter"):
        plot_profile(made(estimates=()), profile_of("m0"))


def test_the_curve_of_a_profile_is_its_cubic():
    profile = profile_of("m0")
    x, y = smooth(profile)
    z = (x - VALUES["m0"]) / ERRORS["m0"]
    np.testing.assert_allclose(y, z**2 + 0.1 * z**3, atol=1e-9)


def test_profile_of_one_point():
    p = Profile("m0", *(np.array([v]) for v in (91.0, 0.0, 0.0, 0.0)))
    with pytest.raises(LikelyError, match="only one point"):
        plot_profile(made(), p)


def test_correlation_figure():
    figure = plot_correlation(made())
    texts = [t.get_text() for t in figure.axes[0].texts]
    rho = -100.0 / (31.0 * 16.0)
    assert texts[5] == f"{rho:.2f}".replace("-", "−")
    many = tuple(f"p{i}" for i in range(30))
    wide = made(covariance=np.eye(30), covariance_names=many)
    assert not plot_correlation(wide).axes[0].texts
    with pytest.raises(LikelyError, match="no covariance"):
        plot_correlation(made(covariance=np.zeros((0, 0)), covariance_names=()))


def test_contour_figure():
    angle = np.linspace(0, 2 * np.pi, 41)
    pair = ("signal.yield", "background.yield")
    x, y = 900 + 47 * np.cos(angle), 200 + 24 * np.sin(angle)
    curve = Contour(pair, x, y, 0.6827, ("", ""))
    figure = plot_contour(made(), curve)
    ellipse = figure.axes[0].lines[0]
    # The farthest reach of the ellipse is the error times sqrt(-2 log(1 - level)).
    reach = np.sqrt(-2 * np.log(1 - 0.6827)) * ERRORS["signal.yield"]
    assert ellipse.get_xdata().max() == pytest.approx(900 + reach, rel=1e-4)
    image(figure, "png")
    with pytest.raises(LikelyError, match="got none"):
        plot_contour(made())
    other = replace(curve, names=("m0", "signal.yield"))
    with pytest.raises(LikelyError, match="one pair of parameters"):
        plot_contour(made(), curve, other)


def test_history_figure():
    (line,) = plot_history(made()).axes[0].lines
    np.testing.assert_allclose(line.get_ydata(), [234.5, 34.5, 0.5, np.nan])
    image(plot_history(made(history=(3.0,))), "png")
    with pytest.raises(LikelyError, match="no history"):
        plot_history(made(history=()))


# ---- style ---------------------------------------------------------------------


def test_the_style_stays_inside_its_context():
    before = dict(matplotlib.rcParams)
    plot(made())
    assert dict(matplotlib.rcParams) == before
    with styled():
        assert matplotlib.rcParams["xtick.direction"] == "in"
    assert dict(matplotlib.rcParams) == before


def test_threads_do_not_leave_their_style_behind():
    before, result, drawn = dict(matplotlib.rcParams), made(), []

    def work():
        drawn.append(image(plot(result), "png"))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(drawn) == 4
    assert len(set(drawn)) == 1
    assert dict(matplotlib.rcParams) == before


def test_a_notebook_shows_a_figure():
    png, size = plot(made())._repr_png_()
    assert png.startswith(b"\x89PNG")
    assert size == {"width": 720, "height": 580}


def test_figures_are_not_those_of_pyplot():
    import matplotlib.pyplot

    assert isinstance(plot(made()), Figure)
    assert matplotlib.pyplot.get_fignums() == []


# ---- the page ------------------------------------------------------------------


def written(folder, result, **options):
    files = write_report(folder, result, **options)
    assert all(f.is_file() for f in files)
    assert sorted(p for p in folder.rglob("*") if p.is_file()) == sorted(files)
    return Page(files[-1].read_text(encoding="utf-8")), files


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return written(
        tmp_path_factory.mktemp("report") / "run",
        made(),
        title="Z → μμ & more",
        study_text="kind: fit\n# <script>alert(1)</script>\n",
        profiles=[profile_of("m0"), profile_of("signal.yield")],
    )


def test_files_of_a_report(report):
    _, files = report
    stems = ["fit-mass", "correlation", "profiles"]
    expected = [f"figures/{s}.{kind}" for s in stems for kind in ("png", "pdf")]
    root = files[-1].parent
    found = [f.relative_to(root).as_posix() for f in files]
    assert found == [*expected, "report.html"]
    for f in files[:-1]:
        start = f.read_bytes()[:4]
        assert start == (b"\x89PNG" if f.suffix == ".png" else b"%PDF")
    width, height = struct.unpack(">II", files[0].read_bytes()[16:24])
    assert (width, height) == (1152, 928)


def test_the_page_needs_nothing_else(report):
    page, files = report
    html = files[-1].read_text(encoding="utf-8")
    loads = re.findall(
        r"(?:src|href|action|data|url)\s*[=(]\s*[\"']?([^\"')\s>]+)", html
    )
    assert loads
    assert all(load.startswith("data:image/png;base64,") for load in loads)
    assert not {"script", "link", "iframe", "object", "base"} & {
        t for t, _ in page.tags
    }
    assert not re.search(r"@import|https?://|//[a-z]+\.[a-z]", html)
    assert not page.open
    (policy,) = [m for m in page.all("meta") if "http-equiv" in m]
    assert policy["content"].startswith("default-src 'none'; img-src data:")


def test_the_page_can_be_read_by_everyone(report):
    page, _ = report
    assert page.all("html") == [{"lang": "en"}]
    assert all(len(img["alt"]) > 30 for img in page.all("img"))
    assert len(page.all("img")) == 2
    assert len(page.all("h1")) == 1
    assert all(th["scope"] in {"row", "col"} for th in page.all("th"))


def test_the_page_says_it_all(report):
    page, _ = report
    text = " ".join(page.text.split())
    for words in (
        "Z → μμ & more",
        "The fit converged",
        "converged after 5 iterations",
        "a note",
        "91.000 ± 0.030 -0.033 +0.027 [0, 1e+06] GeV",
        "shift -0.190 ± 0.030",
        "signal.yield 0.000 1.000 -0.202",
        "−2 log L at the minimum -1234.500000",
        "Time: fit 0.125 s",
        "z.csv 1300 1200 " + "ab" * 32,
        "seed 3",
        "<script>alert(1)</script>",
    ):
        assert words in text
    assert "may be quoted" not in text


def test_a_failed_fit_is_loud_on_the_page(tmp_path):
    bad = Status(False, "the Hessian is <b>not</b> positive definite")
    empty = made(status=bad, covariance=np.zeros((0, 0)), covariance_names=())
    page, files = written(tmp_path, empty)
    assert [f.stem for f in files if f.suffix == ".png"] == ["fit-mass", "history"]
    assert len(page.all("img")) == 2
    assert {"class": "status failed", "role": "alert"} in page.all("div")
    assert "The fit did not converge" in page.text
    assert "the Hessian is <b>not</b> positive definite" in page.text
    assert "Nothing below may be quoted" in page.text
    assert "Correlations" not in page.text


@pytest.mark.parametrize(
    ("chi2", "ndof", "p_value", "says"),
    [
        (
            50.0,
            50,
            0.47,
            "χ²/ndof = 50.00/50 = 1.00, p-value 0.47: the model describes",
        ),
        (150.0, 50, 1e-11, "the model does not describe the data"),
        (3.0, 0, float("nan"), "leave no degree of freedom"),
        (float("nan"), 0, float("nan"), "too few events"),
    ],
)
def test_goodness_of_fit_in_words(tmp_path, chi2, ndof, p_value, says):
    fit = lk.core.GoodnessOfFit(chi2, ndof, p_value)
    page, _ = written(tmp_path, made(goodness_of_fit=fit))
    assert says in page.text


def test_the_same_result_gives_the_same_bytes(tmp_path):
    options = {"title": "t", "profiles": [profile_of("m0")]}
    _, first = written(tmp_path / "a", made(), **options)
    _, second = written(tmp_path / "b", made(), **options)
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_a_report_of_names_that_hurt(tmp_path):
    estimates = (Estimate("../up", 1.0, 0.1), Estimate("..:up", 1.0, 0.1))
    hurt = replace(names_that_hurt(), estimates=estimates)
    x = np.array([0.0, 1.0, 2.0])
    profiles = [Profile(e.name, x, x**2, 2 * x, x**2) for e in estimates]
    _, files = written(tmp_path / "deep" / "run", hurt, profiles=profiles)
    names = [f.name for f in files]
    assert len(set(names)) == len(names)
    assert {f.parent.name for f in files} == {"figures", "run"}


def test_what_cannot_be_drawn_is_said(tmp_path):
    result = made(objective=None)
    page, files = written(tmp_path, result)
    assert "There is no figure of mass: this result holds no model" in page.text
    assert not [f for f in files if f.name.startswith("fit-")]


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LikelyError, match="cannot make the folder"):
        write_report(tmp_path / "file", made())


def test_a_real_fit(tmp_path):
    data = lk.Dataset.of({"mass": events()})
    result = lk.stats.minos(lk.fit(mixture(), data))
    profiles = [lk.stats.profile(result, name) for name in result.covariance_names]
    page, _ = written(tmp_path, result, profiles=profiles)
    assert "The fit converged" in page.text
    assert len(page.all("img")) == 2


def test_importing_the_package_imports_no_matplotlib():
    code = (
        "import sys, likely, likely.core, likely.stats, likely.report;"
        "likely.core.LikelyError, likely.core.Observable;"
        "sys.exit('matplotlib' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
