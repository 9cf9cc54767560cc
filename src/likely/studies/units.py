r"""The units that a study may name, and products and powers of them.

A unit is only a label on axes and tables, nothing is converted; what the table is for
is the typing error.
"""

import re

from ..core.errors import nearest

_PREFIXES = ("", "f", "p", "n", "u", "µ", "m", "c", "k", "M", "G", "T")
_PREFIXED = (
    "eV", "g", "m", "s", "A", "V", "W", "J", "C", "N", "Pa", "Hz", "K", "T", "F", "H",
    "b", "bar", "rad", "sr", "mol", "cd", "Gy", "Sv", "Bq", "pc", "ohm", "L",
)  # fmt: skip
_OTHER = (
    "PeV", "EeV", "c", "hbar", "e", "u", "amu", "deg", "degree", "degrees", "arcmin",
    "arcsec", "mas", "min", "h", "hour", "d", "day", "days", "y", "yr", "year", "years",
    "AU", "au", "ly", "Å", "angstrom", "°", "%", "percent", "permille", "ppm", "dB",
    "count", "counts", "event", "events", "entry", "entries", "candidate", "candidates",
    "particle", "particles", "hit", "hits", "bin", "bins", "channel", "channels", "ch",
    "ADC", "TDC", "px", "pixel", "pixels", "sigma", "arb", "a.u.", "t", "atm", "X0",
    "dimensionless", "none", "1",
)  # fmt: skip
UNITS = frozenset(f"{p}{unit}" for unit in _PREFIXED for p in _PREFIXES) | set(_OTHER)

# What a suggestion is taken from: a near miss of "GeV" should not be met with "fGy".
_SUGGESTED = (
    "eV", "keV", "MeV", "GeV", "TeV", "fm", "nm", "um", "mm", "cm", "m", "km", "fs",
    "ps", "ns", "us", "ms", "s", "rad", "mrad", "deg", "fb", "pb", "nb", "ub", "mb",
    "b", "K", "T", "V", "A", "Hz", "g", "kg", "counts", "events", "%", "dimensionless",
)  # fmt: skip

_FACTOR = re.compile(
    r"(?P<unit>.*?)(?:(?:\*\*|\^)\(?(?P<power>[-+]?[0-9]+)\)?|[0-9]+)?"
)


def unit_fault(unit: str) -> str:
    """Return why `unit` is unknown, or nothing if it is a product of known units.

    Args:
        unit: For instance "GeV", "MeV/c^2", "1/ps" or "cm^2 s^-1"; empty is fine.
    """
    factors = re.split(r"(?<!\*)[*·/](?!\*)|\s+", unit.strip().strip("[]()"))
    for factor in factors:
        name = factor.strip("()")
        if not name or name in UNITS:
            continue
        match = _FACTOR.fullmatch(name)
        if match is None or match["unit"] not in UNITS:
            return f"names the unknown unit `{name[:40]}`: {_suggestion(name)}"
    return ""


def _suggestion(name: str) -> str:
    same = [unit for unit in _SUGGESTED if unit.lower() == name.lower()]
    return nearest(name, same or _SUGGESTED)
