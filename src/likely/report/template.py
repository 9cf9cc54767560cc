"""The templates of the pages, and what the pages have in common."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template


def template(name: str) -> Template:
    """Return one of the room's templates, which escapes every text put into it."""
    environment = Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def _source(name: str) -> str:
    file = files(__package__ or "").joinpath("templates", name)
    return file.read_text(encoding="utf-8")


def timing_rows(timings: Mapping[str, float]) -> list[tuple[str, str]]:
    """Return what took how long."""
    return [(k, f"{v:.3g} s") for k, v in timings.items()]


def data_rows(provenance: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the files that the events came from."""
    return [
        {
            "file": str(source.get("file", "")),
            "sha256": str(source.get("sha256", "")),
            "read": str(source.get("events_read", "")),
            "selected": str(source.get("events_selected", "")),
        }
        for source in provenance.get("data", ())
    ]


def other_rows(provenance: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return all else that is known of where the numbers come from."""
    return [(str(k), str(v)) for k, v in provenance.items() if k != "data"]
