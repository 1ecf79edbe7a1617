"""No text of a board has an access token in it: whoever reads the board could act as its owner."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hands import lease

from headwater import Board
from headwater.errors import BadRequest
from headwater.operations import access

Call = Callable[[Board, str], object]

CALLS: dict[str, Call] = {
    "add.spec": lambda b, t: b.add([{"key": "x", "spec": f"curl -H 'Authorization: Bearer {t}'"}]),
    "add.title": lambda b, t: b.add([{"key": "x", "title": f"use {t}"}]),
    "add.acceptance": lambda b, t: b.add([{"key": "x", "acceptance": [t]}]),
    "edit.spec": lambda b, t: b.edit("a", set={"spec": t}),
    "tell": lambda b, t: b.tell("all", t),
    "rework": lambda b, t: b.rework("a", t),
    "finish.summary": lambda b, t: b.finish(lease(b, "a"), summary=f"x{t}x"),
    "finish.notes": lambda b, t: b.finish(lease(b, "a"), notes=f"({t})"),
    "finish.critical": lambda b, t: b.finish(lease(b, "a"), critical={"api": {"keys": [t]}}),
    "finish.critical key": lambda b, t: b.finish(lease(b, "a"), critical={t: 1}),
    "finish.artifact": lambda b, t: b.finish(
        lease(b, "a"), artifacts=[{"name": "env", "text": f"T={t}\n"}]
    ),
    "check.note": lambda b, t: b.check(lease(b, "a"), note=t),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_a_text_with_an_access_token_is_refused_without_repeating_it(
    board: Board, call: Call
) -> None:
    board.add([{"key": "a"}])
    _, token = access.create(board.store, "bo", "work")
    with pytest.raises(BadRequest, match="holds an access token") as caught:
        call(board, token)
    assert token not in str(caught.value.as_dict())
    assert "hw_" in str(caught.value.message)


def test_how_a_token_begins_and_what_only_looks_like_one_may_be_said(board: Board) -> None:
    _, token = access.create(board.store, "bo", "work")
    board.add([{"key": "a", "spec": f"whose is {token[:16]}...? hw_modules, {token[3:]}"}])


def test_a_token_can_be_redacted_that_got_there_before(board: Board) -> None:
    board.add([{"key": "a", "spec": "the secret SALTY"}])
    _, token = access.create(board.store, "bo", "work")
    assert board.redact("SALTY").changed
    assert not board.redact(token).changed
