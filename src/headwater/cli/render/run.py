"""A run on the terminal: a live table, plain lines where nobody watches, or JSON events."""

from __future__ import annotations

import shlex
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from headwater.cli.output import clean, console, is_plain, one_line, say, say_json
from headwater.cli.render.progress import Progress
from headwater.cli.render.sentences import listed, seconds
from headwater.errors import counted
from headwater.runner.events import Event, Sink

if TYPE_CHECKING:
    from headwater.board import Board
    from headwater.cli.invocation import Invocation

_REFRESHES_PER_SECOND: Final = 2
_TAIL_LINES: Final = 15
_SHOWN: Final = 12
_COMMAND_CHARS: Final = 160
_LINE_CHARS: Final = 800
"""What is wrong, with the paths of it, and what to do."""
_WORDS: Final[Mapping[str, str]] = {
    "dropped": "of the plan is dropped: {text}",
    "differs": "the board goes on as it is, where the plan says otherwise: {text} "
    "(headwater import --update changes that)",
    "started": "working plan {text}, merging into {branch}",
    "recovered": "{task}: {worker} goes on with what a runner left that died",
    "claimed": "{task}: {worker} begins",
    "finished": "{task}: delivered",
    "failed": "{task}: the attempt failed",
    "exhausted": "{task}: no attempt is left (headwater rework {task} ...)",
    "beside": "{task}",
    "blocked": "{task}: has a question (headwater answer {task} ...)",
    "lost": "{task}: no longer {worker}'s: {text}",
    "released": "{task}: given back",
    "handed_on": "{task}: handed on by its agent (headwater status says to whom)",
    "merged": "{task}: merged: {text}",
    "conflict": "{task}: does not merge: {text}",
    "paused": "the board is paused; the run goes on after headwater resume",
    "waiting": "waiting for the store: {text}",
    "edited": "{task}: {text} changed while it was worked on; {worker} has it done once more",
    "in_review": "waiting for reviews: {text}",
    "halted": "nothing more is begun, and no attempt is charged: {text}",
    "stuck": "{task}{worker}: {text}",
    "kept": "{task}: kept unmerged on {branch}: {text}",
    "uncleared": "{task}: merged; its worktree or branch stays: {text}",
    "behind": "{task}: merged; submodules could not follow ({text}):",
    "stopping": "{text}: stopping; unmerged work is kept",
    "ended": "ended: {text}",
}
_DID: Final[Mapping[str, str]] = {
    "added": "{tasks}: added by {by}",
    "imported": "{tasks}: added by {by}",
    "edited": "{task}: edited by {by} ({text})",
    "split": "{task}: split by {by} into {tasks}",
    "cancelled": "{task}: cancelled by {by}",
    "done_by_hand": "{task}: done by {by}",
    "review_claimed": "{task}: {by} reviews it",
    "review_expired": "{task}: the review was given up; it waits for another reviewer",
    "approved": "{task}: approved by {by}",
    "rejected": "{task}: sent back by {by} ({text})",
    "reworked": "{task}: sent back by {by}",
    "reopened": "{task}: to be done again, what it had read came out different",
    "answered": "{task}: answered by {by}",
    "feedback": "{task}: feedback by {by}",
}
"""What somebody beside the run did."""


@contextmanager
def progress(run: Invocation, board: Board) -> Generator[Sink]:
    """What shows the events of a run while the block lasts."""
    lock = threading.Lock()

    def in_turn(event: Event) -> None:
        with lock, suppress(BrokenPipeError):  # nobody reads any more; the work goes on
            now = datetime.now(UTC)
            if run.as_json:
                say_json(event.as_dict() | {"at": now.isoformat(timespec="milliseconds")})
            else:
                first, *others = lines(event)
                for line in (f"{now.astimezone():%H:%M:%S} {first}", *others):
                    say(line)
            sys.stdout.flush()  # who reads a pipe or a file wants to see it now

    if run.as_json or is_plain():
        yield in_turn
        return
    from rich.live import Live

    table = Progress(board)
    with Live(
        get_renderable=table.drawn,
        console=console(),
        refresh_per_second=_REFRESHES_PER_SECOND,
        transient=True,  # at the end it says nothing that the last line does not
    ) as live:

        def above(event: Event) -> None:
            table.note(event)
            for line in lines(event):
                live.console.print(line, markup=False, soft_wrap=True)

        yield above


def lines(event: Event) -> list[str]:
    """An event in words. A failure has the end of the agent's output below it."""
    words = _DID[event.did] if event.did else _WORDS[event.kind]
    found = [_without_gaps(words.format_map(_facts(event))) + _more(event)]
    if event.kind == "started":
        found += [
            f"    logs: {one_line(event.log, 400)}",
            f"    worktrees: {one_line(event.trees, 400)}",
        ]
    if event.files:
        found += [f"    {one_line(file)}" for file in event.files[:_SHOWN]]
    found += [f"    | {line}" for line in clean(event.said).splitlines()[:_TAIL_LINES]]
    if event.kind == "failed":
        found += [f"    | {line}" for line in clean(event.text).splitlines()[-_TAIL_LINES:]]
        found += [f"    log: {one_line(event.log, 400)}"] if event.log else []
    return found


def _facts(event: Event) -> dict[str, str]:
    facts = {"task": event.task, "worker": event.worker, "text": event.text, "by": event.by}
    facts |= {"branch": event.branch, "tasks": listed(list(event.tasks))}
    return {name: one_line(text, _LINE_CHARS) for name, text in facts.items()}


def _without_gaps(line: str) -> str:
    """Where there was nothing to say."""
    return line.removesuffix(" ()").rstrip(": ")


def _more(event: Event) -> str:
    """What follows the first words of some kinds."""
    if event.kind == "started":
        command = one_line(shlex.join(event.command), _COMMAND_CHARS)
        return f", with {counted(event.agents or 1, 'agent')}: {command}"
    if event.kind == "claimed":
        round = f", round {event.round}" if (event.round or 1) > 1 else ""
        again = (event.attempt or 1) > 1
        return round + (f", attempt {event.attempt} of {event.attempts}" if again else "")
    if event.kind == "finished" and event.review and event.text == "review":
        return f"; waits for a reviewer (headwater claim {event.task})"
    if event.kind == "failed":
        code = f" with exit code {event.code}" if event.code else ""
        return code + _next_attempt(event)
    return ""


def _next_attempt(event: Event) -> str:
    if event.again_s is None:
        return ""
    when = f"in {seconds(event.again_s)}" if event.again_s else "at once"
    return f"; attempt {(event.attempt or 0) + 1} of {event.attempts} {when}"
