"""Options that commands of several modules take."""

from __future__ import annotations

from typing import Annotated

import typer

Task = Annotated[str, typer.Argument(metavar="TASK")]
Many = Annotated[list[str], typer.Option(metavar="KEY,...")]
Words = Annotated[list[str], typer.Option(metavar="NAME,...")]
Word = Annotated[str, typer.Option(metavar="TEXT")]
Repeat = Annotated[str, typer.Option(help="Idempotency key.", metavar="KEY")]
