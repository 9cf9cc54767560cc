"""The folder of a report: figures as files, and one page that holds them all."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ..core import LikelyError, Observable, Result, write_whole
from ..fit import categories, category
from ..stats import Profile
from .correlation_figure import plot_correlation
from .drawing import Drawing, save, with_figures
from .fit_figure import plot
from .history_figure import plot_history
from .page import Picture, render_page
from .profile_figure import in_words, plot_profiles


def write_report(
    folder: str | os.PathLike[str],
    result: Result,
    *,
    study_text: str = "",
    title: str = "",
    bins: int = 60,
    log: bool = False,
    profiles: Sequence[Profile] | Callable[[], Sequence[Profile]] = (),
) -> list[Path]:
    """Write the figures and the page of a fit; return the files, the page last.

    The folder receives `report.html` and, in `figures`, each picture as PNG and PDF.
    The same result gives the same bytes. A model that cannot be drawn leaves out its
    figure, and the page says so.

    Args:
        folder: Where to write; it is made if it does not exist.
        result: What `fit` returned.
        study_text: The study as it was resolved, shown as it is.
        title: Heading of the page.
        bins: Number of bins on each observable's range.
        log: Whether the axis of events is logarithmic.
        profiles: What `profile` returned, one for each curve to show; or a function
            that gives them, called when the other figures are drawn.

    Raises:
        LikelyError: If the folder cannot be written, or a profile is of no parameter
            of this result.
    """
    folder = with_figures(folder)
    written: list[Path] = []
    remarks: list[str] = []

    def saved(drawings: Iterator[Drawing]) -> list[Picture]:
        return [save(folder, drawing, written) for drawing in drawings]

    main = saved(_of_data(result, remarks, bins=bins, log=log))
    saved(_of_correlations(result))
    way = saved(_of_the_way(result))
    curves = profiles() if callable(profiles) else profiles
    shown = saved(_of_profiles(result, curves))
    page = folder / "report.html"
    html = render_page(
        result,
        title=title or "Fit report",
        main=main,
        profiles=shown,
        way=way,
        study_text=study_text,
        remarks=remarks,
    )
    write_whole(page, html)
    return [*written, page]


def _of_data(
    result: Result, remarks: list[str], *, bins: int, log: bool
) -> Iterator[Drawing]:
    """Yield the figure of each observable, category by category."""
    if result.model is None:
        return
    for name, part in _parts(result):
        for observable in part.model.observables:
            try:
                figure = plot(part, observable.name, bins=bins, log=log)
            except LikelyError as error:
                of = f"{observable.name} of {name}" if name else observable.name
                remarks.append(f"There is no figure of {of}: {error}")
                continue
            alt = _alt_of_data(part, observable, bins=bins, log=log)
            if not name:
                yield Drawing(f"fit-{observable.name}", figure, alt, _CAPTION)
                continue
            yield Drawing(
                f"fit-{name}-{observable.name}",
                figure,
                f"Category {name}: {alt}",
                f"Category {name}. {_CAPTION}",
            )


def _parts(result: Result) -> list[tuple[str, Result]]:
    """Return the result of each category by name; of a single model it has none."""
    names = categories(result)
    return [(name, category(result, name)) for name in names] or [("", result)]


_CAPTION = (
    "Points: data with 68.3 % central intervals. Curves: the fitted model and its "
    "components. Underneath, pull = (data − model) / √variance, with the variance that "
    "the model expects or, for weighted events, the sum of squared weights (averaged "
    "over neighbours until they hold ten events)."
)


def _alt_of_data(
    result: Result, observable: Observable, *, bins: int, log: bool
) -> str:
    scale = "logarithmic" if log else "linear"
    parts = getattr(result.model, "names", ())
    model = f"the fitted sum of {', '.join(parts)}" if parts else "the fitted model"
    return (
        f"Histogram of {result.n_events} events in {bins} bins of {observable.label} "
        f"from {observable.lower:g} to {observable.upper:g} on a {scale} scale, with "
        f"{model} drawn over it and the pulls of the bins underneath."
    )


def _of_profiles(result: Result, profiles: Sequence[Profile]) -> Iterator[Drawing]:
    if not profiles:
        return
    found = "; ".join(in_words(result[profile.name]) for profile in profiles)
    yield Drawing(
        "profiles",
        plot_profiles(result, profiles),
        "Curves of minus two delta log likelihood along each parameter, with the "
        f"parabola of its Hesse error: {found}.",
    )


def _of_correlations(result: Result) -> Iterator[Drawing]:
    if result.covariance_names:
        yield Drawing("correlation", plot_correlation(result))


def _of_the_way(result: Result) -> Iterator[Drawing]:
    # Of a fit that went well nobody asks how.
    if not result.status.ok and len(result.history) > 1:
        yield Drawing(
            "history",
            plot_history(result),
            f"Loss after each of {len(result.history)} iterations, above its smallest "
            "value.",
            "The way of the minimiser: the loss above its smallest value.",
        )
