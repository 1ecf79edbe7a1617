"""Options that commands of several modules take."""

from __future__ import annotations

from typing import Annotated

import typer

Task = Annotated[str, typer.Argument(metavar="TASK")]
Words = Annotated[
    list[str], typer.Option(metavar="NAME,...", help="What you can do, for tasks that ask for it.")
]
Repeat = Annotated[
    str, typer.Option(help="Repeated under this name it is done once.", metavar="NAME")
]
Reason = Annotated[str, typer.Option(help="Why; for the history.", metavar="TEXT")]
