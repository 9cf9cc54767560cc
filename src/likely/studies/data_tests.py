"""Tests of the data of a fit by toys: goodness of fit, and against an alternative."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, final

from ..core import LikelyError, Result, progress
from ..fit.fit import fit
from ..stats import (
    Toys,
    UnbinnedTest,
    anderson_darling_test,
    kolmogorov_smirnov_test,
    likelihood_ratio,
    likelihood_test,
    mixed_sample_test,
    point_to_point_test,
)
from .build import build
from .fitting import loss_of
from .inputs import StudyData, read_data
from .study import Study
from .toy_study import ToyStudy


@final
@dataclass(frozen=True)
class DataTests:
    """The fits of the data that toys are compared with.

    Args:
        null: Of the study.
        other: Of the alternative, if there is one.
        test: Name of the test of goodness of fit, if there is one.
    """

    null: Result
    other: Result | None
    test: str | None

    @classmethod
    def of(cls, study: ToyStudy, data: StudyData) -> "DataTests":
        """Fit the data.

        Raises:
            LikelyError: If they cannot be fitted, or the fit has no valid minimum.
        """
        other = None
        null = _fitted(study.base, data, "study")
        if study.other is not None:
            base = study.other
            own = read_data(base.content, base.plan, base.document)
            other = _fitted(base, own, "against")
            likelihood_ratio(null, other)  # what cannot be compared is told at once
        return cls(null, other, study.content.goodness_of_fit)

    def added(self, toys: Toys, n: int, seed: int) -> Toys:
        """Return the toys with the outcomes of the tests.

        Args:
            toys: Of the study.
            n: Number of toys, or of permutations, of each test.
            seed: Of the random numbers.

        Raises:
            LikelyError: If a test is not for such a fit.
        """
        goodness, ratio = None, None
        if self.test is not None:
            with progress("goodness of fit"):
                goodness = _TESTS[self.test](self.null, n, seed)
        if self.other is not None:
            ratio = likelihood_ratio(self.null, self.other, toys=n, seed=seed)
        return replace(toys, goodness_of_fit=goodness, likelihood_ratio=ratio)


def _fitted(study: Study, data: StudyData, entry: str) -> Result:
    built = build(study.plan)
    with progress("fitting the data"):
        loss = loss_of(study.content.fit, built)
        result = fit(built.model, data.to_fit, loss=loss)
    if not result.ok:
        raise LikelyError(
            f"`{entry}`: the fit to the data has no valid minimum, so that nothing can "
            f"be compared with toys: {result.message}"
        )
    return result


def _by_toys(test: Callable[..., UnbinnedTest]) -> Callable[..., UnbinnedTest]:
    return lambda result, n, seed: test(result, toys=n, seed=seed)


def _by_permutations(test: Callable[..., UnbinnedTest]) -> Callable[..., UnbinnedTest]:
    return lambda result, n, seed: test(result, permutations=n, seed=seed)


_TESTS: dict[str, Callable[[Any, int, int], UnbinnedTest]] = {
    "likelihood": _by_toys(likelihood_test),
    "kolmogorov_smirnov": _by_toys(kolmogorov_smirnov_test),
    "anderson_darling": _by_toys(anderson_darling_test),
    "point_to_point": _by_permutations(point_to_point_test),
    "mixed_sample": _by_permutations(mixed_sample_test),
}
