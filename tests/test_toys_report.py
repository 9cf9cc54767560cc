"""Figures and the page of a toy study, on toys made by hand."""

import re
import struct
from dataclasses import replace

import numpy as np
import pytest
from page_reader import Page
from scipy import stats

from likely.core import LikelyError
from likely.report import (
    image,
    judge,
    plot_estimates,
    plot_pulls,
    render_toys_page,
    write_toys_report,
)
from likely.report.verdict import measured
from likely.stats import Toys, garwood

NAMES = ("mu", "sigma", "yield")
TRUTH = np.array([91.0, 2.5, 900.0])
ERRORS = np.array([0.03, 0.02, 31.0])


def quantiles(n, column):
    """Normal quantiles of n equal parts, of mean 0 and width 1, shuffled."""
    pulls = stats.norm.ppf((np.arange(n) + 0.5) / n)
    return np.random.default_rng(column).permutation(pulls / pulls.std(ddof=1))


def made(n=1000, pulls=None, *, minos=False, **changes):
    if pulls is None:
        pulls = np.stack([quantiles(n, i) for i in range(3)], 1)
    toys = Toys(
        NAMES,
        TRUTH,
        TRUTH + pulls * ERRORS,
        np.tile(ERRORS, (n, 1)),
        np.zeros(n, int),
        np.full(n, -5000.0),
        np.full(n, 1000),
        np.abs(pulls) <= 1 if minos else None,
        seed=7,
        seconds=0.5,
    )
    return replace(toys, **changes)


def failed(toys, fits, reason=2):
    status, errors = toys.status.copy(), toys.errors.copy()
    status[fits] = reason
    errors[fits] = np.nan
    return replace(toys, status=status, errors=errors)


def moved(column, shift=0.0, scale=1.0, n=1000):
    pulls = np.stack([quantiles(n, i) for i in range(3)], 1)
    pulls[:, column] = shift + scale * pulls[:, column]
    return made(n, pulls)


def texts(axes):
    return [t.get_text() for t in axes.texts] + [axes.get_title("right")]


def points(axes):
    (bars,) = [c for c in axes.containers if hasattr(c, "has_yerr")]
    line, _, (segments,) = bars.lines
    ends = np.array([s[:, 1] for s in segments.get_segments()])
    return np.array(line.get_xdata()), np.array(line.get_ydata()), ends


# ---- the figures -----------------------------------------------------------------


def test_points_are_the_pulls_with_garwood_intervals():
    toys = failed(made(), slice(0, 10))
    axes = plot_pulls(toys, "mu").axes[0]
    pulls = ((toys.values - TRUTH) / ERRORS)[10:, 0]
    expected, edges = np.histogram(pulls, 16, (-4, 4))
    x, counts, ends = points(axes)
    seen = expected > 0
    np.testing.assert_array_equal(counts, expected[seen])
    np.testing.assert_allclose(x, ((edges[1:] + edges[:-1]) / 2)[seen])
    np.testing.assert_allclose(ends, np.transpose(garwood(counts)), rtol=1e-12)


def test_the_curve_is_a_standard_normal_of_as_many_toys():
    axes = plot_pulls(failed(made(), slice(0, 100)), "sigma").axes[0]
    curve = axes.lines[0]
    x, y = curve.get_xdata(), curve.get_ydata()
    np.testing.assert_allclose(y, 900 * 0.5 * stats.norm.pdf(x), rtol=1e-12)


def test_the_panels_say_what_the_summaries_say():
    figure = plot_pulls(moved(1, -0.12, 1.2))
    assert [a.get_xlabel() for a in figure.axes] == [f"Pull of {n}" for n in NAMES]
    found = texts(figure.axes[1])
    # 1.2 / sqrt(1000) and 1.2 / sqrt(1998)
    assert found[-1] == "mean −0.120 ± 0.038,  width 1.200 ± 0.027"
    part = 100 * (stats.norm.cdf(1.12 / 1.2) - stats.norm.cdf(-0.88 / 1.2))
    (coverage,) = [t for t in found if t.startswith("coverage")]
    assert float(coverage.split()[1]) == pytest.approx(part, abs=0.2)
    assert coverage.endswith("± 1.6 %")
    assert any("68.3 % expected" in t for t in found)
    minos = texts(plot_pulls(made(minos=True)).axes[0])
    assert any("\nMINOS 68.2 ± 1.5 %" in t for t in minos)


def test_far_pulls_are_counted_or_in_range():
    toys = made()
    values = toys.values.copy()
    values[:3, 0] += 50 * ERRORS[0]
    axes = plot_pulls(replace(toys, values=values), "mu").axes[0]
    assert axes.get_xlim() == (-4.0, 4.0)
    assert any("3 outside" in t for t in texts(axes))
    wide = plot_pulls(moved(0, 12.0), "mu").axes[0]
    assert wide.get_xlim()[1] > 14
    assert points(wide)[1].sum() >= 990


def test_estimates_mark_the_truth():
    axes = plot_estimates(moved(2, -0.5), "yield").axes[0]
    (line,) = [x for x in axes.lines if len(x.get_xdata()) == 2]
    np.testing.assert_array_equal(line.get_xdata(), [900, 900])
    assert points(axes)[1].sum() == 1000
    # -0.5 and 1 / sqrt(1000), times 31
    assert axes.get_title("right") == "Mean − truth = −15.50 ± 0.98"
    assert "true value 900" in texts(axes)


def test_an_estimate_far_from_one_leaves_its_power_of_ten_to_the_label():
    toys = made()
    small = replace(toys, truth=TRUTH * 1e-8, values=toys.values * 1e-8)
    axes = plot_estimates(small).axes[2]
    assert axes.get_xlabel() == "Fitted yield / 10⁻⁶"
    assert axes.xaxis.get_major_formatter()(9e-6) == "9"


def one():
    return made(1, np.full((1, 3), 0.5))


def two():
    return made(2, np.array([[0.5, 1.0, 9.0], [0.5, -1.0, 2.0]]), minos=True)


def same():
    return made(30, np.zeros((30, 3)))


def all_failed():
    return failed(made(), slice(None), 1)


def none():
    return made()[:0]


def without_errors():
    toys = made(minos=True)
    errors = toys.errors.copy()
    errors[:, 1] = np.nan
    values = toys.values.copy()
    values[:, 1] = 0.0
    return replace(toys, errors=errors, values=values)


def not_finite():
    toys = failed(made(), slice(0, 500), 1)
    toys.values[:500] = np.nan
    return toys


HARD = (one, two, same, all_failed, none, without_errors, not_finite)


@pytest.mark.parametrize("make", HARD, ids=lambda f: f.__name__)
def test_hard_cases_are_drawn_and_written(make, tmp_path):
    toys = make()
    for figure in (plot_pulls(toys), plot_estimates(toys)):
        assert image(figure, "png").startswith(b"\x89PNG")
        assert len(figure.axes) == 3
    page, _ = written(tmp_path, toys)
    assert judge(toys).headline in page.text
    assert "nan" not in page.text


def test_what_is_not_there_is_said():
    assert texts(plot_pulls(all_failed()).axes[0])[0] == "no valid fit"
    assert texts(plot_estimates(none()).axes[0])[0] == "no valid fit"
    panels = plot_pulls(without_errors()).axes
    assert texts(panels[1])[0] == "no fit with an error"
    assert texts(panels[0])[0] != "no fit with an error"


def test_names_of_parameters():
    assert len(plot_pulls(made(), ["yield", "mu"]).axes) == 2
    hurt = replace(made(), names=("$a_{", "_b", "<c>"))
    assert plot_pulls(hurt).axes[0].get_xlabel() == r"Pull of \$a_{"
    with pytest.raises(LikelyError, match="no parameter `sigm`: did you mean `sigma`"):
        plot_pulls(made(), "sigm")
    with pytest.raises(LikelyError, match="is empty"):
        plot_estimates(made(), [])
    with pytest.raises(LikelyError, match="at most 60 parameters, and there are 99"):
        plot_pulls(many(33))


def many(times):
    toys = made()
    return replace(
        toys,
        names=tuple(f"p{i}" for i in range(3 * times)),
        truth=np.tile(TRUTH, times),
        values=np.tile(toys.values, (1, times)),
        errors=np.tile(toys.errors, (1, times)),
    )


# ---- the verdict -----------------------------------------------------------------


def test_right_errors_pass():
    found = judge(failed(made(minos=True), slice(0, 2)))
    assert (found.level, found.notes) == ("ok", ())
    assert found.sentences == (
        "998 of 1000 toys are valid.",
        "The pulls of mu, sigma and yield have mean 0 and width 1, and their intervals "
        "cover 68.3 %, within two standard errors.",
    )


@pytest.mark.parametrize(
    ("toys", "level", "headline", "says"),
    [
        (
            moved(1, -0.12),
            "failed",
            "The fit is biased",
            "The pull of sigma is shifted by −0.120 ± 0.032: the fit is biased.",
        ),
        (
            moved(1, 0.0, 1.2),
            "failed",
            "The errors are wrong",
            "The pull of sigma has width 1.200 ± 0.027: its errors are too small.",
        ),
        (
            moved(1, 0.0, 0.8),
            "failed",
            "The errors are wrong",
            "The pull of sigma has width 0.800 ± 0.018: its errors are too large.",
        ),
        (
            moved(1, -0.4, 1.5),
            "failed",
            "The fit is biased, and the errors are wrong",
            "The Hesse intervals of sigma hold its true value in",
        ),
        (
            made(12, np.stack([quantiles(12, i) for i in range(3)], 1)),
            "doubtful",
            "The toys leave doubts",
            "Pulls of mu: 12, too few to judge; it takes 20.",
        ),
        (
            failed(made(), slice(0, 1000, 10)),
            "doubtful",
            "The toys leave doubts",
            "10 % of the fits failed; they are left out",
        ),
        (
            without_errors(),
            "doubtful",
            "The toys leave doubts",
            "Of sigma there is no pull: it ended on a limit in every valid fit.",
        ),
        (all_failed(), "failed", "No fit is valid", "None of 1000 toys has a valid"),
        (none(), "failed", "No fit is valid", "There is no toy."),
    ],
)
def test_a_verdict_in_words(toys, level, headline, says):
    found = judge(toys)
    assert (found.level, found.headline) == (level, headline)
    assert says in " ".join(found.sentences)


def test_two_standard_errors_are_no_verdict():
    found = judge(moved(1, 0.08))
    assert found.level == "ok"
    assert found.notes == (
        "The pull of sigma is shifted by 0.080 ± 0.032, 2.5 standard errors.",
        "Of 9 such numbers, 0.4 are expected beyond two standard errors by chance; "
        "more toys tell chance from truth.",
    )
    assert "The pulls of mu and yield have" in found.sentences[1]


def test_outliers_are_told_from_errors_that_are_too_small():
    pulls = np.stack([quantiles(1000, i) for i in range(3)], 1)
    pulls[np.argmax(pulls[:, 0]), 0] = 60.0
    found = judge(made(1000, pulls))
    assert any("a few pulls lie far outside" in s for s in found.sentences)


def test_an_error_that_follows_its_value_is_not_called_a_bias():
    # A yield of mean 25 with the error sqrt(n): right on average, its pulls are not.
    n = 4000
    counts = stats.poisson.ppf((np.arange(n) + 0.5) / n, 25.0)
    counts = np.random.default_rng(1).permutation(counts)
    toys = made(n)
    values, errors, truth = toys.values.copy(), toys.errors.copy(), TRUTH.copy()
    values[:, 2], errors[:, 2], truth[2] = counts, np.sqrt(counts), 25.0
    found = judge(replace(toys, values=values, errors=errors, truth=truth))
    said = " ".join(found.sentences)
    assert "but yield itself is right on average: its error moves with its" in said
    assert "biased" not in found.headline


def test_a_bias_without_a_shifted_pull_is_found():
    # On a limit the fits have no pull, and only the others are seen there.
    toys = made()
    at = np.arange(1000) % 2 == 0
    values, errors = toys.values.copy(), toys.errors.copy()
    values[at, 1], errors[at, 1] = 2.6, np.nan
    found = judge(replace(toys, values=values, errors=errors))
    assert found.headline == "The fit is biased"
    assert "The fitted sigma is on average" in " ".join(found.sentences)


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (-0.1234, 0.0321, "−0.123 ± 0.032"),
        (2.5, None, "2.5"),
        (5e7, None, "50 × 10⁶"),
        (6.0e-10, 1.8e-9, "(0.6 ± 1.8) × 10⁻⁹"),
        (0.0, 0.0, "0"),
        (0.5, float("nan"), "0.5"),
        (float("nan"), float("nan"), "–"),
    ],
)
def test_numbers_in_print(value, error, text):
    assert measured(value, error) == text


# ---- the page --------------------------------------------------------------------


def written(folder, toys, **options):
    files = write_toys_report(folder, toys, **options)
    assert sorted(p for p in folder.rglob("*") if p.is_file()) == sorted(files)
    return Page(files[-1].read_text(encoding="utf-8")), files


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return written(
        tmp_path_factory.mktemp("report") / "run",
        failed(failed(replace(moved(1, -0.12), seconds=2.0), [0, 1]), [2], 3),
        title="Toys of Z → μμ",
        study_text="kind: toys\n# <script>alert(1)</script>\n",
        timings={"toys": 2.25},
        provenance={"version": "0.1.0", "seed": 3, "data": [{"file": "z.csv"}]},
    )


def test_files_of_a_report(report):
    _, files = report
    found = [f.relative_to(files[-1].parent).as_posix() for f in files]
    stems = ["pulls", "estimates"]
    expected = [f"figures/{s}.{kind}" for s in stems for kind in ("png", "pdf")]
    assert found == [*expected, "report.html"]
    for f in files[:-1]:
        start = f.read_bytes()[:4]
        assert start == (b"\x89PNG" if f.suffix == ".png" else b"%PDF")
    # Three panels of 4.2 by 3.3 inches, at 160 pixels.
    assert struct.unpack(">II", files[0].read_bytes()[16:24]) == (2016, 528)


def test_the_page_needs_nothing_else(report):
    page, files = report
    html = files[-1].read_text(encoding="utf-8")
    loads = re.findall(r"(?:src|href|action|url)\s*[=(]\s*[\"']?([^\"')\s>]+)", html)
    assert len(loads) == 2
    assert all(load.startswith("data:image/png;base64,") for load in loads)
    assert not {"script", "link", "iframe", "object"} & {t for t, _ in page.tags}
    assert not page.open
    (policy,) = [m for m in page.all("meta") if "http-equiv" in m]
    assert policy["content"].startswith("default-src 'none'; img-src data:")
    assert "prefers-color-scheme: dark" in html
    assert "@media print" in html


def test_the_page_can_be_read_by_everyone(report):
    page, _ = report
    assert page.all("html") == [{"lang": "en"}]
    assert all(len(img["alt"]) > 30 for img in page.all("img"))
    assert len(page.all("h1")) == 1
    assert all(th["scope"] in {"row", "col"} for th in page.all("th"))


def test_the_page_says_it_all(report):
    page, _ = report
    for words in (
        "Toys of Z → μμ ✗ The fit is biased 997 of 1000 toys are valid.",
        "The pull of sigma is shifted by −0.1",
        "the minimiser did not converge 2 0.2 %",
        "the Hessian is not positive definite 1 0.1 %",
        "Failed fits 3",
        "Events of a toy 1000",
        "Time a toy 2 ms",
        "Time: toys 2.25 s",
        "mu 91 ",
        "seed 3",
        "z.csv",
        "<script>alert(1)</script>",
    ):
        assert words in page.text
    assert page.text.index("The fit is biased") < page.text.index("Pulls and coverage")
    assert re.search(
        r"sigma 997 −0\.1\d\d ± 0\.03\d [\d.]+ ± 0\.022 [\d.]+ ± 1\.5 % biased",
        page.text,
    )
    assert "MINOS" not in page.text
    assert {"class": "status failed", "role": "alert"} in page.all("div")


def test_a_calm_page(tmp_path):
    page, _ = written(tmp_path, made(minos=True))
    assert page.all("div")[0] == {"class": "status ok", "role": "status"}
    assert page.text.startswith("Toy report")
    assert "✓ No bias is seen, and the errors are right" in page.text
    assert "MINOS coverage" in page.text
    assert "Fits that failed" not in page.text
    assert "fits on a limit" not in page.text
    assert "Time to draw and fit 0.5 s Time a toy 500 µs Seed 7" in page.text


def test_all_failed(tmp_path):
    page, files = written(tmp_path, all_failed())
    assert [f.name for f in files] == ["report.html"]
    assert "the likelihood is not finite 1000 100 %" in page.text
    assert "Pulls and coverage" not in page.text


def test_many_parameters_show_the_strangest(tmp_path):
    toys = many(10)
    values = toys.values.copy()
    values[:, 29] += toys.errors[:, 29]
    page, _ = written(tmp_path, replace(toys, values=values))
    assert "The figures show 24 of the 30 parameters" in page.text
    assert "all 30 parameters" not in page.text
    assert "The pulls of 29 parameters have mean 0" in page.text
    assert ", p29, each with the standard normal" in page.all("img")[0]["alt"]


def test_the_same_toys_give_the_same_bytes(tmp_path):
    _, first = written(tmp_path / "a", made())
    _, second = written(tmp_path / "b", made())
    for a, b in zip(first, second, strict=True):
        assert a.read_bytes() == b.read_bytes()


def test_wrong_inputs(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LikelyError, match="cannot make the folder"):
        write_toys_report(tmp_path / "file", made())
    with pytest.raises(LikelyError, match='keys "pulls" and "estimates"'):
        render_toys_page(made(), title="t", pictures={"pull": []})
