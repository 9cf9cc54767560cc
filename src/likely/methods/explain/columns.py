"""Which columns of a matrix are one feature, and what it is called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Int

from ...core import LikelyError, nearest


@final
@dataclass(frozen=True)
class FeatureColumns:
    """The features of a matrix: a feature is one column, or several that go together.

    Args:
        names: Of the features, in the order of their first columns.
        feature_of: Number of the feature that each column belongs to.
    """

    names: tuple[str, ...]
    feature_of: Int[np.ndarray, " dim"]

    @classmethod
    def of(cls, names: Any, dim: int, door: str) -> "FeatureColumns":
        """Return the features of `dim` columns.

        Args:
            names: One a column; or, by name, the numbers of a feature's columns, as
                `Features.groups`; or None, which gives `x0`, `x1` ...
            dim: Number of columns.
            door: Name of the public function.

        Raises:
            LikelyError: If not every column has one name.
        """
        found = [f"x{i}" for i in range(dim)]
        if isinstance(names, Mapping):
            found = _all_grouped(found, names, door)
        elif names is not None:
            found = _names(names, door)
        if len(found) != dim:
            raise LikelyError(
                f"`{door}(names=...)` takes one name for each of {dim} columns; got "
                f"{len(found)}."
            )
        unique = tuple(dict.fromkeys(found))
        return cls(unique, np.array([unique.index(name) for name in found], int))

    @property
    def dim(self) -> int:
        """Return the number of columns."""
        return len(self.feature_of)

    def columns(self, feature: int) -> Int[np.ndarray, " columns"]:
        """Return the numbers of the columns of a feature."""
        return np.flatnonzero(self.feature_of == feature)

    def column(self, chosen: Any, door: str) -> int:
        """Return the number of a column that is given by name or number.

        Raises:
            LikelyError: If there is none, or the name is of several columns.
        """
        if isinstance(chosen, str):
            if chosen not in self.names:
                raise LikelyError(
                    f"`{door}`: no column `{chosen}`: {nearest(chosen, self.names)}"
                )
            columns = self.columns(self.names.index(chosen))
            if len(columns) > 1:
                raise LikelyError(
                    f"`{door}`: `{chosen}` is the name of {len(columns)} columns; give "
                    "the number of one of them."
                )
            return int(columns[0])
        return _number(chosen, self.dim, door)


def grouped(
    names: Sequence[str], groups: Mapping[str, Sequence[str | int]]
) -> tuple[str, ...]:
    """Return the names of columns with those of each group replaced by its own.

    Columns of equal names are one feature: shuffled, switched on and counted together,
    as the one-hot columns of a category or variables that are nearly copies should be.

    >>> grouped(["pt", "q=-1", "q=+1"], {"charge": ["q=-1", "q=+1"]})
    ('pt', 'charge', 'charge')

    Args:
        names: One a column.
        groups: By name of the group, its columns: names or numbers.

    Raises:
        LikelyError: If a group is empty, names a column that there is not or that
            another group has, or is called like a column outside.
    """
    columns = _names(names, "grouped")
    if not isinstance(groups, Mapping):
        raise LikelyError(
            "`grouped(groups=...)` takes a mapping of the name of a group to its "
            f"columns; got {type(groups).__name__}."
        )
    group_of = _group_of(columns, groups, "grouped")
    for column, name in enumerate(columns):
        if name in groups and column not in group_of:
            raise LikelyError(
                f"`grouped`: a column outside of group `{name}` has the same name; "
                "rename the group, or put the column in."
            )
    return tuple(group_of.get(i, name) for i, name in enumerate(columns))


def _all_grouped(columns: list[str], groups: Mapping[Any, Any], door: str) -> list[str]:
    """Return the group of each column, where every column must be in one."""
    group_of = _group_of(columns, groups, door)
    for column in range(len(columns)):
        if column not in group_of:
            raise LikelyError(
                f"`{door}(names=...)` says nothing of column number {column}; a "
                "mapping must hold all columns. For some of them, see `grouped`."
            )
    return [group_of[column] for column in range(len(columns))]


def _group_of(
    columns: list[str], groups: Mapping[Any, Any], door: str
) -> dict[int, str]:
    """Return the groups by number of the column."""
    found: dict[int, str] = {}
    for group, members in groups.items():
        if not isinstance(group, str) or not group:
            raise LikelyError(f"`{door}`: the name of a group is text; got {group!r}.")
        for column in _members(group, members, columns, door):
            if column in found:
                raise LikelyError(
                    f"`{door}`: column {column} (`{columns[column]}`) is in "
                    f"`{found[column]}` and in `{group}`; it can be in one."
                )
            found[column] = group
    return found


def _members(group: str, members: Any, columns: list[str], door: str) -> list[int]:
    """Return the numbers of the columns of a group."""
    if isinstance(members, str) or not isinstance(members, Sequence) or not members:
        raise LikelyError(
            f"`{door}`: group `{group}` takes a list of columns; got {members!r}."
        )
    found = []
    for member in members:
        if isinstance(member, str):
            if member not in columns:
                raise LikelyError(
                    f"`{door}`: group `{group}` holds `{member}`, which is no column: "
                    f"{nearest(member, columns)}"
                )
            found += [i for i, name in enumerate(columns) if name == member]
        else:
            found.append(_number(member, len(columns), f"{door}`: group `{group}"))
    return found


def _number(column: Any, dim: int, door: str) -> int:
    if isinstance(column, bool) or not isinstance(column, int | np.integer):
        raise LikelyError(f"`{door}`: a column is a name or a number; got {column!r}.")
    if not 0 <= column < dim:
        raise LikelyError(
            f"`{door}`: no column number {column}; there are {dim}, and the first is "
            "number 0."
        )
    return int(column)


def _names(names: Any, door: str) -> list[str]:
    if isinstance(names, str) or not hasattr(names, "__iter__"):
        raise LikelyError(
            f"`{door}(names=...)` takes a list of names, one a column; got "
            f"{type(names).__name__}."
        )
    found = list(names)
    wrong = [name for name in found if not isinstance(name, str) or not name]
    if wrong:
        raise LikelyError(f"`{door}(names=...)` takes names as text; got {wrong[0]!r}.")
    return [str(name) for name in found]
