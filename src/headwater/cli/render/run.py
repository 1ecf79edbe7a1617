"""A run on the terminal: a live table, plain lines where nobody watches, or JSON events."""

from __future__ import annotations

import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from headwater.cli.output import clean, console, is_plain, one_line, say, say_json
from headwater.cli.render.progress import Progress
from headwater.runner.events import Event, Sink

if TYPE_CHECKING:
    from headwater.board import Board
    from headwater.cli.invocation import Invocation

_REFRESHES_PER_SECOND: Final = 2
_TAIL_LINES: Final = 15
_SHOWN: Final = 12
_LINE_CHARS: Final = 800
"""What is wrong, with the paths of it, and what to do."""
_WORDS: Final[Mapping[str, str]] = {
    "dropped": "of the plan is dropped: {text}",
    "differs": "the board goes on as it is, where the plan says otherwise: {text} "
    "(headwater import --update changes that)",
    "started": "working plan {text}, merging into {branch}",
    "recovered": "{worker} goes on with what a runner left that died",
    "claimed": "{task}: {worker} begins",
    "finished": "{task}: delivered",
    "failed": "{task}: the attempt failed",
    "exhausted": "{task}: no attempt is left (headwater rework {task} ...)",
    "blocked": "{task}: has a question (headwater answer {task} ...)",
    "lost": "{task}: no longer {worker}'s: {text}",
    "released": "{task}: given back",
    "handed_on": "{task}: handed on by its agent (headwater status says to whom)",
    "merged": "{task}: merged: {text}",
    "conflict": "{task}: does not merge: {text}",
    "paused": "the board is paused; the run goes on after headwater resume",
    "waiting": "waiting for the store: {text}",
    "edited": "{task}: its {text} changed while it was worked on; {worker} has it done once more",
    "in_review": "waiting for reviews: {text}",
    "halted": "nothing more is begun, and no attempt is charged: {text}",
    "stuck": "{task}{worker}: {text}",
    "kept": "{task}: kept unmerged on {branch}: {text}",
    "uncleared": "{task}: merged; its worktree or branch stays: {text}",
    "behind": "{task}: merged; submodules could not follow ({text}):",
    "stopping": "{text}: stopping; unmerged work is kept",
    "ended": "ended: {text}",
}


@contextmanager
def progress(run: Invocation, board: Board) -> Generator[Sink]:
    """What shows the events of a run while the block lasts."""
    lock = threading.Lock()

    def in_turn(event: Event) -> None:
        with lock, suppress(BrokenPipeError):  # nobody reads any more; the work goes on
            if run.as_json:
                say_json(event.as_dict())
            else:
                for line in lines(event):
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
    facts = {name: one_line(str(value), _LINE_CHARS) for name, value in event.as_dict().items()}
    blank = {"task": "", "worker": "", "text": "", "branch": ""}
    found = [_WORDS[event.kind].format(**{**blank, **facts}).rstrip(": ")]
    if event.files:
        found += [f"    {one_line(file)}" for file in event.files[:_SHOWN]]
    found += [f"    | {line}" for line in clean(event.said).splitlines()[:_TAIL_LINES]]
    if event.kind == "failed":
        if event.code:
            found[0] += f" with exit code {event.code}"
        found += [f"    | {line}" for line in clean(event.text).splitlines()[-_TAIL_LINES:]]
        found += [f"    log: {one_line(event.log, 400)}"] if event.log else []
    return found
