"""A wrong command line as an error in JSON, for whoever asked for JSON."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from itertools import takewhile

import typer

from headwater.cli.output import say_error
from headwater.errors import BadRequest


@contextmanager
def as_json_if_asked() -> Generator[None]:
    """Say a wrong command line as every other error is said, and keep its exit code."""
    try:
        yield
    except typer.TyperException as error:
        if "--json" not in takewhile("--".__ne__, sys.argv[1:]):
            raise
        path: str = getattr(getattr(error, "ctx", None), "command_path", "headwater")
        refused = BadRequest(error.format_message(), next=f"{path} --help")
        say_error(refused, as_json=True)
        raise typer.Exit(error.exit_code) from error
