"""Events in disjoint parts: training, validation, test, or the folds of a rotation."""

import operator
from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Shaped, UInt64

from ..core.errors import LikelyError
from .dataset import Dataset

_TOLERANCE = 1e-9  # of fractions such as 0.7 + 0.2 + 0.1
_WHOLE = 2.0**63  # floating-point numbers below it may be whole numbers of 64 bits


def split(
    data: Dataset,
    fractions: Mapping[str, float],
    *,
    by: str | None = None,
    seed: int = 0,
    alike: str | None = None,
) -> dict[str, Dataset]:
    """Return the events in disjoint parts, in the order that they have.

    Args:
        data: The events.
        fractions: Of the events in each part, such as `{"train": 0.7, "test": 0.3}`;
            they sum to one.
        by: A column, such as the number of the event: events that share its value are
            in the same part, which depends on nothing but this value and the seed.
        seed: Of the random choice.
        alike: A column whose values, such as classes, get the fractions each.

    Raises:
        LikelyError: If fractions do not sum to one, a column is not there, a part has
            no event, or both `by` and `alike` are given.
    """
    wanted = _checked(fractions)
    edges = np.cumsum(list(wanted.values()))[:-1]
    seed = _whole("seed", seed)
    if by is not None and alike is not None:
        raise LikelyError(
            "`by` and `alike` exclude each other: an event whose part depends on its "
            f"`{by}` alone cannot also be dealt out by `{alike}`; take one."
        )
    if by is not None:
        u = uniform_of(data[by], seed)
    else:
        strata = np.zeros(len(data), int) if alike is None else data[alike]
        u = stratified(strata, seed)
    places = np.searchsorted(edges, u, side="right")
    for i, (name, part) in enumerate(wanted.items()):
        if part > 0 and not np.any(places == i):
            raise LikelyError(
                f"`fractions`: part `{name}` ({part:g} of {len(data)} "
                "events) has no event; give it more, or take more events."
            )
    return {name: data.where(places == i) for i, name in enumerate(wanted)}


def folds(
    count: int, k: int, *, seed: int = 0, strata: Any = None
) -> Int[np.ndarray, " events"]:
    """Return for each of `count` events in which of `k` folds it is.

    Args:
        count: Number of events.
        k: Number of folds, of equal size up to one event.
        seed: Of the random choice.
        strata: A value an event; the events of each value, too, are spread evenly.

    Raises:
        LikelyError: If there are fewer events than folds, fewer than two folds, or not
            one stratum an event.
    """
    count, k, seed = _whole("count", count), _whole("folds", k), _whole("seed", seed)
    if not 2 <= k <= count:
        raise LikelyError(
            f"`folds` must be from 2 to the number of events, {count}; got {k}."
        )
    try:
        each = np.zeros(count, int) if strata is None else np.asarray(strata)
    except ValueError:  # lists of unequal length
        each = np.zeros(0)
    if each.shape != (count,):
        raise LikelyError(
            f"`strata` must be one value an event; got shape {each.shape} for {count}."
        )
    found = np.empty(count, int)
    # Dealt out like cards, one stratum after the other: a small one goes on where the
    # last one ended, so that all folds are of one size too.
    found[_by_stratum(each, seed)] = np.arange(count) % k
    return found


def stratified(
    strata: Shaped[np.ndarray, " events"], seed: int
) -> Float[np.ndarray, " events"]:
    """Return a random place in [0, 1) for each event, evenly spread in each stratum."""
    counts = np.unique(strata, return_counts=True)[1]
    begins = np.repeat(np.cumsum(counts) - counts, counts)
    ranks = np.arange(len(strata)) - begins
    u = np.empty(len(strata))
    u[_by_stratum(strata, seed)] = (ranks + 0.5) / np.repeat(counts, counts)
    return u


def _by_stratum(
    strata: Shaped[np.ndarray, " events"], seed: int
) -> Int[np.ndarray, " events"]:
    """Return the events stratum by stratum, in random order inside each of them."""
    order = np.random.default_rng(seed).permutation(len(strata))
    # A stable sort by stratum keeps the random order inside each of them.
    return order[np.argsort(strata[order], kind="stable")]


def uniform_of(
    values: Shaped[np.ndarray, " events"], seed: int
) -> Float[np.ndarray, " events"]:
    """Return a number in [0, 1) that depends on a value and the seed only.

    References:
        G. L. Steele, D. Lea and C. H. Flood (2014), SplitMix64,
        doi:10.1145/2660193.2660195.
    """
    plain = np.asarray(values)
    if plain.dtype.kind == "f":
        wide = (plain + 0.0).astype(np.float64)  # -0 is 0
        bits = wide.view(np.uint64).copy()
        # The number of an event is the same whether a file has it as 5 or as 5.0.
        whole = (wide == np.floor(wide)) & (np.abs(wide) < _WHOLE)
        bits[whole] = wide[whole].astype(np.int64).view(np.uint64)
    else:
        bits = plain.astype(np.uint64)
    offset = _mixed(np.array([seed % 2**64], np.uint64))
    return (_mixed(_mixed(bits) ^ offset) >> np.uint64(11)) * 2.0**-53


def _mixed(z: UInt64[np.ndarray, " n"]) -> UInt64[np.ndarray, " n"]:
    z = z + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _checked(fractions: Mapping[str, float]) -> dict[str, float]:
    if not isinstance(fractions, Mapping) or not fractions:
        raise LikelyError(
            "`fractions` must map names to fractions, such as "
            f'{{"train": 0.7, "test": 0.3}}; got {fractions!r}.'
        )
    try:
        found = {name: float(part) for name, part in fractions.items()}
    except (TypeError, ValueError):
        raise LikelyError(
            f"`fractions` must be numbers that sum to 1; got {dict(fractions)!r}."
        ) from None
    total = sum(found.values())
    if not all(part >= 0 for part in found.values()) or abs(total - 1) > _TOLERANCE:
        shown = ", ".join(f"{name} {part:g}" for name, part in found.items())
        raise LikelyError(
            f"`fractions` must be positive or zero and sum to 1; got {shown}, which "
            f"sum to {total:g}."
        )
    return found


def _whole(name: str, value: Any) -> int:
    try:
        found = operator.index(value)
    except TypeError:
        found = -1
    if found < 0:
        raise LikelyError(f"`{name}` must be a whole number >= 0; got {value!r}.")
    return found
