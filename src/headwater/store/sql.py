"""SQLAlchemy Core statements, compiled once and then used as plain strings.

Building and compiling a construct per call costs ten times the statement itself, so the operations
keep theirs in module constants:

    _TASK = Sql(select(task.c.id, task.c.fence).where(task.c.key == bindparam("key")), TaskRow)

    def operation(tx: Tx) -> None:
        row = tx.one(_TASK, key="design")
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from functools import cached_property, partial
from operator import attrgetter, itemgetter
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar, cast, overload

import sqlalchemy
from sqlalchemy import BindParameter, ClauseElement, Dialect, Table, TextClause, bindparam
from sqlalchemy.dialects.postgresql.psycopg import PGCompiler_psycopg, PGDialect_psycopg
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import Insert
from sqlmodel import SQLModel

from headwater.store.dialect import members
from headwater.store.rows import column_names

__all__ = ["Plain", "Sql", "Value", "insert", "insert_id", "members"]

Value: TypeAlias = str | int | float | None
Plain: TypeAlias = tuple[Any, ...]
R = TypeVar("R")


class Compiled(NamedTuple):
    """A statement as text for one database."""

    text: str
    defaults: Mapping[str, Value]
    """Named parameters with a value to fall back on: the column defaults of an `insert`."""
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
        """What to bind for these parameters, with defaults for those that are left out.

        Raises:
            TypeError: for one that has no default.
        """
        try:
            return self.bind(parameters)
        except KeyError:
            try:
                return self.bind({**self.defaults, **parameters})
            except KeyError as absent:
                raise TypeError(f"no value for binding parameter {absent}: {self.text}") from None


def _inline_constants(compiler: type[SQLCompiler]) -> type[SQLCompiler]:
    """A compiler that writes constants (`state == "ready"`, `.limit(1)`) into the text.

    So a partial index is seen to apply whatever the parameters, and a call binds only its own.
    """
    bound = cast("Callable[..., str]", compiler.visit_bindparam)  # pyright: ignore[reportUnknownMemberType]

    def visit(self: SQLCompiler, bind: BindParameter[Any], **kw: Any) -> str:
        if bind.unique and not bind.required:
            kw["literal_binds"] = True
        return bound(self, bind, **kw)

    return type(f"Inline{compiler.__name__}", (compiler,), {"visit_bindparam": visit})


class _SQLite(SQLiteDialect_pysqlite):
    statement_compiler = _inline_constants(SQLiteCompiler)
    supports_statement_cache = True


class _PostgreSQL(PGDialect_psycopg):
    statement_compiler = _inline_constants(PGCompiler_psycopg)
    supports_statement_cache = True


class Sql(Generic[R]):
    """A Core construct, compiled once per database at its first use.

    Rows are instances of `row`, a named tuple or a dataclass whose fields are the selected columns
    in order; without it they are plain tuples. Parameters and columns are integers and text only.
    """

    @overload
    def __init__(self: Sql[Plain], statement: ClauseElement, row: None = None) -> None: ...
    @overload
    def __init__(self, statement: ClauseElement, row: type[R]) -> None: ...
    def __init__(self, statement: ClauseElement, row: type[R] | None = None) -> None:
        self._statement = statement
        self._row = row

    @cached_property
    def sqlite(self) -> Compiled:
        return self._compile(_SQLite(paramstyle="named"), "?")

    @cached_property
    def postgresql(self) -> Compiled:
        return self._compile(_PostgreSQL(paramstyle="named"), "$")

    def _compile(self, dialect: Dialect, mark: str) -> Compiled:
        compiled = self._statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        binds = compiled.binds.items()
        defaults = {name: bind.value for name, bind in binds if not bind.required}
        make: Callable[[Plain], Any] | None = None
        if self._row is not None:
            self._check_width(compiled)
            make = _maker(self._row)
        text = str(compiled)
        numbered, names = _numbered(text, compiled.binds, mark)
        changes = not text.lstrip().startswith(("SELECT", "WITH", "EXPLAIN", "PRAGMA"))
        return Compiled(text, defaults, make, numbered, _binder(names), _attributes(names), changes)

    def _check_width(self, compiled: SQLCompiler) -> None:
        """A named tuple made by `tuple.__new__` does not check its width, so do it once here."""
        assert self._row is not None
        fields = column_names(self._row)
        columns = len(compiled._result_columns)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        if columns and columns != len(fields):
            raise TypeError(
                f"{self._row} has {len(fields)} fields, the statement {columns} columns"
            )


_PARAMETER = re.compile(r"'(?:[^']|'')*'|(?<!:):(\w+)")
"""A parameter; or a literal, to skip what looks like one in there."""


def _numbered(text: str, known: Collection[str], mark: str) -> tuple[str, list[str]]:
    """A text with `:name` parameters as one with `?1` or `$1`, and the names by number."""
    places: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        name = match[1]
        if name not in known:
            return match[0]
        return f"{mark}{places.setdefault(name, len(places) + 1)}"

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


def insert(table: type[SQLModel] | Table) -> Sql[Plain]:
    """An INSERT of all columns except an `id` key; parameters are named like the columns.

    A parameter that is left out takes the column's default.
    """
    return Sql(_insert(table).inline())


def insert_id(table: type[SQLModel] | Table) -> Sql[Plain]:
    """The same, with `RETURNING id`: `tx.one(...)` gives `(id,)`."""
    return Sql(_insert(table).returning(_core(table).c.id))


def _core(table: type[SQLModel] | Table) -> Table:
    return table if isinstance(table, Table) else cast("Table", getattr(table, "__table__"))  # noqa: B009


def _insert(table: type[SQLModel] | Table) -> Insert:
    core = _core(table)
    columns = [c for c in core.columns if not (c.primary_key and c.name == "id")]
    return sqlalchemy.insert(core).values({c.name: _parameter(c) for c in columns})


def _parameter(column: sqlalchemy.Column[Any]) -> BindParameter[Any]:
    default = column.server_default
    if not isinstance(default, sqlalchemy.DefaultClause):
        return bindparam(column.name, type_=column.type)
    value = default.arg
    if isinstance(value, TextClause):
        return bindparam(column.name, int(value.text), type_=column.type)
    return bindparam(column.name, value, type_=column.type)
