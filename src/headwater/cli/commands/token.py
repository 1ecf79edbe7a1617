"""Access tokens for HTTP: `token create`, `token list`, `token revoke`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from headwater.cli.app import app, command
from headwater.cli.invocation import Invocation
from headwater.cli.output import say, say_json, say_next, warn
from headwater.errors import BadRequest

if TYPE_CHECKING:
    from headwater.operations.access import Access

tokens = typer.Typer(name="token", help="Access tokens for `serve --transport http`.")
app.add_typer(tokens)

Name = Annotated[str, typer.Option(help="What the token is called in lists and in the history.")]


@command("create", group=tokens)
def create(
    run: Invocation,
    name: Name,
    role: Annotated[str, typer.Option(help="observe, work, plan or admin.")] = "work",
    only: Annotated[
        list[str] | None, typer.Option(help="A board it opens; all, if none is named.")
    ] = None,
    days: Annotated[float, typer.Option(help="How long it lasts; 0 is without end.")] = 0,
) -> None:
    """Make an access token. It is shown this once."""
    from headwater.operations import access

    if run.board_named and not only:  # else who meant that would get a token for all boards
        raise BadRequest(
            "--board limits no token", next=f"--only {run.board} makes one that opens this board"
        )
    with run.opened(create=True) as board:
        made, token = access.create(board.store, name, role, only or (), days)
    if run.as_json:
        say_json({**_facts(made, "valid"), "token": token})
        return
    warn(f"{made.name}: {made.rights}, {_boards(made)}, {_until(made)}. It is not shown again:")
    say(token)


@command("list", group=tokens)
def show(run: Invocation) -> None:
    """The access tokens, without their secrets."""
    from headwater.operations import access

    with run.opened() as board:
        found = access.listed(board.store)
    if run.as_json:
        say_json({"tokens": [_facts(one, state) for one, state in found]})
        return
    for one, state in found:
        say(
            f"{one.name}  {one.rights}  {_boards(one)}  {state}, {_until(one)}, "
            f"begins with hw_{one.handle}_"
        )
    if not found:
        say("no access tokens; headwater token create --name NAME --role work makes one")


@command("revoke", group=tokens)
def revoke(run: Invocation, name: Annotated[str, typer.Argument()]) -> None:
    """End an access token at once."""
    from headwater.operations import access

    with run.opened() as board:
        ended = access.revoke(board.store, name)
        held = access.held(board.store, ended)
    if run.as_json:
        holds = [{"board": at, "task": task} for at, task in held]
        say_json({**_facts(ended, "revoked"), "holds": holds})
        return
    say(f"token {ended.name} is revoked: it opens nothing any more")
    for at, task in held:
        say(f"  {task} on board {at} stays its own until the lease runs out")
    if held:
        say_next("headwater release KEY --board BOARD frees a task at once")


def _boards(access: Access) -> str:
    return ", ".join(access.boards) if access.boards else "all boards"


def _until(access: Access) -> str:
    if not access.expires_ms:
        return "without end"
    until = datetime.fromtimestamp(access.expires_ms / 1000, UTC)
    return f"until {until.isoformat(sep=' ', timespec='minutes')}"


def _facts(access: Access, state: str) -> dict[str, object]:
    return {
        "name": access.name,
        "begins_with": f"hw_{access.handle}_",
        "role": access.rights,
        "boards": list(access.boards),
        "state": state,
        "created_ms": access.created_ms,
        "expires_ms": access.expires_ms or None,
    }
