"""The command `demo`."""

from __future__ import annotations

from headwater.cli.app import command
from headwater.cli.invocation import Invocation


@command("demo")
def demo(run: Invocation) -> None:
    """Watch three agents work a small plan. About 15 seconds, in a store of its own."""
    from headwater.cli.demo.show import play

    play(run)
