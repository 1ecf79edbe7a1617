"""What holds for all tasks: a task that is done at once, and that all others name in `soft`."""

from __future__ import annotations

from hands import claim, finish, lease, state, worker

from headwater import Board


def test_what_holds_for_all_is_in_every_briefing_and_a_change_of_it_sends_nobody_back(
    board: Board,
) -> None:
    board.add([{"key": key, "soft": ["rules"]} for key in "abc"] + [{"key": "rules"}])
    finish(board, "rules", summary="Spaces, no tabs.", critical={"branch": "next"})
    finish(board, "a")
    ann = worker(board, "ann")
    seen = claim(board, "b", ann)
    assert [(one.summary, one.critical) for one in seen.upstream or []] == [
        ("Spaces, no tabs.", {"branch": "next"})
    ]
    board.rework("rules", "tabs after all")
    board.finish(lease(board, "rules"), summary="Tabs.", critical={"branch": "main"})
    told = board.check(session=ann)
    assert "inputs_changed" in [one.kind for one in told.notices or []]
    assert state(board, "a") == "done"
    assert (claim(board, "c").upstream or [])[0].summary == "Tabs."
    assert board.finish(seen.lease or "", summary="with tabs").state == "done"
