"""How the options of a trial are chosen: a contract, random points, and a grid."""

import abc
import math
from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np

from ...core.errors import LikelyError
from .space import Space
from .trial import Trial

# Above it nobody waits for all combinations, and their order fills the memory.
MOST_COMBINATIONS = 1_000_000
# Points that are drawn at once, a power of two.
FEWEST_POINTS = 64


class AbstractSampler(abc.ABC):
    """Chooses the options of a trial by its number and by what is known.

    The choice depends on nothing else: a search that is gone on with, or has more
    workers, chooses the same.
    """

    @property
    @abc.abstractmethod
    def learns_after(self) -> int | None:
        """Return the first trial for which values of others matter; None if never."""

    @property
    @abc.abstractmethod
    def size(self) -> int | None:
        """Return the number of trials after which all has been tried; None if never."""

    @abc.abstractmethod
    def suggest(
        self, number: int, known: Sequence[Trial], others: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        """Return the options of a trial.

        Args:
            number: Of the trial.
            known: Earlier trials whose values may be used.
            others: The options of the trials between those and this one.
        """


@final
class RandomSampler(AbstractSampler):
    """Points of a scrambled Sobol sequence: random, and evenly spread.

    Args:
        space: What is searched.
        seed: Of the scrambling.

    References:
        A. B. Owen (1998), doi:10.1006/jcom.1998.0487.
    """

    def __init__(self, space: Space, seed: int):
        self._space, self._seed = space, seed
        self._points: Any = ()

    @property
    def learns_after(self) -> int | None:
        return None

    @property
    def size(self) -> int | None:
        return None

    def suggest(
        self, number: int, known: Sequence[Trial], others: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        if number >= len(self._points):
            # Slow to import, and only a search needs it.
            from scipy.stats.qmc import Sobol

            sequence = Sobol(len(self._space.domains), rng=self._seed)
            count = max(FEWEST_POINTS, number + 1)
            # Of another number of points the first ones are the same.
            self._points = sequence.random_base2(math.ceil(math.log2(count)))
        return self._space.at(self._points[number])


@final
class GridSampler(AbstractSampler):
    """All combinations of choices, in a random order.

    Args:
        space: What is searched.
        seed: Of the order.

    Raises:
        LikelyError: If there is a range that is not of whole numbers, or there are too
            many combinations.
    """

    def __init__(self, space: Space, seed: int):
        self._levels: dict[str, Sequence[Any]] = {}
        for name, domain in space.domains.items():
            if domain.levels is None:
                raise LikelyError(
                    f'`sampler`: "grid" takes choices and whole numbers; `{name}` is a '
                    "range: list the values that are to be tried."
                )
            self._levels[name] = domain.levels
        count = math.prod(map(len, self._levels.values()))
        if count > MOST_COMBINATIONS:
            raise LikelyError(
                f'`sampler`: "grid" has {count} combinations; take "random", which '
                "covers the space with fewer."
            )
        self._order = np.random.default_rng(seed).permutation(count)

    @property
    def learns_after(self) -> int | None:
        return None

    @property
    def size(self) -> int | None:
        return len(self._order)

    def suggest(
        self, number: int, known: Sequence[Trial], others: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        rest, found = int(self._order[number]), {}
        for name, levels in self._levels.items():
            rest, level = divmod(rest, len(levels))
            found[name] = levels[level]
        return found
