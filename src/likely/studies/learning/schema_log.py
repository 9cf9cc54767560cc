"""The grammar of logs: where else the course of a training is told to."""

from typing import Annotated, Any, final

from pydantic import PlainValidator, TypeAdapter, model_validator

from ..document import kind_of
from ..schema_values import AbstractSection, Text, one_of, raise_faults, text

LOGS = ("tensorboard", "mlflow")


def _log(value: Any) -> str:
    return one_of(value, LOGS, "a log")


def _address(value: Any) -> str:
    found = text(value)
    if "://" not in found:
        raise ValueError(
            "must be an address, such as http://HOST:5000 or sqlite:///mlflow.db; got "
            f"{kind_of(value)}."
        )
    return found


@final
class LogSection(AbstractSection):
    """A program that shows trainings, and where it keeps them."""

    to: Annotated[str, PlainValidator(_log)]
    address: Annotated[str, PlainValidator(_address)] | None = None
    experiment: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        return {"to": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _of_program(self) -> "LogSection":
        raise_faults(
            ((key,), "is an option of `to: mlflow`; drop it.")
            for key in ("address", "experiment")
            if getattr(self, key) is not None and self.to != "mlflow"
        )
        return self


_SEVERAL: TypeAdapter[list[LogSection]] = TypeAdapter(list[LogSection])


def _logs(value: Any) -> list[LogSection]:
    if isinstance(value, list):
        found = _SEVERAL.validate_python(value)
    elif isinstance(value, str | dict | LogSection):
        found = [LogSection.model_validate(value)]
    else:
        raise ValueError(
            f"must be {' or '.join(LOGS)}, a mapping such as {{to: mlflow, address: "
            f"http://HOST:5000}}, or a list of them; got {kind_of(value)}."
        )
    if len({section.to for section in found}) < len(found):
        raise ValueError("names a log twice; drop one.")
    return found


LogSections = Annotated[list[Any], PlainValidator(_logs)]
