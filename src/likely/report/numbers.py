"""Numbers on axes and in legends, without mathtext."""

import math

from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def power_of_ten(exponent: int) -> str:
    """Return `10` with a raised exponent."""
    return "10" + str(exponent).translate(SUPERSCRIPTS)


def grouped(count: int) -> str:
    """Return a whole number, one of five digits or more in groups of three."""
    return f"{count:,}".replace(",", " ") if count >= 10_000 else str(count)


def label_decades(axis: Axis) -> None:
    """Label the powers of ten of a logarithmic axis, short ones in full."""

    def text(value: float, _: int | None = None) -> str:
        exponent = round(math.log10(value)) if value > 0 else 0
        return f"{value:g}" if -4 < exponent < 5 else power_of_ten(exponent)

    axis.set_major_formatter(FuncFormatter(text))


def label_scaled(axis: Axis, largest: float) -> str:
    """Label a linear axis up to `largest`; return the power of ten left out, if any."""
    exponent = 3 * math.floor(math.log10(largest) / 3) if largest > 0 else 0
    if -3 <= exponent < 6:
        return ""
    scale = 10.0**exponent
    axis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value / scale:.6g}".replace("-", "−"))
    )
    return power_of_ten(exponent) + " "
