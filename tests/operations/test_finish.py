"""Finishing: one transaction, idempotent by its lease."""

from __future__ import annotations

from typing import Any

import pytest
from hands import claim, everything, finish, lease, refused, row, rows, worker

from headwater import Board


def _deep(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {"x": 1}
    for _ in range(levels):
        value = {"x": value}
    return value


def test_finishing_releases_exactly_the_dependents_with_nothing_left_to_wait_for(
    board: Board,
) -> None:
    board.add(
        [
            {"key": "a"},
            {"key": "b"},
            {"key": "c", "needs": ["a"]},
            {"key": "d", "needs": ["a", "b"]},
        ]
    )
    assert finish(board, "a").unblocked == ["c"]
    assert finish(board, "b").unblocked == ["d"]


def test_a_repeated_finish_gives_the_first_reply_and_changes_nothing(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    first = board.finish(token, summary="x")
    revision = board.revision()
    assert board.finish(token, summary="x") == first
    assert (board.revision(), row(board, "a")["state"]) == (revision, "done")


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"outcome": "failed", "summary": "x"}, "this call (failed)"),
        ({"summary": "something else"}, "this call (with other content)"),
        ({"summary": "x", "critical": {"k": 1}}, "this call (with other content)"),
    ],
)
def test_a_second_finish_that_says_something_else_gets_the_first_reply_and_a_warning(
    board: Board, other: dict[str, Any], named: str
) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    first = board.finish(token, summary="x")
    before = everything(board)
    again = board.finish(token, **other)
    assert again.warnings is not None
    assert "already finished as done" in again.warnings[-1]
    assert f"{named} changed nothing" in again.warnings[-1]
    assert again.model_copy(update={"warnings": None}) == first
    assert everything(board) == before


def test_a_warning_of_the_first_finish_stays_before_that_of_the_second(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    first = board.finish(token).warnings or []
    again = board.finish(token, "failed").warnings or []
    assert again[:-1] == first == ["nothing was delivered: no summary"]
    assert board.finish(token).warnings == first


def test_a_repeated_finish_with_claim_next_gives_the_same_lease_again(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    token = lease(board, "a")
    first = board.finish(token, summary="x", claim_next=True)
    again = board.finish(token, summary="x", claim_next=True)
    assert first.next == again.next == "go on with `claimed`"
    assert first.claimed is not None
    assert again.claimed is not None
    assert again.claimed.already_holding
    assert again.claimed.lease == first.claimed.lease
    assert again.claimed.spec == first.claimed.spec
    assert again.model_copy(update={"claimed": None, "revision": 0}) == first.model_copy(
        update={"claimed": None, "revision": 0}
    )
    assert row(board, "b")["fence"] == 1


def test_a_finish_keeps_no_copy_of_the_briefing_that_it_claimed(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "spec": "a text that is stored once"}])
    board.finish(lease(board, "a"), summary="x", claim_next=True)
    (kept,) = rows(board, "SELECT reply FROM attempt WHERE reply <> ''")
    assert "unblocked" in kept["reply"]
    assert "stored once" not in kept["reply"]


def test_a_repeated_finish_that_asks_to_claim_only_now_claims_nothing(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    token = lease(board, "a")
    board.finish(token, summary="x")
    again = board.finish(token, summary="x", claim_next=True)
    assert again.claimed is None
    assert "changed nothing" in (again.warnings or [""])[-1]
    assert row(board, "b")["state"] == "ready"


def test_a_repeated_finish_says_lost_when_the_claimed_lease_is_over(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    token = lease(board, "a")
    claimed = board.finish(token, summary="x", claim_next=True).claimed
    assert claimed is not None
    board.finish(claimed.lease or "", "release")
    again = board.finish(token, summary="x", claim_next=True).claimed
    assert again is not None
    assert (again.task, again.lease, again.why) == (None, None, "lost")


def test_a_repeated_finish_does_not_give_a_fenced_off_window_the_newer_windows_lease(
    board: Board,
) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    session = board.join("ann", window="one").session
    token = lease(board, "a", session)
    board.finish(token, summary="x", claim_next=True)
    board.join(session=session, window="two", take=True)
    again = board.finish(token, summary="x", claim_next=True).claimed
    assert again is not None
    assert (again.lease, again.why) == (None, "lost")


def test_a_repeated_finish_gives_the_claimed_one_of_several_held_tasks(board: Board) -> None:
    board.policy(leases_per_session=2)
    board.add([{"key": "a"}, {"key": "b"}, {"key": "c"}])
    first, _second = board.claim(worker(board), count=2)
    token = first.lease or ""
    assert [
        claimed.task
        for _ in range(2)
        if (claimed := board.finish(token, summary="x", claim_next=True).claimed)
    ] == ["c", "c"]


def test_claim_next_finds_what_the_finish_itself_unblocked(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    done = board.finish(lease(board, "a"), summary="x", claim_next=True)
    assert done.claimed is not None
    assert done.claimed.task == "b"


def test_claim_next_says_all_done_at_the_end(board: Board) -> None:
    board.add([{"key": "a"}])
    claimed = board.finish(lease(board, "a"), summary="x", claim_next=True).claimed
    assert claimed is not None
    assert claimed.none is not None
    assert claimed.none.reason == "all_done"


def test_a_finish_that_claims_nothing_leads_to_what_the_claim_says(board: Board) -> None:
    board.add([{"key": "a", "review": True}, {"key": "b"}])
    lease(board, "b")
    done = board.finish(lease(board, "a"), summary="x", claim_next=True)
    assert done.claimed is not None
    assert done.claimed.none is not None
    said = "nothing was claimed: `claimed` says why, and what next"
    assert done.next == f"it waits for acceptance (outcome amend corrects it); {said}"


def test_a_finish_without_any_content_is_accepted_with_a_warning(board: Board) -> None:
    board.add([{"key": "a"}])
    done = board.finish(lease(board, "a"))
    assert done.state == "done"
    assert done.warnings == ["nothing was delivered: no summary"]


@pytest.mark.parametrize("outcome", ["approve", "reject"])
def test_a_reviewers_outcome_does_not_fit_a_lease_for_work(board: Board, outcome: Any) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    with refused(board, "bad_request", "does not fit", "done, failed, release"):
        board.finish(token, outcome, notes="x")


@pytest.mark.parametrize("outcome", ["done", "failed", "handoff", "blocked"])
def test_a_workers_outcome_does_not_fit_a_lease_for_review(board: Board, outcome: Any) -> None:
    board.add([{"key": "a", "review": True}])
    finish(board, "a")
    token = board.claim(worker(board, "rob"), kind="review").lease or ""
    with refused(board, "bad_request", "does not fit", "approve, reject, release"):
        board.finish(token, outcome, summary="x")


def test_an_unknown_outcome_is_refused(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    with refused(board, "bad_request", "outcome"):
        board.finish(token, "finished")  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("critical", "fragment"),
    [
        ({"x": float("nan")}, "finite"),
        ({"x": [float("inf")]}, "finite"),
        (_deep(30), "nested deeper"),
        (_deep(5000), "critical"),
        ({"x": "a\x00b"}, "NUL"),
        ({"x": {"a\x00b": 1}}, "NUL"),
        ({"x": "\ud800"}, "critical"),
        ({"x": "y" * 40_000}, "limit is 32768"),
        ({"x": {1, 2}}, "critical"),
    ],
)
def test_critical_values_that_no_reader_could_use_are_refused(
    board: Board, critical: dict[str, Any], fragment: str
) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    with refused(board, "bad_request", fragment):
        board.finish(token, critical=critical)


@pytest.mark.parametrize("field", ["summary", "notes"])
@pytest.mark.parametrize("text", ["x" * (1 << 20), "a\x00b", "\ud800", "é" * 40_000])
def test_oversized_or_broken_texts_are_refused(board: Board, field: str, text: str) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    with refused(board, "bad_request", field):
        board.finish(token, **{field: text})  # pyright: ignore[reportArgumentType]


def test_an_artifact_is_kept_once_by_its_content(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    for key in "ab":
        finish(board, key, artifacts=[{"name": "log", "text": "the same"}])
    blobs = rows(board, "SELECT * FROM blob")
    assert [(one["content"], one["size_bytes"]) for one in blobs] == [("the same", 8)]


def test_a_briefing_shows_an_artifact_as_a_reference_and_not_its_text(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    finish(board, "a", artifacts=[{"name": "log", "text": "a long text", "path": "out/log"}])
    upstream = claim(board, "b").upstream
    assert upstream is not None
    assert upstream[0].artifacts is not None
    shown = upstream[0].artifacts[0]
    assert (shown["name"], shown["bytes"], shown["path"]) == ("log", 11, "out/log")
    assert "a long text" not in str(shown)


def test_a_reader_learns_in_which_commit_a_path_is(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    made = [
        {"name": "code", "path": "src/a.py", "commit": "ann@1a2b3c4"},
        {"name": "all", "commit": "ann"},
    ]
    finish(board, "a", artifacts=made)
    upstream = claim(board, "b").upstream
    assert upstream is not None
    assert upstream[0].artifacts == made


def test_the_digest_of_an_artifact_is_in_no_briefing(board: Board) -> None:
    board.add([{"key": "a", "review": True}])
    mine = lease(board, "a", worker(board, "ann"))
    board.finish(mine, summary="x", artifacts=[{"name": "log", "text": "a long text"}])
    judged = board.claim(worker(board, "judge"), "a")
    assert judged.delivery is not None
    assert judged.delivery.artifacts == [{"name": "log", "bytes": 11}]
    board.finish(judged.lease or "", "reject", notes="once more")
    again = claim(board, "a").delivery
    assert again is not None
    assert again.artifacts == [{"name": "log", "bytes": 11}]


def test_an_artifact_of_exactly_the_limit_is_kept_and_one_byte_more_is_refused(
    board: Board,
) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    with refused(board, "limit_exceeded", "1048577 bytes", "give its path"):
        board.finish(token, artifacts=[{"name": "big", "text": "x" * (1 << 20) + "y"}])
    assert board.finish(token, artifacts=[{"name": "big", "text": "x" * (1 << 20)}]).state == "done"


@pytest.mark.parametrize(
    ("artifacts", "fragment"),
    [
        ([{"name": "x"}], "is empty"),
        ([{"name": ""}], "name"),
        ([{"name": "x", "text": "a\x00"}], "NUL"),
        ([{"name": "x", "text": "\ud800"}], "text"),
        ([{"name": "x", "text": "1"}, {"name": "x", "text": "2"}], "two artifacts"),
        ([{"name": "x", "path": "a\nb"}], "path"),
        ([{"name": "x", "body": "y"}], "no such argument"),
        ([{"name": f"n{at}", "text": "x"} for at in range(65)], "artifacts"),
    ],
)
def test_malformed_artifacts_are_refused(
    board: Board, artifacts: list[dict[str, str]], fragment: str
) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    with refused(board, "bad_request", fragment):
        board.finish(token, artifacts=artifacts)


def test_the_server_measures_minutes_and_keeps_the_reported_cost(board: Board, clock: Any) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    clock.advance(minutes=6)
    board.finish(token, summary="x", cost={"tokens": 1200, "usd": 0.5})
    cost = rows(board, "SELECT cost FROM attempt")[0]["cost"]
    assert cost == '{"minutes":6.0,"tokens":1200,"usd":0.5}'


def test_a_delivery_waits_for_an_input_that_was_reopened_meanwhile(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c", "needs": ["b"]}])
    finish(board, "a", critical={"v": 1})
    token = lease(board, "b")
    board.rework("a", "check again")
    done = board.finish(token, summary="built on v1")
    assert (done.state, row(board, "b")["gate"], row(board, "c")["state"]) == (
        "review",
        "inputs",
        "waiting",
    )
    with refused(board, "wrong_state", "waits for its inputs"):
        board.claim(_joined(board), "b")


def _joined(board: Board) -> str:
    return rows(board, "SELECT token FROM session ORDER BY id")[0]["token"]


def test_a_parked_delivery_is_approved_when_its_inputs_settle_unchanged(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c", "needs": ["b"]}])
    finish(board, "a", critical={"v": 1})
    token = lease(board, "b")
    board.rework("a", "check again")
    board.finish(token, summary="built on v1")
    finish(board, "a", critical={"v": 1})
    assert (row(board, "b")["state"], row(board, "c")["state"]) == ("done", "ready")


def test_a_parked_delivery_is_rejected_with_the_changed_keys(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    finish(board, "a", critical={"v": 1})
    token = lease(board, "b")
    board.rework("a", "check again")
    board.finish(token, summary="built on v1")
    finish(board, "a", critical={"v": 2})
    got = claim(board, "b")
    assert got.feedback is not None
    assert "a: v" in str(got.feedback[0]["text"])
    assert got.attempt == 1, "no attempt is charged"


def test_who_finishes_without_having_read_an_edit_is_told(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    session = worker(board)
    token = lease(board, "a", session)
    board.edit("a", append={"acceptance": ["it is fast"]}, set={"priority": 1})
    board.edit("b", contracts=[{"task": "a", "expect": "an api"}])
    done = board.finish(token, summary="made")
    assert done.state == "done"
    (said,) = done.warnings or []
    assert said.startswith("edited before you finished, and not read by you: acceptance; ")
    assert 'rework(task="a", feedback=...)' in said


def test_who_has_read_an_edit_or_made_it_finishes_without_a_warning(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}, {"key": "c"}])
    session = worker(board)
    token = lease(board, "a", session)
    board.edit("a", append={"spec": "more"})
    board.check(token)
    assert board.finish(token, summary="made").warnings is None
    token = lease(board, "b", session)
    board.edit("b", lease=token, append={"spec": "more"})
    assert board.finish(token, summary="made").warnings is None
    token = lease(board, "c", session)
    board.edit("c", set={"priority": 1})
    assert board.finish(token, summary="made").warnings is None
