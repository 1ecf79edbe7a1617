"""Sessions belong to a credential, live in one window, and end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hands import lease, refused, row, worker

from headwater import Board
from headwater.clock import ManualClock
from headwater.errors import HeadwaterError, SessionElsewhere, UnknownSession
from headwater.operations.caller import Caller

OTHER = Caller(credential="other", rights="admin")


def _answer(call: Callable[[], object]) -> dict[str, object]:
    with pytest.raises(HeadwaterError) as error:
        call()
    return dict(error.value.as_dict())


def test_a_session_of_another_credential_gets_the_same_answer_as_an_absent_one(
    board: Board,
) -> None:
    board.add([{"key": "a"}])
    mine = worker(board)
    other = Board(board.store, board.name, OTHER)
    for call in (
        other.claim,
        lambda session: other.check(session=session),
        lambda session: other.join(session=session),
        lambda session: other.tell("all", "x", session=session),
    ):
        assert _answer(lambda c=call: c(mine)) == _answer(lambda c=call: c("s-absent"))


def test_a_lease_of_another_credential_gets_the_same_answer_as_a_forged_one(board: Board) -> None:
    board.add([{"key": "a"}])
    mine = lease(board, "a")
    forged = mine[:-16] + "A" * 16
    other = Board(board.store, board.name, OTHER)
    assert _answer(lambda: other.finish(mine)) == _answer(lambda: other.finish(forged))
    assert _answer(lambda: other.check(mine)) == _answer(lambda: other.check(forged))
    assert row(board, "a")["state"] == "active"
    changed = "if your access token was changed: join() anew"
    assert changed in _answer(lambda: other.finish(mine))["next"]
    assert "access token" not in _answer(lambda: board.finish(forged))["next"]


def test_a_session_of_another_board_is_unknown_here(board: Board) -> None:
    mine = worker(board)
    elsewhere = Board(board.store, "second")
    with pytest.raises(UnknownSession):
        elsewhere.claim(mine)


def test_a_lease_of_another_board_is_unknown_here(board: Board) -> None:
    elsewhere = Board(board.store, "second")
    board.add([{"key": "a"}])
    elsewhere.add([{"key": "a"}])
    theirs = elsewhere.claim(worker(elsewhere)).lease
    assert theirs is not None
    lease(board, "a")
    with refused(board, "bad_request", "not a lease of this board"):
        board.finish(theirs)


def test_a_call_without_any_session_is_told_to_join(board: Board) -> None:
    with refused(board, "unknown_session", "none was given", "join("):
        board.claim()
    with refused(board, "unknown_session", "none was given", "join("):
        board.check()


@pytest.mark.parametrize("token", ["s-absent", "x", "s-a.b", "s-a.0", "s-a.2", "'", "s-a\u00e9"])
def test_an_unknown_or_malformed_session_is_refused(board: Board, token: str) -> None:
    with refused(board, "unknown_session", "no such session", "join()"):
        board.claim(token)


def test_an_ended_session_cannot_be_used_or_resumed(board: Board) -> None:
    mine = worker(board)
    board.check(session=mine, leave=True)
    with refused(board, "unknown_session"):
        board.claim(mine)
    with refused(board, "unknown_session"):
        board.join(session=mine)


def test_a_session_alive_in_another_window_is_not_resumed_without_take(board: Board) -> None:
    mine = board.join("ann", window="one").session
    with refused(board, "session_elsewhere", "alive in another window", "take=true"):
        board.join(session=mine, window="two")


def test_the_same_window_resumes_without_take_and_keeps_its_lease(board: Board) -> None:
    board.add([{"key": "a"}])
    mine = board.join("ann", window="one").session
    token = lease(board, "a", mine)
    again = board.join(session=mine, window="one")
    assert again.session == mine
    assert again.leases[0].lease == token
    assert board.finish(token, summary="x").state == "done"


def test_a_window_long_silent_is_resumed_elsewhere_without_take_and_fenced_off(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    mine = board.join("ann", window="one").session
    old = lease(board, "a", mine)
    clock.advance(minutes=11)
    taken = board.join(session=mine, window="two")
    assert taken.leases[0].lease != old
    with refused(board, "stale_lease", "resumed_elsewhere", "check(session=...) shows"):
        board.finish(old)


def test_taking_a_session_over_fences_the_older_windows_lease(board: Board) -> None:
    board.add([{"key": "a"}])
    mine = board.join("ann", window="one").session
    old = lease(board, "a", mine)
    taken = board.join(session=mine, window="two", take=True)
    assert taken.next.startswith("pass the new `session` from now on; ")
    assert "new `session`" not in board.join(session=taken.session, window="two").next
    new = taken.leases[0].lease
    with refused(board, "stale_lease", "resumed_elsewhere"):
        board.finish(old, summary="from the old window")
    assert row(board, "a")["fence"] == 1, "the grip tells the windows apart, not the fence"
    assert board.finish(new, summary="x").state == "done"


def test_the_older_windows_check_is_told_resumed_elsewhere(board: Board) -> None:
    board.add([{"key": "a"}])
    mine = board.join("ann", window="one").session
    old = lease(board, "a", mine)
    board.join(session=mine, window="two", take=True)
    lost = board.check(old).lost
    assert lost is not None
    assert [(one.task, one.why) for one in lost] == [("a", "resumed_elsewhere")]


@pytest.mark.parametrize("done", [False, True], ids=["held", "finished"])
def test_the_older_windows_check_takes_no_notices_from_the_newer_window(
    board: Board, done: bool
) -> None:
    board.add([{"key": "a"}])
    mine = board.join("ann", window="one").session
    old = lease(board, "a", mine)
    if done:
        board.finish(old)
    new = board.join(session=mine, window="two", take=True).session
    board.tell(to="agent:ann", text="stop")
    assert board.check(old).notices is None
    board.check(old)
    told = board.check(session=new).notices
    assert told is not None
    assert [one.text for one in told] == ["stop"]
    board.check(old)
    assert board.check(session=new, seen=0).notices == told, "nor are they acknowledged by it"


def test_the_older_windows_session_gets_no_lease_any_more(board: Board) -> None:
    board.add([{"key": "a"}])
    mine = board.join("ann", window="one").session
    lease(board, "a", mine)
    new = board.join(session=mine, window="two", take=True).session
    for call in (lambda: board.claim(mine), lambda: board.check(session=mine)):
        with pytest.raises(SessionElsewhere) as error:
            call()
        assert error.value.state["why"] == "resumed_elsewhere"
    assert board.claim(new).already_holding


def test_leaving_by_a_fenced_off_lease_does_not_end_the_newer_windows_session(
    board: Board,
) -> None:
    board.add([{"key": "a"}])
    mine = board.join("ann", window="one").session
    old = lease(board, "a", mine)
    new = board.join(session=mine, window="two", take=True).session
    assert board.check(old, leave=True).left is None
    assert row(board, "a")["state"] == "active"
    assert board.claim(new).task == "a"


def test_leaving_by_the_lease_of_a_finished_task_does_not_end_the_newer_windows_session(
    board: Board,
) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    mine = board.join("ann", window="one").session
    old = lease(board, "a", mine)
    board.finish(old)
    lease(board, "b", mine)
    new = board.join(session=mine, window="two", take=True).session
    reply = board.check(old, leave=True)
    assert reply.left is None
    assert reply.warnings is not None
    assert reply.warnings[0].startswith("not left: ")
    assert row(board, "b")["state"] == "active"
    assert board.claim(new).task == "b"


def test_a_session_can_be_taken_back_by_the_first_window(board: Board) -> None:
    board.add([{"key": "a"}])
    mine = board.join("ann", window="one").session
    lease(board, "a", mine)
    board.join(session=mine, window="two", take=True)
    back = board.join(session=mine, window="one", take=True)
    assert board.finish(back.leases[0].lease, summary="x").state == "done"


def test_a_lapsed_lease_is_fenced_too_when_another_window_takes_the_session(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    mine = board.join("ann", window="one").session
    old = lease(board, "a", mine)
    clock.advance(minutes=4)
    for _ in range(15):
        clock.advance(minutes=4)
        board.check(session=worker(board, "bob"))
    assert row(board, "a")["lapsed_session_id"]
    new = board.join(session=mine, window="two", take=True).session
    with refused(board, "stale_lease"):
        board.finish(old)
    assert [held.task for held in board.check(session=new).leases] == ["a"]


def test_background_renewal_by_an_older_window_does_nothing(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    mine = board.join("ann", window="one").session
    lease(board, "a", mine)
    new = board.join(session=mine, window="two", take=True).session
    clock.advance(minutes=1)
    before = row(board, "a")["lease_until_ms"]
    board.renew([mine])
    assert row(board, "a")["lease_until_ms"] == before
    board.renew([new])
    assert row(board, "a")["lease_until_ms"] == before + 60_000


def test_a_session_holds_one_lease_and_is_given_its_briefing_again(board: Board) -> None:
    board.add([{"key": "a", "spec": "do it"}, {"key": "b"}])
    mine = worker(board)
    first = board.claim(mine)
    again = board.claim(mine)
    assert (again.task, again.lease, again.spec) == ("a", first.lease, "do it")
    assert again.already_holding
    assert row(board, "a")["fence"] == 1


def test_claiming_another_task_while_holding_one_is_refused(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    mine = worker(board)
    lease(board, "a", mine)
    with refused(board, "already_holding", "already holds a", "finish it"):
        board.claim(mine, "b")


def test_the_policy_may_allow_more_leases_for_one_session(board: Board) -> None:
    board.policy(leases_per_session=2)
    board.add([{"key": key} for key in "abc"])
    mine = worker(board)
    assert [board.claim(mine).task for _ in range(3)] == ["a", "b", "a"]


def test_of_several_held_tasks_the_one_that_is_asked_for_is_shown_again(board: Board) -> None:
    board.policy(leases_per_session=3)
    board.add([{"key": "a"}, {"key": "b"}])
    mine = worker(board)
    _first, second = board.claim(mine, count=2)
    again = board.claim(mine, "b")
    assert (again.task, again.lease) == ("b", second.lease)


def test_leaving_frees_all_leases_at_once_and_charges_no_attempt(board: Board) -> None:
    board.policy(leases_per_session=2)
    board.add([{"key": "a"}, {"key": "b"}])
    mine = worker(board)
    board.claim(mine, count=2)
    assert board.check(session=mine, leave=True).left
    for key in "ab":
        assert (row(board, key)["state"], row(board, key)["attempt"]) == ("ready", 0)


def test_a_window_is_told_which_of_its_sessions_still_live_there(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    stays, left, taken, holds = (worker(board, name) for name in ("a", "b", "c", "d"))
    ended = lease(board, "a", left)
    held = lease(board, "b", holds)
    board.check(session=left, leave=True)
    away = board.join(session=taken, window="two", take=True).session
    tokens = [stays, left, taken, "s-absent", ""]
    assert board.living(tokens, [ended, held, "forged#1.x"]) == [stays, holds]
    assert board.living([away]) == [away]


def test_whoever_names_a_wrong_parent_is_told_that_it_is_the_parent(board: Board) -> None:
    worker(board, "ann")
    for parent in ("ann/1", "s-absent"):
        with refused(board, "unknown_session", "as your parent's", "without it"):
            board.join("sub", parent=parent)


def test_whoever_passes_the_name_that_others_see_is_told_what_a_session_is(board: Board) -> None:
    worker(board, "ann")
    with refused(board, "unknown_session", "no such session here", "that join returned"):
        board.claim("ann/1")


def test_a_lease_that_went_to_another_window_is_followed_by_a_look_and_no_claim(
    board: Board,
) -> None:
    board.add([{"key": "a"}])
    mine = board.join("ann", window="one").session
    old = lease(board, "a", mine)
    board.join(session=mine, window="two", take=True)
    reply = board.check(old)
    assert reply.lost
    assert reply.next.startswith("check(session=...) shows what you hold")


def test_what_a_session_holds_is_told_without_a_call_of_it(
    board: Board, clock: ManualClock
) -> None:
    board.policy(leases_per_session=3)
    board.add([{"key": key} for key in ("a", "b", "c")])
    session = worker(board, "ann")
    tokens = {key: board.claim(session, task=key).lease for key in ("a", "b")}
    board.tell("agent:ann", "mind the edge")
    before = board.revision()

    def held() -> dict[str, str | None]:
        return {one.task: one.lease for one in board.held(session)}

    assert held() == tokens
    for _ in range(2):  # the first claim after such a gap gives holders time to come back
        clock.advance(minutes=61)
        board.claim(worker(board, "bob"), kind="review")
    assert [row(board, key)["state"] for key in tokens] == ["ready", "ready"]
    assert held() == tokens, "they could still be finished"
    board.claim(worker(board, "cy"), task="a")
    assert held() == {"b": tokens["b"]}
    assert Board(board.store, board.name, OTHER).held(session) == []
    assert board.held("s-absent") == []
    assert board.revision() > before
    told = [one.text for one in board.check(session=session).notices or []]
    assert "mind the edge" in told
