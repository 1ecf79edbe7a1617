"""Statements as text, prepared once and then used as plain strings.

They are written as SQL that SQLite and PostgreSQL share, with `:name` parameters; `dialect` spells
out for each database what they do not share. The operations keep theirs in module constants:

    _TASK = Sql("SELECT id, fence FROM task WHERE board_id = :board_id AND key = :key", Fence)

    def operation(tx: Tx) -> None:
        row = tx.one(_TASK, board_id=1, key="design")
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from operator import attrgetter, itemgetter
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar, cast, overload

from headwater.store.dialect import DialectName, Either, spelled

__all__ = ["Plain", "Sql", "Value"]

Value: TypeAlias = str | int | float | None
Plain: TypeAlias = tuple[Any, ...]
R = TypeVar("R")


class Compiled(NamedTuple):
    """A statement for one database."""

    text: str
    make: Callable[[Plain], Any] | None
    """Turns a plain row into the statement's row type."""
    numbered: str
    """The text with `?1` (PostgreSQL: `$1`) for `:name`: binding by position costs a third of
    binding by name."""
    bind: Callable[[Mapping[str, Value]], Plain]
    """The values of the named parameters, in the order of `numbered`; KeyError if one is absent."""
    attributes: Callable[[object], Plain]
    """The same from an object whose attributes are named like the parameters."""
    changes: bool
    """Whether it writes."""

    def values(self, parameters: Mapping[str, Value]) -> Plain:
        """What to bind for these parameters. Raises TypeError if one is missing."""
        try:
            return self.bind(parameters)
        except KeyError as absent:
            raise TypeError(f"no value for binding parameter {absent}: {self.text}") from None


class Sql(Generic[R]):
    """A statement, prepared for a database at its first use there.

    Rows are instances of `row`, a named tuple or a dataclass whose fields are the selected columns
    in order (a test compares their number); without it they are plain tuples. Parameters and
    columns are integers and text only.
    """

    @overload
    def __init__(self: Sql[Plain], statement: str | Either, row: None = None) -> None: ...
    @overload
    def __init__(self, statement: str | Either, row: type[R]) -> None: ...
    def __init__(self, statement: str | Either, row: type[R] | None = None) -> None:
        self.row = row
        self._statement = statement

    @cached_property
    def sqlite(self) -> Compiled:
        return self._compile("sqlite", "?")

    @cached_property
    def postgresql(self) -> Compiled:
        return self._compile("postgresql", "$")

    def _compile(self, dialect: DialectName, mark: str) -> Compiled:
        text = spelled(self._statement, dialect)
        numbered, names = _numbered(text, mark)
        make = None if self.row is None else _maker(self.row)
        changes = not text.startswith(("SELECT", "WITH", "EXPLAIN", "PRAGMA"))
        return Compiled(text, make, numbered, _binder(names), _attributes(names), changes)


_PARAMETER = re.compile(r"'(?:[^']|'')*'|(?<!:):(\w+)")
"""A parameter; or a literal, to skip what looks like one in there."""


def _numbered(text: str, mark: str) -> tuple[str, list[str]]:
    """A text with `:name` parameters as one with `?1` or `$1`, and the names by number."""
    places: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        name = match[1]
        return f"{mark}{places.setdefault(name, len(places) + 1)}" if name else match[0]

    return _PARAMETER.sub(number, text), list(places)


def _binder(names: list[str]) -> Callable[[Mapping[str, Value]], Plain]:
    match names:
        case []:
            return _nothing
        case [name]:
            return lambda parameters: (parameters[name],)
        case _:
            return itemgetter(*names)


def _nothing(_: Mapping[str, Value]) -> Plain:
    return ()


def _attributes(names: list[str]) -> Callable[[object], Plain]:
    if len(names) > 1:
        return cast("Callable[[object], Plain]", attrgetter(*names))
    return lambda row: tuple(getattr(row, name) for name in names)


def _maker(row: type) -> Callable[[Plain], Any]:
    if issubclass(row, tuple):
        return partial(cast("Callable[..., Any]", tuple.__new__), row)  # pyright: ignore[reportUnknownMemberType]

    def make(values: Plain) -> object:
        return row(*values)

    return make
