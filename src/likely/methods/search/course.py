"""The course of a search: which trial is made when, and what it may know."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, final

from ...core.errors import LikelyError, nearest
from ...core.listener import progress
from ...fit.options import whole
from .found import Search
from .pool import AbstractPool
from .pruning import bars_of
from .sampler import AbstractSampler, GridSampler, RandomSampler
from .space import Space
from .tree_parzen import TreeParzenSampler, check_optuna
from .trial import Trial

SAMPLERS: dict[str, Callable[[Space, int], AbstractSampler]] = {
    "tpe": TreeParzenSampler,
    "random": RandomSampler,
    "grid": GridSampler,
}
MOST_TRIALS = 10_000


@final
@dataclass(frozen=True)
class Plan:
    """What a search does; its answer depends on nothing else.

    Args:
        space: What is searched.
        trials: How many there are.
        seed: Of the choice of options.
        sampler: "tpe", "random" or "grid".
        parallel: How many trials can be under way at once: each is chosen by the
            values of all but the `parallel - 1` trials before it, whether these have
            ended or not, so that the number of workers changes nothing.
        prune: Whether trials that go badly are given up.
    """

    space: Space
    trials: int = 30
    seed: int = 0
    sampler: str = "tpe"
    parallel: int = 4
    prune: bool = True

    def __post_init__(self):
        if self.sampler not in tuple(SAMPLERS):
            raise LikelyError(
                f"`sampler`: there is no {self.sampler!r}; "
                f"{nearest(str(self.sampler), SAMPLERS)}"
            )
        for name, least in (("trials", 1), ("parallel", 1), ("seed", 0)):
            whole(name, least)(getattr(self, name))
        for name in ("trials", "parallel"):
            value = getattr(self, name)
            if value > MOST_TRIALS:
                raise LikelyError(
                    f"`{name}` must be at most {MOST_TRIALS}; got {value}."
                )
        if self.sampler == "tpe":
            check_optuna(self.trials)

    def to_sampler(self) -> AbstractSampler:
        """Return what chooses the options."""
        return SAMPLERS[self.sampler](self.space, self.seed)


def run_search(
    plan: Plan,
    pool: AbstractPool,
    *,
    earlier: Search | None = None,
    keep: Callable[[Search], None] = lambda search: None,
) -> Search:
    """Make the trials of a search.

    Args:
        plan: What it does.
        pool: Where trials are made.
        earlier: What was found before the search was stopped.
        keep: Is given all trials that have ended, after each of them.

    Raises:
        LikelyError: If a trial cannot be made, for a reason that is not of its options.
    """
    before = Search(()) if earlier is None else earlier
    course = _Course(plan, {t.number: t for t in before.trials})
    begin = time.perf_counter()

    def so_far() -> Search:
        spent = before.seconds + time.perf_counter() - begin
        return Search(course.trials, spent)

    with progress("searching", course.count) as tell:
        for _ in course.done:
            tell("")
        while len(course.done) < course.count:
            while course.can_start and len(course.open) < pool.room:
                pool.start(course.next_task())
            number, outcome = pool.finished()
            course.end(number, outcome)
            found = so_far()
            keep(found)
            best = f"best {found.best.value:.5g}" if found.ok else ""
            tell(best)
    return so_far()


class _Course:
    """Which trials have been chosen, begun and ended."""

    def __init__(self, plan: Plan, done: dict[int, Trial]):
        self._plan, self._sampler = plan, plan.to_sampler()
        size = self._sampler.size
        self.count = plan.trials if size is None else min(plan.trials, size)
        self.done = {n: t for n, t in done.items() if n < self.count}
        self.open: set[int] = set()
        self._chosen = {n: t.parameters for n, t in self.done.items()}
        self._next = self._after(0)

    @property
    def trials(self) -> tuple[Trial, ...]:
        """Return those that have ended, by their numbers."""
        return tuple(self.done[n] for n in sorted(self.done))

    @property
    def can_start(self) -> bool:
        """Return whether there is another trial, and what it may know is known."""
        known = self._known(self._next)
        return self._next < self.count and all(n in self.done for n in range(known))

    def next_task(self) -> Mapping[str, Any]:
        """Return the task of the next trial, which is begun."""
        number = self._next
        known = [self.done[n] for n in range(self._known(number))]
        others = [self._chosen[n] for n in range(len(known), number)]
        parameters = self._sampler.suggest(number, known, others)
        self._chosen[number] = parameters
        self.open.add(number)
        self._next = self._after(number + 1)
        bars = bars_of(known) if self._plan.prune else ()
        return {"number": number, "parameters": parameters, "bars": bars}

    def end(self, number: int, outcome: Mapping[str, Any]) -> None:
        """Note what a trial has left."""
        self.open.remove(number)
        parameters = self._chosen[number]
        self.done[number] = Trial(number=number, parameters=parameters, **outcome)

    def _known(self, number: int) -> int:
        """Return how many of the first trials one may know of."""
        learns = self._sampler.learns_after
        if not self._plan.prune and (learns is None or number < learns):
            return 0
        return max(number - self._plan.parallel + 1, 0)

    def _after(self, number: int) -> int:
        while number in self.done:
            number += 1
        return number
