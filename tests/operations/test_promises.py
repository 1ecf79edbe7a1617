"""The promise gate: `done` answers every contracted promise to a live consumer."""

from __future__ import annotations

from typing import Any

import pytest
from hands import claim, finish, lease, refused

from headwater import Board


def _contract(board: Board, *consumers: str) -> str:
    """A producer `p` with a promise to each consumer; its lease."""
    board.add([{"key": "p"}])
    board.add(
        [
            {
                "key": name,
                "needs": ["p"],
                "contracts": [{"task": "p", "expect": f"e-{name}", "promise": f"p-{name}"}],
            }
            for name in consumers
        ]
    )
    return lease(board, "p")


def test_what_a_task_owes_is_in_its_briefing(board: Board) -> None:
    token = _contract(board, "c")
    board.undo_claim(token)
    owes = claim(board, "p").owes
    assert owes is not None
    assert [(one.to, one.promise, one.expect) for one in owes] == [("c", "p-c", "e-c")]


def test_what_is_expected_in_the_words_of_the_promise_is_said_once(board: Board) -> None:
    contract = {"task": "p", "expect": "an api", "promise": "an api"}
    board.add([{"key": "p"}, {"key": "c", "needs": ["p"], "contracts": [contract]}])
    got = claim(board, "p")
    assert [(one.promise, one.expect) for one in got.owes or []] == [("an api", None)]
    board.finish(got.lease or "", summary="x", delivered={"c": "here it is"})
    upstream = claim(board, "c").upstream or []
    assert [(one.promise, one.expect) for one in upstream] == [("an api", None)]


def test_keys_that_a_consumer_relies_on_are_owed_without_a_promise_too(board: Board) -> None:
    board.add(
        [
            {"key": "p"},
            {"key": "c", "contracts": [{"task": "p", "expect": "e", "keys": ["url", "port"]}]},
            {"key": "plain", "needs": ["p"]},
            {"key": "soft", "soft": ["p"]},
        ]
    )
    got = claim(board, "p")
    assert [one.model_dump(exclude_none=True) for one in got.owes or []] == [
        {"to": "c", "expect": "e", "keys": ["url", "port"]}
    ]
    with refused(
        board, "missing_promises", "lacks what its consumers use: port;", "critical="
    ) as error:
        board.finish(got.lease or "", summary="x", critical={"url": "u"})
    assert error.value.state["missing"] == [{"to": "c", "expect": "e", "keys": ["port"]}]
    done = board.finish(got.lease or "", summary="x", critical={"url": "u", "port": None})
    assert (done.state, done.warnings) == ("done", None)


def test_every_unanswered_promise_is_named_and_nothing_is_changed(board: Board) -> None:
    token = _contract(board, "c", "d")
    with refused(board, "missing_promises", "c, d", "delivered={CONSUMER: text}") as error:
        board.finish(token, summary="done")
    assert error.value.state["missing"] == [
        {"to": "c", "expect": "e-c", "promise": "p-c"},
        {"to": "d", "expect": "e-d", "promise": "p-d"},
    ]


def test_only_what_is_missing_is_named(board: Board) -> None:
    token = _contract(board, "c", "d")
    with refused(board, "missing_promises", "promise to: d;"):
        board.finish(token, summary="done", delivered={"c": "here"})


@pytest.mark.parametrize("text", ["", "  ", "\n\t"])
def test_blank_text_answers_nothing(board: Board, text: str) -> None:
    token = _contract(board, "c")
    with refused(board, "missing_promises"):
        board.finish(token, delivered={"c": text})


@pytest.mark.parametrize(
    "answer",
    [{"delivered": {"c": "here"}}, {"artifacts": [{"name": "c", "path": "out/c.md"}]}],
)
def test_text_or_an_artifact_named_like_the_consumer_answers_a_promise(
    board: Board, answer: dict[str, Any]
) -> None:
    token = _contract(board, "c")
    assert board.finish(token, **answer).state == "done"


def test_what_was_delivered_reaches_its_consumer_and_no_other(board: Board) -> None:
    token = _contract(board, "c", "d")
    board.finish(token, delivered={"c": "for c", "d": "for d"})
    for name in "cd":
        upstream = claim(board, name).upstream
        assert upstream is not None
        assert (upstream[0].delivered, upstream[0].promise) == (f"for {name}", f"p-{name}")


def test_a_cancelled_consumer_is_owed_nothing(board: Board) -> None:
    token = _contract(board, "c")
    board.cancel(["c"])
    assert board.finish(token, summary="x").state == "done"


@pytest.mark.parametrize("argument", [{"delivered": {"ghost": "x"}}, {"changed": ["ghost"]}])
def test_an_answer_to_a_task_that_is_no_consumer_is_refused(
    board: Board, argument: dict[str, Any]
) -> None:
    token = _contract(board, "c")
    arguments = {**argument, "delivered": {"c": "here", **argument.get("delivered", {})}}
    with refused(board, "bad_request", "nothing named ghost depends on p") as error:
        board.finish(token, **arguments)
    assert error.value.state["consumers"] == ["c"]


def test_who_is_told_of_a_change_must_be_a_consumer_too(board: Board) -> None:
    board.add([{"key": "p"}, {"key": "ghost"}])
    token = lease(board, "p")
    with refused(board, "bad_request", "nothing named ghost depends on p"):
        board.finish(token, changed=["ghost"])


def test_a_consumers_name_that_is_no_key_is_refused_without_repeating_it(board: Board) -> None:
    token = _contract(board, "c")
    with refused(board, "bad_request", "delivered", "a key is a slug") as error:
        board.finish(token, delivered={"<b>evil</b>": "x"})
    assert "evil" not in error.value.message


def test_the_other_outcomes_owe_nothing(board: Board) -> None:
    token = _contract(board, "c")
    assert board.finish(token, "release", summary="not mine").state == "ready"


def test_a_late_finish_that_misses_a_promise_can_still_be_repeated(
    board: Board, clock: Any
) -> None:
    token = _contract(board, "c")
    board.join("other")
    clock.advance(minutes=59)
    board.join("other")
    clock.advance(minutes=2)
    board.join("other")
    with refused(board, "missing_promises"):
        board.finish(token, summary="late")
    assert board.finish(token, delivered={"c": "here"}).state == "done"


def test_a_key_of_the_contract_that_is_not_delivered_is_missing_like_a_promise(
    board: Board,
) -> None:
    contract = {"task": "a", "promise": "an api", "keys": ["url", "port", "schema.json"]}
    board.add([{"key": "a"}, {"key": "b", "contracts": [contract]}])
    token = lease(board, "a")
    schema: dict[str, Any] = {"name": "schema.json", "text": "{}"}
    with refused(board, "missing_promises", "promise to: b; a lacks", "url, port") as error:
        board.finish(token, artifacts=[schema])
    assert error.value.state["missing"] == [
        {"to": "b", "promise": "an api", "keys": ["url", "port"]}
    ]
    made: dict[str, Any] = {"critical": {"url": "u", "port": 80}, "artifacts": [schema]}
    assert board.finish(token, delivered={"b": "here"}, **made).warnings is None


def test_a_key_that_was_delivered_before_is_taken_back_by_null_in_a_new_round(board: Board) -> None:
    contract = {"task": "p", "keys": ["url", "port"]}
    board.add([{"key": "p"}, {"key": "c", "contracts": [contract]}])
    finish(board, "p", critical={"url": "u", "port": 1})
    finish(board, "c")
    board.rework("p", feedback="no port")
    done = finish(board, "p", critical={"port": None})
    assert (done.warnings, done.reopened, done.as_before) == (None, ["c"], ["url"])


def test_a_misspelt_consumer_is_named_rather_than_the_promise_it_leaves_open(board: Board) -> None:
    token = _contract(board, "cache")
    with refused(board, "bad_request", "nothing named cahce depends on p; nothing was changed"):
        board.finish(token, delivered={"cahce": "here"})


def test_what_is_the_same_as_before_need_not_be_said_again(board: Board) -> None:
    token = _contract(board, "c", "d")
    board.finish(token, delivered={"c": "for c", "d": "for d"})
    board.rework("p", feedback="d is wrong")
    again = lease(board, "p")
    with refused(board, "missing_promises", '"same" keeps what it was given before'):
        board.finish(again, summary="x")
    board.finish(again, delivered={"c": "same", "d": "new"})
    given = [(claim(board, name).upstream or [])[0].delivered for name in "cd"]
    assert given == ["for c", "new"]


def test_an_artifact_of_an_earlier_round_still_answers_its_promise(board: Board) -> None:
    board.add([{"key": "p"}, {"key": "c", "contracts": [{"task": "p", "promise": "api"}]}])
    finish(board, "p", artifacts=[{"name": "c", "text": "the api"}])
    board.rework("p", "say it better")
    assert finish(board, "p").state == "done"


def test_what_was_never_delivered_cannot_stay_the_same(board: Board) -> None:
    token = _contract(board, "c")
    with refused(board, "missing_promises") as error:
        board.finish(token)
    assert "same" not in (error.value.next or "")
    with refused(board, "bad_request", "nothing was delivered to c before"):
        board.finish(token, delivered={"c": "same"})


def test_a_consumer_that_was_split_and_its_parts_are_owed_one_answer(board: Board) -> None:
    contract = {"task": "p", "expect": "e", "promise": "api", "keys": ["url"]}
    board.add([{"key": "p"}, {"key": "c", "contracts": [contract]}])
    board.split("c", [{"key": "c1"}, {"key": "c2"}])
    got = claim(board, "p")
    assert [one.to for one in got.owes or []] == ["c"]
    board.finish(got.lease or "", delivered={"c": "for both"}, critical={"url": "u"})
    given = [(claim(board, name).upstream or [])[0].delivered for name in ("c1", "c2")]
    assert given == ["for both", "for both"]


def test_a_part_that_uses_more_keys_than_its_container_is_owed_them(board: Board) -> None:
    contract = {"task": "p", "keys": ["url"]}
    board.add([{"key": "p"}, {"key": "c", "contracts": [contract]}])
    board.split("c", [{"key": "c1", "contracts": [{**contract, "keys": ["url", "port"]}]}])
    assert [one.to for one in claim(board, "p").owes or []] == ["c", "c1"]


def test_a_container_whose_parts_need_its_upstream_no_more_is_owed_its_answer(
    board: Board,
) -> None:
    board.add([{"key": "p"}, {"key": "c", "contracts": [{"task": "p", "promise": "api"}]}])
    board.split("c", [{"key": "c1", "soft": ["p"]}])
    assert [one.to for one in claim(board, "p").owes or []] == ["c"]


def test_where_each_part_has_a_promise_of_its_own_the_container_is_owed_nothing(
    board: Board,
) -> None:
    contract = {"task": "p", "promise": "api"}
    board.add([{"key": "p"}, {"key": "c", "contracts": [contract]}])
    board.split("c", [{"key": f"c{n}", "contracts": [contract]} for n in (1, 2)])
    got = claim(board, "p")
    assert [one.to for one in got.owes or []] == ["c1", "c2"]
    done = board.finish(got.lease or "", delivered={"c1": "one", "c2": "two"})
    assert done.state == "done"


def test_a_container_is_owed_its_answer_while_one_part_has_no_promise_of_its_own(
    board: Board,
) -> None:
    contract = {"task": "p", "promise": "api"}
    board.add([{"key": "p"}, {"key": "c", "contracts": [contract]}])
    board.split("c", [{"key": "c1", "contracts": [contract]}, {"key": "c2"}])
    token = lease(board, "p")
    with refused(board, "missing_promises", "promise to: c;"):
        board.finish(token, delivered={"c1": "one"})


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_part_that_does_not_wait_for_an_answer_leaves_the_container_owed_none(
    board: Board, cancelled: bool
) -> None:
    contract = {"task": "p", "promise": "api"}
    board.add([{"key": "p"}, {"key": "c", "contracts": [contract]}])
    other = {"key": "c2"} if cancelled else {"key": "c2", "soft": ["p"]}
    board.split("c", [{"key": "c1", "contracts": [contract]}, other])
    if cancelled:
        board.cancel(["c2"])
    assert [one.to for one in claim(board, "p").owes or []] == ["c1"]


def test_a_part_delivers_nothing_to_its_container(board: Board) -> None:
    board.add([{"key": "big"}])
    board.split("big", [{"key": "part"}])
    token = lease(board, "part")
    with refused(board, "bad_request", "nothing named big depends on part"):
        board.finish(token, delivered={"big": "all of it"})


@pytest.mark.parametrize("where", ["cancelled", "elsewhere"])
def test_a_key_that_no_other_part_can_deliver_any_more_is_missing(board: Board, where: str) -> None:
    used = {"promise": "api", "keys": ["url"]}
    board.add([{"key": "p"}, {"key": "q"}])
    board.add([{"key": "c", "contracts": [{"task": "p", **used}, {"task": "q", **used}]}])
    board.split("p", [{"key": "p1", "answers": ["c"]}, {"key": "p2", "answers": ["c"]}])
    if where == "cancelled":
        board.cancel(["p2"])
    else:
        board.split("q", [{"key": "q1", "answers": ["c"]}])
    token = lease(board, "p1" if where == "cancelled" else "q1")
    with refused(board, "missing_promises", "url"):
        board.finish(token, delivered={"c": "x"})


@pytest.mark.parametrize("parts", [1, 2])
def test_a_key_that_another_part_may_still_deliver_is_no_more_than_a_warning(
    board: Board, parts: int
) -> None:
    contract = {"task": "p", "promise": "api", "keys": ["url"]}
    board.add([{"key": "p"}, {"key": "c", "contracts": [contract]}])
    board.split("p", [{"key": f"p{n}", "answers": ["c"]} for n in range(parts)])
    token = lease(board, "p0")
    if parts == 1:
        with refused(board, "missing_promises", "url"):
            board.finish(token, delivered={"c": "x"})
    else:
        done = board.finish(token, summary="x", delivered={"c": "x"})
        assert done.warnings == ["c uses url: not delivered"]


def test_what_is_only_expected_is_shown_and_not_demanded(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "contracts": [{"task": "a", "expect": "the port"}]}])
    given = claim(board, "a")
    (owed,) = given.owes or []
    assert owed.model_dump(exclude_none=True) == {"to": "b", "expect": "the port"}
    assert board.finish(given.lease or "").state == "done"


def test_the_last_part_of_a_split_is_shown_what_is_only_expected(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "contracts": [{"task": "a", "expect": "the port"}]}])
    board.split("a", [{"key": "a1"}, {"key": "a2", "needs": ["a1"]}])
    first = claim(board, "a1")
    assert not first.owes
    board.finish(first.lease or "")
    (owed,) = claim(board, "a2").owes or []
    assert (owed.to, owed.expect, owed.promise) == ("b", "the port", None)
