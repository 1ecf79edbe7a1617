"""Every verb as a command, for people and with --json."""

from __future__ import annotations

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from time import sleep

from cli_runs import Cli

from headwater import Board, limits
from headwater.graph.policy import SAYS, Policy


def test_a_task_goes_from_add_to_done_by_hand(cli: Cli) -> None:
    assert "added design  ready" in cli("add", "design", "--title", "Design it").out
    added = cli(
        "add", "build", "--needs", "design", "--expect", "design=the paths",
        "--promise", "design=every path",
    )  # fmt: skip
    assert "build needs design" in added.out
    briefing = cli("claim").out
    assert briefing.startswith("design  Design it\n")
    assert "you owe build:\n  | every path" in briefing
    refused = cli("finish", "--summary", "two paths", code=1)
    assert refused.out == ""
    assert refused.err.startswith("error: design has not answered its promise to: build")
    assert "\nnext: " in refused.err
    finished = cli(
        "finish", "--summary", "two paths", "--delivered", "build=GET /x", "--critical", "port=80"
    )
    assert "unblocked: build" in finished.out
    second = cli("claim", "--json").json
    assert second["task"] == "build"
    assert second["upstream"][0]["delivered"] == "GET /x"
    assert second["upstream"][0]["critical"] == {"port": 80}
    assert cli("finish", "--lease", second["lease"], "--json").json["state"] == "done"
    assert cli("claim", "--json", code=3).json["none"]["reason"] == "all_done"


def test_what_a_new_task_supersedes_is_said_as_a_sentence_of_its_own(cli: Cli) -> None:
    cli("add", "old")
    cli("add", "base")
    out = cli("add", "new", "--supersedes", "old", "--needs", "base").out
    assert out.splitlines()[1:3] == ["  new needs base", "  new supersedes old"]


def test_critical_values_are_pairs_or_an_object_as_the_tool_takes_it(cli: Cli) -> None:
    cli("add", "a")
    cli("add", "b", "--needs", "a")
    cli("claim", "a")
    cli("finish", "--critical", '{"url": "/x?a=b", "deep": {"n": 1}}', "--critical", "port=80")
    (upstream,) = cli("claim", "--json").json["upstream"]
    assert upstream["critical"] == {"url": "/x?a=b", "deep": {"n": 1}, "port": 80}


def test_the_keys_that_a_consumer_relies_on_are_shown_to_the_producer(cli: Cli) -> None:
    contract = {"task": "a", "keys": ["url", "port"]}
    cli(
        "add",
        "--file",
        "-",
        stdin=json.dumps([{"key": "a"}, {"key": "b", "contracts": [contract]}]),
    )
    assert "you owe b:\n  which relies on the keys: url, port\n" in cli("claim").out


def test_the_lease_of_claim_works_for_finish_from_another_shell(cli: Cli) -> None:
    cli("add", "a")
    lease = cli("claim", "--json").json["lease"]
    done = cli("finish", "--summary", "ok", "--json", HEADWATER_LEASE=lease, HEADWATER_AGENT="x")
    assert done.json["state"] == "done"


def test_a_claim_that_is_repeated_when_it_is_over_does_not_look_like_one(cli: Cli) -> None:
    cli("add", "a")
    cli("claim", "--request", "first")
    cli("finish", "--summary", "x")
    over = "this claim is over: headwater claim again"
    assert cli("claim", "--request", "first").out == f"next: {over}\n"


def test_two_agents_on_the_command_line_hold_two_tasks(cli: Cli) -> None:
    cli("add", "a")
    cli("add", "b")
    first = cli("claim", "--json", HEADWATER_AGENT="ann").json
    second = cli("claim", "--json", HEADWATER_AGENT="ben").json
    again = cli("claim", "--json", "--agent", "ann").json
    assert {first["task"], second["task"]} == {"a", "b"}
    assert again["task"] == first["task"]
    assert again["already_holding"] is True


def test_a_session_of_join_is_used_when_it_is_named(cli: Cli) -> None:
    cli("add", "a")
    session = cli("join", "--window", "w1", "--json").json["session"]
    assert cli("claim", "--session", session, "--json").json["task"] == "a"
    held = cli("check", "--json", HEADWATER_SESSION=session).json["leases"]
    assert [lease["task"] for lease in held] == ["a"]
    resumed = cli("join", "--session", session, "--window", "w1")
    assert resumed.out.startswith("resumed as tester")
    assert "holds a  lease a#1." in resumed.out


def test_what_an_agent_said_when_it_joined_counts_for_its_next_commands(cli: Cli) -> None:
    cli("add", "a", "--capabilities", "python,docs")
    cli("claim", code=3, HEADWATER_AGENT="bob")
    joined = cli("join", "--capabilities", "python,docs")
    assert joined.out.endswith("next: headwater claim\n")
    assert cli("claim", "--json").json["task"] == "a"
    (mine,) = [
        one for one in cli("graph", "--view", "agents", "--json").json["agents"]
        if one["agent"] == "tester"
    ]  # fmt: skip
    assert mine["capabilities"] == ["docs", "python"]


def test_a_second_join_goes_on_with_the_session_and_shows_what_it_holds(cli: Cli) -> None:
    cli("add", "a")
    session = cli("join", "--json").json["session"]
    cli("claim")
    again = cli("join", "--capabilities", "python")
    assert again.out.startswith(f"resumed as tester/1\nsession: {session}\nholds a  lease a#1.")
    assert again.out.endswith("next: headwater claim gives its briefing again\n")
    cli("check", "--leave")
    assert cli("join").out.startswith("joined as tester/2\n")


def test_a_session_that_is_resumed_is_the_agents_own_from_then_on(cli: Cli) -> None:
    cli("add", "a")
    first = cli("join", "--json").json["session"]
    cli("claim")
    cli("check", "--json", HEADWATER_AGENT="tester2")
    cli("join", "--session", first, HEADWATER_AGENT="tester2")
    (held,) = cli("check", "--json", HEADWATER_AGENT="tester2").json["leases"]
    assert held["task"] == "a"
    cli("join", "--session", "s-none", code=1)


def test_a_session_of_a_window_or_a_parent_stands_beside_the_agents_own(cli: Cli) -> None:
    own = cli("join", "--json").json["session"]
    window = cli("join", "--window", "w2")
    assert "need --session, or HEADWATER_SESSION" in window.out
    child = cli("join", "--parent", own, "--json").json["session"]
    assert len({own, child, window.out.splitlines()[1]}) == 3
    assert cli("join", "--json").json["session"] == own


def test_what_a_named_agent_plans_is_by_its_session_if_it_has_one(cli: Cli) -> None:
    cli("add", "a")
    cli("join")
    cli("add", "b")
    cli("edit", "a", "--title", "First")
    cli("split", "a", "c", "d")
    cli("done", "b")
    cli("rework", "b", "and this")
    cli("cancel", "b")
    cli("check", "--leave")
    cli("add", "e")
    events = cli("history", "--json").json["events"]
    by = [one["actor"] for one in events if one["kind"] not in ("joined", "left")]
    mine, a_persons = "tester/1", "local"
    assert by == [a_persons, mine, mine, mine, a_persons, mine, mine, a_persons]


def test_a_wait_may_be_longer_than_that_of_a_tool_call(cli: Cli) -> None:
    cli("add", "a")
    assert cli("claim", "--wait", "600", "--json").json["task"] == "a"
    cli("tell", "agent:tester", "mind the edge", HEADWATER_AGENT="boss")
    assert "mind the edge" in cli("check", "--wait", "600").out
    (lease,) = cli("check", "--json").json["leases"]
    cli("tell", "agent:tester", "and the corner", HEADWATER_AGENT="boss")
    assert "and the corner" in cli("check", "--wait", "600", "--lease", lease["lease"]).out


def test_an_inherited_session_that_is_over_is_to_be_unset_before_anything_else(cli: Cli) -> None:
    cli("add", "a")
    session = cli("join", "--json").json["session"]
    cli("check", "--leave", HEADWATER_SESSION=session)
    for verb in ("join", "claim"):
        refused = cli(verb, code=1, HEADWATER_SESSION=session)
        assert "next: unset HEADWATER_SESSION" in refused.err
    assert "unset" not in cli("claim", "--session", session, code=1).err


def test_each_agent_of_a_place_keeps_a_session_of_its_own(cli: Cli, tmp_path: Path) -> None:
    cli("add", "a")
    cli("add", "b")
    held = {
        agent: cli("claim", "--json", HEADWATER_AGENT=agent).json["task"]
        for agent in ("ann", "bob")
    }
    assert set(held.values()) == {"a", "b"}
    for agent in ("ann", "bob", "ann"):
        (lease,) = cli("check", "--json", HEADWATER_AGENT=agent).json["leases"]
        assert lease["task"] == held[agent]
    cli("finish", "--summary", "done", HEADWATER_AGENT="ann")
    cli("check", "--leave", HEADWATER_AGENT="ann")
    (kept,) = cli("check", "--json", HEADWATER_AGENT="bob").json["leases"]
    assert kept["task"] == held["bob"]
    folder = tmp_path / "board.db.sessions"
    assert [file.stat().st_mode & 0o777 for file in folder.iterdir()] == [0o600, 0o600]
    assert folder.stat().st_mode & 0o777 == 0o700


def test_an_agent_has_another_session_at_each_board_of_a_store(cli: Cli) -> None:
    for board in ("one", "two"):
        cli("add", "a", "--board", board)
        assert cli("claim", "--json", "--board", board).json["task"] == "a"
    for board in ("one", "two"):
        assert len(cli("check", "--json", "--board", board).json["leases"]) == 1
        assert len(cli("graph", "--view", "agents", "--json", "--board", board).json["agents"]) == 1


def test_a_session_file_that_is_damaged_or_a_folder_is_no_trouble(cli: Cli, tmp_path: Path) -> None:
    cli("add", "a")
    cli("claim")
    (file,) = (tmp_path / "board.db.sessions").iterdir()
    for content in ("", "x\ny", "x" * 500, "no-such-session"):
        file.write_text(content)
        assert cli("check", "--json").json["leases"] == []
    file.unlink()
    file.mkdir()
    assert cli("check", "--json").json["leases"] == []
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_who_lost_its_session_hears_what_that_holds_and_goes_on_with_it(
    cli: Cli, tmp_path: Path
) -> None:
    """As on another machine after a move, or in a container whose home is new each time."""
    cli("add", "a")
    lease = cli("claim", "--json").json["lease"]
    cli("backup", str(tmp_path / "backup.db"))
    moved = ("--db", str(tmp_path / "moved.db"))
    cli("restore", str(tmp_path / "backup.db"), *moved)
    ran = cli("claim", *moved, code=3)
    hint = re.search(r"next: if you are tester/1, too, (headwater .*) goes on with a\n", ran.err)
    assert hint, ran.err
    assert "goes on with" not in cli("claim", *moved, code=3).err, "it is said once"
    cli("check", "--leave", *moved)
    assert f"{hint[1]} goes on with a; else headwater" in cli("join", *moved).out
    went_on = cli(*hint[1].split()[1:])
    assert f"holds a  lease {lease}" in went_on.out
    assert "a  done" in cli("finish", *moved).out


def test_a_session_that_has_ended_is_replaced_silently(cli: Cli) -> None:
    cli("add", "a")
    cli("claim")
    assert "the session has ended" in cli("check", "--leave").out
    assert cli("claim", "--json").json["task"] == "a"


def test_a_reader_and_a_reviewer_see_for_which_task_a_reused_delivery_was_made(cli: Cli) -> None:
    cli("add", "old", "--spec", "Parse it.")
    cli("claim")
    cli("finish", "--summary", "parsed")
    cli("add", "new", "--spec", "Parse it.", "--reuse", "exact")
    cli("add", "judged", "--spec", "Parse it.", "--reuse", "exact", "--review")
    cli("add", "after", "--needs", "new")
    assert "to review by tester/1, reused from new, at " in cli("claim", HEADWATER_AGENT="rob").out
    assert "from new  by tester/1  reused from old:" in cli("claim", HEADWATER_AGENT="ann").out


def test_a_delivery_that_no_agent_may_review_is_judged_as_the_status_says(cli: Cli) -> None:
    cli("policy", "release_on=merged")
    cli("add", "a", "--review")
    cli("claim", HEADWATER_AGENT="bob")
    cli("finish", "--summary", "on a branch", HEADWATER_AGENT="bob")
    cli("check", "--leave", HEADWATER_AGENT="bob")
    (said,) = [line for line in cli("status").out.splitlines() if "nobody here may review" in line]
    assert "after bob; you may: headwater claim a, then finish --outcome approve" in said
    assert "to review by bob/1" in cli("claim", "a").out
    assert "it is done when its branch is merged" in cli("finish", "--outcome", "approve").out


def test_check_keeps_a_note_and_shows_notices(cli: Cli) -> None:
    cli("add", "a")
    cli("claim")
    cli("check", "--note", "half done", "--progress", "0")
    assert cli("graph", "a", "--json").json["note"] == "half done"
    cli("tell", "agent:tester", "mind the edge", "--task", "a", HEADWATER_AGENT="boss")
    notices = cli("check").out
    assert "about a, from boss/" in notices
    assert "  | mind the edge" in notices


def test_a_claim_shows_the_notices_that_wait_behind_a_bar(cli: Cli) -> None:
    cli("add", "a")
    cli("check")
    cli("tell", "agent:tester", "mind the edge", HEADWATER_AGENT="boss")
    said = cli("claim").out
    assert "notice 1: message, from boss/" in said
    assert "  | mind the edge\n" in said
    assert "notice" not in cli("check").out


def test_what_an_ended_session_did_not_read_is_shown_by_the_next_command(cli: Cli) -> None:
    cli("add", "a")
    cli("join")
    cli("tell", "agent:tester", "mind the edge", HEADWATER_AGENT="boss")
    assert "  | mind the edge\n" in cli("check").out, "in a session of its own"
    assert "notice" not in cli("check").out


def test_a_batch_comes_from_a_file_or_from_standard_input(cli: Cli, tmp_path: Path) -> None:
    batch = [{"key": "b", "needs": ["a"]}, {"key": "a"}]
    (tmp_path / "tasks.json").write_text(json.dumps(batch))
    assert cli("add", "--file", "tasks.json", "--json").json["edges"] == ["b needs a"]
    more = json.dumps({"tasks": [{"key": "c", "needs": ["b"]}]})
    assert "added c  waiting" in cli("add", "--file", "-", stdin=more).out


def test_a_task_is_split_edited_reworked_and_cancelled(cli: Cli) -> None:
    cli("add", "big")
    cli("add", "after", "--needs", "big")
    parts = json.dumps([{"key": "one"}, {"key": "two", "needs": ["one"]}])
    split = cli("split", "big", "--file", "-", stdin=parts)
    assert "big is split into one, two" in split.out
    edited = cli("edit", "after", "--title", "Later", "--priority", "0", "--estimate", "5")
    assert "after  waiting  version 2" in edited.out
    assert cli("done", "one", "did it").out.startswith("one  done\n  unblocked: two")
    assert "one  ready  round" in cli("rework", "one", "once more").out
    refused = cli("cancel", "one", code=1)
    assert refused.err.startswith("error: ")
    cancelled = cli("cancel", "two", "after", "--json").json
    assert sorted(cancelled["cancelled"]) == ["after", "two"]


def test_an_empty_text_clears_a_field_and_absence_does_not(cli: Cli) -> None:
    cli("add", "a", "--title", "T", "--spec", "S", "--acceptance", "one, two")
    cli("edit", "a", "--spec", "")
    task = cli("graph", "a", "--json").json
    assert "spec" not in task
    assert task["title"] == "T"
    assert task["acceptance"] == ["one, two"]


def test_people_pause_resume_release_answer_and_set_policy(cli: Cli) -> None:
    cli("add", "a")
    cli("pause", "--reason", "lunch")
    assert cli("claim", "--json", code=3).json["none"]["reason"] == "paused"
    assert "PAUSED" in cli("status").out
    cli("resume")
    cli("claim")
    assert cli("release", "a").out.startswith("a  ready")
    cli("claim", "a", "--json", HEADWATER_AGENT="other")
    cli("finish", "--outcome", "blocked", "--notes", "Which port?", HEADWATER_AGENT="other")
    status = cli("status").out
    assert "headwater answer a TEXT" in status
    assert "Which port?" in status
    assert cli("answer", "a", "80").out.startswith("a  ready")
    assert cli("policy", "lease_minutes=5", "--json").json["policy"]["lease_minutes"] == 5
    assert "policy: lease_minutes=5" in cli("status").out


def test_a_secret_is_redacted_without_standing_on_the_command_line(
    cli: Cli, tmp_path: Path
) -> None:
    cli("add", "a", "--spec", "use hunter2-secret here")
    assert cli("redact", "--json", stdin="hunter2-secret\n").json["changed"] >= 1
    assert "hunter2" not in cli("graph", "a", "--json").out
    cli("archive", "--before", "2")
    cli("edit", "a", "--spec", "use hunter2-secret again")
    said = cli("redact", stdin="hunter2-secret\n").out
    assert said.startswith("removed from ")
    assert "change it where it is used" in said
    assert "archived history is not changed by this and may hold it: /" in said
    cli("backup", str(tmp_path / "kept.db"))
    assert b"hunter2" not in (tmp_path / "kept.db").read_bytes()
    assert cli("redact", "hunter2-secret", code=2).out == ""


def test_status_says_who_merges_what_is_accepted(cli: Cli) -> None:
    cli("add", "a")
    cli("policy", "release_on=merged")
    cli("claim")
    cli("finish", "--summary", "made")
    said = "accepted, to be merged: by headwater run --resume, or by you, then headwater merged a"
    assert said in cli("status").out


def test_the_lease_of_the_environment_is_the_one_that_is_checked(cli: Cli) -> None:
    cli("add", "a")
    lease = cli("claim", "--json", HEADWATER_AGENT="runner").json["lease"]
    assert "holds a" in cli("check", "--note", "half of it", HEADWATER_LEASE=lease).out
    assert cli("graph", "a", "--json").json["note"] == "half of it"
    assert "holds nothing" in cli("check", "--leave", HEADWATER_LEASE=lease).out
    assert "holds a" in cli("check", HEADWATER_LEASE=lease).out


def test_an_agent_of_a_run_splits_and_edits_its_own_task_as_its_holder(cli: Cli) -> None:
    cli("add", "a", "--priority", "1")
    cli("add", "b")
    lease = cli("claim", "--json").json["lease"]
    assert "b  ready" in cli("edit", "b", "--title", "B", HEADWATER_LEASE=lease).out
    assert "a  waiting" in cli("edit", "a", "--add-needs", "b", HEADWATER_LEASE=lease).out
    other = cli("claim", "--json").json["lease"]
    assert "b is split into c, d" in cli("split", "b", "c", "d", HEADWATER_LEASE=other).out


def test_a_secret_from_a_file_of_windows_is_redacted(cli: Cli) -> None:
    cli("add", "a", "--spec", "log in with hunter2-secret")
    assert cli("redact", "--json", stdin="hunter2-secret\r\n").json["changed"] >= 1


def test_what_was_finished_says_where_it_is_committed(cli: Cli) -> None:
    cli("add", "a")
    cli("add", "b", "--needs", "a")
    cli("claim")
    lost = cli("finish", "--commit", "main@1a2b", code=1)
    assert "--commit belongs to --artifact NAME=PATH" in lost.err
    cli("finish", "--artifact", "code=src/a.py", "--artifact", "ci=https://x.invalid/1",
        "--commit", "main@1a2b")  # fmt: skip
    shown = cli("claim").out
    assert "  at main@1a2b: code src/a.py" in shown
    assert "artifact ci: https://x.invalid/1\n" in shown


def test_an_artifact_that_is_no_text_is_refused_and_not_changed(cli: Cli, tmp_path: Path) -> None:
    cli("add", "a")
    cli("claim")
    (tmp_path / "picture").write_bytes(b"\x89PNG\r\n")
    refused = cli("finish", "--artifact-file", "shot=picture", code=1)
    assert "picture is no text in UTF-8" in refused.err


def test_claim_waits_for_a_task(cli: Cli) -> None:
    cli("add", "a")
    cli("add", "b", "--needs", "a")
    lease = cli("claim", "--json").json["lease"]
    waited = cli("claim", "--wait", "0.2", "--json", code=3, HEADWATER_AGENT="other")
    none = waited.json["none"]
    assert none["reason"] == "wait"
    said = cli("claim", code=3, HEADWATER_AGENT="other").out
    why, held, step = said.splitlines()
    assert why == "nothing to claim: what is left waits for tasks that are under way"
    assert re.fullmatch(
        r"  a is with tester/1, \d+ min of its lease left; b can begin when it is done", held
    )
    assert step == "next: headwater claim --wait 600 waits for the next task"
    after = cli("finish", "--lease", lease, "--claim-next", "--json").json
    assert after["claimed"]["task"] == "b"


def test_the_history_and_what_differs_can_be_waited_for(cli: Cli, tmp_path: Path) -> None:
    cli("add", "a")
    assert "nothing happened" in cli("history", "--since", "1", "--wait", "0.2").out
    assert "nothing is different" in cli("diff", "1", "--wait", "0.2").out
    commands = {"b": "history --since 1", "c": "diff 2", "d": "graph --view diff --since 3"}
    with Board.open(tmp_path / "board.db") as board, ThreadPoolExecutor(1) as pool:

        def add_later(key: str) -> None:
            sleep(0.5)
            board.add([{"key": key}])

        for key, command in commands.items():
            added = pool.submit(add_later, key)
            assert key in cli(*command.split(), "--wait", "600").out.split()
            added.result()
    error = cli("history", "--wait", "600", code=1).err
    assert "headwater graph --view history --since 4 --wait 600 waits" in error


def test_what_is_to_be_merged_is_listed_upstreams_first_with_whole_commits(cli: Cli) -> None:
    branch = f"tester/{'b' * 180}"
    commits = [f"{branch}@{digit * 40}" for digit in "12"]
    cli("add", "z", "--title", "first")
    assert cli("graph", "--view", "deliveries").out.startswith("nothing is delivered\n")
    cli("add", "a", "--needs", "z", "--review")
    for key, commit in zip("za", commits, strict=True):
        cli("claim", key)
        cli("finish", "--summary", "x", "--critical", "port=1", "--artifact", "code=c.py",
            "--artifact", "tests=t.py", "--commit", commit)  # fmt: skip
    shown = cli("graph", "--view", "deliveries").out
    z, a = re.split(r"^(?=a )", shown, flags=re.MULTILINE)
    assert re.match(r"z  done  round 1  tester/1  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n", z)
    assert a.startswith("a  waits for a review  round 1  ")
    assert z.splitlines()[1:] == [
        f"  commit {commits[0]}",
        "  artifacts: code, tests",
        "  critical: port",
    ]
    assert f"  commit {commits[1]}\n" in a
    assert re.search(r"\nnext: headwater graph --view deliveries --since \d+ --wait 600 waits", a)
    (first, _) = cli("graph", "--view", "deliveries", "--json").json["deliveries"]
    assert (first["task"], first["commits"]) == ("z", commits[:1])
    assert cli("graph", "--view", "deliveries", "--limit", "1").out.endswith("more: --cursor z\n")


def test_the_history_names_who_did_what(cli: Cli) -> None:
    cli("add", "a")
    cli("claim")
    lines = cli("history").out.splitlines()
    assert lines[0].split("  ")[:3] == ["1", "added", "local"]
    assert lines[-1].split()[1] == "claimed"
    assert lines[-1].split()[-1] == "a"
    assert len(cli("history", "--limit", "1", "--json").json["events"]) == 1
    assert [e["kind"] for e in cli("history", "--since", "2", "--json").json["events"]] == [
        "claimed"
    ]
    assert {e.get("task") for e in cli("history", "--task", "a", "--json").json["events"]} >= {"a"}


def test_the_graph_is_a_tree_with_every_task_once(cli: Cli, tmp_path: Path) -> None:
    diamond = [
        {"key": "top"},
        {"key": "left", "needs": ["top"]},
        {"key": "right", "needs": ["top"], "title": "The right one"},
        {"key": "far", "needs": ["right"]},
        {"key": "join", "needs": ["left", "far"]},
        {"key": "alone"},
    ]
    (tmp_path / "t.json").write_text(json.dumps(diamond))
    cli("add", "--file", "t.json")
    assert cli("graph").out == (
        "○ top  ready\n"
        "├─ · left\n"
        "└─ · right  The right one\n"
        "   └─ · far\n"
        "      └─ · join  (also needs left)\n"
        "○ alone  ready\n"
    )
    around = cli("graph", "left").out
    assert "right" not in around
    assert "join" in around
    assert cli("graph", "--mermaid").out.startswith("flowchart TD\n")
    assert [t["key"] for t in cli("graph", "--json").json["tasks"]] == sorted(
        task["key"] for task in diamond
    )
    assert "critical" in cli("graph", "--view", "critical", "--json").json
    listed = cli("graph", "--view", "list", "--state", "ready").out
    assert "alone" in listed
    assert "left" not in listed


def test_a_long_chain_goes_on_from_the_left_margin(cli: Cli, tmp_path: Path) -> None:
    chain = [{"key": "t0"}, *({"key": f"t{n}", "needs": [f"t{n - 1}"]} for n in range(1, 20))]
    chain += [{"key": "side", "needs": ["t16"]}, {"key": "alone"}]
    (tmp_path / "t.json").write_text(json.dumps(chain))
    cli("add", "--file", "t.json")
    lines = cli("graph").out.splitlines()
    deepest = " " * 3 * 15
    assert lines[16:] == [
        f"{deepest}└─ ·… t16",
        "○ alone  ready",
        "·… t16",
        "├─ · t17",
        "│  └─ · t18",
        "│     └─ · t19",
        "└─ · side",
    ]


def test_status_is_one_screen(cli: Cli, tmp_path: Path) -> None:
    tasks = [{"key": f"t{n}", "title": f"Task {n}", "priority": n} for n in range(8)]
    (tmp_path / "t.json").write_text(json.dumps(tasks))
    cli("add", "--file", "t.json")
    cli("claim", "t0")
    status = cli("status").out
    assert status.startswith("8 tasks: 7 ready, 1 active\n")
    working, following = status.split("\nNext\n")
    assert "t0  Task 0" not in working
    assert "  t0  tester/" in working
    assert [line.split()[0] for line in following.splitlines()[:5]] == [
        "t7", "t6", "t5", "t4", "t3",
    ]  # fmt: skip
    assert "  and 2 more" in following
    assert status.rstrip().endswith("board.db")
    facts = cli("status", "--json").json
    assert facts["counts"] == {"ready": 7, "active": 1}
    assert facts["active"][0]["task"] == "t0"
    assert len(status.splitlines()) < 40


def test_tables_in_a_pipe_end_without_blanks(cli: Cli) -> None:
    cli("add", "a", "--title", "short")
    cli("claim")
    for command in (["status"], ["history"], ["graph", "--view", "agents"]):
        lines = cli(*command).out.splitlines()
        assert [line for line in lines if line != line.rstrip()] == []
    assert cli("graph", "--view", "agents").out.splitlines()[1].split()[-2] == "a"


def test_a_review_is_asked_for_and_ended_in_its_own_words(cli: Cli) -> None:
    cli("add", "a", "--review")
    cli("add", "b", "--needs", "a")
    cli("claim")
    cli("finish", "--summary", "x")
    assert (
        "  a is to be reviewed, by another than tester: nobody here may\n"
        in cli("claim", code=3).out
    )
    cli("edit", "a", "--capabilities", "rust")
    assert "than tester with the capabilities rust: nobody here" in cli("claim", code=3).out
    cli("edit", "a", "--capabilities", "")
    page = cli("claim", HEADWATER_AGENT="other").out
    assert "finish --outcome approve, or --outcome reject --notes" in page
    assert "a  done" in cli("finish", "--outcome", "approve", HEADWATER_AGENT="other").out
    assert "from a  by tester/1:\n  | x\n" in cli("claim").out


def test_an_upstream_that_said_nothing_is_no_empty_heading(cli: Cli) -> None:
    cli("add", "a")
    cli("add", "b", "--needs", "a")
    cli("claim")
    cli("finish")
    assert "from a  by tester/1:\n  nothing was said\n" in cli("claim").out


def test_a_briefing_shows_what_was_changed_since_the_last_attempt(cli: Cli) -> None:
    cli("add", "a", "--spec", "before")
    cli("claim")
    cli("finish", "--outcome", "release", "--notes", "half done")
    cli("edit", "a", "--spec", "after", "--reason", "as agreed", HEADWATER_AGENT="boss")
    shown = cli("claim").out
    found = re.search(
        r"changed by \S+ since the last attempt began: spec "
        r"\(before: headwater (graph a --view task --at \d+)\)\n  \| as agreed\n",
        shown,
    )
    assert found, shown
    assert "\nspec: before\n" in cli(*found[1].split()).out


def test_a_briefing_shows_the_spec_as_it_was_written(cli: Cli) -> None:
    long = "word " * 600 + "end"
    cli("add", "a", "--spec", f"def f():\n    if x:\n\n        return 1\n{long}")
    shown = cli("claim").out
    assert "  | def f():\n  |     if x:\n  |\n  |         return 1\n" in shown
    assert f"  | {long}\n" in shown


def test_a_finish_that_finds_its_lease_reads_no_notices(cli: Cli) -> None:
    cli("add", "a")
    cli("claim")
    cli("tell", "agent:tester", "mind the edge", HEADWATER_AGENT="boss")
    cli("finish", "--summary", "x")
    assert "  | mind the edge\n" in cli("check").out


def test_a_finish_without_a_lease_says_what_to_ask(cli: Cli) -> None:
    cli("add", "a")
    assert "tester holds nothing\nnext: headwater check says" in cli("finish", code=1).err
    cli("claim")
    cli("release", "a")
    assert "tester holds nothing" in cli("finish", "--summary", "x", code=1).err
    assert "lost" in cli("check").out or "lease_lost" in cli("check").out


def test_what_was_delivered_is_amended_without_naming_its_lease(cli: Cli) -> None:
    cli("add", "a", "--review")
    nothing = cli("finish", "--outcome", "amend", "--summary", "y", code=1).err
    assert "tester has delivered nothing that could be amended" in nothing
    assert "headwater tell reviewers TEXT --task TASK" in nothing
    cli("claim", "a")
    delivered = cli("finish", "--summary", "x", "--critical", "commit=wrong").out
    assert "(outcome amend corrects it)" in delivered
    amended = cli("finish", "--outcome", "amend", "--critical", "commit=right").out
    assert amended.startswith("a  amended, in review\n  as before: summary\n")
    cli("add", "c")
    cli("claim", "c")
    cli("finish", "--summary", "x")
    either = cli("finish", "--outcome", "amend", "--notes", "n", code=1).err
    assert "tester may mean a, c\nnext: name the lease of one with --lease (a: a#1." in either
    briefing = cli("claim", "a", HEADWATER_AGENT="judge").out
    assert 'commit="right"' in briefing or "right" in briefing
    assert "amend" in cli("history").out


def test_a_holder_splits_and_edits_its_task_without_naming_its_lease(cli: Cli) -> None:
    cli("add", "a")
    cli("claim")
    assert "version 2: paths" in cli("edit", "a", "--paths", "src/a.py").out
    assert "a is split into" in cli("split", "a", "b", "c").out
    cli("add", "d")
    cli("claim", "d", HEADWATER_AGENT="bob")
    assert "only its holder" in cli("split", "d", "e", "f", code=1).err
    session = cli("join", "--window", "w", "--json").json["session"]
    cli("claim", "b", "--session", session)
    cli("split", "b", "g", "h", "--session", session)


def test_whoever_makes_a_store_is_told_where(cli: Cli, tmp_path: Path) -> None:
    assert cli("add", "a").err == f"new store: {tmp_path / 'board.db'}\n"
    assert cli("add", "b").err == ""
    assert "new store" in cli("join", HEADWATER_DB=str(tmp_path / "other.db")).err


def test_a_briefing_shows_what_is_expected_of_an_upstream_and_what_a_finish_keeps(
    cli: Cli,
) -> None:
    cli("add", "a")
    cli("add", "b", "--needs", "a", "--expect", "a=errors are no exceptions")
    cli("claim")
    cli("finish", "--summary", "x")
    cli("rework", "a", "again")
    again = cli("claim").out
    assert "delivered before by tester/1:\n  | x\nof that, a summary, values" in again
    cli("finish")
    taken = cli("claim").out
    said = "  expected of it:\n  | errors are no exceptions\n  summary:\n  | x\n"
    assert f"from a  by tester/1:\n{said}" in taken
    assert "--delivered CONSUMER=same" not in taken


def test_an_edit_adds_to_what_a_task_asks_for(cli: Cli) -> None:
    cli("add", "a", "--spec", "first", "--acceptance", "one", "--paths", "a.py")
    added = ("--add-spec", "second", "--add-acceptance", "two", "--add-paths", "b.py,c.py")
    assert "version 2: spec, acceptance, paths" in cli("edit", "a", *added).out
    briefing = cli("claim").out
    assert "spec:\n  | first\n  |\n  | second\n" in briefing
    assert "  1. one\n  2. two\n" in briefing
    assert "paths: a.py, b.py, c.py\n" in briefing


def test_policies_are_shown_with_what_they_say_before_there_is_a_board(
    cli: Cli, tmp_path: Path
) -> None:
    shown = cli("policy").out.splitlines()
    assert len(shown) == len(SAYS) == len(fields(Policy))
    assert re.fullmatch(r"check_minutes = 0 +silence after which .*; 0: planners only", shown[6])
    assert not (tmp_path / "board.db").exists()
    assert cli("policy", "--json").json["policy"]["check_minutes"] == 0
    cli("policy", "check_minutes=7")
    assert "check_minutes = 7 " in cli("policy").out


def test_a_finish_that_claims_more_says_what_the_first_task_waits_for(cli: Cli) -> None:
    cli("add", "design")
    cli("add", "build", "--needs", "design")
    cli("add", "docs")
    cli("claim", "design")
    cli("finish", "--summary", "x")
    cli("claim", "build")
    cli("rework", "design", "another port")
    out = cli("finish", "--summary", "made", "--claim-next").out
    assert out.startswith(
        "build  delivered, in review\n  what it needs is being done again (design): "
        "it is accepted if its inputs stay the same\n"
    )


def test_what_is_committed_in_one_place_stands_on_one_line(cli: Cli) -> None:
    cli("add", "a")
    cli("add", "b", "--needs", "a")
    cli("claim")
    whole = "5" * 40
    cli("finish", "--artifact", "code=src/a.py", "--artifact", "tests=tests/a.py", "--artifact",
        "page=https://x.invalid/1", "--commit", f"ann@{whole}")  # fmt: skip
    shown = cli("claim").out
    assert "  at ann@555555555555: code src/a.py, tests tests/a.py\n" in shown
    assert "  artifact page: https://x.invalid/1\n" in shown


def test_a_notice_that_asks_for_something_says_how_to_do_it(cli: Cli) -> None:
    cli("join", HEADWATER_AGENT="boss")
    cli("add", "a")
    cli("claim")
    cli("finish", "--outcome", "blocked", "--summary", "which port?")
    told = cli("check", HEADWATER_AGENT="boss").out
    step = "for whoever plans: headwater answer a TEXT"
    assert f"blocked about a, from tester/2: {step}\n  | which port?\n" in told


def test_a_text_may_begin_with_a_dash_as_a_list_does(cli: Cli) -> None:
    cli("add", "a")
    cli("tell", "rules", "- no network\n- tabs")
    cli("done", "--json", "a", "-- it is done --", "--reason=x", code=2)
    cli("done", "a", "-- it is done --", "--json")
    cli("add", "b", "--spec", "- tabs")
    assert "spec: - tabs\n" in cli("graph", "b", "--view", "task").out
    assert cli("tell", "all", "--", "- as before").code == 0
    assert cli("tell", "all", "- twice", "- over", code=2)
    assert "No such option: -x" in cli("tell", "all", "-x", code=2).err
    assert "  | - no network\n  | - tabs\n" in cli("policy").out
    board = cli("graph", "a", "--json").json
    assert board["delivery"]["summary"] == "-- it is done --"


def test_rules_are_shown_once_where_settings_are(cli: Cli) -> None:
    cli("import", "-", stdin='{"headwater": 1, "rules": "no network", "tasks": [{"key": "a"}]}')
    again = '{"headwater": 1, "rules": "tabs", "tasks": [{"key": "b"}]}'
    assert "keeps its own rules" in cli("import", "-", stdin=again).out
    assert "policy: rules (headwater policy shows them)\n" in cli("status").out
    assert cli("export").out.startswith('{"headwater": 1, "rules": "no network", "tasks": [')
    assert "what holds for all tasks" in cli("export", "--format", "adm").err
    told = cli("tell", "rules", "tabs").out
    assert told.startswith("in every briefing from now on:\n  | no network\n  | tabs\n")
    assert "rules:" not in cli("policy", "rules=").out.splitlines()[0]
    assert "rules = (none)" in cli("policy").out


def test_a_verdict_ends_the_review_and_a_delivery_the_work(cli: Cli) -> None:
    for key in ("a", "b"):
        cli("add", key, "--review")
        cli("claim", key, HEADWATER_AGENT="ann")
        cli("finish", "--summary", key, HEADWATER_AGENT="ann")
    cli("add", "own")
    cli("claim", "own")
    cli("claim", "--kind", "review")
    assert cli("finish", "--outcome", "approve").out.startswith("a  done  (approve)")
    cli("claim", "b")
    assert "name the lease of one with --lease" in cli("finish", "--outcome", "release", code=1).err
    rejected = cli("finish", "--outcome", "reject", "--notes", "no").out
    assert rejected.startswith("b  sent back, ready\n")
    assert cli("finish", "--summary", "x").out.startswith("own  done")


def test_an_artifact_is_written_whole_and_to_where_it_was_asked_for(
    cli: Cli, tmp_path: Path
) -> None:
    text = tmp_path / "text"
    text.write_text("long " * limits.ARTIFACT_PAGE_BYTES)
    cli("add", "a")
    cli("claim")
    cli("finish", "--summary", "x", "--artifact-file", f"whole={text}", "--artifact-file", "one=-",
        stdin="short")  # fmt: skip
    link, target, pipe = tmp_path / "link", tmp_path / "target", tmp_path / "pipe"
    link.symlink_to(target)
    cli("graph", "a", "--artifact", "whole", "--output", str(link))
    assert link.is_symlink()
    assert target.read_text() == text.read_text()
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    try:
        cli("graph", "a", "--artifact", "one", "--output", str(pipe))
        assert os.read(reader, 100) == b"short"
    finally:
        os.close(reader)
    nameless = cli("graph", "--artifact", "one", "--output", str(target), code=1)
    assert "--output writes the text" in nameless.err


def test_a_notice_says_what_was_changed(cli: Cli) -> None:
    cli("add", "a", "--spec", "one")
    cli("claim", HEADWATER_AGENT="ann")
    cli("edit", "a", "--add-spec", "and two", HEADWATER_AGENT="lead")
    cli("add", "b", "--needs", "a", "--promise", "a=the port", HEADWATER_AGENT="lead")
    told = cli("check", HEADWATER_AGENT="ann").out
    assert "  | changed: spec\n  | added spec: and two\n" in told
    assert "  | consumer: b\n  | promise: the port\n" in told


def test_the_text_of_an_artifact_is_written_to_a_file_as_it_is(cli: Cli, tmp_path: Path) -> None:
    text, file = "## Ä\r\n\n    | x\n", tmp_path / "out.md"
    (tmp_path / "in.md").write_bytes(text.encode())
    cli("add", "a")
    cli("claim")
    cli("finish", "--artifact-file", f"manual={tmp_path / 'in.md'}", "--artifact", "code=src/a.py")
    cli("add", "b", "--needs", "a")
    assert "  artifact manual: headwater graph a --artifact manual\n" in cli("claim").out
    assert cli("graph", "a", "--artifact", "manual", "-o", str(file)).out == f"wrote {file}\n"
    assert file.read_bytes() == text.encode()
    assert (
        "is no text on the board"
        in cli("graph", "a", "--artifact", "code", "-o", str(file), code=1).err
    )
    assert "--output writes the text of an artifact" in cli("graph", "-o", str(file), code=1).err
