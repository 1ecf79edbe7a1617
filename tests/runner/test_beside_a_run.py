"""What others do while a run works: reviews it waits for, edits that its agents cannot hear of."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from repository import WRITE, Repo

from patience import PATIENCE_S

UNTIL_EDITED = """
if test -e "$HEADWATER_DB.begun"; then cat > "$HEADWATER_DB.prompt"; echo new > a.txt
else touch "$HEADWATER_DB.begun"; while ! test -e "$HEADWATER_DB.edited"; do sleep 0.01; done
   echo old > a.txt; echo Made by the old text
fi
"""


@pytest.fixture
def beside() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def _wait_for(path: Path) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while not path.exists():
        assert time.monotonic() < until_s
        time.sleep(0.01)


def _when_begun(repo: Repo, act: Callable[[], None]) -> None:
    """Act while the agent of UNTIL_EDITED works, and let it go on."""
    try:
        _wait_for(Path(f"{repo.store}.begun"))
        act()
    finally:
        Path(f"{repo.store}.edited").touch()


def test_a_task_that_is_edited_while_its_agent_works_is_gone_on_with_by_the_new_text(
    repo: Repo, beside: ThreadPoolExecutor
) -> None:
    def edit() -> None:
        with repo.board() as board:
            said = board.edit("a", append={"spec": "Say it anew."})
        assert said.next.startswith("its agent, which a run has started, ")

    editing = beside.submit(_when_begun, repo, edit)
    assert repo.run([{"key": "a", "spec": "Say it."}], UNTIL_EDITED, agents=1).ok
    editing.result()
    assert [event.text for event in repo.told("edited")] == ["its spec"]
    assert repo.git("show", "main:a.txt") == "new"
    told = Path(f"{repo.store}.prompt").read_text()
    assert told.index("somebody changed its spec.") < told.index("Say it anew.")
    assert "> Made by the old text\n" in told
    with repo.board() as board:
        assert len(board.graph(task="a").tried or []) == 1, "it was one attempt"


def test_an_edit_that_a_renewal_heard_of_is_worked_once(
    repo: Repo, beside: ThreadPoolExecutor
) -> None:
    def edit() -> None:
        with repo.board() as board:
            board.edit("a", append={"spec": "Say it anew."})
        time.sleep(5)

    with repo.board() as board:
        board.policy(lease_minutes=0.17)
    editing = beside.submit(_when_begun, repo, edit)
    at_most = 'echo x >> "$HEADWATER_DB.times"; test $(wc -l < "$HEADWATER_DB.times") -lt 4'
    assert repo.run([{"key": "a"}], f"{at_most} || exit 1\n{UNTIL_EDITED}", agents=1).ok
    editing.result()
    assert len(repo.told("edited")) == 1


def test_a_rule_that_is_new_while_an_agent_works_is_worked_by(
    repo: Repo, beside: ThreadPoolExecutor
) -> None:
    def rule() -> None:
        with repo.board() as board:
            board.tell("rules", "No network in tests.")

    telling = beside.submit(_when_begun, repo, rule)
    assert repo.run([{"key": "a"}], UNTIL_EDITED, agents=1).ok
    telling.result()
    assert [event.text for event in repo.told("edited")] == ["the rules of the board"]
    told = Path(f"{repo.store}.prompt").read_text()
    assert "## Rules that hold for all tasks\n\nNo network in tests.\n" in told


def test_an_edit_of_what_no_agent_works_by_changes_nothing(
    repo: Repo, beside: ThreadPoolExecutor
) -> None:
    def edit() -> None:
        with repo.board() as board:
            board.edit("a", set={"priority": 7})

    editing = beside.submit(_when_begun, repo, edit)
    assert repo.run([{"key": "a"}], UNTIL_EDITED, agents=1).ok
    editing.result()
    assert repo.git("show", "main:a.txt") == "old"
    assert not repo.told("edited")


def test_what_an_agent_had_reported_when_it_was_ended_is_told_to_the_next(repo: Repo) -> None:
    report = json.dumps({"summary": "All of it is made"})
    stopped = f"""
    echo made > a.txt; echo '{report}' > $HEADWATER_RESULT; kill -TERM {os.getpid()}; sleep 60"""
    assert repo.run([{"key": "a"}], stopped, agents=1).interrupted
    assert repo.run([], "cat > $HEADWATER_DB.prompt", agents=1).ok
    told = Path(f"{repo.store}.prompt").read_text()
    assert "Somebody did this already and was ended from outside." in told
    assert '>  "summary": "All of it is made"\n' in told
    with repo.board() as board:
        board.rework("a", "once more")
    assert repo.run([], "cat > $HEADWATER_DB.prompt", agents=1).ok
    assert "ended from outside" not in Path(f"{repo.store}.prompt").read_text()


def test_a_run_goes_on_for_a_reviewer_who_is_there(repo: Repo, beside: ThreadPoolExecutor) -> None:
    def judge() -> None:
        with repo.board() as board:
            rita = board.join("rita").session
            Path(f"{repo.store}.there").touch()
            for outcome in ("reject", "approve", "approve"):
                lease = board.claim(rita, kind="review", wait=45).lease or ""
                time.sleep(1.5)  # the agents have nothing to do meanwhile
                board.finish(lease, outcome=outcome, notes="as I see it")

    judging = beside.submit(judge)
    _wait_for(Path(f"{repo.store}.there"))
    tasks = [{"key": "a", "review": True}, {"key": "b", "review": True, "needs": ["a"]}]
    assert repo.run(tasks, WRITE).ok, repo.events
    judging.result()
    assert repo.merges() == ["a", "b"]
    assert [event.text for event in repo.told("in_review")] == [
        "a; here beside the run: rita/1",
        "b; here beside the run: rita/1",
    ]


def test_a_run_waits_for_no_reviewer_where_none_is(repo: Repo) -> None:
    assert repo.run([{"key": "a", "review": True}], WRITE).counts == {"review": 1}
    assert not repo.told("in_review")
