"""Joining: opening a session, and taking one up again."""

from __future__ import annotations

import pytest
from hands import claim, lease, refused, worker

from headwater import Board
from headwater.clock import ManualClock
from headwater.errors import BadRequest, StaleLease
from headwater.operations.caller import Caller


def test_a_new_session_holds_nothing_and_sees_the_counts(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    joined = board.join("ann")
    assert joined.leases == []
    assert joined.counts == {"ready": 1, "waiting": 1}
    assert not joined.resumed


def test_every_join_gives_another_token(board: Board) -> None:
    assert len({board.join("ann").session for _ in range(20)}) == 20


def test_others_see_the_agent_and_a_number_and_never_the_token(board: Board) -> None:
    joined = board.join("ann")
    assert joined.agent.startswith("ann/")
    assert joined.session not in joined.agent


def test_resuming_restores_the_lease_and_the_note(board: Board) -> None:
    board.add([{"key": "a"}])
    session = worker(board, "ann")
    token = lease(board, "a", session)
    board.check(token, note="half way")
    again = board.join(session=session)
    assert again.resumed
    assert [(held.task, held.lease, held.note) for held in again.leases] == [
        ("a", token, "half way")
    ]
    assert "a" in again.next


def test_earlier_sessions_that_hold_something_are_offered_for_resuming(board: Board) -> None:
    board.add([{"key": "a"}])
    earlier = board.join("ann", workspace="/repo").session
    claim(board, "a", earlier)
    later = board.join("ann", workspace="/repo")
    assert later.resumable is not None
    assert [(one.session, one.holds) for one in later.resumable] == [(earlier, ["a"])]
    assert "join(session=ITS_SESSION, take=true)" in later.next


def test_a_join_that_names_no_workspace_is_offered_the_sessions_of_all(board: Board) -> None:
    board.add([{"key": key} for key in "abc"])
    claim(board, "a", board.join("ann", workspace="/repo").session)
    claim(board, "b", board.join("ann").session)
    claim(board, "c", board.join("bob", workspace="/repo").session)
    back = board.join("ann")
    assert "if that was you, in its workspace, join(session=ITS_SESSION, take=true)" in back.next
    assert sorted((one.workspace or "", one.holds) for one in back.resumable or []) == [
        ("", ["b"]),
        ("/repo", ["a"]),
    ]


@pytest.mark.parametrize(("agent", "workspace"), [("bob", "/repo"), ("ann", "/elsewhere")])
def test_sessions_of_another_agent_or_workspace_are_not_offered(
    board: Board, agent: str, workspace: str
) -> None:
    board.add([{"key": "a"}])
    claim(board, "a", board.join("ann", workspace="/repo").session)
    assert board.join(agent, workspace=workspace).resumable is None


def test_a_session_without_a_lease_is_not_offered(board: Board) -> None:
    board.join("ann")
    assert board.join("ann").resumable is None


def test_sessions_without_a_lease_hide_no_earlier_one_that_holds_something(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    earlier = worker(board, "ann")
    claim(board, "a", earlier)
    for _ in range(6):
        clock.advance(minutes=1)
        (offered,) = board.join("ann").resumable or []
        assert (offered.session, offered.holds) == (earlier, ["a"])


def test_windows_that_are_open_hide_no_earlier_session_whose_host_has_died(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": key} for key in "abcdefg"])
    first = board.join("ann").session
    lease(board, "a", first)
    for number, key in enumerate("bcdefg"):
        clock.advance(minutes=1)
        window = Board(board.store, board.name, Caller(process=f"{number}@elsewhere"))
        window.claim(window.join("ann").session, key)
    here = Board(board.store, board.name, Caller(process="9@elsewhere"))
    assert [one.session for one in here.join("ann").resumable or []] == [first]


def test_an_expired_lease_is_reclaimed_by_a_join(board: Board, clock: ManualClock) -> None:
    board.add([{"key": "a"}])
    lease(board, "a")
    board.claim(worker(board, "bob"))
    clock.advance(minutes=59)
    board.claim(worker(board, "bob"))
    clock.advance(minutes=2)
    assert board.join("ann").counts == {"ready": 1}


@pytest.mark.parametrize(
    "name", ["a\nb", "a\x00b", "a\x1b[31m", "a\u202eb", "x" * 101, "\ud800", "a\x7f"]
)
def test_a_hostile_agent_name_is_refused(board: Board, name: str) -> None:
    with refused(board, "bad_request", "agent"):
        board.join(name)


@pytest.mark.parametrize("capability", ["a,b", "", " ", "a\nb", "x" * 101])
def test_a_malformed_capability_is_refused(board: Board, capability: str) -> None:
    with refused(board, "bad_request", "capabilit"):
        board.join("ann", capabilities=[capability])


def test_more_capabilities_than_the_limit_are_refused(board: Board) -> None:
    with refused(board, "bad_request", "capabilities"):
        board.join("ann", capabilities=[f"c{at}" for at in range(17)])


def test_a_name_that_looks_like_sql_or_markup_is_only_a_name(board: Board) -> None:
    name = "'; DROP TABLE task; -- <script>"
    joined = board.join(name)
    assert joined.agent.startswith(name)
    assert board.join("ann").counts == {}


def test_an_unknown_argument_is_refused_with_the_allowed_names() -> None:
    from headwater.verbs.sessions import JoinRequest

    with pytest.raises(BadRequest) as error:
        JoinRequest.parse({"agnet": "ann"})
    assert "agnet: no such argument" in error.value.message
    assert "capabilities" in error.value.next


def test_resuming_gives_back_the_notices_that_were_not_read(board: Board) -> None:
    board.add([{"key": "a"}])
    session = worker(board, "ann")
    lease(board, "a", session)
    board.tell("agent:ann", "the port is 8080", task="a")
    again = board.join(session=session)
    assert again.notices is not None
    assert [(one.kind, one.text) for one in again.notices] == [("message", "the port is 8080")]
    assert board.check(session=session).notices is None


def test_resuming_renews_what_it_gives_back(board: Board, clock: ManualClock) -> None:
    board.add([{"key": "a"}])
    session = worker(board, "ann")
    lease(board, "a", session)
    clock.advance(minutes=4)
    board.check(session=worker(board, "bob"))
    assert board.join(session=session).leases[0].expires_in_s == 3600


def silent_for_hours(board: Board, clock: ManualClock) -> None:
    """Others go on, so that the leases of whoever is silent run out."""
    bob = worker(board, "bob")
    for _ in range(40):
        clock.advance(minutes=4)
        board.check(session=bob)


def test_a_lease_that_ran_out_comes_back_if_nobody_took_the_task(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    session = board.join("ann", workspace="/repo").session
    token = lease(board, "a", session)
    board.check(token, note="half way")
    silent_for_hours(board, clock)
    later = board.join("ann", workspace="/repo")
    assert later.resumable is not None
    assert [(one.session, one.holds) for one in later.resumable] == [(session, ["a"])]
    again = board.join(session=session)
    assert [(held.task, held.lease, held.note) for held in again.leases] == [
        ("a", token, "half way")
    ]
    assert board.finish(token, summary="x").state == "done"


def test_a_lease_that_ran_out_and_was_taken_does_not_come_back_but_is_told(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    session = worker(board, "ann")
    token = lease(board, "a", session)
    silent_for_hours(board, clock)
    claim(board, "a", worker(board, "bob"))
    again = board.join(session=session)
    assert again.leases == []
    assert again.notices is not None
    assert [(one.kind, one.task) for one in again.notices] == [("lease_lost", "a")]
    with pytest.raises(StaleLease):
        board.finish(token, summary="x")


def test_a_join_by_name_names_the_session_of_the_calls_before_it(board: Board) -> None:
    board.add([{"key": "a"}])
    silent = board.join().session
    token = lease(board, "a", silent)
    window = Board(board.store, board.name, Caller(default_session=silent))
    named = window.join("ann/x", workspace="/repo")
    assert (named.session, named.resumed) == (silent, True)
    assert named.agent.startswith("ann-x/")
    assert [(held.task, held.lease) for held in named.leases] == [("a", token)]
    assert board.finish(token, summary="x").state == "done"


def test_a_session_that_has_a_name_is_not_named_again(board: Board) -> None:
    silent = board.join().session
    window = Board(board.store, board.name, Caller(default_session=silent))
    assert window.join("ann").session == silent
    assert window.join("bob").session != silent
    assert window.join("ann").session == silent


@pytest.mark.parametrize("how", ["without a name", "with a parent", "taken over", "ended"])
def test_a_join_that_cannot_mean_the_session_of_the_calls_before_opens_one(
    board: Board, how: str
) -> None:
    board.add([{"key": "a"}])
    silent = board.join(window="one").session
    claim(board, "a", silent)
    window = Board(board.store, board.name, Caller(default_session=silent))
    if how == "taken over":
        board.join(session=silent, window="two", take=True)
    elif how == "ended":
        board.check(session=silent, leave=True)
    joined = window.join(
        "" if how == "without a name" else "ann", parent=silent if how == "with a parent" else ""
    )
    assert (joined.resumed, joined.leases) == (False, [])
    assert joined.session.partition(".")[0] != silent
