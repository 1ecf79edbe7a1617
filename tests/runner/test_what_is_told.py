"""What the lines of a run say to a person who watches it, or reads them later."""

from __future__ import annotations

import json
import re
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from repository import WRITE, Repo
from test_run_command import HANG, no_agent_is_left, prepare, run, soon, start

from headwater import Board
from headwater.cli.render.run import lines
from headwater.runner.beside import OWN_EDIT, Beside
from headwater.runner.conflicts import key_for
from headwater.runner.events import Event
from headwater.runner.record import ACTOR
from patience import PATIENCE_S

__all__ = ["no_agent_is_left"]
TIME = re.compile(r"\d\d:\d\d:\d\d ")


def said_of(repo: Repo) -> list[str]:
    return [line for event in repo.told("beside") for line in lines(event)]


def test_each_line_has_its_time_and_the_first_says_where_things_are(repo: Repo) -> None:
    plan = str(repo.write_plan([{"key": "a"}]))
    code, said = run(repo, plan, "--agents", "1", "--", "sh", "-c", WRITE)
    assert code == 0, said
    first, logs, trees, *rest = said.splitlines()
    assert all(TIME.match(line) or line.startswith("    | ") for line in [first, *rest])
    assert TIME.sub("", first) == (
        f"working plan plan, merging into main, with 1 agent: sh -c '{WRITE}'"
    )
    assert (Path(logs.partition("logs: ")[2]) / "a" / "1" / "output.log").exists()
    assert "/worktrees/" in trees
    code, said = run(repo, "--resume", "--json")
    assert code == 0, said
    started = json.loads(said.splitlines()[0])
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT.*\+00:00", started["at"])
    assert (started["agents"], started["command"][0]) == (1, "sh")


def test_a_delivery_that_a_reviewer_is_to_see_says_so(repo: Repo) -> None:
    repo.run([{"key": "a", "review": True}, {"key": "b"}], WRITE)
    told = {event.task: lines(event)[0] for event in repo.told("finished")}
    assert told["a"] == "a: delivered; waits for a reviewer (headwater claim a)"
    assert told["b"] == "b: delivered"


def test_a_failure_says_what_follows_and_a_beginning_which_attempt_it_is(repo: Repo) -> None:
    repo.run([{"key": "a", "attempts": 2}], "exit 3")
    heads = [
        lines(event)[0] for event in repo.events if event.kind in ("claimed", "failed", "exhausted")
    ]
    assert [re.sub("plan-.", "X", head) for head in heads] == [
        "a: X begins",
        "a: the attempt failed with exit code 3; attempt 2 of 2 at once",
        "a: X begins, attempt 2 of 2",
        "a: the attempt failed with exit code 3",
        "a: no attempt is left (headwater rework a ...)",
    ]
    repo.events.clear()
    with repo.board() as board:
        board.rework("a", "once more")
    repo.run([], WRITE)
    assert lines(repo.told("claimed")[0])[0].endswith("begins, round 2")
    late = Event("failed", "a", attempt=1, attempts=3, again_s=30)
    assert lines(late)[0] == "a: the attempt failed; attempt 2 of 3 in 30 s"


def test_what_somebody_does_beside_a_run_is_told(repo: Repo) -> None:
    with repo.board() as board:
        board.add([{"key": "a", "review": True}, {"key": "b"}])
        beside = Beside(board, repo.events.append)
        rev = board.join("rev").session
        mine = board.join("plan-1").session
        lease = board.claim(session=mine, task="a").lease or ""
        board.finish(lease=lease, summary="done")
        judged = board.claim(session=rev, task="a").lease or ""
        board.finish(lease=judged, outcome="reject", notes="it has no test")
        board.edit("b", set={"spec": "other"})
        beside.look()
        board.add([{"key": "c"}, {"key": "d"}])
        board.rework("a", "and a doc")
        board.cancel(["d"], reason="not wanted")
        beside.look()
        beside.look()
    assert said_of(repo) == [
        "a: rev/1 reviews it",
        "a: sent back by rev/1",
        "    | it has no test",
        "b: edited by local (spec)",
        "c, d: added by local",
        "a: feedback by local",
        "    | and a doc",
        "d: cancelled by local",
        "    | not wanted",
    ]


def test_what_a_run_does_itself_is_not_told_as_another_s(repo: Repo) -> None:
    with repo.board() as board:
        beside = Beside(board, repo.events.append)
        board.add([{"key": "b"}])
        beside.look()
        repo.events.clear()
        own = Board(board.store, board.name, replace(board.caller, name=ACTOR))
        own.add([{"key": key_for("a", 1)}])
        own.edit("b", add_needs=[key_for("a", 1)], reason=OWN_EDIT)
        mine = own.join("plan-1").session
        own.finish(lease=own.claim(session=mine).lease or "", summary="resolved")
        own.rework(key_for("a", 1), "once more")
        beside.look()
        assert said_of(repo) == []
        board.done(key_for("a", 1), "by hand")
        beside.look()
    assert said_of(repo) == ["a.conflict: done by local", "    | by hand"]


def test_a_run_tells_it_at_its_next_look(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=":")
    until = "headwater graph b --json > /dev/null 2>&1 || headwater add b > /dev/null; sleep 1.5"
    assert repo.run([{"key": "a"}], f"{until}; {WRITE}").ok
    assert [event.tasks for event in repo.told("beside")] == [("b",)]


def test_a_task_that_is_taken_over_is_named_with_the_worker_that_began_it(repo: Repo) -> None:
    prepare(repo)
    plan = str(repo.write_plan([{"key": "first"}, {"key": "t0"}]))
    script = f"test $HEADWATER_TASK = first && exit; test -e begun.txt && {{ {WRITE}; exit; }}; "
    runner = start(repo, plan, "--agents", "2", "--", "sh", "-c", f"{script}{HANG}")
    soon(Path(f"{repo.store}.t0.pid"))
    with repo.board() as board:
        holder = (board.graph(task="t0").holder or "").partition("/")[0]
    runner.send_signal(signal.SIGKILL)
    runner.communicate(timeout=PATIENCE_S)
    code, said = run(repo, "--resume")
    assert code == 0, said
    assert f"t0: {holder} goes on with what a runner left that died\n" in said


@pytest.mark.parametrize("how", ["", "by itself: what it rests on has changed"])
def test_why_a_delivery_came_back_is_said_where_the_board_knows(how: str) -> None:
    (line,) = lines(Event("beside", "a", did="rejected", by="rev/1", text=how))
    assert line == "a: sent back by rev/1" + (f" ({how})" if how else "")
