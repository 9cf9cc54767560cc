"""The words of the study file: every pdf, and the class that it names.

Nothing here imports a density: what a study says can be checked without JAX. A test
holds the table against the signatures of the classes themselves.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final

from ..core.errors import nearest


@final
@dataclass(frozen=True)
class Pdf:
    """A density as a study names it.

    Args:
        class_name: Its class in `likely.distributions`.
        arguments: Names of its arguments, all required.
        series: Prefix of numbered arguments (`c` for c1, c2, ...), if it has those.
        first: Number of the first of them.
        summary: The formula, in words.
        powers: Power of the observable's unit that an argument has, if not zero.
    """

    class_name: str
    arguments: tuple[str, ...] = ()
    series: str = ""
    first: int = 1
    summary: str = ""
    powers: Mapping[str, int] = field(default_factory=dict)

    def order(self, count: int) -> tuple[str, ...]:
        """Return the names of the arguments, `count` of them if they are a series."""
        if not self.series:
            return self.arguments
        return tuple(f"{self.series}{self.first + i}" for i in range(count))

    def unit(self, argument: str, unit: str) -> str:
        """Return the unit of an argument, given that of the observable."""
        power = self.powers.get(argument, 0) if unit else 0
        bare = unit.isalpha()
        if power == -1:
            return f"1/{unit}" if bare else f"1/({unit})"
        return unit if power == 1 else ""


_PEAK = {"mu": 1, "sigma": 1, "width": 1}

PDFS: dict[str, Pdf] = {
    "gauss": Pdf(
        "Gauss", ("mu", "sigma"), summary="peak, standard deviation sigma", powers=_PEAK
    ),
    "breit_wigner": Pdf(
        "BreitWigner",
        ("mu", "width"),
        summary="peak, full width at half maximum",
        powers=_PEAK,
    ),
    "voigt": Pdf(
        "Voigt",
        ("mu", "width", "sigma"),
        summary="Breit-Wigner of that width, smeared by a Gaussian of sigma",
        powers=_PEAK,
    ),
    "crystal_ball": Pdf(
        "CrystalBall",
        ("mu", "sigma", "alpha", "n"),
        summary="Gaussian with a power-law tail on the left (alpha > 0)",
        powers=_PEAK,
    ),
    "double_crystal_ball": Pdf(
        "DoubleCrystalBall",
        ("mu", "sigma", "alpha_left", "n_left", "alpha_right", "n_right"),
        summary="Gaussian with a power-law tail on each side",
        powers=_PEAK,
    ),
    "exponential": Pdf(
        "Exponential", ("slope",), summary="exp(slope x)", powers={"slope": -1}
    ),
    "chebyshev": Pdf(
        "Chebyshev",
        series="c",
        first=1,
        summary="1 + c1 T1 + c2 T2 + ... on the range mapped to [-1, 1]",
    ),
    "bernstein": Pdf(
        "Bernstein", series="c", first=0, summary="c0 B0 + c1 B1 + ... on the range"
    ),
    "uniform": Pdf("Uniform", summary="constant"),
    "argus": Pdf(
        "Argus",
        ("endpoint", "slope"),
        summary="x sqrt(1 - (x/endpoint)^2) exp(slope (1 - (x/endpoint)^2))",
        powers={"endpoint": 1},
    ),
}


def signature(name: str) -> str:
    """Return a pdf with its arguments, as the docs write it: `gauss(mu, sigma)`."""
    pdf = PDFS[name]
    series = (f"{pdf.series}{pdf.first}", f"{pdf.series}{pdf.first + 1}", "...")
    return f"{name}({', '.join(pdf.arguments + (series if pdf.series else ()))})"


def argument_faults(name: str, given: list[str]) -> list[tuple[str, str]]:
    """Return what is wrong with the arguments of a pdf: (argument, sentence) pairs.

    Args:
        name: A key of `PDFS`.
        given: Names of the arguments that the study gives.
    """
    pdf = PDFS[name]
    if not pdf.series:
        return _named_faults(name, given)
    numbered = re.compile(rf"{pdf.series}(0|[1-9][0-9]{{0,3}})")
    faults = [
        (argument, f"is no argument of {signature(name)}.")
        for argument in given
        if not numbered.fullmatch(argument)
    ]
    count = len(given) - len(faults)
    wanted = pdf.order(max(count, 1))
    missing = [argument for argument in wanted if argument not in given]
    if missing:
        faults.append(
            ("", f"lacks {_list(missing)}: {signature(name)} counts on without a gap.")
        )
    return faults


def _named_faults(name: str, given: list[str]) -> list[tuple[str, str]]:
    wanted = PDFS[name].arguments
    faults = [
        (argument, f"is no argument of {signature(name)}: {nearest(argument, wanted)}")
        for argument in given
        if argument not in wanted
    ]
    missing = [argument for argument in wanted if argument not in given]
    if missing:
        faults.append(("", f"lacks {_list(missing)}: it is {signature(name)}."))
    return faults


def _list(names: list[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)
