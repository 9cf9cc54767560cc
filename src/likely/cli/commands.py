"""The commands: each asks a room for something and prints what it gets.

Everything but `run` and `splot` does without JAX and matplotlib, and nothing is
imported before the command that needs it, so that help answers at once.
"""

import gc
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias, final

from cyclopts import App, Parameter


def _version() -> str:
    from importlib.metadata import version

    return version("likely")


app = App(
    name="likely",
    help="Fit models to data: studies in YAML, a folder with a report for each run.",
    help_epilogue="Exit status: 0 done, 1 the fit did not converge, 2 the study or the "
    "command is wrong, 3 an error inside likely.",
    help_format="plaintext",
    version=_version,
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)

Repeated: TypeAlias = tuple[str, ...] | None
Settings: TypeAlias = Annotated[Repeated, Parameter(name="--set", negative="")]
Data: TypeAlias = Annotated[Repeated, Parameter(name="--data", negative="")]


@Parameter(name="*")
@final
@dataclass(frozen=True)
class Course:
    """How a run is made.

    Args:
        resume: Go on where an earlier run in the folder was stopped.
        workers: Make the trials of a search in so many processes of this machine.
        scheduler: Make them on the workers of a Dask cluster: the address of its
            scheduler, or the .json file that it writes.
    """

    resume: Annotated[bool, Parameter(negative="")] = False
    workers: int | None = None
    scheduler: str | None = None

    @property
    def where(self) -> int | str | None:
        """Return the processes or the scheduler; None for this process.

        Raises:
            LikelyError: If both are given.
        """
        from ..core.errors import LikelyError

        if self.workers is not None and self.scheduler is not None:
            raise LikelyError(
                "`--workers` starts processes here and `--scheduler` takes those of a "
                "cluster; give one of them."
            )
        return self.scheduler if self.workers is None else self.workers


@app.command
def run(
    study: str,
    /,
    *,
    out: Path | None = None,
    set_: Settings = None,
    seed: int | None = None,
    data: Data = None,
    course: Course | None = None,
    quiet: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Run a study and leave its report, result, figures and model in a folder.

    Args:
        study: A YAML file, or the name of a bundled study.
        out: The run folder; by default NAME-run in the current folder.
        set_: Replace an entry: dotted.key=value, the value in YAML; repeatable.
        seed: Seed in place of the study's own.
        data: A file or pattern in place of the study's own; repeatable.
        course: How it is made.
        quiet: Print nothing but errors.
    """
    course = course or Course()
    # Imports and tracing make objects that live on: looking for garbage among them
    # every few hundred takes half a second.
    gc.set_threshold(100_000)
    from ..studies import run as run_study
    from .display import showing_progress

    with showing_progress(quiet=quiet):
        done = run_study(
            study,
            out=out,
            overrides=set_ or (),
            seed=seed,
            data=data,
            resume=course.resume,
            workers=course.where,
        )
    if not quiet:
        print(done)
    elif not done.ok:
        print(f"likely: {done.message}", file=sys.stderr)
    return 0 if done.ok else 1


@app.command
def splot(
    folder: Path,
    /,
    *,
    out: Path,
    control: Annotated[Repeated, Parameter(negative="")] = None,
) -> None:
    """Write the events of a run with the sWeights of each component as columns.

    Args:
        folder: The folder of a run of kind fit.
        out: The file to write: .parquet, .root, .h5, .csv or .npz.
        control: A column to be tested for independence; repeatable.
    """
    from ..studies import splot as splot_run
    from .display import show, showing_progress

    with showing_progress():
        done = splot_run(folder, out, control=control or ())
    show(str(done))


@app.command
def predict(
    folder: Path,
    files: tuple[str, ...],
    /,
    *,
    out: Path,
    tree: str | None = None,
    unit: Annotated[Repeated, Parameter(negative="")] = None,
    all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
) -> None:
    """Write events with the predictions of a trained model as columns.

    Args:
        folder: The folder of a run of kind classify or regress.
        files: Files or patterns of events.
        out: The file to write: .parquet, .root, .h5, .csv or .npz.
        tree: TTree, RNTuple or HDF5 group, where a file has several.
        unit: Unit of a column of the files, as in pt=GeV; repeatable. It must be that
            of the training.
        all_: Keep events that the selection of the training removes.
    """
    from ..studies import predict as predict_events
    from .display import show, showing_progress

    with showing_progress():
        done = predict_events(
            folder, list(files), out, tree=tree, units=_units(unit), everything=all_
        )
    show(str(done))


@app.command
def export(
    folder: Path,
    /,
    *,
    to: str = "onnx",
    out: Path | None = None,
    double: Annotated[bool, Parameter(negative="")] = False,
    columns: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Write a trained model with its preprocessing for other programs.

    Args:
        folder: The folder of a run of kind classify or regress.
        to: onnx or stablehlo.
        out: The file to write, or a folder; by default model.onnx or model.stablehlo
            in the folder of the run.
        double: Take and give float64, for columns whose digits float32 cannot hold.
        columns: Take each column as an input of its own, by its name, not all of them
            as one matrix.
    """
    from ..studies import export as export_run
    from .display import show, showing_progress

    with showing_progress():
        done = export_run(folder, out, to=to, double=double, columns=columns)
    show(str(done))


def _units(settings: Repeated) -> dict[str, str]:
    from ..core.errors import LikelyError

    found: dict[str, str] = {}
    for setting in settings or ():
        name, equals, unit = setting.partition("=")
        if not equals or not name:
            raise LikelyError(f"`--unit {setting}`: write COLUMN=UNIT, such as pt=GeV.")
        found[name] = unit
    return found


@app.command(name="list")
def list_() -> None:
    """List the bundled studies."""
    from ..studies import bundled_studies
    from .display import show

    studies = bundled_studies()
    width = max(map(len, studies), default=0)
    for name, title in studies.items():
        show(f"{name:<{width}}  {title}")


@app.command
def show(name: str, /) -> None:
    """Print the YAML of a bundled study.

    Args:
        name: One that `likely list` lists.
    """
    from ..studies import bundled_text

    sys.stdout.write(bundled_text(name))


@app.command
def new(kind: str = "fit", /, *, out: Path | None = None) -> None:
    """Write a commented study to start from.

    Args:
        kind: What the study is to do: `fit`, `simultaneous`, `per-event-resolution`
            (both fits, on events that come with likely) or `toys`.
        out: A new file; by default the study is printed.
    """
    from ..core.errors import LikelyError
    from ..core.files import write_whole
    from ..studies import template

    text = template(kind)
    if out is None:
        sys.stdout.write(text)
        return
    if out.exists():
        raise LikelyError(f"`--out {out}` exists already; name a new file.")
    write_whole(out, text)
    print(f"written: {out}")


@app.command
def check(
    study: str,
    /,
    *,
    set_: Settings = None,
    seed: int | None = None,
    data: Data = None,
) -> None:
    """Check a study and its data without fitting, and say what would run.

    Args:
        study: A YAML file, or the name of a bundled study.
        set_: Replace an entry: dotted.key=value, the value in YAML; repeatable.
        seed: Seed in place of the study's own.
        data: A file or pattern in place of the study's own; repeatable.
    """
    from ..studies import check as check_study
    from .display import show, showing_progress

    with showing_progress():
        checked = check_study(study, overrides=set_ or (), seed=seed, data=data)
    show(str(checked))
