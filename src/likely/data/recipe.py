"""What to make of the columns of a file: definitions, a selection and a weight."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import final

import numpy as np
from jaxtyping import Float, Shaped

from ..core.errors import LikelyError, nearest
from ..core.expression import Expression, parse
from ..core.grammar import CONSTANTS, shorten
from .column import as_array, as_column, as_weights, condition, defined
from .format import Chunk

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@final
@dataclass(frozen=True)
class Part:
    """What a chunk of events became."""

    columns: dict[str, Shaped[np.ndarray, " events"]]
    weights: Float[np.ndarray, " events"] | None
    events_read: int
    events_selected: int
    arrays: dict[str, Shaped[np.ndarray, " events *shape"]] = field(
        default_factory=dict
    )


@final
@dataclass(frozen=True)
class Recipe:
    """Columns, definitions, selection and weight, parsed and put in order.

    Args:
        columns: The columns wanted, of the file or defined; None for all.
        definitions: Defined columns, each needing only earlier ones.
        select: The condition that events are kept by.
        weight: The weight of an event.
    """

    columns: tuple[str, ...] | None
    definitions: dict[str, Expression]
    select: Expression | None
    weight: Expression | None

    @staticmethod
    def of(
        columns: Sequence[str] | None,
        define: Mapping[str, str] | None,
        select: str | None,
        weight: str | None,
    ) -> "Recipe":
        """Parse the expressions.

        Raises:
            LikelyError: If one is not an expression, definitions need each other in a
                circle, or `columns` is not a list of names.
        """
        if columns is not None:
            _check_names(columns)
        return Recipe(
            None if columns is None else tuple(dict.fromkeys(columns)),
            _ordered(_definitions(define or {})),
            None if select is None else _parsed("select", select),
            None if weight is None else _parsed("weight", weight),
        )

    def needs(
        self, file: str, contents: Mapping[str, str], arrays: Collection[str] = ()
    ) -> list[str]:
        """Return the columns of a file that have to be read.

        Args:
            file: Its name, for the message.
            contents: Its columns, each with the reason why it cannot be read, or "".
            arrays: Those that have an array in each event, which `columns` may name.

        Raises:
            LikelyError: If a column is not there, or cannot be read.
        """
        for name in self.definitions:
            if name in contents:
                raise LikelyError(
                    f"`define` makes `{name}`, but `{file}` has a column of that name; "
                    "take another name."
                )
        for what, names in self._uses():
            for name in names:
                if name in arrays and what == "columns":
                    continue
                if name not in self.definitions:
                    self._check(what, name, file, contents)
        readable = [name for name, reason in contents.items() if not reason]
        needed = self._closure(
            (*self.outputs(readable), *_names(self.select), *_names(self.weight))
        )
        # Constant definitions need no column, but the number of events is one's length.
        return [name for name in contents if name in needed] or readable[:1]

    def outputs(self, readable: Iterable[str]) -> tuple[str, ...]:
        """Return the names of the columns that come out."""
        if self.columns is not None:
            return self.columns
        return (*readable, *self.definitions)

    def apply(self, chunk: Chunk, first_row: int) -> Part:
        """Return what the events of a chunk, which starts at `first_row`, become.

        Raises:
            LikelyError: If the selection is no condition, or a weight is not finite.
        """
        arrays = {n: as_array(n, a) for n, a in chunk.items() if a.ndim > 1}
        values = {n: as_column(n, a) for n, a in chunk.items() if n not in arrays}
        outputs = [n for n in self.outputs(tuple(values)) if n not in arrays]
        count = len(next(iter(chunk.values())))
        mask = None
        if self.select is not None:
            # First what the selection needs, the rest for the events that it keeps.
            self._define(values, self.select.names, count)
            with naming("select"):
                mask = condition(self.select, values, count)
            values = {name: array[mask] for name, array in values.items()}
            arrays = {name: array[mask] for name, array in arrays.items()}
        kept = count if mask is None else int(mask.sum())
        self._define(values, (*outputs, *_names(self.weight)), kept)
        weights = None
        if self.weight is not None:
            rows = np.arange(count) if mask is None else np.flatnonzero(mask)
            with naming("weight"):
                made = defined(self.weight.text, self.weight, values, kept)
            name = f"weight: {shorten(self.weight.text)}"
            weights = as_weights(made, kept, name=name, rows=rows + first_row)
        columns = {name: values[name] for name in outputs}
        return Part(columns, weights, count, kept, arrays)

    def _define(
        self, values: dict[str, np.ndarray], names: Iterable[str], count: int
    ) -> None:
        """Add to `values` the definitions that `names` need."""
        needed = self._closure(names)
        for name, expression in self.definitions.items():
            if name in needed and name not in values:
                with naming(f"define.{name}"):
                    values[name] = defined(name, expression, values, count)

    def _closure(self, names: Iterable[str]) -> set[str]:
        """Return the names, and those that their definitions need in turn."""
        found = set(names)
        for name in reversed(self.definitions):  # each needs only earlier ones
            if name in found:
                found.update(self.definitions[name].names)
        return found

    def _check(
        self, what: str, name: str, file: str, contents: Mapping[str, str]
    ) -> None:
        if name not in contents:
            hint = nearest(name, [*contents, *self.definitions])
            raise LikelyError(f"`{what}`: `{file}` has no column `{name}`; {hint}")
        if contents[name]:
            raise LikelyError(
                f"`{what}`: column `{name}` of `{file}` cannot be used, "
                f"{contents[name]}."
            )

    def _uses(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield who names which columns."""
        yield "columns", self.columns or ()
        for name, expression in self.definitions.items():
            yield f"define.{name}", expression.names
        yield "select", _names(self.select)
        yield "weight", _names(self.weight)


@contextmanager
def naming(what: str) -> Iterator[None]:
    """Say in an error which argument it is about."""
    try:
        yield
    except LikelyError as error:
        raise LikelyError(f"`{what}`: {error}") from None


def _parsed(what: str, text: str) -> Expression:
    with naming(what):
        return parse(text)


def _names(expression: Expression | None) -> tuple[str, ...]:
    return () if expression is None else expression.names


def _check_names(columns: Sequence[str]) -> None:
    listed = isinstance(columns, Sequence) and not isinstance(columns, str)
    if not listed or not columns or not all(isinstance(n, str) for n in columns):
        raise LikelyError(
            "`columns` must be a list of names, or left out for all; got "
            f"{shorten(repr(columns))}."
        )


def _definitions(define: Mapping[str, str]) -> dict[str, Expression]:
    if not isinstance(define, Mapping):
        raise LikelyError(
            f"`define` must map names to expressions; got {shorten(repr(define))}."
        )
    for name in define:
        if not isinstance(name, str) or _NAME.fullmatch(name) is None:
            raise LikelyError(
                f"`define` needs names of letters, digits and `_`; got `{name}`."
            )
        if name in CONSTANTS:
            raise LikelyError(f"`define` cannot make `{name}`, it is a constant.")
    return {name: _parsed(f"define.{name}", text) for name, text in define.items()}


def _ordered(definitions: Mapping[str, Expression]) -> dict[str, Expression]:
    """Return the definitions in an order in which each needs only earlier ones."""
    graph = {name: expression.names for name, expression in definitions.items()}
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " <- ".join(f"`{name}`" for name in error.args[1])
        raise LikelyError(
            f"`define` goes in a circle: {circle}; one must need columns only."
        ) from None
    return {name: definitions[name] for name in order if name in definitions}
