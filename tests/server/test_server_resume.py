"""A host dies; the next window goes on with its session."""

from __future__ import annotations

import subprocess
from pathlib import Path

from headwater import Board
from host_window import window


def test_after_a_killed_host_a_new_window_gets_leases_notes_and_notices_back(
    tmp_path: Path,
) -> None:
    db = tmp_path / "board.db"
    with window(tmp_path, db) as first:
        first.call("add", tasks=[{"key": "a"}, {"key": "b"}])
        session = first.call("join")["session"]
        old = first.call("claim", task="a")["lease"]
        first.call("check", note="the parser is done, the tests are not")
        first.kill()
    with window(tmp_path, db) as second:
        second.call("tell", to="agent:claude-code", text="the port is 8080")
        (offered,) = second.call("join")["resumable"]
        assert (offered["session"], offered["holds"]) == (session, ["a"])
        back = second.call("join", session=session)
        (held,) = back["leases"]
        assert (held["task"], held["note"]) == ("a", "the parser is done, the tests are not")
        assert [notice["text"] for notice in back["notices"]] == ["the port is 8080"]
        stale = second.call("finish", lease=old, summary="from the dead window")
        assert stale["code"] == "stale_lease"
        assert second.call("finish", lease=held["lease"], summary="x")["state"] == "done"


def test_a_window_that_claims_without_joining_is_told_once_what_a_dead_one_holds(
    tmp_path: Path,
) -> None:
    db = tmp_path / "board.db"
    with window(tmp_path, db) as first:
        first.call("add", tasks=[{"key": "a"}, {"key": "b"}])
        first.call("claim", task="a")
        first.kill()
    with window(tmp_path, db) as second:
        told = second.call("claim")
        (earlier,) = told["resumable"]
        assert (told["task"], earlier["holds"]) == ("b", ["a"])
        assert told["next"].startswith(f'join(session="{earlier["session"]}") goes on with a,')
        assert "resumable" not in second.call("claim")
        (held,) = second.call("join", session=earlier["session"])["leases"]
        assert held["task"] == "a"
        assert 'give this one back then: finish(lease, outcome="release")' in told["next"]
        back = second.call("finish", lease=told["lease"], outcome="release")
        assert (back["task"], back["state"]) == ("b", "ready")


def test_what_a_dead_window_did_not_read_reaches_the_next_which_never_joins(
    tmp_path: Path,
) -> None:
    db = tmp_path / "board.db"
    with window(tmp_path, db) as first:
        first.call("add", tasks=[{"key": "a"}])
        first.call("check")
        first.kill()
    with Board.open(db) as board:
        board.tell("agent:claude-code", "the port is 8080")
    with window(tmp_path, db) as second:
        assert [one["text"] for one in second.call("check")["notices"]] == ["the port is 8080"]
        assert "notices" not in second.call("check")
        second.kill()
    with Board.open(db) as board:
        board.tell("agent:claude-code", "the port is 8081")
    with window(tmp_path, db) as third:
        told = third.call("claim")
        (notice,) = told["notices"]
        assert (told["task"], notice["text"]) == ("a", "the port is 8081")


def test_a_session_whose_window_is_open_is_neither_offered_nor_given_without_take(
    tmp_path: Path,
) -> None:
    db = tmp_path / "board.db"
    with window(tmp_path, db) as first, window(tmp_path, db) as second:
        first.call("add", tasks=[{"key": "a"}])
        session = first.call("join")["session"]
        old = first.call("claim")["lease"]
        assert "resumable" not in second.call("join")
        assert second.call("join", session=session)["code"] == "session_elsewhere"
        assert first.call("join", session=session)["leases"][0]["lease"] == old
        taken = second.call("join", session=session, take=True)["leases"][0]["lease"]
        assert taken != old
        assert first.call("finish", lease=old, summary="x")["code"] == "stale_lease"


def test_a_stdio_session_stands_where_git_says(tmp_path: Path) -> None:
    repo, tree = tmp_path / "repo", tmp_path / "tree"
    git(tmp_path, "init", "-q", "-b", "main", str(repo))
    git(repo, "commit", "-q", "--allow-empty", "-m", "first")
    git(repo, "worktree", "add", "-q", "-b", "side", str(tree))
    with window(repo) as opened:
        opened.call("join", agent="a")
        opened.call("join", agent="b", workspace=str(tree), branch="a lie")
        opened.call("join", agent="c", workspace="/not/here", branch="told", commit="abc")
        agents = opened.call("graph", view="agents")["agents"]
    assert [(one["workspace"], one["branch"]) for one in agents] == [
        (str(repo), "main"),
        (str(tree), "side"),
        ("/not/here", "told"),
    ]
    assert agents[0]["commit_at_join"] == git(repo, "rev-parse", "HEAD")[:12]


def test_a_window_that_never_joined_claims_when_it_has_gone_to_the_right_place(
    tmp_path: Path,
) -> None:
    repo = tmp_path / "repo"
    git(tmp_path, "init", "-q", "-b", "side", str(repo))
    git(repo, "commit", "-q", "--allow-empty", "-m", "first")
    db = tmp_path / "board.db"
    with Board.open(db) as board:
        board.add([{"key": "a"}])
        board.policy(branch="main")
    with window(repo, db) as opened:
        assert opened.call("claim")["code"] == "wrong_place"
        assert opened.call("check")["leases"] == []
        with Board.open(db) as board:
            board.tell("all", "the port is 8080")
        git(repo, "checkout", "-q", "-b", "main")
        told = opened.call("claim")
        (notice,) = told["notices"]
        assert (told["task"], notice["text"]) == ("a", "the port is 8080")
        (agent,) = opened.call("graph", view="agents")["agents"]
    assert agent["branch"] == "main"


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()
