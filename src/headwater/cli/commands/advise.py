"""The command `advise`: which way to run Headwater."""

from __future__ import annotations

from typing import Annotated

import typer

from headwater.cli.app import command
from headwater.cli.invocation import Invocation
from headwater.cli.output import say, say_json


@command("advise")
def advise(
    run: Invocation,
    agents: Annotated[int, typer.Option(help="How many work at once.", metavar="N")],
    machines: Annotated[int, typer.Option(help="On how many machines.", metavar="M")] = 1,
    shared_disk: Annotated[
        bool, typer.Option("--shared-disk", help="The machines share a network file system.")
    ] = False,
) -> None:
    """Recommend stdio, one HTTP server, or PostgreSQL. With the commands to type."""
    from dataclasses import asdict

    from headwater.graph import advice

    found = advice.advise(agents, machines, shared_disk=shared_disk)
    if run.as_json:
        facts = asdict(found)
        facts["commands"] = [{"where": where, "run": line} for where, line in found.commands]
        say_json({name: value for name, value in facts.items() if value})
        return
    say(f"{found.title}.")
    say()
    for reason in found.reasons:
        say(f"  because {reason}")
    if found.refused:
        say(f"  no: {found.refused}")
    place = ""
    for where, line in found.commands:
        if where != place:
            say()
            say(f"{where}:")
            place = where
        say(f"  {line}")
