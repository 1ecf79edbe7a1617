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
    done = board.finish(got.lease or "", summary="x", critical={"url": "u"})
    assert (done.state, done.warnings) == ("done", ["c uses port: not delivered"])


def test_every_unanswered_promise_is_named_and_nothing_is_changed(board: Board) -> None:
    token = _contract(board, "c", "d")
    with refused(board, "missing_promises", "c, d", "delivered={CONSUMER: text}") as error:
        board.finish(token, summary="done")
    assert error.value.state["missing"] == [
        {"to": "c", "promise": "p-c"},
        {"to": "d", "promise": "p-d"},
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


def test_a_key_of_the_contract_that_is_not_delivered_is_a_warning(board: Board) -> None:
    contract = {"task": "a", "promise": "an api", "keys": ["url", "port", "schema.json"]}
    board.add([{"key": "a"}, {"key": "b", "contracts": [contract]}])
    made: dict[str, Any] = {
        "critical": {"url": "u"},
        "artifacts": [{"name": "schema.json", "text": "{}"}],
    }
    done = finish(board, "a", delivered={"b": "here"}, **made)
    assert done.state == "done"
    assert done.warnings == ["b uses port: not delivered"]
