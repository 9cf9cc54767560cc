"""The fits of many toys: values, errors and status of each, pulls and coverage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
from jaxtyping import Bool, Float, Int

from .pulls import PullSummary, pull_summary, toys_table
from .toy_status import OK, failures_of

# The fields with one row a toy.
ROWS = ("values", "errors", "status", "loss", "n_events", "minos_covers")


@final
@dataclass(frozen=True)
class Toys:
    r"""The fits of many data sets drawn from one model.

    Args:
        names: The free parameters.
        truth: Their true values.
        values: Fitted values, one row a toy.
        errors: Hesse errors; NaN where a fit failed or ended on a limit.
        status: 0 for a valid fit, else the place of its reason in `FAILURES`, plus 1.
        loss: $-2\log L$ at the minimum.
        n_events: Events of each toy.
        minos_covers: Whether the MINOS interval holds the true value, where asked for.
        seed: Of the random numbers; toy i has the same ones in any number of toys.
        seconds: Time that it took, compilation included.
        goodness_of_fit: Test of the data that the fit was of, an `UnbinnedTest`; None
            where there is none.
        likelihood_ratio: Test of them against an alternative, a `LikelihoodRatio`.
    """

    names: tuple[str, ...]
    truth: Float[np.ndarray, " free"]
    values: Float[np.ndarray, "toys free"]
    errors: Float[np.ndarray, "toys free"]
    status: Int[np.ndarray, " toys"]
    loss: Float[np.ndarray, " toys"]
    n_events: Int[np.ndarray, " toys"]
    minos_covers: Bool[np.ndarray, "toys free"] | None = None
    seed: int = 0
    seconds: float = 0.0
    goodness_of_fit: Any = None
    likelihood_ratio: Any = None

    @property
    def tests(self) -> tuple[Any, ...]:
        """Return the outcomes of the tests of the data, as far as there are any."""
        both = self.goodness_of_fit, self.likelihood_ratio
        return tuple(test for test in both if test is not None)

    @classmethod
    def joined(cls, parts: Sequence["Toys"]) -> "Toys":
        """Return the toys of all parts, which are of one model."""
        rows = {
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in ROWS
            if getattr(parts[0], name) is not None
        }
        return replace(parts[0], **rows)

    def __getitem__(self, chosen: slice) -> "Toys":
        """Return some of the toys."""
        rows = {
            name: getattr(self, name)[chosen]
            for name in ROWS
            if getattr(self, name) is not None
        }
        return replace(self, **rows)

    def __len__(self) -> int:
        """Return the number of toys."""
        return len(self.status)

    @property
    def ok(self) -> bool:
        """Return whether there is a valid fit at all."""
        return bool(self.valid.any())

    @property
    def message(self) -> str:
        """Return how many fits are valid, in a sentence."""
        return f"{int(self.valid.sum())} of {len(self)} toys have a valid fit."

    @property
    def valid(self) -> Bool[np.ndarray, " toys"]:
        """Return which fits are valid."""
        return self.status == OK

    @property
    def failures(self) -> dict[str, int]:
        """Return how many fits failed, by reason."""
        return failures_of(self.status)

    @property
    def pulls(self) -> Float[np.ndarray, "toys free"]:
        r"""Return $(\hat\theta - \theta)/\sigma$; NaN where there is no error."""
        return (self.values - self.truth) / self.errors

    @property
    def summaries(self) -> dict[str, PullSummary]:
        """Return mean and width of the pull, and the coverage, of each parameter."""
        pulls = np.where(self.valid[:, None], self.pulls, np.nan)
        covers = self.minos_covers
        return {
            name: pull_summary(
                pulls[:, i], None if covers is None else covers[self.valid, i]
            )
            for i, name in enumerate(self.names)
        }

    def columns(self) -> dict[str, np.ndarray]:
        """Return one column a quantity, one row a toy."""
        found: dict[str, np.ndarray] = {
            "toy": np.arange(len(self)),
            "status": self.status,
            "n_events": self.n_events,
            "loss": self.loss,
        }
        for i, name in enumerate(self.names):
            found[name] = self.values[:, i]
            found[f"{name}_error"] = self.errors[:, i]
            if self.minos_covers is not None:
                found[f"{name}_minos_covers"] = self.minos_covers[:, i]
        return found

    @classmethod
    def of_columns(
        cls,
        columns: Mapping[str, np.ndarray],
        truth: Mapping[str, float],
        *,
        seed: int = 0,
        seconds: float = 0.0,
    ) -> "Toys":
        """Return the toys whose `columns` these are.

        Args:
            columns: One a quantity.
            truth: True value of each free parameter, by name.
            seed: Of their random numbers.
            seconds: That they took.
        """
        names = tuple(truth)
        minos = [columns[k] for n in names if (k := f"{n}_minos_covers") in columns]
        covers = np.stack(minos, 1) > 0 if len(minos) == len(names) else None
        return cls(
            names=names,
            truth=np.array([truth[n] for n in names], float),
            values=np.stack([columns[n] for n in names], 1),
            errors=np.stack([columns[f"{n}_error"] for n in names], 1),
            status=columns["status"].astype(int),
            loss=columns["loss"],
            n_events=columns["n_events"].astype(int),
            minos_covers=covers,
            seed=seed,
            seconds=seconds,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the layout of `result.json` of a toy study."""
        found: dict[str, Any] = {
            "n_toys": len(self),
            "n_failed": int((~self.valid).sum()),
            "failures": self.failures,
            "pulls": {name: s.to_dict() for name, s in self.summaries.items()},
        }
        if self.goodness_of_fit is not None:
            found["goodness_of_fit"] = self.goodness_of_fit.to_dict()
        if self.likelihood_ratio is not None:
            found["likelihood_ratio"] = self.likelihood_ratio.to_dict()
        return found

    def __str__(self) -> str:
        """Return the table of pulls and coverage as text."""
        return "\n".join([toys_table(self), *map(str, self.tests)])
