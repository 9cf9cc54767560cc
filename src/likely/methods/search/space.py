"""What a search looks through: for each option a range of numbers, or choices."""

import abc
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from numbers import Integral, Real
from typing import Any, TypeGuard, final

import numpy as np
from jaxtyping import Float

from ...core.errors import LikelyError


class AbstractDomain(abc.ABC):
    """The values that one option may have."""

    @abc.abstractmethod
    def at(self, u: float) -> Any:
        """Return the value at a place from 0 to below 1."""

    @property
    @abc.abstractmethod
    def corners(self) -> tuple[Any, ...]:
        """Return the ends of a range, or all choices."""

    @property
    @abc.abstractmethod
    def levels(self) -> Sequence[Any] | None:
        """Return all values; None if they cannot be counted."""


@final
@dataclass(frozen=True)
class Range(AbstractDomain):
    r"""Numbers $x = a + u (b - a)$, or $x = a (b / a)^u$ of a logarithmic range.

    Whole numbers are the integer parts of such a range from $a$ to $b + 1$.

    Args:
        low: $a$.
        high: $b$.
        log: Whether equal ratios are equally likely, and not equal differences.
        whole: Whether only whole numbers are meant.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def at(self, u: float) -> float | int:
        a, b = self.low, self.high + self.whole
        x = a * (b / a) ** u if self.log else a + u * (b - a)
        x = min(max(x, self.low), self.high)  # rounding may step over an end
        return math.floor(x) if self.whole else float(x)

    @property
    def corners(self) -> tuple[Any, ...]:
        return self.at(0.0), self.at(1.0)

    @property
    def levels(self) -> Sequence[Any] | None:
        return range(int(self.low), int(self.high) + 1) if self.whole else None


@final
@dataclass(frozen=True)
class Choices(AbstractDomain):
    """Values that need no order, such as widths of layers or names.

    Args:
        options: The values.
    """

    options: tuple[Any, ...]

    def at(self, u: float) -> Any:
        return self.options[min(int(u * len(self.options)), len(self.options) - 1)]

    @property
    def corners(self) -> tuple[Any, ...]:
        return self.options

    @property
    def levels(self) -> Sequence[Any] | None:
        return self.options


@final
@dataclass(frozen=True)
class Space:
    """The options of a search.

    Args:
        domains: The values of each option, by its name.
    """

    domains: Mapping[str, AbstractDomain]

    @staticmethod
    def of(given: Mapping[str, Any]) -> "Space":
        """Return the space that lists describe.

        Args:
            given: By the name of an option a range, `[low, high]` or
                `[low, high, "log"]`, of whole numbers if both ends are, or choices:
                any other list, or `{"choices": [...]}`.

        Raises:
            LikelyError: If something is neither.
        """
        if not isinstance(given, Mapping) or not given:
            raise LikelyError(
                "`space` must map the name of each option to its range or choices, "
                f'such as {{"rate": [1e-4, 1e-2, "log"]}}; got {given!r:.80}.'
            )
        found = {}
        for name, domain in given.items():
            try:
                found[str(name)] = domain_of(domain)
            except LikelyError as error:
                raise LikelyError(f"`space`: `{name}` {error}") from None
        return Space(found)

    def at(self, place: Float[np.ndarray, " options"]) -> dict[str, Any]:
        """Return the options at a place of the unit cube."""
        pairs = zip(self.domains.items(), place, strict=True)
        return {name: domain.at(float(u)) for (name, domain), u in pairs}

    @property
    def corners(self) -> int:
        """Return the number of all combinations of ends and choices."""
        return math.prod(len(d.corners) for d in self.domains.values())

    def combinations(self) -> Iterator[dict[str, Any]]:
        """Yield all combinations of the ends of ranges and of choices."""
        for values in product(*(d.corners for d in self.domains.values())):
            yield dict(zip(self.domains, values, strict=True))


def domain_of(given: Any) -> AbstractDomain:
    """Return the values that a list describes.

    Raises:
        LikelyError: If it describes none; the sentence begins with its verb.
    """
    if isinstance(given, AbstractDomain):
        return given
    if isinstance(given, Mapping) and set(given) == {"choices"}:
        return _choices(given["choices"])
    if not isinstance(given, list | tuple) or len(given) < 2:
        raise LikelyError(
            "must be a range [low, high] or [low, high, log], or a list of at least "
            f"two choices; got {given!r:.80}."
        )
    is_log = given[2:] in (["log"], ("log",))
    if not (all(map(_is_number, given[:2])) and (len(given) == 2 or is_log)):
        return _choices(given)
    low, high = given[:2]
    if not (_is_finite(low) and _is_finite(high)):
        raise LikelyError(
            f"must have a range with finite ends; got {given!r:.80}. Two choices are "
            "written {choices: [...]}."
        )
    if not low < high:
        raise LikelyError(
            f"must have a range with low < high; got [{low:g}, {high:g}]. Two choices "
            "are written {choices: [...]}."
        )
    if is_log and low <= 0:
        raise LikelyError(
            "must have a positive range, as it is logarithmic; got "
            f"[{low:g}, {high:g}]."
        )
    whole = isinstance(low, Integral) and isinstance(high, Integral)
    return Range(float(low), float(high), is_log, whole)


def _choices(given: Any) -> Choices:
    if not isinstance(given, list | tuple) or len(given) < 2:
        raise LikelyError(f"must have a list of at least two choices; got {given!r}.")
    options: list[Any] = []
    for option in given:
        try:
            twice = option in options
        except ValueError:  # arrays, of which each number is compared
            raise LikelyError(
                "must have choices that can be compared, such as lists in place of "
                f"arrays; got {option!r:.80}."
            ) from None
        if twice:
            raise LikelyError(f"has the choice {option!r} twice; leave one out.")
        options.append(option)
    return Choices(tuple(options))


def _is_number(value: Any) -> TypeGuard[Real]:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_finite(value: Real) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number that no float holds
        return False
