"""What people do: pause, resume, budget, done, release, answer, merged, policy, redact."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from headwater.cli.app import command
from headwater.cli.arguments import given, json_pairs
from headwater.cli.invocation import Invocation, answered
from headwater.cli.options import Reason, Task
from headwater.cli.output import one_line
from headwater.cli.render import sentences
from headwater.errors import BadRequest

if TYPE_CHECKING:
    from headwater.verbs.people import PersonReply


def _to_task(run: Invocation, action: str, task: str, text: str) -> None:
    from headwater.verbs.people import PersonReply, PersonRequest

    asked = PersonRequest.parse({"action": action, "task": task, "text": text})
    run.answer(run.call(asked, PersonReply), sentences.by_person)


def _to_board(run: Invocation, action: str, *, create: bool = False, **arguments: object) -> None:
    from headwater.verbs.people import BoardRequest, PersonReply

    asked = BoardRequest.parse({"action": action, **arguments})
    run.answer(run.call(asked, PersonReply, create=create), sentences.by_person)


@command("pause")
def pause(run: Invocation, reason: Reason = "") -> None:
    """Let nobody claim anything until `resume`. Work under way goes on."""
    _to_board(run, "pause", reason=reason)


@command("resume")
def resume(run: Invocation) -> None:
    """Let agents claim again."""
    _to_board(run, "resume")


@command(
    "policy",
    examples=(
        "headwater policy                      # all settings, and what they say",
        "headwater policy lease_minutes=30 paths=refuse",
        "headwater policy --profile safe       # several at once",
    ),
)
def policy(
    run: Invocation,
    settings: Annotated[list[str] | None, typer.Argument(metavar="NAME=VALUE")] = None,
    profile: Annotated[
        str, typer.Option(help="Several settings at once.", metavar="safe|balanced|throughput")
    ] = "",
) -> None:
    """Change settings of the board, or show them."""
    if strange := [one for one in settings or [] if "=" not in one]:
        raise BadRequest(
            f"a setting is given as NAME=VALUE, not as {one_line(strange[0], 60)}",
            next="for instance: headwater policy lease_minutes=30; without any it shows them all",
        )
    if wanted := given(profile=profile) | json_pairs(settings or [], "policy"):
        _to_board(run, "policy", create=True, policy=wanted)
    else:
        run.answer(_settings(run), sentences.settings)


def _settings(run: Invocation) -> PersonReply:
    """Those of the board; of one that is not there yet, the defaults."""
    from headwater.verbs.people import BoardRequest, PersonReply

    asked = BoardRequest.parse({"action": "policy"})
    with run.rehearsed() if run.is_missing else run.opened() as board:
        return answered(board, asked, PersonReply)


@command(
    "budget",
    examples=(
        "headwater budget                       # what is spent and reserved",
        "headwater budget --minutes 600 --usd 20",
        "headwater budget --group docs --tokens 2000000",
    ),
)
def budget(
    run: Invocation,
    group: Annotated[
        str, typer.Option(metavar="NAME", help="Of this group of tasks, not of the board.")
    ] = "",
    minutes: Annotated[float | None, typer.Option(help="0 is no limit.")] = None,
    tokens: Annotated[int | None, typer.Option(help="0 is no limit.")] = None,
    usd: Annotated[float | None, typer.Option(help="0 is no limit.")] = None,
    reason: Reason = "",
) -> None:
    """Limit what tasks may use, or show what they have used. Of the board, or of a group."""
    from headwater.cli.render import budgets
    from headwater.verbs.people import BudgetReply, BudgetRequest

    asked = BudgetRequest.parse(
        {"group": group, "minutes": minutes, "tokens": tokens, "usd": usd, "reason": reason}
    )
    limits_it = (minutes, tokens, usd) != (None, None, None)
    run.answer(run.call(asked, BudgetReply, create=limits_it), budgets.show)


@command("done")
def done(
    run: Invocation,
    task: Task,
    text: Annotated[str, typer.Argument(metavar="TEXT")] = "",
) -> None:
    """Mark TASK done: you did it yourself. TEXT is for those who need it."""
    _to_task(run, "done", task, text)


@command("release")
def release(run: Invocation, task: Task) -> None:
    """Take TASK from a stuck holder. Others can claim it then."""
    _to_task(run, "release", task, "")


@command("merged")
def merged(
    run: Invocation,
    task: Task,
    text: Annotated[str, typer.Option(metavar="TEXT", help="For the history.")] = "",
) -> None:
    """Say that you merged the branch of TASK. (Policy release_on=merged waits for it.)"""
    _to_task(run, "merged", task, text)


@command("answer")
def answer(
    run: Invocation, task: Task, text: Annotated[str, typer.Argument(metavar="TEXT")]
) -> None:
    """Answer the question for which TASK is held."""
    _to_task(run, "answer", task, text)


@command("redact")
def redact(run: Invocation, reason: Reason = "") -> None:
    """Remove a secret from the board and its history.

    The secret is asked for, or read from standard input: never a part of the command line, which
    other users can see and the shell remembers.
    """
    if sys.stdin.isatty():
        secret = getpass.getpass("Secret to remove (not shown): ")
    else:
        secret = sys.stdin.read().removesuffix("\n").removesuffix("\r")
    with run.opened() as board:
        done = board.redact(secret, reason)
    run.answer(done, sentences.by_person)
