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
from itertools import accumulate
from operator import attrgetter, itemgetter
from typing import Any, Final, Generic, NamedTuple, TypeAlias, TypeVar, cast, overload

from pydantic_core import from_json

from headwater.store.dialect import DialectName, Either, spelled
from headwater.store.rows import column_names

__all__ = ["Plain", "Sql", "Value"]

Value: TypeAlias = str | int | float | None
Plain: TypeAlias = tuple[Any, ...]
R = TypeVar("R")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
Rows: TypeAlias = type[Any] | tuple[type[Any], ...]
_WIDE: Final = 16
"""From so many columns on a row is packed."""


class Compiled(NamedTuple):
    """A statement for one database."""

    text: str
    make: Callable[[Plain], Any] | None
    """Turns a plain row into the statement's row type."""
    numbered: str
    """What is executed: the text with `?1` (PostgreSQL: `$1`) for `:name`, because binding by
    position costs a third of binding by name; on SQLite wide rows are packed."""
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
    in order (a test compares their number); without it they are plain tuples, and with several
    types tuples of instances that stood side by side. Parameters and columns are integers and text
    only.
    """

    @overload
    def __init__(self: Sql[Plain], statement: str | Either, row: None = None) -> None: ...
    @overload
    def __init__(self, statement: str | Either, row: type[R]) -> None: ...
    @overload
    def __init__(
        self: Sql[tuple[A, B, C]], statement: str | Either, row: tuple[type[A], type[B], type[C]]
    ) -> None: ...
    def __init__(self, statement: str | Either, row: Rows | None = None) -> None:
        self.row = row
        self._statement = statement

    @cached_property
    def sqlite(self) -> Compiled:
        return _packed(self._compile("sqlite", "?"))

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


_SELECT = re.compile(r"SELECT ([\w.]+(?:, [\w.]+)+) FROM\b")
"""The beginning of a statement that selects columns as they are."""


def _packed(compiled: Compiled) -> Compiled:
    """The same, with a wide row as one JSON array: Python's driver spends more on each column that
    it describes and converts than SQLite and pydantic-core do on packing and unpacking it."""
    selected = _SELECT.match(compiled.numbered)
    make = compiled.make
    if make is None or selected is None or selected[1].count(",") < _WIDE - 1:
        return compiled
    start, end = selected.span(1)
    text = compiled.numbered

    def unpack(row: Plain) -> Any:
        # Texts of rows hardly repeat: pydantic-core's cache of strings would only grow with them.
        return make(from_json(row[0], cache_strings="none"))

    packed = f"{text[:start]}json_array({selected[1]}){text[end:]}"
    return compiled._replace(numbered=packed, make=unpack)


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


def _maker(row: Rows) -> Callable[[Plain], Any]:
    if isinstance(row, tuple):
        return _side_by_side(row)
    if issubclass(row, tuple):
        return partial(cast("Callable[..., Any]", tuple.__new__), row)  # pyright: ignore[reportUnknownMemberType]

    def make(values: Plain) -> object:
        return row(*values)

    return make


def _side_by_side(rows: tuple[type[Any], ...]) -> Callable[[Plain], Any]:
    ends = list(accumulate(len(column_names(row)) for row in rows))
    parts = [
        (_maker(row), slice(begin, end))
        for row, begin, end in zip(rows, [0, *ends], ends, strict=False)
    ]
    return lambda values: tuple([make(values[part]) for make, part in parts])
