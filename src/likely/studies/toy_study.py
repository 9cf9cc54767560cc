"""A study of kind `toys` that can be run: the fit that it repeats, and the truth."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

from .catalogue import find_study
from .document import Document, read_document
from .inputs import read_data
from .past_run import damaged, result_of_fit
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
        n_events: Events of each toy; None where the yields, or the data of each
            category, say it.
        other: The fit of an alternative, whose likelihood ratio is tested.
    """

    document: Document
    content: ToysStudy
    base: Study
    fitted: bool
    n_events: int | None
    other: Study | None = None

    @property
    def of_data(self) -> bool:
        """Return whether toys are like the data in more than the number of events.

        They have their bins, their categories, or the columns the model is given.
        """
        plan = self.base.plan
        binned = any(model.bins is not None for model in plan.models)
        sources = self.base.content.sources.values()
        histograms = any(section.histogram is not None for section in sources)
        return plan.simultaneous or bool(plan.given) or binned or histograms

    @property
    def tested(self) -> bool:
        """Return whether the data are fitted, to be compared with toys."""
        return self.content.goodness_of_fit is not None or self.other is not None

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
        LikelyError: If a fit that it names cannot be run, is weighted, or does not say
            how many events it has.
    """
    base, path, run = _named(content.study, ("study",), document)
    fitted = None if run is None else _fitted(run)
    # Start values are in the study for all to see; those of a fit stay hidden.
    plan = base.plan.unblinded() if fitted is None else base.plan.at(fitted[0])
    base = replace(base, plan=plan)
    other, against = None, None
    if content.against is not None:
        other, against, _ = _named(content.against, ("against",), document)
        other = replace(other, plan=other.plan.unblinded())
    n_events = _number_of_events(content, document, base, fitted and fitted[1])
    content = content.model_copy(
        update={
            "study": path,
            "against": against,
            "name": content.name or folder_name(document.name),
            "title": content.title or document.title or None,
        }
    )
    return ToyStudy(document, content, base, fitted is not None, n_events, other)


def _named(
    name: str, place: tuple[str], document: Document
) -> tuple[Study, str, Path | None]:
    """Return the fit of a name, the same name from any folder, and its run folder."""
    # Unlike that of Path, this one leaves an unknown `~user` as it is.
    path = document.folder / os.path.expanduser(name)
    if path.is_dir():
        found = read_document(path / "study.yaml")
    else:
        found = read_document(path) if path.is_file() else find_study(name)
    content = validate(found)
    if not isinstance(content, FitStudy):
        raise document.error(
            place, f"must name a study of kind fit; `{found.source}` is no fit."
        )
    if content.weighted:
        raise document.error(
            place,
            "names a fit to weighted events, and the model does not say how weights "
            "are distributed; take a fit without `data.weight`.",
        )
    run = path if path.is_dir() else None
    named = str(path.absolute()) if path.exists() else name
    return fit_study(content, found), named, run


def _fitted(folder: Path) -> tuple[dict[str, float], int]:
    """Return the fitted values of a run, and its number of events."""
    result = result_of_fit(folder, "its values are no truth to draw toys from")
    try:
        values = {n: float(p["value"]) for n, p in result["parameters"].items()}
        return values, int(result["n_events"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise damaged(folder) from None


def _number_of_events(
    content: ToysStudy,
    document: Document,
    base: Study,
    fitted: int | None,
) -> int | None:
    if base.plan.extended or base.plan.simultaneous:
        if content.events is not None:
            raise document.error(
                ("events",),
                "is for fits without yields; this fit is extended or of several "
                "categories, and a toy has as many events as the yields or the data "
                "say.",
            )
        return None
    if content.events is not None:
        return content.events
    if fitted is not None:
        return fitted
    return read_data(base.content, base.plan, base.document).n_in_range
