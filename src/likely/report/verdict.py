"""What toys say of a fit, in words: is it unbiased, are its errors right."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, final

import numpy as np

from ..core import rounded
from ..stats import PullSummary, Toys
from .numbers import power_of_ten

Level = Literal["ok", "doubtful", "failed"]
EXPECTED = 0.6826894921370859
# With fewer pulls, their mean and width are not yet distributed like a normal number.
FEWEST = 20
# Standard errors up to which a number agrees, and beyond which chance is no excuse.
AGREES, DIFFERS = 2.0, 3.0
# The part of normal numbers beyond two standard errors.
BY_CHANCE = 0.0455
# Failed fits beyond this part may have taken the bias, or the truth, with them.
MANY_FAILURES = 0.05
NAMED = 6


@final
@dataclass(frozen=True)
class Finding:
    """Something to be said of a parameter.

    Args:
        level: How bad it is.
        about: "bias" or "errors", or nothing where it is neither.
        remark: For the table, in two or three words.
        sentence: In full.
    """

    level: Level
    about: str
    remark: str
    sentence: str


@final
@dataclass(frozen=True)
class Verdict:
    """What all toys together say.

    Args:
        level: How bad it is.
        headline: In a few words.
        sentences: First how many toys are valid, then what is right, then what is not.
        notes: What a reader should also know.
    """

    level: Level
    headline: str
    sentences: tuple[str, ...]
    notes: tuple[str, ...]


def judge(toys: Toys) -> Verdict:
    """Return what the toys say of the fit as a whole."""
    n, good = len(toys), int(toys.valid.sum())
    if not good:
        nothing = (
            f"None of {n} toys has a valid fit; nothing can be said of its errors."
        )
        said = nothing if n else "There is no toy."
        return Verdict("failed", "No fit is valid", (said,), ())
    found = {n: findings(toys, n, s) for n, s in toys.summaries.items()}
    every = [f for one in found.values() for f in one]
    first = f"{good} of {n} toys are valid."
    clean = [name for name, one in found.items() if not one]
    right = [_agreement(clean, len(toys.names))] if clean else []
    severe = [f for f in every if f.level != "ok"]
    wrong = [f.sentence for f in severe]
    if n - good > MANY_FAILURES * n:
        wrong.append(
            f"{_percent_of(n - good, n)} of the fits failed; they are left out, and "
            "what remains may be a biased choice."
        )
    level = _worst(severe) if severe else "doubtful" if wrong else "ok"
    return Verdict(
        level,
        _headline(level, {f.about for f in severe if f.level == "failed"}),
        (first, *right, *wrong),
        tuple(_chances(toys, [f for f in every if f.level == "ok"])),
    )


def findings(toys: Toys, name: str, s: PullSummary) -> list[Finding]:
    """Return what is to be said of a parameter; nothing if all of it agrees.

    The mean of the pull is compared with 0, its width with 1, the coverage with 68.3 %,
    each by its own standard error.
    """
    if s.n == 0:
        text = f"Of {name} there is no pull: it ended on a limit in every valid fit."
        return [Finding("doubtful", "", "no pull", text)]
    if s.n < FEWEST:
        text = f"Pulls of {name}: {s.n}, too few to judge; it takes {FEWEST}."
        return [Finding("doubtful", "", "too few pulls", text)]
    said = [_bias(name, s, offset(toys, name)), _width(name, s)]
    said.append(_coverage(name, "Hesse", s.coverage, s.coverage_error))
    if s.minos_coverage is not None and s.minos_coverage_error is not None:
        said.append(_coverage(name, "MINOS", s.minos_coverage, s.minos_coverage_error))
    return [finding for finding in said if finding]


def offset(toys: Toys, name: str) -> tuple[float, float]:
    r"""Return the mean of $\hat\theta - \theta$ over the valid fits, and its error."""
    i = toys.names.index(name)
    found = toys.values[toys.valid, i]
    n = len(found)
    mean = float(found.mean() - toys.truth[i]) if n else math.nan
    return mean, float(found.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan


def apart(value: float, expected: float, error: float) -> float:
    """Return how many standard errors a number is from the expected one."""
    if value == expected:
        return 0.0
    # All pulls the same: an error of zero, and any difference is real.
    return math.inf if error == 0 else (value - expected) / error


def measured(value: float, error: float | None = None) -> str:
    """Return `value ± error` with the signs of print, and a dash for no number."""
    if not math.isfinite(value):
        return "–"
    size = max(abs(value), error if error and math.isfinite(error) else 0.0)
    plain = size == 0 or 1e-5 <= size < 1e7
    exponent = 0 if plain else 3 * math.floor(math.log10(size) / 3)
    scale = 10.0**exponent
    number, spread = rounded(value / scale, None if error is None else error / scale)
    text = f"{number} ± {spread}" if spread else number
    if exponent:
        text = f"({text})" if spread else text
        text += f" × {power_of_ten(exponent)}"
    return text.replace("-", "−")


def percent(part: float, error: float) -> str:
    """Return a part of the whole with its error, in per cent."""
    text = measured(100 * part, 100 * error)
    return text if text == "–" else f"{text} %"


def _bias(name: str, s: PullSummary, off: tuple[float, float]) -> Finding | None:
    pull, value = apart(s.mean, 0.0, s.mean_error), apart(off[0], 0.0, off[1])
    shifted = f"the pull of {name} is shifted by {measured(s.mean, s.mean_error)}"
    shifted = shifted[0].upper() + shifted[1:]
    if abs(pull) > DIFFERS and pull * value > 0 and abs(value) > AGREES:
        return Finding("failed", "bias", "biased", f"{shifted}: the fit is biased.")
    if abs(value) > DIFFERS:
        text = f"The fitted {name} is on average {measured(*off)} off its true value"
        return Finding("failed", "bias", "biased", f"{text}: the fit is biased.")
    if abs(pull) > DIFFERS:
        why = f"but {name} itself is right on average: its error moves with its value"
        return Finding("doubtful", "", "pull shifted", f"{shifted}, {why}.")
    if abs(pull) > AGREES:
        return _by_chance(f"{shifted}, {abs(pull):.1f} standard errors.")
    return None


def _width(name: str, s: PullSummary) -> Finding | None:
    z = apart(s.width, 1.0, s.width_error)
    text = f"The pull of {name} has width {measured(s.width, s.width_error)}"
    # Outliers make the width uncertain, too: a normal pull is never as wide.
    of_normal = apart(s.width, 1.0, 1 / math.sqrt(2 * max(s.n - 1, 1)))
    covers = abs(apart(s.coverage, EXPECTED, s.coverage_error)) <= AGREES
    if of_normal > DIFFERS and covers:
        why = "although its intervals cover: a few pulls lie far outside"
        return Finding("failed", "errors", "far outliers", f"{text}, {why}.")
    if abs(z) <= AGREES:
        return None
    if abs(z) <= DIFFERS:
        return _by_chance(f"{text}, {abs(z):.1f} standard errors from 1.")
    size = "small" if z > 0 else "large"
    remark = f"errors too {size}"
    return Finding("failed", "errors", remark, f"{text}: its errors are too {size}.")


def _coverage(name: str, kind: str, part: float, error: float) -> Finding | None:
    z = apart(part, EXPECTED, error)
    text = (
        f"The {kind} intervals of {name} hold its true value in "
        f"{percent(part, error)} of the toys"
    )
    if abs(z) <= AGREES:
        return None
    if abs(z) <= DIFFERS:
        return _by_chance(f"{text}, {abs(z):.1f} standard errors from 68.3 %.")
    remark = f"{kind} covers too {'often' if z > 0 else 'rarely'}"
    return Finding("failed", "errors", remark, f"{text}, not in 68.3 %.")


def _by_chance(sentence: str) -> Finding:
    return Finding("ok", "", "", sentence)


def _chances(toys: Toys, seen: Sequence[Finding]) -> Iterator[str]:
    """Yield what lies between two and three standard errors, and if that is much."""
    yield from (finding.sentence for finding in seen)
    if seen:
        numbers = len(toys.names) * (3 if toys.minos_covers is None else 4)
        yield (
            f"Of {numbers} such numbers, {BY_CHANCE * numbers:.1f} are expected beyond "
            "two standard errors by chance; more toys tell chance from truth."
        )


def _agreement(names: Sequence[str], of: int) -> str:
    pulls = "The pull" if len(names) == 1 else "The pulls"
    have, their = ("has", "its") if len(names) == 1 else ("have", "their")
    listed = ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]
    if len(names) > NAMED:
        listed = f"{len(names)} parameters"
        listed = f"all {listed}" if len(names) == of else listed
    return (
        f"{pulls} of {listed} {have} mean 0 and width 1, and {their} intervals cover "
        "68.3 %, within two standard errors."
    )


def _worst(found: Sequence[Finding]) -> Level:
    return "failed" if any(f.level == "failed" for f in found) else "doubtful"


def _headline(level: Level, about: set[str]) -> str:
    if level == "ok":
        return "No bias is seen, and the errors are right"
    if level == "doubtful":
        return "The toys leave doubts"
    said = {"bias": "the fit is biased", "errors": "the errors are wrong"}
    text = ", and ".join(words for key, words in said.items() if key in about)
    return text[0].upper() + text[1:]


def _percent_of(part: int, whole: int) -> str:
    return f"{np.round(100 * part / whole, 1):g} %"
