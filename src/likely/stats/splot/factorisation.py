"""Whether a variable is independent of those of a fit, which sWeights take for given.

Two ways in: a labelled sample of one component, or a fit of data, in slices.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float
from scipy import stats

from ...core import LikelyError, Result, nearest
from ...core.space import ParameterSpace
from ...data import Dataset
from ...fit import Likelihood
from ...fit.fit import fit
from .weight_functions import mixture_of

FEWEST_EXPECTED = 5.0  # entries of a cell: below it, chi-square is no chi-square
BINS = 8


@final
@dataclass(frozen=True)
class FactorisationTest:
    """The outcome of a test of independence.

    Args:
        statistic: Chi-square or, of the rank test, Kendall's tau.
        p_value: Probability of such a value or a worse one if they are independent.
        ndof: Degrees of freedom of the chi-square; 0 for the rank test.
        method: In words.
    """

    statistic: float
    p_value: float
    ndof: int
    method: str

    def __str__(self) -> str:
        """Return statistic and p-value in a line."""
        name = "tau" if self.ndof == 0 else f"chi2/{self.ndof}"
        return f"{self.method}: {name} = {self.statistic:.4g}, p = {self.p_value:.3g}"


def factorisation_test(
    first: Any, control: Any, *, method: str = "bins", slices: int = 2
) -> FactorisationTest:
    r"""Test whether a control variable is independent of what a fit discriminates by.

    Of a labelled sample of **one component** (simulation, a side band), with the
    discriminating variable as `first`:

    - `method="bins"`: Pearson's $\chi^2$ of the table of counts in quantiles of both.
      It sees any smooth dependence, such as a width that changes.
    - `method="rank"`: Kendall's $\tau$, more powerful where one rises with the other,
      and blind where it does not.

    Of **data**, with the fit as `first`: its shapes are fitted in `slices` quantiles of
    the control variable, yields free in each, and

    $$\chi^2 = \sum_s (\phi_s - \bar\phi)^\top V_s^{-1} (\phi_s - \bar\phi), \qquad
    \bar\phi = \Big(\sum_s V_s^{-1}\Big)^{-1} \sum_s V_s^{-1} \phi_s$$

    compares the shape parameters $\phi$: Wald's form of the test of the likelihood
    ratio between common and separate shapes. It sees what these parameters describe,
    in all components together.

    Args:
        first: Values of the discriminating variable, or the result of a fit.
        control: Values of the control variable, one for each event (of the fit).
        method: "bins" or "rank", of a labelled sample.
        slices: Number of quantiles, of a fit.

    Raises:
        LikelyError: If the lengths differ, a value is not finite, there are too few
            events, or the fit of a slice does not converge.

    References:
        H. Dembinski, M. Kenzie, C. Langenbruch, M. Schmelling, arXiv:2112.04574;
        A. Wald, Trans. Am. Math. Soc. 54 (1943) 426.
    """
    t = _finite("control", control)
    if isinstance(first, Result):
        return _of_fit(first, t, slices)
    x = _finite("first", first)
    if len(x) != len(t):
        raise LikelyError(
            f"`factorisation_test`: {len(x)} values of the discriminating variable and "
            f"{len(t)} of the control variable; they must be of the same events."
        )
    tests = {"bins": _bins, "rank": _rank}
    if method not in tests:
        raise LikelyError(
            f"`factorisation_test(method=...)`: `{method}`? {nearest(method, tests)}"
        )
    return tests[method](x, t)


def _finite(name: str, values: Any) -> Float[np.ndarray, " events"]:
    try:
        array = np.asarray(values, float)
    except (TypeError, ValueError):
        array = np.zeros(())
    if array.ndim != 1 or len(array) < 2:
        raise LikelyError(
            f"`factorisation_test({name}=...)` takes one number an event; "
            f"got {type(values).__name__}."
        )
    if not np.isfinite(array).all():
        raise LikelyError(
            f"`factorisation_test({name}=...)` holds "
            f"{int((~np.isfinite(array)).sum())} values that are not finite; select "
            "them away."
        )
    return array


def _rank(
    x: Float[np.ndarray, " events"], t: Float[np.ndarray, " events"]
) -> FactorisationTest:
    if np.ptp(x) == 0 or np.ptp(t) == 0:
        raise LikelyError(
            "`factorisation_test`: a variable has one value only, which is independent "
            "of everything."
        )
    found: Any = stats.kendalltau(x, t)
    return FactorisationTest(
        float(found.statistic), float(found.pvalue), 0, "Kendall rank test"
    )


def _bins(
    x: Float[np.ndarray, " events"], t: Float[np.ndarray, " events"]
) -> FactorisationTest:
    wanted = min(BINS, int(np.sqrt(len(x) / (2 * FEWEST_EXPECTED))))
    rows, columns = _quantile_bins(x, wanted), _quantile_bins(t, wanted)
    table = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(table, (rows, columns), 1.0)
    expected = np.outer(table.sum(1), table.sum(0)) / len(x)
    if min(table.shape) < 2 or expected.min() < FEWEST_EXPECTED:
        raise LikelyError(
            f"`factorisation_test`: {len(x)} events fill no table of quantiles with "
            f"{FEWEST_EXPECTED:g} expected in each cell; there are too few events, or a"
            " variable takes a few values of which one is rare."
        )
    found: Any = stats.chi2_contingency(table, correction=False)
    return FactorisationTest(
        float(found.statistic), float(found.pvalue), int(found.dof), "chi2 in quantiles"
    )


def _quantile_bins(values: Float[np.ndarray, " events"], wanted: int) -> Any:
    """Return in which quantile each value is; equal values share one."""
    edges = np.quantile(values, np.arange(1, max(wanted, 1)) / max(wanted, 1))
    bins = np.searchsorted(np.unique(edges), values, side="right")
    return np.unique(bins, return_inverse=True)[1]


def _of_fit(
    result: Result, t: Float[np.ndarray, " events"], slices: int
) -> FactorisationTest:
    if result.model is None or result.objective is None or not result.status.ok:
        raise LikelyError(
            "`factorisation_test` needs a result that `fit` returned and that "
            f"converged; this one says: {result.status.message}"
        )
    mixture = mixture_of(result.model, "factorisation_test")
    if len(t) != result.n_events:
        raise LikelyError(
            f"`factorisation_test`: the fit has {result.n_events} events and `control` "
            f"{len(t)}; leave out the events outside the ranges of the fit."
        )
    if isinstance(slices, bool) or not isinstance(slices, int) or slices < 2:
        raise LikelyError(
            "`factorisation_test(slices=...)` must be a whole number of 2 or more; "
            f"got {slices!r}."
        )
    sizes = ParameterSpace.of(mixture.coefficients()).names
    names = [n for n in result.covariance_names if n not in sizes]
    if not names:
        raise LikelyError(
            "`factorisation_test`: the fit has no free shape parameter, so its shapes "
            "cannot be compared between slices; take a labelled sample instead."
        )
    bins = _quantile_bins(t, slices)
    parts = [_slice(result, bins == b, b) for b in range(bins.max() + 1)]
    if len(parts) < 2:
        raise LikelyError(
            "`factorisation_test`: the control variable has one value in most events; "
            "it cannot be sliced."
        )
    names = [n for n in names if all(n in p.covariance_names for p in parts)]
    return _compare(parts, names)


def _slice(result: Result, chosen: Any, number: int) -> Result:
    objective = result.objective
    own = objective.weights
    columns: Mapping[str, Any] = {
        o.name: values[chosen]
        for o, values in zip(
            result.model.observables, np.asarray(objective.events), strict=True
        )
    }
    data = Dataset.of(columns, weights=None if own is None else own[chosen])
    loss = Likelihood(constraints=objective.constraints)
    found = fit(result.model, data, loss=loss)
    if not found.status.ok:
        raise LikelyError(
            f"`factorisation_test`: the fit of slice {number + 1} with {len(data)} "
            f"events did not converge: {found.status.message} Take fewer slices or fix "
            "parameters."
        )
    return found


def _compare(parts: list[Result], names: list[str]) -> FactorisationTest:
    if not names:
        raise LikelyError(
            "`factorisation_test`: every shape parameter is at a limit in a slice; "
            "take fewer slices."
        )
    values, inverses = [], []
    for part in parts:
        places = [part.covariance_names.index(n) for n in names]
        values.append(np.array([part[n].value for n in names]))
        inverses.append(np.linalg.inv(part.covariance[np.ix_(places, places)]))
    total = np.sum(inverses, axis=0)
    weighted = [V @ v for V, v in zip(inverses, values, strict=True)]
    mean = np.linalg.solve(total, np.sum(weighted, axis=0))
    chi2 = sum(
        (v - mean) @ V @ (v - mean) for V, v in zip(inverses, values, strict=True)
    )
    ndof = (len(parts) - 1) * len(names)
    return FactorisationTest(
        float(chi2),
        float(stats.chi2.sf(chi2, ndof)),
        ndof,
        f"shapes in {len(parts)} slices",
    )
