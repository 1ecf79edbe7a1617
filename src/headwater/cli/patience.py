"""How long a command waits: longer than a call may, if it is told to."""

from __future__ import annotations

from typing import Annotated

import typer

from headwater import limits

Seconds = Annotated[
    float, typer.Option(help="Wait up to so many seconds, minutes too: 600.", metavar="SECONDS")
]


def of_one_call(wait: float) -> float:
    """As much of a command's wait as one call may ask for; what is no wait stays what it is, to be
    refused."""
    return min(wait, limits.WAIT_SECONDS)


def patience(wait: float) -> float:
    """As much of it as a command waits."""
    return min(wait, limits.SHELL_WAIT_SECONDS)
