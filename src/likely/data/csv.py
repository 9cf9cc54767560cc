"""Text tables: a header of names, then one line an event."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO, final

import numpy as np
from jaxtyping import Float

from ..core.errors import LikelyError
from ..core.grammar import shorten
from .format import AbstractFormat, Chunk, no_arrays, no_tree

_SAMPLE = 1_000  # lines that decide which columns are numeric
_LINES = 100_000  # at once: Python's texts take ten times the space of the numbers
_WORDS: dict[str, str] = dict.fromkeys(("", "na", "n/a", "none", "null"), "nan")
_WORDS |= {"true": "1", "false": "0"}


@final
class CsvFormat(AbstractFormat):
    """Reads and writes text tables, separated by commas, semicolons, tabs or spaces.

    Comments begin with `#`; an empty field is `nan`; all numbers are float64.
    """

    def _contents(self, path: Path, tree: str | None) -> dict[str, str]:
        no_tree(path, tree)
        with _text(path) as file:
            table = _header(path, file)
            lines = _kept(enumerate(islice(file, _SAMPLE), table.first_line))
            rows = list(table.rows(lines))
        found = {}
        for index, name in enumerate(table.names):
            bad = _first_bad([(number, row[index]) for number, row in rows])
            found[name] = (
                f"it is not numeric (line {bad[0]}: `{bad[1]}`)" if bad else ""
            )
        return {name: why for name, why in found.items() if name}

    def _shapes(self, path: Path, tree: str | None) -> dict[str, tuple[int, ...]]:
        no_tree(path, tree)
        return {}

    def _chunks(
        self, path: Path, tree: str | None, columns: Sequence[str], step: int
    ) -> Iterator[Chunk]:
        no_tree(path, tree)
        with _text(path) as file:
            table = _header(path, file)
            wanted = [table.names.index(name) for name in columns]
            first = table.first_line
            while lines := list(islice(file, min(step, _LINES))):
                numbers = table.numbers(lines, first, wanted)
                yield dict(zip(columns, numbers.T, strict=True))
                first += len(lines)

    def _write(
        self, path: Path, tree: str | None, columns: Mapping[str, np.ndarray]
    ) -> None:
        no_tree(path, tree)
        no_arrays(path, columns)
        arrays = [a.astype(int) if a.dtype == bool else a for a in columns.values()]
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            for start in range(0, len(arrays[0]), _LINES):
                block = [array[start : start + _LINES].tolist() for array in arrays]
                writer.writerows(zip(*block, strict=True))


@final
@dataclass(frozen=True)
class _Table:
    """What the header says, and how a line is cut into fields."""

    path: Path
    names: tuple[str, ...]
    separator: str | None  # None: any run of spaces
    first_line: int  # of the events, from 1

    def numbers(
        self, lines: list[str], first: int, wanted: list[int]
    ) -> Float[np.ndarray, "events dim"]:
        """Return the wanted columns of some lines, the first of which has a number."""
        plain = not any('"' in line or "#" in line for line in lines)
        kept = [line for line in lines if not line.isspace()]
        if not kept:
            return np.empty((0, len(wanted)))
        if plain and all(self._fields(line) == len(self.names) for line in kept):
            try:
                return np.loadtxt(
                    kept,
                    delimiter=self.separator,
                    usecols=wanted,
                    comments=None,
                    ndmin=2,
                )
            except ValueError:
                pass  # a missing or a bad entry: the slow way knows where
        return self._slow_numbers(lines, first, wanted)

    def rows(self, lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, list[str]]]:
        """Yield the number and the fields of each line.

        Raises:
            LikelyError: If a line has not one field a column.
        """
        for number, line in lines:
            try:
                row = _cut(line, self.separator)
            except csv.Error:
                raise LikelyError(
                    f"`{self.path}`, line {number}: a quotation mark is out of place, "
                    f"`{shorten(line, 60)}`."
                ) from None
            if len(row) != len(self.names):
                raise LikelyError(
                    f"`{self.path}`, line {number}: {len(row)} fields, but the header "
                    f"names {len(self.names)} columns."
                )
            yield number, row

    def _fields(self, line: str) -> int:
        if self.separator is None:
            return len(line.split())
        return line.count(self.separator) + 1

    def _slow_numbers(
        self, lines: list[str], first: int, wanted: list[int]
    ) -> Float[np.ndarray, "events dim"]:
        rows = list(self.rows(_kept(enumerate(lines, first))))
        numbers = np.empty((len(rows), len(wanted)))
        for place, index in enumerate(wanted):
            texts = [_number_text(row[index]) for _, row in rows]
            try:
                numbers[:, place] = np.array(texts, dtype=str).astype(np.float64)
            except ValueError:
                bad = _first_bad([(number, row[index]) for number, row in rows])
                line, entry = bad or (first, "?")
                raise LikelyError(
                    f"`{self.path}`, line {line}: column `{self.names[index]}` has "
                    f"`{entry}`, which is not a number."
                ) from None
        return numbers


def _text(path: Path) -> TextIO:
    return path.open(encoding="utf-8-sig")  # Excel writes a byte-order mark


def _kept(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield the lines that hold something, without their comments."""
    for number, line in lines:
        quoted = '"' in line and not line.lstrip().startswith("#")
        text = (line if quoted else line.split("#", 1)[0]).strip(" \r\n")
        if text.strip():
            yield number, text


def _header(path: Path, file: TextIO) -> _Table:
    for number, line in _kept(enumerate(file, 1)):
        present = [mark for mark in ",;\t" if mark in line]
        spaced = len(line.split()) > 1 and '"' not in line
        separator = present[0] if present else None if spaced else ","
        names = tuple(name.strip() for name in _cut(line, separator))
        _check_header(path, names)
        return _Table(path, names, separator, number + 1)
    raise LikelyError(f"`{path}` holds no line; its first must name the columns.")


def _check_header(path: Path, names: tuple[str, ...]) -> None:
    if all(_is_number(name) for name in names):
        raise LikelyError(
            f"the first line of `{path}` that is no comment must name the columns; it "
            f"holds the numbers `{shorten(', '.join(names), 60)}`."
        )
    for name in names:
        if name and names.count(name) > 1:
            raise LikelyError(
                f"`{path}` has {names.count(name)} columns `{name}`; rename one."
            )


def _cut(line: str, separator: str | None) -> list[str]:
    if separator is None:
        return line.split()
    options: Any = {"delimiter": separator, "skipinitialspace": True, "strict": True}
    reader = csv.reader([line], **options)
    return next(reader, [])


def _number_text(entry: str) -> str:
    # Python reads 1_000 as a number; in a table it is a label.
    entry = entry.strip().lower().replace("_", "?")
    return _WORDS.get(entry, entry)


def _is_number(entry: str) -> bool:
    try:
        float(_number_text(entry))
    except ValueError:
        return False
    return True


def _first_bad(entries: Iterable[tuple[int, str]]) -> tuple[int, str] | None:
    bad = ((line, shorten(e, 20)) for line, e in entries if not _is_number(e))
    return next(bad, None)
