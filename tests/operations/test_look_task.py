"""One task whole, and its artifacts."""

from __future__ import annotations

import json

import pytest
from hands import claim, finish, lease, rows, worker

from headwater import Board, limits
from headwater.clock import ManualClock
from headwater.errors import BadRequest, HeadwaterError, StaleLease, UnknownTask

MANY = "many words "


def test_a_task_is_shown_with_all_that_it_asks_for(board: Board) -> None:
    board.add(
        tasks=[
            {"key": "a"},
            {
                "key": "b",
                "title": "Build",
                "spec": "Do this.\nThen that.",
                "acceptance": ["it runs"],
                "paths": ["src/**"],
                "capabilities": ["gpu"],
                "priority": 3,
                "estimate": 2.5,
                "review": True,
                "attempts": 2,
                "budget": {"minutes": 30},
                "group": "g",
                "contracts": [{"task": "a", "expect": "e", "promise": "p", "keys": ["port"]}],
            },
        ]
    )
    assert board.graph("task", task="b").as_dict() == {
        "view": "task",
        "key": "b",
        "state": "waiting",
        "version": 1,
        "title": "Build",
        "spec": "Do this.\nThen that.",
        "acceptance": ["it runs"],
        "paths": ["src/**"],
        "capabilities": ["gpu"],
        "priority": 3,
        "estimate": 2.5,
        "review": True,
        "budget": {"minutes": 30},
        "group": "g",
        "needs": [
            {
                "task": "a",
                "state": "ready",
                "kind": "hard",
                "expect": "e",
                "promise": "p",
                "keys": ["port"],
            }
        ],
        "pending": 1,
        "round": 0,
        "attempt": 0,
        "attempts": 2,
        "history": 'graph(view="history", task="b")',
        "revision": 1,
        "next": "it becomes ready when its hard `needs` are done",
    }


def test_a_task_without_a_view_is_shown_too(board: Board) -> None:
    board.add(tasks=[{"key": "a"}])
    assert board.graph(task="a") == board.graph("task", task="a")


def test_a_task_that_is_being_worked_on_says_by_whom_until_when_and_how_far(
    board: Board, clock: ManualClock
) -> None:
    board.add(tasks=[{"key": "a"}])
    held = lease(board, "a", worker(board, "ann"))
    board.check(held, note="half of it", progress=50)
    clock.advance(minutes=10)
    shown = board.graph(task="a")
    assert shown.holder.startswith("ann/")
    assert (shown.until_s, shown.progress, shown.note) == (50 * 60, 50, "half of it")
    assert (shown.round, shown.attempt) == (1, 1)
    assert held not in shown.model_dump_json()


def test_a_delivery_is_shown_with_its_author_and_artifacts_as_references(board: Board) -> None:
    board.add(
        tasks=[
            {"key": "a", "acceptance": ["tests"]},
            {"key": "b", "contracts": [{"task": "a", "expect": "e", "promise": "p"}]},
        ]
    )
    board.finish(
        lease(board, "a", worker(board, "ann")),
        summary="made",
        critical={"port": 80},
        delivered={"b": "use it so"},
        artifacts=[{"name": "doc", "text": "long text"}, {"name": "log", "path": "a.log"}],
        evidence={"tests": "12 passed"},
    )
    delivery = board.graph(task="a").as_dict()["delivery"]
    assert delivery["by"].startswith("ann/")
    assert delivery["accepted"] is True
    assert delivery["critical"] == {"port": 80}
    assert delivery["delivered"] == {"b": "use it so"}
    assert delivery["evidence"] == {"tests": "12 passed"}
    assert [one["name"] for one in delivery["artifacts"]] == ["doc", "log"]
    assert "long text" not in json.dumps(delivery)


def test_a_delivery_in_review_is_not_accepted_yet(board: Board) -> None:
    board.add(tasks=[{"key": "a", "review": True}])
    board.finish(lease(board, "a"), summary="made")
    shown = board.graph(task="a")
    assert (shown.state, shown.gate, shown.delivery.accepted) == ("review", "review", False)


def test_attempts_are_shown_newest_first_with_reasons(board: Board, clock: ManualClock) -> None:
    board.add(tasks=[{"key": "a"}])
    board.finish(lease(board, "a", worker(board, "ann")), "failed", summary="no disk", notes="n1")
    clock.advance(minutes=1)
    lease(board, "a", worker(board, "bob"))
    now, before = board.graph(task="a").tried
    assert (now.number, now.outcome, now.ended) == (2, None, None)
    assert (before.number, before.outcome) == (1, "failed")
    assert before.by.startswith("ann/")
    assert "no disk" in f"{before.reason} {before.notes}"
    assert before.started == "2027-01-15T08:00:00.000Z"


def test_why_an_attempt_ended_is_said_once(board: Board) -> None:
    board.add(tasks=[{"key": "a"}])
    board.finish(lease(board, "a"), "release", notes="not mine")
    (tried,) = board.graph(task="a").tried
    assert (tried.reason, tried.notes) == ("not mine", None)


def test_a_held_task_shows_its_question_and_a_reworked_one_its_feedback(board: Board) -> None:
    board.add(tasks=[{"key": "a"}, {"key": "b"}])
    board.finish(lease(board, "a"), "blocked", summary="which port?")
    finish(board, "b")
    board.rework("b", "too slow")
    assert board.graph(task="a").question == "which port?"
    assert "feedback=ANSWER), if it is yours to decide" in board.graph(task="a").next
    (feedback,) = board.graph(task="b").feedback
    assert feedback["text"] == "too slow"
    assert feedback["at"] == "2027-01-15T08:00:00.000Z"


def test_a_container_shows_its_children_and_they_their_parent(board: Board) -> None:
    board.add(tasks=[{"key": "whole"}])
    board.split("whole", into=[{"key": "p1"}, {"key": "p2", "needs": ["p1"]}])
    assert board.graph(task="whole").children == [
        {"key": "p1", "state": "ready"},
        {"key": "p2", "state": "waiting"},
    ]
    assert board.graph(task="p2").parent == "whole"


def test_work_that_came_too_late_is_counted_as_salvage(board: Board, clock: ManualClock) -> None:
    board.add(tasks=[{"key": "a"}])
    late = lease(board, "a")
    clock.advance(minutes=70)
    assert board.claim(worker(board)).none is not None  # after a gap: two minutes of grace
    clock.advance(minutes=3)
    claim(board, "a")
    with pytest.raises(StaleLease, match="over"):
        board.finish(late, summary="too late", artifacts=[{"name": "late", "text": "kept"}])
    assert board.graph(task="a").salvage == 1
    assert board.graph(task="a", artifact="late").artifact["text"] == "kept"
    assert board.graph(task="a", artifact="late").artifact["salvage"] is True


def test_an_artifact_is_returned_with_its_text(board: Board) -> None:
    board.add(tasks=[{"key": "a"}])
    text = "line\n" * 1000
    finish(board, "a", artifacts=[{"name": "doc", "text": text}, {"name": "at", "uri": "x:y"}])
    shown = board.graph(task="a", artifact="doc")
    assert shown.artifact["text"] == text
    assert shown.artifact["bytes"] == len(text)
    assert board.graph(task="a", artifact="at").artifact["uri"] == "x:y"


def test_an_artifact_of_an_earlier_round_can_still_be_had(board: Board) -> None:
    board.add(tasks=[{"key": "a"}])
    finish(board, "a", artifacts=[{"name": "one", "text": "1"}, {"name": "both", "text": "old"}])
    board.rework("a", "again")
    finish(board, "a", artifacts=[{"name": "both", "text": "new"}])
    assert board.graph(task="a", artifact="one").artifact["text"] == "1"
    assert board.graph(task="a", artifact="both").artifact["text"] == "new"


def test_an_unknown_artifact_is_refused_with_the_names_that_there_are(board: Board) -> None:
    board.add(tasks=[{"key": "a"}])
    finish(board, "a", artifacts=[{"name": "doc", "text": "x"}])
    with pytest.raises(BadRequest) as refused:
        board.graph(task="a", artifact="other")
    assert refused.value.state["artifacts"] == ["doc"]


def test_an_artifact_needs_a_task_and_the_view_task_a_key(board: Board) -> None:
    with pytest.raises(BadRequest, match="belongs to a task"):
        board.graph(artifact="doc")
    with pytest.raises(BadRequest, match="needs a task"):
        board.graph("task")


@pytest.mark.parametrize("view", ["task", "history", "mermaid"])
def test_an_unknown_task_is_refused(board: Board, view: str) -> None:
    board.add(tasks=[{"key": "a"}])
    Board(board.store, "other").add(tasks=[{"key": "elsewhere"}])
    for key in ("nobody", "elsewhere"):
        with pytest.raises(UnknownTask, match=f"no task '{key}' on this board"):
            board.graph(view, task=key)


def test_a_task_with_endless_texts_is_shown_shortened_and_says_so(board: Board) -> None:
    text = MANY * 5000
    board.add(tasks=[{"key": f"u{n}"} for n in range(20)])
    contracts = [{"task": f"u{n}", "expect": text, "promise": text} for n in range(20)]
    board.add(tasks=[{"key": "t", "spec": text, "contracts": contracts}])
    shown = board.graph(task="t")
    assert shown.spec == text
    assert len(shown.model_dump_json(exclude_none=True)) < 350_000
    assert shown.needs[0].expect == text
    assert shown.needs[19].expect.endswith("[...]")
    assert any("the contract with u19 is shortened" in one for one in shown.more) or (
        shown.more[-1] == "and more"
    )


def test_more_consumers_than_fit_are_counted(board: Board) -> None:
    board.add(tasks=[{"key": "a"}, *({"key": f"c{n}", "needs": ["a"]} for n in range(230))])
    shown = board.graph(task="a")
    assert len(shown.consumers) == 200
    assert shown.more == ["30 more consumers"]


def test_what_was_accepted_goes_before_newer_salvage_of_the_same_name(
    board: Board, clock: ManualClock
) -> None:
    board.add(tasks=[{"key": "a"}])
    late = lease(board, "a")
    good = board.claim(worker(board), "a", take_over=True).lease
    assert good is not None
    board.finish(good, summary="in time", artifacts=[{"name": "doc", "text": "accepted"}])
    with pytest.raises(StaleLease, match="over"):
        board.finish(late, summary="late", artifacts=[{"name": "doc", "text": "salvage"}])
    assert board.graph(task="a").salvage == 1
    assert board.graph(task="a", artifact="doc").artifact["text"] == "accepted"


def test_a_long_artifact_is_read_page_by_page_and_loses_nothing(board: Board) -> None:
    board.add(tasks=[{"key": "a"}])
    text = "é€😀x" * 30_000
    finish(board, "a", artifacts=[{"name": "doc", "text": text}])
    pages = [board.graph(task="a", artifact="doc")]
    while pages[-1].cursor:
        pages.append(board.graph(task="a", artifact="doc", cursor=pages[-1].cursor))
    assert "".join(page.artifact["text"] for page in pages) == text
    assert len(pages) == -(-len(text.encode()) // limits.ARTIFACT_PAGE_BYTES)
    assert all(len(page.artifact["text"].encode()) <= limits.ARTIFACT_PAGE_BYTES for page in pages)
    assert f"of {len(text.encode())}" in pages[0].note
    assert f"cursor={pages[0].cursor} goes on" in pages[0].note
    assert board.graph(task="a", artifact="doc", cursor="all").artifact["text"] == text


@pytest.mark.parametrize("cursor", ["1", "999999", "x", "-1"])
def test_a_cursor_that_no_page_of_an_artifact_gave_is_refused(board: Board, cursor: str) -> None:
    board.add(tasks=[{"key": "a"}])
    finish(board, "a", artifacts=[{"name": "doc", "text": "é" * 10}])
    with pytest.raises(BadRequest, match="cursor"):
        board.graph(task="a", artifact="doc", cursor=cursor)


def test_equal_texts_are_stored_once(board: Board) -> None:
    board.add(tasks=[{"key": "a"}, {"key": "b"}])
    for key in ("a", "b"):
        finish(board, key, artifacts=[{"name": key, "text": "the same"}])
    assert rows(board, "SELECT count(*) AS n FROM blob") == [{"n": 1}]
    assert board.graph(task="b", artifact="b").artifact["text"] == "the same"


def test_an_artifact_over_the_limit_is_refused_with_what_to_do(board: Board) -> None:
    board.add(tasks=[{"key": "a"}])
    mine = lease(board, "a")
    text = "x" * (limits.ARTIFACT_BYTES + 1)
    with pytest.raises(HeadwaterError, match=str(limits.ARTIFACT_BYTES)):
        board.finish(mine, artifacts=[{"name": "doc", "text": text}])
    assert board.finish(mine, artifacts=[{"name": "doc", "text": text[1:]}]).state == "done"
