"""Reuse: a task is finished at once with what an identical, accepted one delivered."""

from __future__ import annotations

from typing import Any

import pytest
from hands import claim, events, finish, lease, notices, refused, row, rows, state, worker

from headwater import Board
from raw_sql import execute

SPEC = {"spec": "Write the parser.\nUse the grammar.", "acceptance": ["it parses"]}
LOOSE = {"spec": "Write  the parser. Use the\n grammar. ", "acceptance": [" it parses"]}


def earlier(board: Board, **more: Any) -> None:
    """`old` was done by ann."""
    board.add([{"key": "old", **SPEC, **more}])
    board.finish(
        lease(board, "old", worker(board, "ann")),
        summary="parsed",
        critical={"entry": "parse()"},
        artifacts=[{"name": "doc", "text": "how to parse"}],
        evidence={"1": "12 passed"},
    )


def again(board: Board, reuse: str = "exact", **spec: Any) -> Any:
    """Add `new` like `old` and return what `add` says of it."""
    reply = board.add([{"key": "new", **SPEC, **spec}], reuse=reuse)
    return reply.tasks[0]


def test_an_identical_task_is_done_at_once_with_what_the_earlier_one_delivered(
    board: Board,
) -> None:
    earlier(board)
    added = again(board)
    assert (added.state, added.reused_from) == ("done", "old")
    delivery = board.graph(task="new").delivery
    assert delivery is not None
    assert (delivery.summary, delivery.critical) == ("parsed", {"entry": "parse()"})
    assert (delivery.by[:4], delivery.reused_from) == ("ann/", "old")
    assert delivery.evidence == {"it parses": "12 passed"}
    assert board.graph(task="new", artifact="doc").artifact["text"] == "how to parse"


def test_of_a_large_batch_what_was_reused_is_listed_first(board: Board) -> None:
    earlier(board)
    others = [{"key": f"t{n}", "spec": f"Do {n}."} for n in range(300)]
    reply = board.add([*others, {"key": "new", **SPEC}], reuse="exact")
    assert [one.key for one in reply.tasks[:3]] == ["new", "t0", "t1"]
    assert reply.tasks[0].reused_from == "old"


def test_where_it_came_from_is_in_the_log_and_in_the_briefings_of_those_who_need_it(
    board: Board,
) -> None:
    earlier(board)
    board.add([{"key": "new", **SPEC}, {"key": "user", "needs": ["new"]}], reuse="exact")
    assert events(board, "new") == ["reused"]
    (upstream,) = claim(board, "user").upstream or []
    assert (upstream.summary, upstream.reused_from, (upstream.by or "")[:4]) == (
        "parsed",
        "old",
        "ann/",
    )
    assert upstream.critical == {"entry": "parse()"}
    assert "from old" in str(board.graph("history", task="new").as_dict())


def test_reuse_is_off_by_default_and_leaves_no_trace(board: Board) -> None:
    earlier(board)
    assert again(board, reuse="").state == "ready"
    assert rows(board, "SELECT * FROM fingerprint") == []
    assert rows(board, "SELECT reuse FROM board") == [{"reuse": 0}]


def test_exact_counts_white_space_and_normalised_does_not(board: Board) -> None:
    earlier(board)
    assert again(board, "exact", **LOOSE).state == "ready"
    board.add([{"key": "newer", **LOOSE}], reuse="normalised")
    assert state(board, "newer") == "done"
    shown = board.graph(task="newer").delivery
    assert shown is not None
    assert shown.evidence == {" it parses": "12 passed"}


@pytest.mark.parametrize(
    "other",
    [
        {"spec": "Write the lexer."},
        {"acceptance": ["it parses", "fast"]},
        {"acceptance": []},
        {"paths": ["src/**"]},
    ],
    ids=str,
)
def test_another_spec_acceptance_or_path_is_other_work(board: Board, other: dict[str, Any]) -> None:
    earlier(board)
    assert again(board, "normalised", **other).state == "ready"


def test_title_priority_and_estimate_do_not_count(board: Board) -> None:
    earlier(board)
    assert again(board, title="The parser", priority=3, estimate=20).state == "done"


def test_a_task_without_a_spec_is_told_by_its_title(board: Board) -> None:
    for key, title in (("a", "Build"), ("b", "Test"), ("c", "")):
        board.add([{"key": key, "title": title}])
        finish(board, key)
    added = board.add(
        [{"key": "a2", "title": "Build"}, {"key": "b2", "title": "Ship"}, {"key": "c2"}],
        reuse="exact",
    ).tasks
    assert [one.reused_from for one in added] == ["a", None, None]


@pytest.mark.parametrize("word", ["yes", "EXACT", "off"])
def test_another_word_is_refused(board: Board, word: str) -> None:
    earlier(board)
    with refused(board, "bad_request", "reuse"):
        again(board, word)


# -- what may be reused ------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["failed", "reworked", "superseded", "in review", "cancelled"])
def test_only_what_is_accepted_now_is_reused(board: Board, how: str) -> None:
    board.add([{"key": "start"}], reuse="exact")  # fingerprints are kept from here on
    if how == "failed":
        board.add([{"key": "old", **SPEC, "attempts": 1}])
        finish(board, "old", outcome="failed")
    else:
        earlier(board, review=how == "in review")
    if how == "reworked":
        board.rework("old", "wrong")
    elif how == "superseded":
        board.add([{"key": "better", "supersedes": "old"}])
    elif how == "cancelled":
        board.rework("old", "wrong")
        board.cancel(["old"])
    assert again(board).state == "ready"


def test_a_reworked_task_is_reused_with_its_new_result(board: Board) -> None:
    earlier(board)
    board.add([{"key": "start"}], reuse="exact")
    board.rework("old", "wrong")
    finish(board, "old", summary="parsed better")
    again(board)
    delivery = board.graph(task="new").delivery
    assert delivery is not None
    assert delivery.summary == "parsed better"


def test_the_newest_of_several_is_reused_also_a_reused_one(board: Board) -> None:
    earlier(board)
    again(board)
    board.rework("old", "wrong")
    (added,) = board.add([{"key": "third", **SPEC}], reuse="exact").tasks
    assert (added.state, added.reused_from) == ("done", "new")


def test_of_two_identical_ones_the_newer_delivery_is_reused(board: Board) -> None:
    board.add([{"key": "a", **SPEC}, {"key": "b", **SPEC}])
    for key in "ba":
        finish(board, key)
    (added,) = board.add([{"key": "new", **SPEC}], reuse="exact").tasks
    assert added.reused_from == "a"


def test_what_says_no_more_what_it_asks_is_not_reused_for_what_it_asked_before(
    board: Board,
) -> None:
    board.add([{"key": "start"}], reuse="exact")
    earlier(board)
    board.rework("old", "something else")
    board.edit("old", set={"spec": ""})
    finish(board, "old")
    assert again(board).state == "ready"


def test_what_was_edited_after_it_was_delivered_is_not_what_was_accepted(board: Board) -> None:
    earlier(board)
    board.edit("old", set={"spec": "Write the lexer."})
    (added,) = board.add(
        [{"key": "lexer", **SPEC, "spec": "Write the lexer."}], reuse="exact"
    ).tasks
    assert added.state == "ready"


@pytest.mark.parametrize("field", ["summary", "artifact", "spec"])
@pytest.mark.parametrize("known", [False, True])
def test_a_redacted_delivery_is_not_reused(board: Board, field: str, known: bool) -> None:
    if known:
        board.add([{"key": "start"}], reuse="exact")
    secret = "hunter2hunter2"
    board.add([{"key": "old", "spec": f"Log in with {secret}." if field == "spec" else "Log in."}])
    board.finish(
        lease(board, "old"),
        summary=secret if field == "summary" else "done",
        artifacts=[{"name": "log", "text": f"used {secret}" if field == "artifact" else "used"}],
    )
    board.redact(secret)
    (added,) = board.add([{"key": "new", "spec": "Log in."}], reuse="exact").tasks
    assert added.state == "ready"
    assert rows(board, "SELECT * FROM fingerprint WHERE normalised = ''") == []


def test_a_replacement_is_never_taken_from_what_it_replaces(board: Board) -> None:
    earlier(board)
    (added,) = board.add([{"key": "new", **SPEC, "supersedes": "old"}], reuse="exact").tasks
    assert added.state == "ready"


def test_a_task_that_supersedes_is_not_reused_from_anything(board: Board) -> None:
    earlier(board)
    board.add([{"key": "other"}])
    (added,) = board.add([{"key": "new", **SPEC, "supersedes": "other"}], reuse="exact").tasks
    assert added.state == "ready"


def test_evidence_that_is_demanded_must_have_been_given(board: Board) -> None:
    board.add([{"key": "old", **SPEC}])
    finish(board, "old")
    board.policy(evidence="required")
    assert again(board).state == "ready"


def test_evidence_that_is_demanded_and_was_given_is_taken_along(board: Board) -> None:
    earlier(board)
    board.policy(evidence="required")
    assert again(board).state == "done"


def test_an_artifact_that_lies_elsewhere_is_taken_along(board: Board) -> None:
    board.add([{"key": "old", **SPEC}])
    finish(board, "old", artifacts=[{"name": "parser", "path": "src/parser.py"}])
    assert again(board).state == "done"
    board.add([{"key": "user", "needs": ["new"]}])
    (upstream,) = claim(board, "user").upstream or []
    assert [one["path"] for one in upstream.artifacts or []] == ["src/parser.py"]


def test_after_a_redaction_what_it_did_not_touch_is_still_reused(board: Board) -> None:
    board.add(
        [{"key": "start"}, {"key": "other", "spec": "Log in with hunter2hunter2."}], reuse="exact"
    )
    earlier(board)
    board.redact("hunter2hunter2")
    assert again(board).state == "done"


# -- inputs ------------------------------------------------------------------------------------


def chain(board: Board, up: str, key: str, value: int, **more: Any) -> None:
    """`key` needs `up`, which delivers `value`; `key` is done too."""
    board.add([{"key": up}, {"key": key, **SPEC, "needs": [up], **more}])
    finish(board, up, summary="here", critical={"v": value})
    finish(board, key, critical={"made": value})


@pytest.mark.parametrize(("value", "expected"), [(1, "done"), (2, "ready")])
def test_inputs_must_be_equal_whatever_their_tasks_are_called(
    board: Board, value: int, expected: str
) -> None:
    chain(board, "up", "old", 1)
    board.add([{"key": "up2"}])
    finish(board, "up2", summary="here", critical={"v": value})
    assert again(board, needs=["up2"]).state == expected


def test_the_texts_of_inputs_count_too(board: Board) -> None:
    chain(board, "up", "old", 1)
    board.add([{"key": "up2"}])
    finish(board, "up2", summary="there", critical={"v": 1})
    assert again(board, "normalised", needs=["up2"]).state == "ready"


def test_only_the_keys_of_the_contract_count_of_the_values(board: Board) -> None:
    board.add([{"key": "up"}, {"key": "up2"}])
    finish(board, "up", summary="here", critical={"v": 1, "w": 1})
    finish(board, "up2", summary="here", critical={"v": 1, "w": 2})
    contract = {"expect": "v", "keys": ["v"]}
    board.add([{"key": "old", **SPEC, "contracts": [{"task": "up", **contract}]}])
    finish(board, "old")
    assert again(board, contracts=[{"task": "up2", **contract}]).state == "done"


def test_a_soft_upstream_that_delivered_nothing_does_not_count(board: Board) -> None:
    board.add([{"key": "hint"}, {"key": "old", **SPEC, "soft": ["hint"]}])
    finish(board, "old")
    assert again(board).state == "done"


def test_a_need_that_delivered_nothing_equals_only_itself(board: Board) -> None:
    board.add([{"key": "up"}, {"key": "up2"}])
    board.done("up")
    board.done("up2")
    board.add([{"key": "old", **SPEC, "needs": ["up"]}])
    finish(board, "old")
    assert again(board, needs=["up2"]).state == "ready"
    (same,) = board.add([{"key": "same", **SPEC, "needs": ["up"]}], reuse="exact").tasks
    assert same.state == "done"


def test_another_contract_with_an_input_is_other_work(board: Board) -> None:
    board.add([{"key": "up"}])
    finish(board, "up")
    board.add([{"key": "old", **SPEC, "contracts": [{"task": "up", "expect": "json"}]}])
    finish(board, "old")
    contract = {"task": "up", "expect": "xml"}
    assert again(board, "normalised", contracts=[contract]).state == "ready"


def test_a_task_whose_inputs_are_open_is_decided_when_the_last_is_accepted(board: Board) -> None:
    chain(board, "up", "old", 1)
    board.add([{"key": "up2"}, {"key": "other"}], reuse="exact")
    assert again(board, needs=["up2"]).state == "waiting"
    done = finish(board, "up2", summary="here", critical={"v": 1})
    assert (done.unblocked, done.reused) == ([], ["new"])
    assert state(board, "new") == "done"


def test_a_reuse_that_waits_for_its_review_frees_nobody(board: Board) -> None:
    chain(board, "up", "old", 1)
    board.add([{"key": "up2"}])
    again(board, needs=["up2"], review=True)
    board.add([{"key": "after", "needs": ["new"]}])
    finish(board, "up2", summary="here", critical={"v": 1})
    assert (state(board, "new"), state(board, "after")) == ("review", "waiting")


def test_a_chain_of_identical_tasks_is_reused_in_one_add(board: Board) -> None:
    plan: list[dict[str, Any]] = [
        {"key": "a", "spec": "one"},
        {"key": "b", "spec": "two", "needs": ["a"]},
        {"key": "c", "spec": "three", "needs": ["b"]},
        {"key": "d", "spec": "four", "needs": ["a", "c"]},
    ]
    board.add(plan)
    for one in plan:
        finish(board, one["key"], summary=f"did {one['spec']}", critical={one["spec"]: 1})
    second = [
        {**one, "key": f"{one['key']}2", "needs": [f"{n}2" for n in one.get("needs", [])]}
        for one in plan
    ]
    second[3]["spec"] = "four, but other"
    added = board.add(second, reuse="normalised").tasks
    assert [one.reused_from for one in added] == ["a", "b", "c", None]
    assert [one.state for one in added] == ["done", "done", "done", "ready"]


def test_a_reused_task_is_redone_when_an_input_changes(board: Board) -> None:
    chain(board, "up", "old", 1)
    assert again(board, needs=["up"]).state == "done"
    board.rework("up", "again")
    done = finish(board, "up", summary="here", critical={"v": 2})
    assert sorted(done.reopened or []) == ["new", "old"]
    assert claim(board, "new").round == 2


@pytest.mark.parametrize(("entry", "redone"), [("parse()", None), ("read()", ["user"])])
def test_readers_of_a_reused_task_are_compared_with_what_they_were_given(
    board: Board, entry: str, redone: list[str] | None
) -> None:
    earlier(board)
    contract = {"task": "new", "keys": ["entry"]}
    board.add([{"key": "new", **SPEC}, {"key": "user", "contracts": [contract]}], reuse="exact")
    finish(board, "user")
    board.rework("new", "again")
    assert finish(board, "new", critical={"entry": entry}).reopened == redone


def test_a_task_that_somebody_began_is_never_finished_by_reuse(board: Board) -> None:
    chain(board, "up", "old", 1)
    board.add([{"key": "up2"}])
    finish(board, "up2", summary="here", critical={"v": 2})
    assert again(board, needs=["up2"]).state == "ready"
    board.finish(lease(board, "new"), "release")
    board.rework("up2", "again")
    finish(board, "up2", summary="here", critical={"v": 1})
    assert state(board, "new") == "ready"


# -- promises ----------------------------------------------------------------------------------


def promised(key: str, to: str, promise: str) -> dict[str, Any]:
    return {"key": key, "contracts": [{"task": to, "promise": promise, "expect": "how"}]}


@pytest.mark.parametrize("by", ["text", "artifact"])
@pytest.mark.parametrize(("promise", "expected"), [("the address", "done"), ("the key", "ready")])
def test_promises_are_matched_by_their_contract(
    board: Board, by: str, promise: str, expected: str
) -> None:
    board.add([{"key": "old", **SPEC}, promised("user", "old", "the address")])
    answer: dict[str, Any] = (
        {"delivered": {"user": "port 80"}}
        if by == "text"
        else {"artifacts": [{"name": "user", "text": "port 80"}]}
    )
    finish(board, "old", **answer)
    board.add([{"key": "new", **SPEC}, promised("user2", "new", promise)], reuse="normalised")
    assert state(board, "new") == expected
    if expected == "done":
        (upstream,) = claim(board, "user2").upstream or []
        assert upstream.delivered == "port 80" or "user2" in str(upstream.artifacts)


@pytest.mark.parametrize(("reuse", "expected"), [("exact", "ready"), ("normalised", "done")])
def test_white_space_of_a_promise_counts_where_it_counts_elsewhere(
    board: Board, reuse: str, expected: str
) -> None:
    board.add([{"key": "old", **SPEC}, promised("user", "old", "the address")])
    finish(board, "old", delivered={"user": "port 80"})
    board.add([{"key": "new", **SPEC}, promised("user2", "new", "the  address")], reuse=reuse)
    assert state(board, "new") == expected


def test_what_was_promised_counts_as_it_was_when_it_was_accepted(board: Board) -> None:
    board.add([{"key": "start"}], reuse="exact")
    board.add([{"key": "old", **SPEC}, promised("user", "old", "the address")])
    finish(board, "old", delivered={"user": "port 80"})
    board.cancel(["user"])
    board.add([{"key": "new", **SPEC}, promised("user2", "new", "the address")], reuse="exact")
    assert state(board, "new") == "done"


@pytest.mark.parametrize(("key", "expected"), [("entry", "done"), ("doc", "done"), ("x", "ready")])
def test_what_lacks_a_key_that_a_consumer_uses_is_not_reused(
    board: Board, key: str, expected: str
) -> None:
    earlier(board)
    user = {"key": "user", "contracts": [{"task": "new", "keys": [key]}]}
    board.add([{"key": "new", **SPEC}, user], reuse="exact")
    assert state(board, "new") == expected


# -- review ------------------------------------------------------------------------------------


def test_a_review_is_not_skipped_and_not_done_by_the_author(board: Board) -> None:
    earlier(board)
    assert again(board, review=True).state == "review"
    assert [one["task"] for one in notices(board, "review_ready")] == ["new"]
    assert board.claim(worker(board, "ann"), kind="review").none is not None
    got = board.claim(worker(board, "rob"), kind="review")
    assert got.task == "new"
    assert got.delivery is not None
    assert (got.delivery.summary, got.delivery.by) == ("parsed", "ann/1")
    assert got.delivery.reused_from == "old", "the judge knows that it was made for another task"
    assert board.finish(got.lease or "", "approve").state == "done"


def test_only_those_who_can_review_it_are_told_of_a_review(board: Board) -> None:
    board.add([{"key": "old", **SPEC, "capabilities": ["sql"]}])
    board.finish(lease(board, "old", worker(board, "ann", "sql")), summary="parsed")
    assert again(board, review=True, capabilities=["sql"]).state == "review"
    assert [one["target"] for one in notices(board, "review_ready")] == ["reviewers:sql"]


def test_a_rejected_reuse_is_worked_on_like_any_task(board: Board) -> None:
    chain(board, "up", "old", 1)
    again(board, review=True, needs=["up"])
    token = board.claim(worker(board, "rob"), kind="review").lease or ""
    assert board.finish(token, "reject", notes="not here").state == "ready"
    got = claim(board, "new")
    assert (got.round, got.attempt, got.fence) == (1, 1, 2)
    assert board.finish(got.lease or "", summary="anew").state == "review"


@pytest.mark.parametrize("by", ["planner", "reviewer"])
def test_who_redoes_a_rejected_reuse_sees_it_and_keeps_what_he_does_not_say_anew(
    board: Board, by: str
) -> None:
    earlier(board)
    again(board, review=True)
    if by == "planner":
        board.rework("new", "not here")
    else:
        token = board.claim(worker(board, "rob"), kind="review").lease or ""
        board.finish(token, "reject", notes="not here")
    got = claim(board, "new")
    assert got.delivery is not None
    assert (got.delivery.summary, got.delivery.critical) == ("parsed", {"entry": "parse()"})
    done = board.finish(got.lease or "", summary="anew")
    assert done.as_before == ["entry", "artifact:doc"]


def test_a_reworked_reuse_is_worked_on_like_any_task(board: Board) -> None:
    chain(board, "up", "old", 1)
    again(board, needs=["up"])
    board.rework("new", "not here")
    assert finish(board, "new").state == "done"
    assert row(board, "new")["round"] == 2


# -- bounds ------------------------------------------------------------------------------------


def test_a_person_s_deed_without_words_is_nothing_to_reuse(board: Board) -> None:
    board.add([{"key": "old", **SPEC}])
    board.done("old")
    assert again(board).state == "ready"


def test_a_persons_deed_with_words_is_reused(board: Board) -> None:
    board.add([{"key": "old", **SPEC}])
    board.done("old", "did it on the train")
    assert again(board).state == "done"


def test_other_boards_are_other_worlds(board: Board) -> None:
    board.add([{"key": "start"}], reuse="exact")  # fingerprints are kept from here on
    earlier(board)
    other = Board(board.store, "other")
    (added,) = other.add([{"key": "new", **SPEC}], reuse="exact").tasks
    assert added.state == "ready"


def test_a_fingerprint_that_was_damaged_is_named(board: Board) -> None:
    chain(board, "up", "old", 1)
    board.add([{"key": "start"}], reuse="exact")

    def damage(what: str) -> list[str]:
        def change(tx: Any) -> None:
            execute(tx, f"UPDATE fingerprint SET {what} WHERE task_id = 2")

        board.store.write(change)
        return board.verify()

    (kept,) = rows(board, "SELECT * FROM fingerprint WHERE task_id = 2")
    assert damage("exact = 'x'") == ["task old: its fingerprint is another"]
    assert damage(f"exact = '{kept['exact']}'") == []


def test_a_need_that_nothing_was_read_of_may_be_done_anew(board: Board) -> None:
    """Whoever did it by hand had read nothing, so a new round of what it needs concerns nobody."""
    board.add([{"key": "start"}], reuse="exact")
    board.add([{"key": "up"}, {"key": "old", "needs": ["up"], **SPEC}])
    finish(board, "up", summary="first")
    board.done("old", "did it on the train")
    board.rework("up", "once more", consumers="none")
    assert board.verify() == []
    finish(board, "up", summary="second")
    assert state(board, "old") == "done"
    assert board.verify() == []
