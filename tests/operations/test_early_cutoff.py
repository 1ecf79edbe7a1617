"""Early cutoff: who read an earlier round, and is it different for them?"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hands import (
    claim,
    events,
    finish,
    finish_all,
    lease,
    notices,
    row,
    rows,
    state,
    states,
    texts,
    worker,
)

from headwater import Board, limits
from headwater.clock import ManualClock
from headwater.operations.waiting import is_answer
from headwater.verbs.work import CheckRequest


@pytest.fixture
def line(board: Board) -> Board:
    """a <- b <- c."""
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c", "needs": ["b"]}])
    return board


def again(board: Board, key: str, consumers: str = "changed", **delivery: Any) -> list[str]:
    """Rework `key`, finish it, and return what that reopened."""
    board.rework(key, "once more", consumers=consumers)
    return finish(board, key, **delivery).reopened or []


def test_an_unchanged_result_leaves_done_readers_alone(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    finish(line, "b")
    assert again(line, "a", critical={"x": 1}) == []
    assert states(line) == {"a": "done", "b": "done", "c": "ready"}


def test_a_changed_value_reopens_a_done_reader_with_the_reason(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    finish(line, "b")
    assert again(line, "a", critical={"x": 2}) == ["b"]
    assert (state(line, "b"), state(line, "c")) == ("ready", "waiting")
    entry = json.loads(texts(line, "b")["feedback"])[-1]
    assert entry["text"] == "a was reworked: x"
    assert claim(line, "b").round == 2


def test_one_two_one_is_no_change_for_who_read_the_first(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    finish(line, "b")
    assert again(line, "a", "none", critical={"x": 2}) == []
    assert again(line, "a", critical={"x": 1}) == []
    assert state(line, "b") == "done"


def test_a_reader_of_the_second_value_is_compared_with_the_second(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    finish(line, "b")
    again(line, "a", critical={"x": 2})
    finish(line, "b")
    assert again(line, "a", critical={"x": 1}) == ["b"]


def test_a_key_that_is_taken_back_is_a_change(line: Board) -> None:
    finish(line, "a", critical={"x": 1, "y": 1})
    finish(line, "b")
    assert again(line, "a", critical={"x": 1}) == []
    assert again(line, "a", critical={"y": None}) == ["b"]


def test_the_order_of_keys_inside_a_value_is_no_change(line: Board) -> None:
    finish(line, "a", critical={"x": {"p": 1, "q": [1, 2]}})
    finish(line, "b")
    assert again(line, "a", critical={"x": {"q": [1, 2], "p": 1}}) == []


def test_only_the_contracts_keys_count(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "contracts": [{"task": "a", "keys": ["x"]}]}])
    finish(board, "a", critical={"x": 1, "noise": 1})
    finish(board, "b")
    assert again(board, "a", critical={"x": 1, "noise": 2}) == []
    assert again(board, "a", critical={"x": 2, "noise": 2}) == ["b"]


def test_a_contracted_key_that_appears_is_a_change(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "contracts": [{"task": "a", "keys": ["x"]}]}])
    finish(board, "a", critical={"x": None})
    finish(board, "b")
    assert again(board, "a", critical={"x": 1}) == ["b"]


def test_a_changed_artifact_is_a_change(line: Board) -> None:
    finish(line, "a", artifacts=[{"name": "f", "text": "one"}])
    finish(line, "b")
    assert again(line, "a", artifacts=[{"name": "f", "text": "one"}]) == []
    assert again(line, "a", artifacts=[{"name": "f", "text": "two"}]) == ["b"]


def test_the_same_path_in_another_commit_is_a_change(line: Board) -> None:
    code = {"name": "code", "path": "src/a.py"}
    finish(line, "a", artifacts=[{**code, "commit": "main@1a2b"}])
    finish(line, "b")
    assert again(line, "a", artifacts=[{**code, "commit": "main@1a2b"}]) == []
    assert again(line, "a", artifacts=[{**code, "commit": "main@3c4d"}]) == ["b"]


def test_text_counts_only_where_the_finisher_says_so(line: Board) -> None:
    finish(line, "a", summary="s1", delivered={"b": "t1"})
    finish(line, "b")
    assert again(line, "a", summary="s2", delivered={"b": "t2"}) == []
    line.add([{"key": "other", "needs": ["a"]}])
    finish(line, "other")
    assert again(line, "a", delivered={"b": "t3"}, changed=["b"]) == ["b"]


def test_text_for_a_container_counts_for_its_parts(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "big", "needs": ["a"]}])
    board.split("big", [{"key": "b1"}, {"key": "b2"}])
    finish_all(board, "a", "b1", "b2")
    assert again(board, "a", changed=["big"]) == ["b1", "b2"]
    assert state(board, "big") == "split"


def test_all_reopens_every_done_consumer(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    finish(line, "b")
    assert again(line, "a", "all", critical={"x": 1}) == ["b"]


def test_all_reopens_consumers_that_read_nothing(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    finish(board, "a")
    board.done("b")
    assert again(board, "a", "all") == ["b"]


def test_all_asks_no_soft_consumer_to_do_it_again(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "soft": ["a"]}])
    finish(board, "a")
    board.done("b", "by hand: it read nothing")
    assert again(board, "a", consumers="all") == []


def test_none_reopens_nobody(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    finish(line, "b")
    assert again(line, "a", "none", critical={"x": 2}) == []
    assert state(line, "b") == "done"


def test_a_reader_two_hops_away_is_reopened_directly(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    finish_all(line, "b", "c")
    assert again(line, "a", critical={"x": 2}) == ["b", "c"]
    assert states(line) == {"a": "done", "b": "ready", "c": "waiting"}


def chain(board: Board, length: int) -> list[str]:
    """A finished chain, each task with a value of its own; longer than what anyone is shown."""
    keys = [f"t{n}" for n in range(length)]
    board.add([{"key": key, "needs": keys[n - 1 : n]} for n, key in enumerate(keys)])
    for key in keys:
        finish(board, key, critical={key: 1})
    return keys


def test_a_change_travels_no_farther_than_it_changes_results(board: Board) -> None:
    keys = chain(board, 12)
    again(board, "t0", critical={"t0": 2})
    shown = limits.BRIEF_ENTRIES["normal"]
    assert [key for key in keys if state(board, key) != "done"] == keys[1 : shown + 1]
    for key in keys[1 : shown + 1]:
        finish(board, key, critical={key: 1})
    assert set(states(board).values()) == {"done"}


def test_reopening_is_transitive_where_results_change(board: Board) -> None:
    keys = chain(board, 12)
    again(board, "t0", critical={"t0": 2})
    for key in keys[1:]:
        assert state(board, key) == "ready", key
        finish(board, key, critical={key: 2})


def test_an_active_reader_is_told_which_keys_changed(line: Board) -> None:
    finish(line, "a", critical={"x": 1, "y": 1})
    mine = lease(line, "b")
    line.rework("a", "hm")
    done = finish(line, "a", critical={"x": 2, "y": 1})
    assert (done.told, done.reopened) == (["b"], None)
    told = notices(line, "inputs_changed")
    change = {"task": "a", "key": "x", "old": 1, "new": 2}
    assert [json.loads(one["data"]) for one in told] == [
        {"upstream": "a", "keys": ["x"], "inputs": [change]}
    ]
    changes = line.check(mine).inputs or []
    assert [(one.task, one.key, one.old, one.new) for one in changes] == [("a", "x", 1, 2)]


def test_an_active_reader_is_not_told_of_the_same_result(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    mine = lease(line, "b")
    line.rework("a", "hm")
    assert finish(line, "a", critical={"x": 1}).told is None
    assert line.check(mine).inputs is None


# -- the gate `inputs` -------------------------------------------------------------------------


def parked(board: Board, review: bool = False) -> None:
    """b is finished while its upstream a is being redone."""
    board.edit("b", set={"title": "t", "review": review})
    finish(board, "a", critical={"x": 1})
    mine = lease(board, "b")
    board.rework("a", "hm")
    assert board.finish(mine, summary="b").state == "review"
    assert states(board) == {"a": "ready", "b": "review", "c": "waiting"}


def test_a_parked_delivery_is_accepted_when_its_inputs_settle_unchanged(line: Board) -> None:
    parked(line)
    finish(line, "a", critical={"x": 1})
    assert states(line) == {"a": "done", "b": "done", "c": "ready"}


def test_a_parked_delivery_is_rejected_with_the_changed_keys(line: Board) -> None:
    parked(line)
    assert finish(line, "a", critical={"x": 2}).reopened == ["b"]
    assert states(line) == {"a": "done", "b": "ready", "c": "waiting"}
    got = claim(line, "b")
    assert "a: x" in str((got.feedback or [])[-1]["text"])
    assert (got.round, got.attempt) == (1, 1)


def test_a_parked_delivery_that_needs_a_review_gets_it_when_its_inputs_settle(line: Board) -> None:
    parked(line, review=True)
    finish(line, "a", critical={"x": 1})
    assert state(line, "b") == "review"
    review = line.claim(worker(line, "judge"), kind="review")
    assert review.task == "b"
    line.finish(review.lease or "", "approve")
    assert state(line, "c") == "ready"


@pytest.mark.parametrize("review", [True, False])
def test_what_becomes_of_a_parked_delivery_is_in_the_log_and_reviewers_are_told(
    line: Board, review: bool
) -> None:
    parked(line, review)
    finish(line, "a", critical={"x": 1})
    assert events(line, "b")[-1] == ("review_asked" if review else "accepted")
    last = rows(line, "SELECT actor FROM event WHERE task = 'b' ORDER BY revision DESC LIMIT 1")
    assert last == [{"actor": "headwater"}]
    assert [one["task"] for one in notices(line, "review_ready")] == ["b"] * review


def test_nobody_reviews_what_is_parked(line: Board) -> None:
    parked(line, review=True)
    none = line.claim(worker(line, "judge"), kind="review").none
    assert none is not None


def test_a_delivery_under_review_is_sent_back_when_an_input_changed(line: Board) -> None:
    line.edit("b", set={"review": True})
    finish(line, "a", critical={"x": 1})
    finish(line, "b")
    line.rework("a", "hm")
    assert finish(line, "a", critical={"x": 2}).reopened == ["b"]
    assert state(line, "b") == "ready"


def test_a_reviewer_loses_what_is_sent_back_for_an_input_and_is_told(line: Board) -> None:
    line.edit("b", set={"review": True})
    finish(line, "a", critical={"x": 1})
    finish(line, "b")
    judge = worker(line, "judge")
    review = claim(line, "b", judge)
    line.rework("a", "hm")
    finish(line, "a", critical={"x": 2})
    assert [one["task"] for one in notices(line, "lease_lost")] == ["b"]
    last = rows(line, "SELECT data FROM event WHERE kind = 'rejected'")[-1]
    assert json.loads(last["data"])["attempt"]["fence"] == review.fence


def test_the_log_blames_nobody_for_what_is_reopened_by_itself(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    finish(line, "b")
    assert again(line, "a", critical={"x": 2}) == ["b"]
    (reopened,) = rows(line, "SELECT actor FROM event WHERE kind = 'reopened'")
    assert reopened["actor"] == "headwater"


def test_the_policys_bound_holds_for_automatic_rounds(line: Board) -> None:
    line.policy(reworks=1)
    finish(line, "a", critical={"x": 0})
    finish(line, "b")
    again(line, "a", critical={"x": 1})
    finish(line, "b")
    line.policy(reworks=5)
    line.rework("a", "hm")
    line.policy(reworks=1)
    finish(line, "a", critical={"x": 2})
    assert state(line, "b") == "held"
    assert state(line, "c") == "waiting"


def test_a_reader_of_a_part_is_reopened_by_that_part(board: Board) -> None:
    board.add([{"key": "big"}, {"key": "after", "needs": ["big"]}])
    board.split("big", [{"key": "b1"}, {"key": "b2"}])
    finish(board, "b1", critical={"x": 1})
    finish_all(board, "b2", "after")
    assert again(board, "b1", critical={"x": 1}) == []
    assert states(board)["after"] == states(board)["big"] == "done"
    assert again(board, "b1", critical={"x": 2}) == ["after"]
    assert (state(board, "big"), state(board, "after")) == ("done", "ready")


def test_a_reopened_part_reopens_its_container(board: Board) -> None:
    board.add([{"key": "up"}, {"key": "big", "needs": ["up"]}, {"key": "end", "needs": ["big"]}])
    board.split("big", [{"key": "b1"}])
    finish(board, "up", critical={"x": 1})
    finish(board, "b1")
    assert again(board, "up", critical={"x": 2}) == ["b1"]
    assert (state(board, "big"), state(board, "end")) == ("split", "waiting")


# -- what a reader was given -------------------------------------------------------------------


def inputs_of(board: Board, lease: str) -> list[tuple[str, str, Any, Any]]:
    changes = board.check(lease).inputs or []
    return [(one.task, one.key, one.old, one.new) for one in changes]


def test_a_reopened_reader_is_given_the_old_and_the_new_value(line: Board) -> None:
    finish(line, "a", critical={"x": 1, "y": "same"})
    finish(line, "b")
    again(line, "a", critical={"x": [2], "y": "same"})
    feedback = claim(line, "b").feedback or []
    assert feedback[-1]["inputs"] == [{"task": "a", "key": "x", "old": 1, "new": [2]}]
    (event,) = rows(line, "SELECT data FROM event WHERE kind = 'reopened'")
    assert json.loads(event["data"]) == {"source": "a", "inputs": feedback[-1]["inputs"]}


def test_a_long_value_is_cut_in_the_reason_and_many_are_counted(line: Board) -> None:
    many = {f"k{n:02}": "v" * 900 for n in range(30)}
    finish(line, "a", critical=many)
    finish(line, "b")
    again(line, "a", critical={key: value + "!" for key, value in many.items()})
    (entry,) = json.loads(texts(line, "b")["feedback"])
    assert len(entry["inputs"]) == limits.CHANGES_SHOWN
    assert all(len(json.dumps(one)) < 3 * limits.CHANGE_BYTES for one in entry["inputs"])
    assert "k00" in entry["text"]
    assert len(entry["text"]) < 2 * limits.LINE_CHARS


@pytest.mark.parametrize("kind", [str, list])
def test_of_long_values_the_part_is_shown_that_differs(line: Board, kind: type) -> None:
    same = "the same for long " * 40
    finish(line, "a", critical={"x": kind([*same]) if kind is list else f"{same}and HOME"})
    finish(line, "b")
    again(line, "a", critical={"x": kind([*same, "!"]) if kind is list else f"{same}and RESERVED"})
    (one,) = (claim(line, "b").feedback or [])[-1]["inputs"]
    assert one["old"] != one["new"]
    if kind is str:
        assert [one["old"][-8:], one["new"][-12:]] == ["and HOME", "and RESERVED"]
    assert one["old"].startswith("[...] ")
    assert all(len(one[name]) < 60 + len("RESERVED") for name in ("old", "new"))


def test_a_reader_that_waits_to_be_done_again_is_told_of_each_input_that_changes(
    board: Board,
) -> None:
    board.add([{"key": key} for key in ("p", "q", "s")])
    board.add([{"key": "z", "needs": ["p", "q"], "soft": ["s"]}])
    for key in ("p", "q", "s"):
        finish(board, key, critical={key: 1})
    finish(board, "z")
    for value in (2, 3):
        for key in ("p", "q", "s"):
            again(board, key, critical={key: value})
    assert state(board, "z") == "ready"
    (feedback,) = claim(board, "z").feedback or []
    assert feedback["text"] == "p was reworked: p; q was reworked: q; s was reworked: s"
    assert feedback["inputs"] == [
        {"task": key, "key": key, "old": 1, "new": 3} for key in ("p", "q", "s")
    ]
    assert events(board, "z").count("feedback") == 5, "each but the first, which reopened it"


def test_a_reader_that_waits_to_be_done_again_is_not_told_of_a_value_that_came_back(
    board: Board,
) -> None:
    board.add([{"key": "p"}, {"key": "q"}, {"key": "z", "needs": ["p", "q"]}])
    finish(board, "p", critical={"x": 1, "y": 1})
    finish(board, "q", critical={"q": 1})
    finish(board, "z")
    again(board, "p", critical={"x": 2})
    again(board, "p", critical={"x": 1, "y": 2})
    again(board, "q", critical={"q": 2})
    changed = [{"task": key, "key": name, "old": 1, "new": 2} for key, name in ("py", "qq")]
    assert (claim(board, "z").feedback or [])[0]["inputs"] == changed


def test_a_reader_is_told_of_a_value_that_changes_once_more_after_it_came_back(
    board: Board,
) -> None:
    board.add([{"key": "p"}, {"key": "z", "needs": ["p"]}])
    finish(board, "p", critical={"x": 1})
    finish(board, "z")
    again(board, "p", critical={"x": 2})
    again(board, "p", critical={"x": 1})
    again(board, "p", critical={"x": 3})
    (feedback,) = claim(board, "z").feedback or []
    assert feedback["text"] == "p was reworked: x"
    assert feedback["inputs"] == [{"task": "p", "key": "x", "old": 1, "new": 3}]


def test_what_is_done_again_for_another_reason_is_told_of_that_alone(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "p"}, {"key": "z", "needs": ["p"]}])
    finish(board, "p", critical={"p": 1})
    finish(board, "z")
    again(board, "p", critical={"p": 2})
    clock.advance(minutes=1)
    finish(board, "z")
    board.rework("z", "not so")
    again(board, "p", critical={"p": 3})
    first, second = claim(board, "z").feedback or []
    assert (first["text"], second["text"]) == ("p was reworked: p", "not so")
    assert first["inputs"] == [{"task": "p", "key": "p", "old": 1, "new": 2}]
    assert "inputs" not in second


def test_what_was_never_delivered_is_told_of_no_changes_when_it_is_done_again(
    board: Board,
) -> None:
    board.add([{"key": "p"}, {"key": "z", "needs": ["p"]}])
    finish(board, "p", critical={"p": 1})
    claim(board, "z")
    board.cancel(["z"])
    board.rework("z", "after all")
    again(board, "p", critical={"p": 2})
    assert [one["text"] for one in claim(board, "z").feedback or []] == ["after all"]


def test_whose_change_had_a_task_reopened_is_the_last_to_be_cut_from_its_briefing(
    board: Board,
) -> None:
    ups = [f"u{n}" for n in range(9)]
    contracts = [{"task": key, "keys": ["api"], "promise": "the api"} for key in ups]
    board.add([*({"key": key} for key in ups), {"key": "z", "contracts": contracts}])
    for key in ups:
        finish(
            board, key, summary="s" * 500, critical={"api": key * 450}, delivered={"z": "d" * 400}
        )
    finish(board, "z")
    critical = {"api": "changed" * 200}
    again(board, "u7", critical=critical, delivered={"z": "is otherwise" * 30})
    upstream = {one.task: one for one in claim(board, "z").upstream or []}
    assert upstream["u7"].critical == critical
    assert upstream["u7"].delivered == "is otherwise" * 30
    assert not all(one.critical for one in upstream.values())
    assert len(upstream) == len(ups)


def test_a_farther_upstream_that_a_briefing_had_no_room_for_was_not_read(board: Board) -> None:
    far = [f"far{n}" for n in range(30)]
    board.add([{"key": key, "title": "t" * 200} for key in far])
    board.add([{"key": "near", "needs": far}, {"key": "z", "needs": ["near"]}])
    for key in (*far, "near"):
        finish(board, key, critical={"x": 1})
    job = board.claim(worker(board), "z", brief="short")
    shown = {one.task for one in job.upstream or []}
    assert {"near", "far0"} <= shown
    assert "far29" not in shown
    board.finish(str(job.lease), summary="z is finished")
    assert again(board, "far29", critical={"x": 2}) == ["near"]
    finish(board, "near")
    assert state(board, "z") == "done"
    assert again(board, "far0", critical={"x": 2}) == ["near", "z"]
    finish(board, "near")
    (found,) = [one for one in claim(board, "z").upstream or [] if one.task == "far0"]
    assert found.round == 2


def test_a_changed_artifact_names_both_contents(line: Board) -> None:
    same = {"name": "e", "text": "the same"}
    finish(line, "a", artifacts=[same, {"name": "f", "text": "one"}])
    mine = lease(line, "b")
    line.rework("a", "hm")
    finish(line, "a", artifacts=[same, {"name": "f", "text": "other"}])
    ((task, key, old, new),) = inputs_of(line, mine)
    assert (task, key) == ("a", "artifact:f")
    assert (old["bytes"], new["bytes"]) == (3, 5)
    assert old["hash"] != new["hash"]


@pytest.mark.parametrize("where", ["path", "uri"])
def test_an_artifact_that_lies_elsewhere_now_reopens_its_readers(line: Board, where: str) -> None:
    finish(line, "a", artifacts=[{"name": "f", where: "s3:1"}])
    finish(line, "b")
    assert again(line, "a", artifacts=[{"name": "f", where: "s3:1"}]) == []
    assert again(line, "a", artifacts=[{"name": "f", where: "s3:2"}]) == ["b"]


def test_a_changed_text_shows_both_texts(line: Board) -> None:
    finish(line, "a", delivered={"b": "the old api"})
    mine = lease(line, "b")
    line.rework("a", "hm")
    finish(line, "a", delivered={"b": "the new api"}, changed=["b"])
    assert inputs_of(line, mine) == [("a", "text", "the old api", "the new api")]


def test_of_several_tasks_the_one_is_named_whose_input_changed(line: Board) -> None:
    line.policy(leases_per_session=2)
    line.add([{"key": "other", "priority": 5}])
    session = worker(line)
    claim(line, "other", session)
    finish(line, "a", critical={"x": 1})
    mine = lease(line, "b", session)
    line.rework("a", "hm")
    finish(line, "a", critical={"x": 2})
    assert inputs_of(line, mine) == [("a", "x", 1, 2)]
    assert line.check(session=session).next.endswith('(a: x); claim(task="b") shows them')


def test_a_critical_key_that_is_called_text_is_not_taken_for_the_text(line: Board) -> None:
    finish(line, "a", critical={"text": 1}, delivered={"b": "old"})
    mine = lease(line, "b")
    for said in ("new", "the same again"):
        line.rework("a", "hm")
        finish(line, "a", delivered={"b": said}, changed=["b"] if said == "new" else [])
    assert inputs_of(line, mine) == [("a", "text", "old", "the same again")]


def texts_meanwhile(board: Board, *texts: str) -> str:
    """b is active and was given the first text; each of the others is said to have changed, but
    for the last."""
    finish(board, "a", delivered={"b": texts[0]})
    mine = lease(board, "b")
    for text in texts[1:]:
        board.rework("a", "hm")
        changed = ["b"] if text is not texts[-1] else []
        finish(board, "a", delivered={"b": text}, changed=changed)
    return mine


def test_a_text_that_changed_in_an_earlier_round_than_the_last_is_a_change(line: Board) -> None:
    mine = texts_meanwhile(line, "old", "new", "same")
    assert line.finish(mine, summary="on the old text").state == "ready"
    assert "a: text" in str((claim(line, "b").feedback or [])[-1]["text"])


def test_a_text_that_changed_before_its_task_was_superseded_is_a_change(line: Board) -> None:
    finish(line, "a", delivered={"b": "old"})
    mine = lease(line, "b")
    line.rework("a", "hm")
    finish(line, "a", delivered={"b": "new"}, changed=["b"])
    line.add([{"key": "a2", "supersedes": "a"}])
    finish(line, "a2", delivered={"b": "new"})
    assert inputs_of(line, mine) == [("a2", "text", "old", "new")]


def test_a_text_that_changed_in_the_middle_of_a_line_of_superseding_tasks_is_a_change(
    line: Board,
) -> None:
    finish(line, "a", delivered={"b": "old"})
    mine = lease(line, "b")
    line.add([{"key": "a2", "supersedes": "a"}])
    finish(line, "a2", delivered={"b": "new"}, changed=["b"])
    line.add([{"key": "a3", "supersedes": "a2"}])
    finish(line, "a3", delivered={"b": "new"})
    assert inputs_of(line, mine) == [("a3", "text", "old", "new")]


def test_a_text_that_came_back_is_no_change(line: Board) -> None:
    mine = texts_meanwhile(line, "old", "new", "old")
    assert inputs_of(line, mine) == []


def test_a_key_that_is_taken_back_has_no_new_value(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    mine = lease(line, "b")
    line.rework("a", "hm")
    finish(line, "a", critical={"x": None})
    assert inputs_of(line, mine) == [("a", "x", 1, None)]


def redone_meanwhile(board: Board, *values: int) -> str:
    """b is active; a was finished with the first value, then redone with each of the others."""
    finish(board, "a", critical={"x": values[0]})
    mine = lease(board, "b")
    for value in values[1:]:
        board.rework("a", "hm")
        finish(board, "a", critical={"x": value})
    return mine


def test_a_finish_that_rests_on_an_input_its_holder_was_not_told_of_is_sent_back(
    line: Board,
) -> None:
    mine = redone_meanwhile(line, 1, 2)
    done = line.finish(mine, summary="made for 1")
    assert (done.state, done.reopened, states(line)["c"]) == ("ready", ["b"], "waiting")
    assert [(one.key, one.old, one.new) for one in done.inputs or []] == [("x", 1, 2)]
    assert "claim this task again" in done.next
    got = claim(line, "b")
    assert (got.round, got.attempt) == (1, 1)
    assert finish_again(line, got.lease or "") == "done"


def finish_again(board: Board, lease: str) -> str:
    return board.finish(lease, summary="again").state


def test_a_holder_that_was_told_finishes_and_is_compared_with_what_it_was_told(
    line: Board,
) -> None:
    mine = redone_meanwhile(line, 1, 2)
    assert inputs_of(line, mine) == [("a", "x", 1, 2)]
    assert finish_again(line, mine) == "done"
    assert again(line, "a", critical={"x": 2}) == []
    assert again(line, "a", critical={"x": 1}) == ["b"]


def test_a_value_that_came_back_before_the_holder_was_told_is_no_change(line: Board) -> None:
    mine = redone_meanwhile(line, 1, 2, 1)
    assert inputs_of(line, mine) == []
    assert finish_again(line, mine) == "done"


def test_a_finish_that_was_in_doubt_says_what_it_set_in_motion(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    finish(line, "b", critical={"y": 1})
    line.add([{"key": "d", "needs": ["b"]}])
    lease(line, "d")
    line.rework("b", "hm")
    mine = lease(line, "b")
    for value in (2, 1):
        line.rework("a", "hm")
        finish(line, "a", critical={"x": value})
    done = line.finish(mine, summary="b", critical={"y": 2})
    assert (done.unblocked, done.told) == (["c"], ["d"])


def test_a_value_that_comes_back_after_the_holder_was_told_is_a_change_for_it(
    line: Board,
) -> None:
    mine = redone_meanwhile(line, 1, 2)
    inputs_of(line, mine)
    line.rework("a", "hm")
    finish(line, "a", critical={"x": 1})
    assert inputs_of(line, mine) == [("a", "x", 2, 1)]


def test_what_a_holder_was_told_is_only_named_from_then_on_and_waits_end_by_it_once(
    line: Board,
) -> None:
    mine = redone_meanwhile(line, 1, 2)
    asked = CheckRequest(lease=mine)
    first = line.check(mine)
    assert first.inputs
    assert is_answer(asked, first)
    second = line.check(mine)
    assert second.inputs is None
    assert "(a: x)" in second.next
    assert 'claim(task="b")' in second.next
    assert not is_answer(asked, second)
    third = line.check(mine)
    assert third.next == second.next


def test_telling_a_holder_moves_no_revision(line: Board) -> None:
    mine = redone_meanwhile(line, 1, 2)
    before = line.revision()
    line.check(mine)
    assert line.revision() == before


def test_a_late_holder_is_held_to_the_same_rule(line: Board, clock: ManualClock) -> None:
    finish(line, "a", critical={"x": 1})
    mine = lease(line, "b")
    other = worker(line)
    for minutes in (90, 3):  # after a gap of all calls, expiry is put off
        clock.advance(minutes=minutes)
        line.check(session=other)
    assert state(line, "b") == "ready"
    again(line, "a", critical={"x": 2})
    assert line.finish(mine, summary="late, made for 1").state == "ready"


def test_a_handed_back_task_starts_without_doubt(line: Board) -> None:
    mine = redone_meanwhile(line, 1, 2)
    assert row(line, "b")["gate"] == "changed"
    line.finish(mine, "release", summary="not me")
    assert row(line, "b")["gate"] == ""


def test_a_delivery_that_needs_a_review_is_sent_back_before_anyone_reviews_it(line: Board) -> None:
    line.edit("b", set={"review": True})
    mine = redone_meanwhile(line, 1, 2)
    assert line.finish(mine, summary="made for 1").state == "ready"
    assert notices(line, "review_ready") == []


def test_a_soft_source_tells_its_active_reader_and_redoes_nobody(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "soft": ["a"]}])
    finish(board, "a", critical={"x": 1})
    mine = lease(board, "b")
    board.rework("a", "hm")
    assert finish(board, "a", critical={"x": 2}).told == ["b"]
    assert inputs_of(board, mine) == [("a", "x", 1, 2)]
    assert finish_again(board, mine) == "done"
    assert again(board, "a", critical={"x": 3}) == []
    assert again(board, "a", "all", critical={"x": 4}) == []


def test_a_soft_source_sends_nothing_back_that_waits_for_a_reviewer(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "soft": ["a"], "review": True}])
    finish(board, "a", critical={"x": 1})
    finish(board, "b")
    assert again(board, "a", critical={"x": 2}) == []
    assert state(board, "b") == "review"


def test_what_waits_to_be_merged_is_sent_back_when_an_input_changed(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    line.policy(release_on="merged")
    finish(line, "b")
    line.policy(release_on="accepted")
    assert again(line, "a", critical={"x": 2}) == ["b"]


def test_an_untold_change_of_a_soft_source_keeps_no_result_back(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "soft": ["a"]}])
    mine = redone_meanwhile(board, 1, 2)
    assert finish_again(board, mine) == "done"


def test_a_source_that_hard_edges_also_lead_to_binds(board: Board) -> None:
    board.add(
        [
            {"key": "a"},
            {"key": "m", "needs": ["a"]},
            {"key": "n", "needs": ["m"]},
            {"key": "s", "needs": ["a"]},
            {"key": "b", "needs": ["n"], "soft": ["s"]},
        ]
    )
    finish(board, "a", critical={"x": 1})
    finish_all(board, "m", "n", "s", "b")
    assert again(board, "a", critical={"x": 2}) == ["m", "n", "s", "b"]


def test_a_source_behind_a_soft_one_does_not_bind(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "s", "needs": ["a"]}, {"key": "b", "soft": ["s"]}])
    finish(board, "a", critical={"x": 1})
    finish_all(board, "s", "b")
    assert again(board, "a", critical={"x": 2}) == ["s"]


def test_a_direct_input_without_room_in_the_briefing_counts_all_the_same(board: Board) -> None:
    names = [f"u{n:02}" for n in range(30)]
    board.add([{"key": key} for key in names])
    board.add([{"key": "end", "needs": names}])
    for key in names:
        finish(board, key, summary="word " * 400, critical={"x": 1, "pad": "p" * 900})
    got = board.claim(worker(board), "end", brief="short")
    assert names[-1] not in {one.task for one in got.upstream or [] if one.critical}
    board.finish(got.lease or "", summary="s")
    assert again(board, names[-1], critical={"x": 2}) == ["end"]


def test_what_a_holder_is_shown_again_is_what_it_was_given(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    me = worker(line)
    mine = lease(line, "b", me)
    again(line, "a", critical={"x": 2})
    shown = line.claim(me, "b", brief="full")
    assert shown.upstream is not None
    assert (shown.already_holding, shown.upstream[0].critical) == (True, {"x": 2})
    reply = line.check(mine)
    assert "(a: x)" in reply.next
    told = next(one for one in reply.notices or [] if one.kind == "inputs_changed")
    assert (told.data or {})["inputs"] == [{"task": "a", "key": "x", "old": 1, "new": 2}]
    assert finish_again(line, mine) == "done"


def test_a_source_that_was_done_without_words_is_compared_by_the_contracts_keys(
    board: Board,
) -> None:
    contract = {"task": "a", "keys": ["x"]}
    board.add([{"key": "a"}, {"key": "b", "contracts": [contract]}, {"key": "c", "needs": ["a"]}])
    board.done("a")
    finish_all(board, "b", "c")
    assert again(board, "a", critical={"x": 1}) == ["b"]


def test_a_container_that_was_claimed_before_its_split_is_not_reopened_itself(
    board: Board,
) -> None:
    board.add([{"key": "a"}, {"key": "big", "needs": ["a"]}])
    finish(board, "a", critical={"x": 1})
    board.split("big", [{"key": "p1"}, {"key": "p2"}], lease=lease(board, "big"))
    finish_all(board, "p1", "p2")
    assert again(board, "a", critical={"x": 2}) == ["p1", "p2"]
    assert state(board, "big") == "split"


def test_what_a_person_did_rests_on_nothing_that_an_earlier_worker_read(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    line.finish(lease(line, "b"), "release", summary="no")
    line.done("b", "by hand")
    assert again(line, "a", critical={"x": 2}) == []


# -- a reader beyond the task between ------------------------------------------------------------


def claims_of(board: Board, key: str) -> int:
    return int(row(board, key)["fence"])


def test_a_far_reader_is_redone_once_after_the_task_between(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    finish(line, "b", critical={"y": 1})
    finish(line, "c")
    assert again(line, "a", critical={"x": 2}) == ["b", "c"]
    assert finish(line, "b", critical={"y": 2}).reopened is None
    assert state(line, "c") == "ready"
    finish(line, "c")
    assert set(states(line).values()) == {"done"}
    assert [claims_of(line, key) for key in "abc"] == [2, 2, 2]
    assert row(line, "c")["round"] == 2


def test_a_far_reader_is_redone_even_if_the_task_between_absorbs_the_change(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    finish(line, "b", critical={"y": 1})
    finish(line, "c")
    again(line, "a", critical={"x": 2})
    finish(line, "b", critical={"y": 1})
    got = claim(line, "c")
    assert {one.task: one.critical for one in got.upstream or []} == {"b": {"y": 1}, "a": {"x": 2}}
    assert str((got.feedback or [])[-1]["text"]) == "a was reworked: x"


def test_an_active_far_reader_is_told_by_each_of_its_sources(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    finish(line, "b", critical={"y": 1})
    mine = lease(line, "c")
    assert again(line, "a", critical={"x": 2}) == ["b"]
    assert inputs_of(line, mine) == [("a", "x", 1, 2)]
    finish(line, "b", critical={"y": 2})
    assert inputs_of(line, mine) == [("b", "y", 1, 2)]
    assert finish_again(line, mine) == "done"
    assert claims_of(line, "c") == 1


def test_a_far_reader_that_delivers_while_the_task_between_is_redone_is_settled_once(
    line: Board,
) -> None:
    finish(line, "a", critical={"x": 1})
    finish(line, "b", critical={"y": 1})
    mine = lease(line, "c")
    again(line, "a", critical={"x": 2})
    assert line.finish(mine, summary="made for 1").state == "review"
    assert finish(line, "b", critical={"y": 1}).reopened == ["c"]
    finish(line, "c")
    assert set(states(line).values()) == {"done"}
    assert claims_of(line, "c") == 2


def test_a_check_says_the_values_of_a_change_once(line: Board) -> None:
    finish(line, "a", critical={"x": 1, "y": 1})
    mine = lease(line, "b")
    again(line, "a", critical={"x": 2, "y": 1})
    reply = line.check(mine)
    assert [(one.key, one.old, one.new) for one in reply.inputs or []] == [("x", 1, 2)]
    told = [one.data for one in reply.notices or [] if one.kind == "inputs_changed"]
    assert told == [{"upstream": "a", "keys": ["x"]}]


def test_a_notice_keeps_values_that_its_reply_does_not_list(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    mine = lease(line, "b")
    again(line, "a", critical={"x": 2})
    again(line, "a", critical={"x": 1})
    reply = line.check(mine)
    assert reply.inputs is None
    told = [one.data for one in reply.notices or [] if one.kind == "inputs_changed"]
    assert [data["inputs"] for data in told if data] == [
        [{"task": "a", "key": "x", "old": 1, "new": 2}]
    ]


def test_a_late_finish_is_accepted_although_a_soft_input_changed(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}, {"key": "b", "soft": ["a"]}])
    finish(board, "a", critical={"x": 1})
    late = lease(board, "b")
    again(board, "a", critical={"x": 2})
    other = worker(board, "other")
    for _ in range(61):
        clock.advance(minutes=1)
        board.check(session=other)
    assert state(board, "b") == "ready"
    assert board.finish(late, summary="made with 1").state == "done"
