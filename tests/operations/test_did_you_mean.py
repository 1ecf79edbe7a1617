"""Misspelt names: of tasks, agents and arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hands import lease, refused, worker

from headwater import Board
from headwater.errors import BadRequest, UnknownTask
from headwater.verbs.plan import AddRequest
from headwater.verbs.work import CheckRequest

_CALLS: dict[str, Callable[[Board], Any]] = {
    "view": lambda board: board.graph(view="task", task="parsr"),
    "picture": lambda board: board.graph(view="mermaid", task="parsr"),
    "edit": lambda board: board.edit("parsr", set={"priority": 1}),
    "edit needs": lambda board: board.edit("model", add_needs=["parsr"]),
    "edit contract": lambda board: board.edit("model", contracts=[{"task": "parsr"}]),
    "rework": lambda board: board.rework("parsr", "again"),
    "split": lambda board: board.split("parsr", [{"key": "x"}]),
    "cancel": lambda board: board.cancel(["parsr"]),
    "needs": lambda board: board.add([{"key": "x", "needs": ["parsr"]}]),
    "contract": lambda board: board.add(
        [{"key": "x", "needs": ["parsr"], "contracts": [{"task": "parsr", "expect": "y"}]}]
    ),
    "before": lambda board: board.add([{"key": "x", "before": ["parsr"]}]),
    "tell": lambda board: board.tell("all", "x", task="parsr"),
}


@pytest.mark.parametrize("call", _CALLS.values(), ids=_CALLS)
def test_a_misspelt_task_is_answered_with_the_one_that_was_meant(
    board: Board, call: Callable[[Board], Any]
) -> None:
    board.add([{"key": "parser"}, {"key": "model"}, {"key": "chapter-12"}])
    with refused(board, "unknown_task", "parsr", "did you mean parser?"):
        call(board)
    session = worker(board)
    with refused(board, "unknown_task", "did you mean parser?"):
        board.claim(session, "parsr")


def test_a_key_like_no_other_is_answered_without_a_guess(board: Board) -> None:
    board.add([{"key": "parser"}])
    with refused(board, "unknown_task") as error:
        board.graph(task="deploy")
    assert "mean" not in str(error.value)


def test_a_need_may_have_meant_a_task_of_the_same_call(board: Board) -> None:
    board.add([{"key": "model"}])
    with refused(board, "unknown_task", "modle, parsr", "did you mean model, parser?"):
        board.add([{"key": "parser"}, {"key": "x", "needs": ["parsr", "modle"]}])


def test_on_a_large_board_the_keys_nearby_are_looked_at(
    board: Board, statements: list[str]
) -> None:
    board.add([{"key": f"task-{n:04}-parser"} for n in range(1_000)])
    statements.clear()
    with pytest.raises(UnknownTask, match="did you mean task-0500-parser"):
        board.edit("task-0500-parsr", set={"priority": 1})
    assert len(statements) < 20


@pytest.mark.parametrize("name", ["ann", "ann/1"])
def test_the_bare_name_of_an_agent_that_is_there_is_that_agent(board: Board, name: str) -> None:
    ann = worker(board, "ann")
    assert board.tell(name, "hello").to == "agent:ann"
    told = board.check(session=ann).notices
    assert [one.text for one in told or []] == ["hello"]


def test_a_name_that_is_no_agent_is_answered_with_the_form(board: Board) -> None:
    with refused(board, "bad_request") as error:
        board.tell("wanda", "hello")
    assert "agent:wanda" in error.value.next
    with refused(board, "bad_request") as error:
        board.tell("cancel(tasks=all) now", "hello")
    assert "cancel" not in f"{error.value} {error.value.next}"


def test_a_message_to_nobody_is_said_to_need_somebody(board: Board) -> None:
    with refused(board, "bad_request", "`to` or `topic` is needed"):
        board.tell(text="hello")


def test_a_misspelt_argument_is_answered_with_the_one_that_was_meant() -> None:
    with pytest.raises(BadRequest, match=r"sesion: no such argument; did you mean session\?"):
        CheckRequest.parse({"sesion": "s"})
    with pytest.raises(BadRequest) as wrong:
        AddRequest.parse({"tasks": [{"key": "a", "neds": ["b"], "colour": "red"}]})
    assert str(wrong.value).endswith("no such argument; did you mean needs?")
    with pytest.raises(BadRequest) as wrong:
        CheckRequest.parse({"colour": 1})
    assert "mean" not in str(wrong.value)


def test_evidence_for_no_item_is_named_where_its_name_is_a_word(board: Board) -> None:
    board.add([{"key": "a", "acceptance": ["rows are sorted"]}])
    held = lease(board, "a")
    with refused(board, "bad_request", "1 name in `evidence` ('sorted')"):
        board.finish(held, evidence={"sorted": "yes"})
    with refused(board, "bad_request", "2 names in `evidence` ('x', number 3 of them)"):
        board.finish(held, evidence={"x": "1", "1": "2", "drop it all; now": "3"})
