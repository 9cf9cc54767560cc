"""A study of kind `toys` that can be run: the fit that it repeats, and the truth."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

from .catalogue import find_study
from .document import Document, read_document
from .inputs import in_range, read_events
from .past_run import damaged, result_of_fit
from .plan import Leaf, Plan
from .schema import FitStudy
from .schema_toys import ToysStudy
from .study import Study, fit_study, folder_name, study_text
from .validation import validate


@final
@dataclass(frozen=True)
class ToyStudy:
    """Toys of a fit whose words, names and files have been checked.

    Args:
        document: As it was written, for the places of errors.
        content: With absolute file names and all defaults.
        base: The fit; its parameters start at the true values.
        fitted: Whether these are the values of a run, and not start values.
        n_events: Events of each toy; None for an extended fit.
    """

    document: Document
    content: ToysStudy
    base: Study
    fitted: bool
    n_events: int | None

    @property
    def name(self) -> str:
        """Return the name of the study."""
        return self.content.name or "toys"

    @property
    def title(self) -> str:
        """Return the heading of its report."""
        return self.content.title or f"Toys of {self.base.title}"

    @property
    def text(self) -> str:
        """Return the study as it is run, as YAML that can be run from any folder."""
        return study_text(self.content, self.title)

    @property
    def minos(self) -> bool:
        """Return whether the coverage of MINOS intervals is asked for."""
        errors = self.content.errors
        return "minos" in (self.base.content.fit.errors if errors is None else errors)


def toy_study(content: ToysStudy, document: Document) -> ToyStudy:
    """Return a study of kind `toys` that can be run.

    Args:
        content: Which follows the grammar.
        document: Where it was written, for the places of errors.

    Raises:
        LikelyError: If the fit that it names cannot be run, is weighted, or does not
            say how many events it has.
    """
    # Unlike that of Path, this one leaves an unknown `~user` as it is.
    path = document.folder / os.path.expanduser(content.study)
    fitted: tuple[dict[str, float], int] | None = None
    if path.is_dir():
        base = _base(read_document(path / "study.yaml"), document)
        fitted = _fitted(path)
    elif path.is_file():
        base = _base(read_document(path), document)
    else:
        base = _base(find_study(content.study), document)
    if base.content.data.weight is not None:
        raise document.error(
            ("study",),
            "names a fit to weighted events, and the model does not say how weights "
            "are distributed; take a fit without `data.weight`.",
        )
    if fitted is not None:
        base = replace(base, plan=_at(base.plan, fitted[0]))
    n_events = _number_of_events(content, document, base, fitted and fitted[1])
    named = str(path.absolute()) if path.exists() else content.study
    content = content.model_copy(
        update={
            "study": named,
            "name": content.name or folder_name(document.name),
            "title": content.title or document.title or None,
        }
    )
    return ToyStudy(document, content, base, fitted is not None, n_events)


def _base(found: Document, document: Document) -> Study:
    content = validate(found)
    if not isinstance(content, FitStudy):
        raise document.error(
            ("study",), f"must name a study of kind fit; `{found.source}` is no fit."
        )
    return fit_study(content, found)


def _fitted(folder: Path) -> tuple[dict[str, float], int]:
    """Return the fitted values of a run, and its number of events."""
    result = result_of_fit(folder, "its values are no truth to draw toys from")
    try:
        values = {n: float(p["value"]) for n, p in result["parameters"].items()}
        return values, int(result["n_events"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise damaged(folder) from None


def _at(plan: Plan, values: Mapping[str, float]) -> Plan:
    """Return the plan with its parameters starting at some values."""
    scalars = {
        name: replace(scalar, value=values.get(name, scalar.value))
        if isinstance(scalar, Leaf)
        else scalar
        for name, scalar in plan.scalars.items()
    }
    return replace(plan, scalars=scalars)


def _number_of_events(
    content: ToysStudy,
    document: Document,
    base: Study,
    fitted: int | None,
) -> int | None:
    if base.plan.extended:
        if content.events is not None:
            raise document.error(
                ("events",),
                "is for fits without yields; this fit is extended, and a toy has as "
                "many events as the yields say.",
            )
        return None
    if content.events is not None:
        return content.events
    if fitted is not None:
        return fitted
    events = read_events(base.content, base.plan, base.document)
    return int(in_range(events, base.plan.fitted_observable, base.document).sum())
