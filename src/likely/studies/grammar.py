"""The words of the study file for densities, and what is wrong with arguments."""

import re

from ..core.errors import nearest
from .pdfs import PDFS as PDFS

# Words of `pdf` with keys of their own, and the class that each names.
OWN_FORMS: dict[str, tuple[str, ...]] = {
    "expression": ("FormulaShape", "FormulaDensity"),
    "histogram": ("HistogramShape",),
    "kde": ("KernelDensity",),
}
# Keys of a component that make densities of densities.
COMBINATIONS: dict[str, tuple[str, ...]] = {
    "convolve": ("Convolution",),
    "product": ("Product",),
    "given": ("Conditional",),
    "efficiency": ("WithEfficiency",),
}


def signature(name: str) -> str:
    """Return a pdf with its arguments, as the docs write it: `gauss(mu, sigma)`."""
    pdf = PDFS[name]
    series = (f"{pdf.series}{pdf.first}", f"{pdf.series}{pdf.first + 1}", "...")
    written = ", ".join(pdf.arguments + (series if pdf.series else ()))
    for together in pdf.optional:
        listed = ", ".join(together)
        written = written.replace(listed, f"[{listed}]", 1)
    return f"{name}({written})"


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
    wanted, optional = PDFS[name].arguments, PDFS[name].optional
    faults = [
        (argument, f"is no argument of {signature(name)}: {nearest(argument, wanted)}")
        for argument in given
        if argument not in wanted
    ]
    left_out = {a for group in optional if not {*group} & {*given} for a in group}
    missing = [a for a in wanted if a not in given and a not in left_out]
    if missing:
        faults.append(("", f"lacks {_list(missing)}: it is {signature(name)}."))
    return faults


def _list(names: list[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)
