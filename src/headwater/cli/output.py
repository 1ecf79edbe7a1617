"""What reaches the terminal: text without control characters, and compact JSON.

Texts on a board were written by agents. An escape sequence in a title must not move the cursor,
change the window's title or hide a line, so everything is cleaned on its way out.
"""

from __future__ import annotations

import codecs
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from headwater.errors import HeadwaterError

_ESCAPES: Final = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)"  # OSC, DCS and the like: window title, links
    r"|\x1b[ -/]*[0-~]",
    re.DOTALL,
)
_CONTROL: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\ud800-\udfff"  # they act
    "\u00ad\u180e\u200b\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"  # they hide text
)
PIPE_WIDTH: Final = 160
PROBLEMS_SHOWN: Final = 50
_COMMAND: Final = re.compile(r"\bheadwater (?=[a-z])")
_PLACE: Final = ContextVar("place", default="")


def clean(text: str) -> str:
    """`text` for a terminal: newlines stay, tabs become spaces, everything that acts is gone."""
    return _CONTROL.sub("", _ESCAPES.sub("", text.replace("\r\n", "\n")).replace("\t", "  "))


def one_line(text: str, limit: int = 200) -> str:
    """`clean` text on one line, at most `limit` characters."""
    flat = " ".join(clean(text).split())
    return flat if len(flat) <= limit else flat[: limit - 3] + "..."


def quoted(text: str) -> str:
    """`clean` text of an agent's as it stands, line by line behind a bar."""
    return "\n".join(f"  | {line}".rstrip() for line in clean(text).splitlines())


def figure(value: float) -> str:
    """A number as people write it: 2,000,000 and 2.5, never 2e+06."""
    return f"{value:,.0f}" if abs(value) >= 100_000 else f"{value:,g}"


def say(text: str = "") -> None:
    """One cleaned line (or several) on standard output."""
    sys.stdout.write(clean(text) + "\n")


def to_file(path: Path, text: str) -> None:
    """Write the text as it is. A file is replaced at once; a device or a pipe stays what it is."""
    if path.exists() and not path.is_file():
        path.write_bytes(text.encode())
        return
    from headwater.formats.board_files import put

    put(path.resolve(), text)


def say_whole(text: str) -> None:
    """A document on standard output: cleaned for a terminal, as it stands for a pipe or file."""
    sys.stdout.write(text if not sys.stdout.isatty() else clean(text))


def warn(text: str) -> None:
    """One cleaned line on standard error."""
    sys.stderr.write(clean(text) + "\n")


def stay_at(options: Iterable[str]) -> None:
    """The store, board and agent that this run was given by options: its hints name them, too."""
    _PLACE.set("".join(f" {word}" for word in options))


def say_next(text: str, say: Callable[[str], None] = say) -> None:
    """What to type next."""
    say(f"next: {to_type(text)}")


def to_type(hint: str) -> str:
    """A hint on one line, with commands in the place of calls, which name the store, the board and
    the agent as this run did."""
    from headwater.cli.render.hints import as_commands

    place = f"headwater{_PLACE.get()} "
    return _COMMAND.sub(lambda _: place, one_line(as_commands(hint), 2000))


def say_json(value: Any) -> None:
    """Compact JSON on standard output; its own escapes make control characters harmless."""
    is_utf8 = codecs.lookup(sys.stdout.encoding or "ascii").name == "utf-8"
    text = json.dumps(value, ensure_ascii=not is_utf8, separators=(",", ":"))
    sys.stdout.write(_CONTROL.sub(_escaped, text) + "\n")


def _escaped(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]


def say_error(error: HeadwaterError, *, as_json: bool) -> None:
    """An error: as JSON on standard output, else as sentences on standard error."""
    if as_json:
        say_json(error.as_dict())
        return
    warn(f"error: {one_line(error.message, 2000)}")
    problems = error.state.get("problems")
    if isinstance(problems, list):
        for problem in problems[:PROBLEMS_SHOWN]:
            warn(f"  - {one_line(str(problem), 400)}")
        if len(problems) > PROBLEMS_SHOWN:
            warn(f"  and {len(problems) - PROBLEMS_SHOWN} more (--json lists them all)")
    if error.next:
        say_next(error.next, warn)


def is_plain() -> bool:
    """Whether the output shall carry no escape sequences at all."""
    return (
        not sys.stdout.isatty()
        or bool(os.environ.get("NO_COLOR"))
        or os.environ.get("TERM", "") in ("", "dumb")
    )


def show_table(table: Table) -> None:
    """Print a Rich table; plain output has no padding at the ends of lines."""
    out = console()
    if not is_plain():
        out.print(table)
        return
    with out.capture() as captured:
        out.print(table)
    for line in captured.get().splitlines():
        sys.stdout.write(line.rstrip() + "\n")


def show_columns(rows: Sequence[Sequence[str]]) -> None:
    """Print rows of cells in columns, folded where they do not fit."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    fits = sum(widths) + 2 * (len(widths) - 1) <= _width()
    if fits and all(cell.isascii() for row in rows for cell in row):
        for row in rows:
            line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            say(line.rstrip())
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for _ in widths:
        table.add_column(overflow="fold")
    for row in rows:
        table.add_row(*(Text(clean(cell)) for cell in row))
    show_table(table)


def _width() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else PIPE_WIDTH


def console() -> Console:
    """A Rich console for tables and trees. Not used for prose."""
    from rich.console import Console

    class Quitting(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # Rich would leave with code 1

    if is_plain():
        width = None if sys.stdout.isatty() else PIPE_WIDTH
        return Quitting(
            color_system=None, force_terminal=False, width=width, highlight=False, emoji=False
        )
    return Quitting(highlight=False, emoji=False)
