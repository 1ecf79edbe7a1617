"""One attempt: what the agent is given, and what becomes of what it says."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from repository import WRITE, Repo, is_alive

from headwater.cli.render.run import lines

FINISH = f"""
{WRITE}
headwater finish --summary 'done by itself' --critical port=8080 > /dev/null
sleep 1  # it works on for a moment: nobody may merge yet
echo late > late.txt
"""


def shown(repo: Repo, task: str) -> dict[str, object]:
    with repo.board() as board:
        return board.graph(task=task).as_dict()


def test_an_agent_gets_its_briefing_and_its_place(repo: Repo) -> None:
    tasks = [
        {"key": "a", "summary": "upstream words", "state": "done"},
        {"key": "b", "needs": ["a"], "spec": "Write it.", "capabilities": ["python"]},
    ]
    script = 'cat > seen.md; env | grep HEADWATER_ > env.txt; cp "$HEADWATER_BRIEFING" facts.json'
    assert repo.run(tasks, script).ok
    text = repo.git("show", "main:seen.md")
    assert "Write it." in text
    assert "> summary: upstream words" in text
    facts = json.loads(repo.git("show", "main:facts.json"))
    told = dict(line.split("=", 1) for line in repo.git("show", "main:env.txt").splitlines())
    assert facts["task"] == told["HEADWATER_TASK"] == "b"
    assert facts["lease"] == told["HEADWATER_LEASE"]
    assert told["HEADWATER_DB"] == str(repo.store)
    assert told["HEADWATER_BOARD"] == "default"
    assert told["HEADWATER_BRANCH"] == "headwater/plan/b"
    assert told["HEADWATER_CAPABILITIES"] == "python"


def test_who_does_a_task_again_reads_what_was_delivered_before(repo: Repo) -> None:
    script = "cat > seen.md; echo 'Status: DONE'; echo 'Summary: by the old way'"
    assert repo.run([{"key": "a"}], script).ok
    assert "Delivered before" not in repo.git("show", "main:seen.md")
    with repo.board() as board:
        board.rework("a", "use the new way")
    assert repo.run([{"key": "a"}], script).ok
    text = repo.git("show", "main:seen.md")
    assert "> use the new way" in text
    assert "Delivered before, and sent back:\n> summary: by the old way" in text


def test_a_status_block_is_the_delivery(repo: Repo) -> None:
    script = "echo noise; echo; echo 'Status: DONE_WITH_CONCERNS'; echo 'Summary: two paths'"
    assert repo.run([{"key": "a"}], f"{script}; echo 'Concerns: no tests'").ok
    assert shown(repo, "a")["delivery"]["summary"] == "two paths\n\nConcerns: no tests"  # type: ignore[index]
    (told,) = repo.told("finished")
    assert lines(told) == ["a: delivered", "    | Concerns: no tests"]


def test_blocked_holds_the_task_with_its_question(repo: Repo) -> None:
    ended = repo.run(
        [{"key": "a"}, {"key": "b"}],
        'test $HEADWATER_TASK = b || { echo "Status: BLOCKED"; echo "Question: which port?"; }',
    )
    assert not ended.ok
    assert (ended.counts["held"], ended.counts["done"]) == (1, 1)
    assert shown(repo, "a")["question"] == "which port?"
    (told,) = repo.told("blocked")
    assert lines(told)[1:] == ["    | which port?"]


def test_a_status_block_in_colours_is_understood(repo: Repo) -> None:
    bold = r"printf '\033[1mStatus: BLOCKED\033[0m\n\033[1;31mQuestion:\033[m A or B?\n'"
    assert repo.run([{"key": "a"}], bold).counts == {"held": 1}


def test_a_result_file_is_the_delivery(repo: Repo) -> None:
    said = '{"summary": "ready", "critical": {"port": 1}}'
    assert repo.run([{"key": "a"}], f"echo '{said}' > $HEADWATER_RESULT").ok
    assert shown(repo, "a")["delivery"]["critical"] == {"port": 1}  # type: ignore[index]


def test_of_files_whose_commit_a_result_names_their_content_is_known(repo: Repo) -> None:
    script = """
        echo x > code.txt; git add code.txt; git commit -qm code
        printf '{"artifacts": [{"name": "code", "path": "code.txt", "commit": "%s"}]}' \\
          "$(git rev-parse HEAD)" > $HEADWATER_RESULT
    """
    assert repo.run([{"key": "a"}], script).ok
    (made,) = shown(repo, "a")["delivery"]["artifacts"]  # type: ignore[index]
    assert made["git_object"] == repo.git("rev-parse", "main:code.txt")


def test_an_agent_does_not_inherit_the_session_of_who_started_the_run(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADWATER_SESSION", "somebody/1.secret")
    assert repo.run([{"key": "a", "attempts": 1}], 'test -z "$HEADWATER_SESSION"').ok


@pytest.mark.parametrize("said", ["not json", '{"lease": "x"}', '{"sumary": "typo"}'])
def test_a_broken_result_file_fails_the_attempt_and_says_why(repo: Repo, said: str) -> None:
    ended = repo.run([{"key": "a", "attempts": 1}], f"echo '{said}' > $HEADWATER_RESULT")
    assert ended.counts == {"failed": 1}
    tried = shown(repo, "a")["tried"]
    assert "the result file" in str(tried) or "sumary" in str(tried)


def test_an_agent_may_finish_its_task_itself(repo: Repo) -> None:
    ended = repo.run([{"key": "a"}], FINISH)
    assert ended.ok
    assert {"a.txt", "late.txt"} <= repo.files(), (
        "what it left uncommitted after its finish is merged, too"
    )
    assert shown(repo, "a")["delivery"]["critical"] == {"port": 8080}  # type: ignore[index]


def test_work_that_its_agent_finished_before_a_stop_is_not_said_to_be_given_back(
    repo: Repo,
) -> None:
    script = f"headwater finish --summary done > /dev/null; kill -INT {os.getpid()}; sleep 300"
    assert repo.run([{"key": "a"}], script).interrupted
    assert not repo.told("released")
    assert [event.text for event in repo.told("lost")] == ["it is review already"]


def test_a_failed_attempt_is_tried_again_on_top_of_what_it_left(repo: Repo) -> None:
    script = "echo x >> tries.txt; test $(wc -l < tries.txt) -ge 2 || { echo bad; exit 3; }"
    assert repo.run([{"key": "a"}], script, agents=1).ok
    assert repo.git("show", "main:tries.txt").split() == ["x", "x"]
    (failed,) = repo.told("failed")
    assert (failed.code, failed.text) == (3, "bad\n")
    assert Path(failed.log).read_text() == "bad\n"


def test_a_task_that_always_fails_ends_the_run_with_its_work_kept(repo: Repo) -> None:
    ended = repo.run(
        [{"key": "a", "attempts": 2}, {"key": "b"}], f"{WRITE}; test $HEADWATER_TASK = b"
    )
    assert not ended.ok
    assert ended.counts == {"done": 1, "failed": 1}
    assert [event.task for event in repo.told("exhausted")] == ["a"]
    assert repo.files() == {"README", "b.txt"}
    assert "a.txt" in repo.files("headwater/plan/a")


def test_the_task_of_an_agent_that_was_killed_is_tried_again(repo: Repo) -> None:
    script = f"test -e once && {WRITE} || {{ touch once; kill -9 $$; }}"
    assert repo.run([{"key": "a"}], script, agents=1).ok
    assert [event.code for event in repo.told("failed")] == [128 + 9]
    assert "a.txt" in repo.files()


def test_a_command_that_is_not_there_fails_with_its_name(repo: Repo) -> None:
    ended = repo.run([{"key": "a", "attempts": 1}], "exec no-such-program")
    assert ended.counts == {"failed": 1}
    assert "no-such-program" in repo.told("failed")[0].text


def test_a_promise_that_is_not_answered_fails_the_attempt(repo: Repo) -> None:
    tasks = [
        {"key": "a", "attempts": 1},
        {"key": "b", "contracts": [{"task": "a", "promise": "the port"}]},
    ]
    ended = repo.run(tasks, WRITE)
    assert ended.counts == {"failed": 1, "waiting": 1}
    assert "promise" in str(shown(repo, "a")["tried"])


def test_what_a_command_leaves_running_is_ended_with_it(repo: Repo) -> None:
    script = "sleep 300 & echo $! > $HEADWATER_RESULT.pid; cp $HEADWATER_RESULT.pid pid.txt"
    assert repo.run([{"key": "a"}], script).ok
    assert not is_alive(int(repo.git("show", "main:pid.txt")))


def test_a_cancelled_task_ends_its_agent(repo: Repo) -> None:
    script = """
        case $HEADWATER_TASK in
        long) echo $$ > "$HEADWATER_DB.pid"; sleep 300;;
        short) while ! test -s "$HEADWATER_DB.pid"; do sleep 0.02; done
               headwater cancel long > /dev/null;;
        esac"""
    ended = repo.run([{"key": "long"}, {"key": "short"}], script)
    assert ended.ok
    assert ended.counts == {"cancelled": 1, "done": 1}
    assert not is_alive(int(Path(f"{repo.store}.pid").read_text()))
    assert [event.task for event in repo.told("lost")] == ["long"]


def test_a_rework_round_commits_on_top(repo: Repo) -> None:
    repo.run([{"key": "a"}], WRITE)
    first = repo.git("rev-parse", "main")
    with repo.board() as board:
        board.rework("a", "say more")
    assert repo.run([], 'grep -q "say more" && echo more >> a.txt').ok
    assert repo.git("show", "main:a.txt").split() == ["a", "more"]
    repo.git("merge-base", "--is-ancestor", first, "main")
    assert repo.merges() == ["a", "a"]


def test_what_a_person_did_instead_leaves_its_branch_which_is_named(repo: Repo) -> None:
    repo.run([{"key": "a", "review": True}], WRITE)
    with repo.board() as board:
        board.done("a", "did it another way")
    ended = repo.run([], WRITE)
    assert ended.ok
    (kept,) = repo.told("kept")
    assert (kept.task, kept.branch) == ("a", "headwater/plan/a")
    assert repo.files() == {"README"}


def test_work_waits_for_its_review_before_it_is_merged(repo: Repo) -> None:
    ended = repo.run([{"key": "a", "review": True}, {"key": "b", "needs": ["a"]}], WRITE)
    assert not ended.ok
    assert repo.files() == {"README"}
    with repo.board() as board:
        review = board.claim(board.join("person").session, "a")
        assert review.lease
        assert review.delivery
        assert "of branch headwater/plan/a, 1 file" in (review.delivery.notes or "")
        board.finish(review.lease, "approve")
    assert repo.run([], WRITE).ok
    assert repo.merges() == ["a", "b"]


def test_the_parts_of_a_task_go_on_with_what_its_holder_had_begun(repo: Repo) -> None:
    begin = "echo half > half.txt; headwater split big one two; sleep 300"
    script = f"if test $HEADWATER_TASK = big; then {begin}; fi; test -e half.txt && {WRITE}"
    assert repo.run([{"key": "big", "attempts": 1}], script).ok, repo.events
    assert repo.files() == {"README", "half.txt", "one.txt", "two.txt"}
    assert repo.branches() == ["main"]


@pytest.fixture(autouse=True)
def commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """The installed `headwater` is what agents call."""
    import sys

    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")


def test_an_agent_is_told_of_what_an_earlier_attempt_left_and_who_builds_on_it(repo: Repo) -> None:
    script = "cat > prompt-$HEADWATER_TASK; test -e half && exit 0; touch half; exit 1"
    ended = repo.run([{"key": "a"}, {"key": "b", "needs": ["a"]}], script)
    assert ended.ok
    again = repo.git("show", "main:prompt-a")
    assert "## Begun already" in again
    assert "## Who builds on this\n\n- b\n" in again
    fresh = repo.git("show", "main:prompt-b")
    assert "## Begun already" not in fresh
    assert "and the work of `a`." in fresh


def test_an_agent_is_asked_for_the_evidence_that_the_board_demands(repo: Repo) -> None:
    with repo.board() as board:
        board.policy(evidence="required")
    script = """
grep -q '"1": "what shows it"' || exit 1
echo '{"evidence": {"1": "ran it"}}' > $HEADWATER_RESULT
"""
    assert repo.run([{"key": "a", "acceptance": ["it works"], "attempts": 1}], script).ok


def test_a_task_that_its_agent_hands_on_is_not_delivered_and_lies_on_its_branch(
    repo: Repo,
) -> None:
    script = """
cat > seen.md
test $(git rev-list --count main..) -gt 0 && exit
headwater finish --outcome handoff --notes 'needs a GPU'
"""
    assert repo.run([{"key": "a"}], script).ok
    (told,) = repo.told("handed_on")
    assert lines(told) == ["a: handed on by its agent (headwater status says to whom)"]
    assert len(repo.told("finished")) == 1
    text = repo.git("show", "main:seen.md")
    assert "A note was left:\n> needs a GPU\n\n## " in text
    with repo.board() as board:
        tried = str(board.graph(view="task", task="a").as_dict()["tried"])
    assert "Left at: the task's branch of the run plan (headwater worktrees)" in tried


def test_the_next_attempt_is_not_sent_to_where_the_run_was_started(repo: Repo) -> None:
    script = "cat > $HEADWATER_TASK.seen; test $(git rev-list --count main..) -gt 0 || exit 1"
    assert repo.run([{"key": "a"}], script).ok
    text = repo.git("show", "main:a.seen")
    assert "An attempt ended as `failed`:\n> exit code 1" in text
    assert str(repo.root) not in text.split("## How to report")[0]
