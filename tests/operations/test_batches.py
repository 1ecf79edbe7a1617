"""What a claim and a finish cost in bytes, beside the texts that agents wrote."""

from __future__ import annotations

import json
from typing import Any

from hands import claim, finish, worker

from headwater import Board

MOST_BYTES = 1_000


def _json_bytes(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def test_a_cycle_with_two_upstreams_uses_few_bytes_beside_the_agents_texts(board: Board) -> None:
    written = {
        "spec": "Build the service from the design.",
        "title": "Build the service",
        "summary": "The service is built and its tests pass.",
        "upstream": "What this upstream found out, in a sentence or two.",
    }
    for name in ("design", "research"):
        board.add([{"key": name, "title": written["title"]}])
        finish(board, name, summary=written["upstream"], critical={"port": 8080})
    board.add(
        [
            {
                "key": "build",
                "title": written["title"],
                "spec": written["spec"],
                "acceptance": ["tests pass"],
                "needs": ["design", "research"],
            },
            {"key": "deploy", "needs": ["build"]},
        ]
    )
    session = worker(board)
    asked: dict[str, Any] = {"session": session}
    got = claim(board, session=session)
    ended: dict[str, Any] = {"lease": got.lease, "summary": written["summary"]}
    done = board.finish(**ended)
    assert (got.task, done.unblocked) == ("build", ["deploy"])
    total = sum(map(_json_bytes, (asked, got.as_dict(), ended, done.as_dict())))
    texts = [written["spec"], written["summary"], "tests pass"]
    texts += [written["title"]] * 3 + [written["upstream"]] * 2
    beside = total - sum(len(text.encode()) for text in texts)
    assert beside <= MOST_BYTES, f"{beside} bytes beside the texts, {total} in all"


def test_a_claim_that_finds_nothing_is_short(board: Board) -> None:
    board.add([{"key": f"t{at}"} for at in range(30)])
    for at in range(30):
        board.claim(worker(board, f"w{at}"))
    assert _json_bytes(board.claim(worker(board)).as_dict()) < 700
