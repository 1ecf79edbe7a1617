"""The views of `graph` for a person: tables where there are rows, names and values otherwise."""

from __future__ import annotations

import json
import sys
from typing import Any, cast

from headwater.cli.output import (
    console,
    figure,
    one_line,
    quoted,
    say,
    say_next,
    show_table,
    to_type,
)
from headwater.cli.render import changes, deliveries
from headwater.cli.render.hints import as_commands
from headwater.cli.render.sentences import minutes
from headwater.operations.listing import by_text

ROWS = ("tasks", "events", "agents", "critical", "stuck", "hits", "diff", "deliveries")
_HINTS = frozenset({"next", "history", "more"})
_WHOLE = frozenset({"state", "kind", "at", "version"})
"""Columns whose cells are never broken; in a narrow terminal the others are."""
_ABOUT = ("to", "parts", "group", "changed", "how", "reason")
"""What an event may say beside its task."""
_BROKEN_TO = 12
"""The width below which a broken cell cannot be read."""
_NONE = {
    "stuck": "nothing is stuck",
    "agents": "no agent is here",
    "history": "nothing happened",
    "critical": "nothing is left to do",
    "search": "nothing was found",
    "deliveries": "nothing is delivered",
}


def show(reply: dict[str, Any]) -> None:
    """Print a reply of `graph`."""
    rows_of = next((name for name in ROWS if isinstance(reply.get(name), list)), None)
    if reply.get("view") == "task" or rows_of is None:
        _values(_each_text_once(reply))
        return
    counts = cast("dict[str, int]", reply.get("counts") or {})
    if counts:
        say(", ".join(f"{count} {state}" for state, count in counts.items()))
    rows = cast("list[dict[str, Any]]", reply[rows_of])
    if rows:
        _rows(rows_of, rows)
    elif not (counts or reply.get("settings")):
        say(_NONE.get(str(reply.get("view")), "nothing"))
    if reply.get("settings"):
        changes.show_settings(reply["settings"])
    if reply.get("minutes"):
        say(f"{minutes(float(reply['minutes']))} in all")
    if reply.get("note"):
        say(to_type(str(reply["note"])))
    if reply.get("cursor"):
        say(f"more: --cursor {one_line(str(reply['cursor']))}")
    elif rows_of == "deliveries":
        say_next(str(reply["next"]))


def _rows(rows_of: str, rows: list[dict[str, Any]]) -> None:
    if rows_of == "deliveries":
        deliveries.show(rows)
    elif rows_of == "events":
        (_table if sys.stdout.isatty() else _lines)([_event(row) for row in rows])
    else:
        _table(rows)


def _each_text_once(reply: dict[str, Any]) -> dict[str, Any]:
    """A task whose delivery says each text once, with all to whom it does."""
    made = cast("dict[str, Any]", reply.get("delivery") or {})
    if not made.get("delivered"):
        return reply
    said = {to: text for text, to in by_text(made["delivered"].items()).items()}
    return {**reply, "delivery": {**made, "delivered": said}}


def _event(row: dict[str, Any]) -> dict[str, Any]:
    """An event with all its tasks in one column, and its time without fractions."""
    tasks = row.get("task") or ", ".join(row.get("tasks") or [])
    if row.get("count"):
        tasks += f" and {row['count'] - len(row['tasks'])} more"
    shown = {"revision": row["revision"], "kind": row["kind"], "actor": row["actor"]}
    shown |= {"at": str(row["at"])[:19].replace("T", " "), "task": tasks}
    return shown | {name: row[name] for name in _ABOUT if row.get(name)}


def _lines(rows: list[dict[str, Any]]) -> None:
    """A line for each event, for who reads on from a pipe: nothing is padded or broken."""
    for row in rows:
        about = [f"{name}: {_cell(row[name])}" for name in _ABOUT if name in row]
        facts = [_cell(value) for name, value in row.items() if name not in _ABOUT]
        say("  ".join(filter(None, [*facts, *about])))


def _table(rows: list[dict[str, Any]]) -> None:
    """A line for each row, or where the terminal is too narrow for that, a paragraph."""
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = {name: [_cell(row.get(name)) for row in rows] for name in names}
    table = Table(box=None, pad_edge=False, header_style="dim")
    needed = 0
    for name in names:
        numeric = all(isinstance(row.get(name, 0), (int, float)) for row in rows)
        whole = numeric or name in _WHOLE
        width = max(map(cell_len, [name, *cells[name]]))
        needed += 1 + (width if whole else min(width, _BROKEN_TO))
        table.add_column(
            name.replace("_", " "),
            justify="right" if numeric else "left",
            overflow="fold",
            no_wrap=whole,
        )
    if needed > console().width:
        _paragraphs(cells)
        return
    for row in zip(*cells.values(), strict=True):
        table.add_row(*map(Text, row))
    show_table(table)


def _paragraphs(cells: dict[str, list[str]]) -> None:
    """For each row a line with what is never broken, and below it the rest by name."""
    from rich.text import Text

    out = console()
    first = next(iter(cells))
    for row in zip(*cells.values(), strict=True):
        named = dict(zip(cells, row, strict=True))
        say("  ".join(cell for name, cell in named.items() if name in {first, *_WHOLE} and cell))
        for name, cell in named.items():
            if name not in {first, *_WHOLE} and cell:
                text = Text(f"{name.replace('_', ' ')}: {cell}")
                for line in text.wrap(out, out.width - 2):
                    say(f"  {line.plain.rstrip()}")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return figure(value)
    if isinstance(value, str):
        return one_line(value, 400)
    if isinstance(value, list):
        return one_line(", ".join(_part(part) for part in cast("list[Any]", value)), 400)
    if isinstance(value, dict):
        return one_line(json.dumps(value, ensure_ascii=False), 400) if value else ""
    return str(value)


def _part(part: Any) -> str:
    """An item of a list in a cell: of a lease its task, and how long of how many minutes it is
    worked on; of a text itself."""
    if isinstance(part, dict):
        named = cast("dict[str, Any]", part)
        if "estimate" in named:
            return f"{named['task']} ({named['minutes']} of {figure(named['estimate'])} min)"
        return str(named.get("task") or named.get("key") or json.dumps(named, ensure_ascii=False))
    return part if isinstance(part, str) else json.dumps(part, ensure_ascii=False)


def _values(reply: dict[str, Any]) -> None:
    """Names and values, indented by depth, the items of a list by a dash; long texts behind a
    bar."""
    stack: list[tuple[str, str, Any]] = [("", name, value) for name, value in reply.items()][::-1]
    while stack:
        lead, name, value = stack.pop()
        label = f"{lead}{one_line(name)}:"
        below = " " * len(lead)
        if not lead and name in _HINTS and isinstance(value, str):
            value = as_commands(value)
        if isinstance(value, dict):
            say(label)
            stack.extend(_named(f"{below}  ", f"{below}  ", cast("dict[str, Any]", value))[::-1])
        elif isinstance(value, list):
            items = cast("list[Any]", value)
            if not any(isinstance(item, dict) for item in items):
                _list(label, below, items)
                continue
            say(label)
            inner = (_named(f"{below}  - ", f"{below}    ", item) for item in items)
            stack.extend([entry for entries in inner for entry in entries][::-1])
        elif isinstance(value, str) and ("\n" in value or len(value) > 100):
            say(label)
            _bar(below, value)
        else:
            shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            say(f"{label} {one_line(shown, 2000)}")


def _named(first: str, others: str, value: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """The entries of an object; what stands before the first is its own."""
    entries = [(others, str(key), item) for key, item in value.items()]
    return [(first, *entries[0][1:]), *entries[1:]] if entries else []


def _list(label: str, below: str, items: list[Any]) -> None:
    """Words on one line, sentences on a line each."""
    said = [
        item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in items
    ]
    if not any(" " in one for one in said):
        say(f"{label} {one_line(', '.join(said), 2000)}")
        return
    say(label)
    for one in said:
        if "\n" in one or len(one) > 2000:
            say(f"{below}  -")
            _bar(f"{below}  ", one)
        else:
            say(f"{below}  - {one_line(one, 2000)}")


def _bar(lead: str, text: str) -> None:
    for line in quoted(text).splitlines():
        say(f"{lead}{line}")
