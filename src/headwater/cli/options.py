"""Options that several commands, or all of them, take."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

Task = Annotated[str, typer.Argument(metavar="TASK")]
Words = Annotated[
    list[str], typer.Option(metavar="NAME,...", help="What you can do, for tasks that ask for it.")
]
Repeat = Annotated[
    str, typer.Option(help="Repeated under this name it is done once.", metavar="NAME")
]
Reason = Annotated[str, typer.Option(help="Why; for the history.", metavar="TEXT")]

_Db = Annotated[
    str,
    typer.Option(
        help="The store: a file, or postgresql://... [env HEADWATER_DB]", metavar="FILE|URL"
    ),
]
_Board = Annotated[str, typer.Option(help="The board. [env HEADWATER_BOARD]", metavar="NAME")]
_AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
_Agent = Annotated[str, typer.Option(help="Who you are. [env HEADWATER_AGENT]", metavar="NAME")]
_Session = Annotated[
    str, typer.Option(help="A session of `join`. [env HEADWATER_SESSION]", metavar="TOKEN")
]
SHARED: Final[dict[str, tuple[Any, str | bool]]] = {
    "db": (_Db, ""),
    "board": (_Board, ""),
    "as_json": (_AsJson, False),
    "agent": (_Agent, ""),
    "session": (_Session, ""),
}
"""The options that every command takes, with their defaults."""
