"""The command `bootstrap`: connect the agents' hosts."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from headwater.cli.app import command
from headwater.cli.invocation import Invocation
from headwater.cli.output import one_line, say, say_json
from headwater.errors import BadRequest

if TYPE_CHECKING:
    from headwater.hosts import Outcome


@command(
    "bootstrap",
    examples=(
        "headwater bootstrap                            # whatever is found here",
        "headwater bootstrap claude-code codex --print  # show, write nothing",
        "headwater bootstrap --hooks --scope user       # for all your projects",
        "headwater bootstrap --remove                   # takes it out of this project again",
        "headwater bootstrap --transport http --url https://tasks.example.com/mcp \\",
        "    --token-env HEADWATER_TOKEN               # a server, with an access token",
    ),
)
def bootstrap(
    run: Invocation,
    hosts: Annotated[
        list[str] | None,
        typer.Argument(metavar="HOST", help="By name, or `all`. Without: those found here."),
    ] = None,
    named: Annotated[
        list[str] | None,
        typer.Option("--host", help="The same. `detected`: those found here. Repeatable."),
    ] = None,
    transport: Annotated[
        Literal["stdio", "http"],
        typer.Option(help="A server of its own for each window, or one for all."),
    ] = "stdio",
    scope: Annotated[
        Literal["project", "user"], typer.Option(help="This repository's files, or your own.")
    ] = "project",
    url: Annotated[str, typer.Option(help="The server's address (http).")] = "",
    token_env: Annotated[
        str, typer.Option(help="The variable that holds the bearer token (http).")
    ] = "",
    server_command: Annotated[
        str, typer.Option("--command", help='How hosts start it, such as "uvx headwater serve".')
    ] = "",
    hooks: Annotated[
        bool | None,
        typer.Option("--hooks/--no-hooks", help="Add hooks to Claude Code, or take them out."),
    ] = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="Take out what bootstrap wrote, hooks too.")
    ] = False,
    print_only: Annotated[
        bool, typer.Option("--print", help="Only show what would be changed.")
    ] = False,
) -> None:
    """Write Headwater into the config of each agent's host. Backs up first; safe to repeat."""
    from headwater import hosts as installer

    wanted = [*(hosts or []), *(named or [])] or ["detected"]
    if remove:
        if hooks or url or token_env or server_command:
            raise BadRequest(
                "--remove only takes out; it has no use for what a connection should be",
                next="headwater bootstrap --remove, then bootstrap as you want it",
            )
        outcomes = installer.remove(
            wanted,
            scope=scope,
            project_dir=Path.cwd(),
            home=Path.home(),
            print_only=print_only,
        )
    else:
        outcomes = installer.bootstrap(
            wanted,
            transport=transport,
            scope=scope,
            project_dir=Path.cwd(),
            home=Path.home(),
            url=url or installer.DEFAULT_URL,
            token_env=token_env or None,
            command=_words(server_command) or None,
            db=str(run.location) if run.db_named else None,
            board=run.board if run.board_named else None,
            hooks=hooks,
            print_only=print_only,
        )
    if run.as_json:
        say_json([_fields(outcome) for outcome in outcomes])
    else:
        _show(outcomes)
    if any(outcome.error for outcome in outcomes):
        raise typer.Exit(1)


def _words(server_command: str) -> list[str]:
    try:
        return shlex.split(server_command)
    except ValueError as error:
        raise BadRequest(
            "--command has a quotation that does not end", next='--command "uvx headwater serve"'
        ) from error


def _fields(outcome: Outcome) -> dict[str, str]:
    values = {
        "host": outcome.host,
        "action": outcome.action,
        "path": str(outcome.path or ""),
        "backup": str(outcome.backup or ""),
        "content": outcome.content,
        "note": outcome.note,
        "remark": outcome.remark,
        "error": outcome.error,
    }
    return {name: value for name, value in values.items() if value}


def _show(outcomes: list[Outcome]) -> None:
    if not outcomes:
        say("no agent's host was found here")
        say("next: name one, for instance `headwater bootstrap claude-code`, or `all`")
    for outcome in outcomes:
        where = f"  {outcome.path}" if outcome.path else ""
        say(f"{outcome.title}: {outcome.action}{where}")
        if outcome.action == "printed":
            for line in outcome.content.rstrip("\n").splitlines():
                say(f"  {line}")
        if outcome.backup:
            say(f"  the file as it was: {outcome.backup}")
        if outcome.note:
            say(f"  {one_line(outcome.note, 400)}")
        if outcome.error:
            say(f"  failed: {one_line(outcome.error, 400)}")
    remarked = [outcome for outcome in outcomes if outcome.remark and not outcome.error]
    if remarked:
        many = len(remarked) > 1
        say(f"each file {remarked[0].remark}" if many else f"the file {remarked[0].remark}")
