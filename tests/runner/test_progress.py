"""What a person sees of a run on a terminal."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import termios
from typing import Any

import pytest
from repository import WRITE, Repo
from rich.console import Console
from test_run_command import HEADWATER

from headwater.cli.render.progress import Progress
from headwater.runner.events import Event
from patience import PATIENCE_S

WIDTH = 80
PLAN: list[dict[str, Any]] = [
    {"key": "a", "title": "Parse the input" + ", all of it" * 15, "estimate": 30},
    {"key": "b", "title": "Render", "estimate": 90, "needs": ["a"]},
    {"key": "c"},
    {"key": "d", "state": "failed"},
    {"key": "e", "needs": ["d"], "estimate": 6000},
]
ESCAPE = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


def shown(progress: Progress, width: int = WIDTH) -> list[str]:
    out = Console(file=io.StringIO(), record=True, width=width, color_system=None)
    out.print(progress.drawn())
    return [line.rstrip() for line in out.export_text().splitlines()]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split("[│┃]", line)[1:-1]]


@pytest.fixture
def no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headwater.cli.render.progress.monotonic", lambda: 1000.0)


@pytest.mark.usefixtures("no_time_passes")
@pytest.mark.parametrize("width", [WIDTH, 200])
def test_the_table_shows_who_works_on_what_and_what_is_left(repo: Repo, width: int) -> None:
    with repo.board() as board:
        board.import_tasks(PLAN)
        progress = Progress(board)
        assert shown(progress)[-1].startswith("critical path left: 2 h; about 2 h")
        progress.note(Event("claimed", "a", "plan-1"))
        progress.note(Event("claimed", "c", "plan-2"))
        progress.note(Event("finished", "c", "plan-2"))
        lines = shown(progress, width)
    assert all(len(line) <= width for line in lines)
    assert cells(lines[1]) == ["worker", "task", "title", "since", "estimate"]
    first, second = cells(lines[3]), cells(lines[4])
    assert (first[:2], first[3:]) == (["plan-1", "a"], ["0:00", "30 min"])
    assert first[2].startswith("Parse")
    assert second == ["plan-2", "-", "", "0:00", ""]
    assert lines[-2] == "0 of 5 done, 2 waiting, 2 ready, 1 failed"
    assert re.fullmatch(
        r"critical path left: 2 h; about 2 h 1 min with 2 agents; 0:00 passed", lines[-1]
    )


@pytest.mark.usefixtures("no_time_passes")
def test_a_plan_that_is_not_there_yet_is_not_at_its_end(repo: Repo) -> None:
    with repo.board() as board:
        progress = Progress(board)
        assert shown(progress)[-2:] == ["0 of 0 done", "the plan is being read; 0:00 passed"]
        board.import_tasks(PLAN)
        assert shown(progress)[-1].startswith("critical path left: 2 h; about 2 h")


@pytest.mark.usefixtures("no_time_passes")
def test_what_cannot_be_worked_any_more_is_not_counted_as_left(repo: Repo) -> None:
    with repo.board() as board:
        board.import_tasks(PLAN[3:])
        assert shown(Progress(board))[-1].startswith("nothing left to begin; 0:00")


def on_a_terminal(repo: Repo, **variables: str) -> tuple[int, bytes]:
    """Run a plan on a terminal of 80 columns; its agent ends when the table has been drawn."""
    go = repo.store.with_name("go")
    script = f'until test -e "{go}"; do sleep 0.01; done; {WRITE}'
    plan = str(repo.write_plan([{"key": "a", "title": "Do it", "estimate": 45}]))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, WIDTH, 0, 0))
    ours_to_say = ("NO_COLOR", "COLUMNS", "LINES")
    environment = {name: text for name, text in os.environ.items() if name not in ours_to_say}
    process = subprocess.Popen(
        [*HEADWATER, "run", "--db", str(repo.store), plan, "--", "sh", "-c", script],
        cwd=repo.root,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment | {"TERM": "xterm-256color"} | variables,
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            seen += os.read(ours, 65_536)
        except OSError:  # Linux: the other end is closed
            break
        if b"begins" in seen and (b"45 min \xe2\x94\x82" in seen or "NO_COLOR" in variables):
            go.touch()
    os.close(ours)
    return process.wait(PATIENCE_S), seen


def test_a_run_on_a_terminal_draws_its_table_and_leaves_only_what_happened(repo: Repo) -> None:
    code, seen = on_a_terminal(repo)
    assert code == 0, seen
    text = ESCAPE.sub(b"", seen).decode().replace("\r\n", "\n")
    assert re.search(r"┃ worker +┃ task +┃ title +┃ +since ┃ estimate ┃", text)
    assert re.search(r"│ plan-1 +│ a +│ Do it +│ +\d+:\d\d │   45 min │", text)
    assert "0 of 1 done, 1 active\ncritical path left: 45 min; about 45 min with 1 agent" in text
    assert re.search(r"[\r\n]ended: 1 done\n", text)
    assert seen.endswith(b"\x1b[1A\x1b[2K"), "the table is taken away at the end"
    assert b"\x1b[?25h" in seen[seen.rindex(b"\x1b[?25l") :], "the cursor is there again"
    assert repo.files() == {"README", "a.txt"}


def test_no_color_means_lines_without_any_escape_sequence(repo: Repo) -> None:
    code, seen = on_a_terminal(repo, NO_COLOR="1")
    assert code == 0, seen
    assert b"\x1b" not in seen
    told = [re.sub(r"^[\d:]{8} ", "", line).strip() for line in seen.decode().splitlines()]
    first, _, _, *rest = told
    assert first.startswith("working plan plan, merging into main, with 1 agent: sh -c")
    assert rest == [
        "a: plan-1 begins",
        "a: delivered",
        "| it said neither in a status block nor in a file what it did",
        "a: merged",
        "ended: 1 done",
    ]
