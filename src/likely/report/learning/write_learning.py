"""The folders of the reports of classifiers and regressions."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...core import write_whole
from ...methods import (
    Classification,
    Evaluation,
    Regression,
    RegressionEvaluation,
)
from ..drawing import Drawing, save, with_figures
from ..page import Picture
from ..template import data_rows, other_rows, template, timing_rows
from . import drawings as draw
from .class_drawings import drawings_of_classes
from .classification_page import classification_sections, summary_of
from .common_sections import facts, sources
from .image_drawings import drawings_of_images
from .judgement import doubts, doubts_of_regression, sentence
from .regression_page import regression_sections, summary_of_regression
from .sections import Section
from .trials import trials_of


def write_classification_report(
    folder: str | os.PathLike[str],
    found: Classification,
    evaluation: Evaluation | None,
    *,
    study_text: str = "",
    title: str = "",
    trials: Sequence[Mapping[str, Any]] = (),
    remarks: Sequence[str | Drawing] = (),
) -> list[Path]:
    """Write the figures and the page of a classifier; return the files, the page last.

    The folder receives `report.html` and, in `figures`, each picture as PNG and PDF.
    The same results give the same bytes.

    Args:
        folder: Where to write; it is made if it does not exist.
        found: What `classify` returned.
        evaluation: What `evaluate` returned; None for a training that failed.
        study_text: The study as it was resolved, shown as it is.
        title: Heading of the page.
        trials: Of a search for hyperparameters; see `plot_trials`.
        remarks: What a reader must know about this page, in sentences; and further
            figures, which come in a section of their own.

    Raises:
        LikelyError: If the folder cannot be written, or a trial lacks something.
    """
    page = _Page(folder, found, trials, remarks)
    drawn: dict[str, Iterable[Drawing]] = {}
    if evaluation is not None:
        drawn = {
            "roc": draw.drawings_of_roc(evaluation),
            "scores": draw.drawings_of_scores(evaluation),
            "confusion": draw.drawings_of_confusion(evaluation),
            "calibration": draw.drawings_of_calibration(evaluation),
            "importance": draw.drawings_of_importance(evaluation),
            "images": [
                *drawings_of_images(found, evaluation, evaluation.part),
                *drawings_of_classes(evaluation),
            ],
        }
    pictures = page.saved(drawn)
    return page.written_with(
        classification_sections(found, evaluation, pictures, trials),
        summary_of(evaluation),
        () if evaluation is None else doubts(evaluation),
        study_text=study_text,
        title=title or "Classification report",
    )


def write_regression_report(
    folder: str | os.PathLike[str],
    found: Regression,
    evaluation: RegressionEvaluation | None,
    *,
    study_text: str = "",
    title: str = "",
    trials: Sequence[Mapping[str, Any]] = (),
    remarks: Sequence[str | Drawing] = (),
) -> list[Path]:
    """Write the figures and the page of a regression; return the files, the page last.

    The files are those of `write_classification_report`, and so is what is not said
    here of the arguments.

    Args:
        folder: Where to write.
        found: What `regress` returned.
        evaluation: What `evaluate_regression` returned; None for a training that
            failed.
        study_text: The study.
        title: Heading of the page.
        trials: Of a search.
        remarks: What a reader must know.

    Raises:
        LikelyError: If the folder cannot be written, or a trial lacks something.
    """
    page = _Page(folder, found, trials, remarks)
    drawn: dict[str, Iterable[Drawing]] = {}
    if evaluation is not None:
        drawn = {
            "regression": draw.drawings_of_regression(evaluation),
            "images": drawings_of_images(found, None, evaluation.part),
        }
    pictures = page.saved(drawn)
    return page.written_with(
        regression_sections(found, evaluation, pictures, trials),
        summary_of_regression(evaluation),
        () if evaluation is None else doubts_of_regression(evaluation),
        study_text=study_text,
        title=title or "Regression report",
    )


class _Page:
    """A report on its way to its folder."""

    def __init__(
        self,
        folder: str | os.PathLike[str],
        found: Classification | Regression,
        trials: Sequence[Mapping[str, Any]],
        remarks: Sequence[str | Drawing],
    ):
        trials_of(trials)  # says what is wrong before anything is written
        self.folder = with_figures(folder)
        self.result, self.parts, self.trials = found.result, found.parts, trials
        self.files: list[Path] = []
        self.remarks = [r for r in remarks if isinstance(r, str)]
        self.further = [r for r in remarks if isinstance(r, Drawing)]

    def saved(self, drawn: Mapping[str, Iterable[Drawing]]) -> dict[str, list[Picture]]:
        """Write all figures; return them by the place where they belong."""
        every = {
            **drawn,
            "training": draw.drawings_of_training(self.result),
            "trials": draw.drawings_of_trials(self.trials),
            "further": self.further,
        }
        return {
            place: [save(self.folder, drawing, self.files) for drawing in some]
            for place, some in every.items()
        }

    def written_with(
        self,
        sections: Iterable[Section],
        summary: str,
        doubts: Iterable[str],
        *,
        study_text: str,
        title: str,
    ) -> list[Path]:
        """Write the page; return all files."""
        result, origin = self.result, sources(self.result, self.parts)
        html = template("learning.html").render(
            title=title,
            status=result.status,
            message=sentence(result.status.message),
            summary=summary,
            notes=[*map(sentence, result.status.notes), *doubts],
            remarks=self.remarks,
            sections=list(sections),
            facts=facts(result, self.parts),
            timings=timing_rows(result.timings),
            data=data_rows(origin),
            provenance=other_rows(origin),
            study_text=study_text,
        )
        page = self.folder / "report.html"
        write_whole(page, html)
        return [*self.files, page]
