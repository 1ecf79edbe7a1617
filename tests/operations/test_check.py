"""Check: renew, leave a note, learn what happened."""

from __future__ import annotations

import pytest
from hands import claim, events, finish, lease, refused, row, states, worker

from headwater import Board, limits
from headwater.clock import ManualClock


def test_a_check_renews_its_lease_without_a_revision(board: Board, clock: ManualClock) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    revision = board.revision()
    clock.advance(minutes=50)
    checked = board.check(token)
    assert [(held.task, held.lease, held.expires_in_s) for held in checked.leases] == [
        ("a", token, 3600)
    ]
    assert board.revision() == revision == checked.revision


def test_a_check_by_session_renews_all_its_leases(board: Board, clock: ManualClock) -> None:
    board.policy(leases_per_session=3)
    board.add([{"key": key} for key in "abc"])
    session = worker(board)
    board.claim(session, count=3)
    clock.advance(minutes=50)
    assert [held.expires_in_s for held in board.check(session=session).leases] == [3600] * 3


def test_a_lease_past_its_end_that_nobody_reclaimed_is_simply_renewed(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    clock.advance(minutes=61)
    assert board.check(token).leases[0].expires_in_s == 3600
    assert row(board, "a")["attempt"] == 1


def test_a_note_is_kept_for_the_successor(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    board.check(token, note="the parser is done", progress=40)
    assert row(board, "a")["progress"] == 40
    board.finish(token, "release")
    assert claim(board, "a").note == "the parser is done"


def test_a_note_leaves_the_progress_as_it_is_and_a_progress_the_note(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    board.check(token, note="the parser is done", progress=40)
    board.check(token, note="the printer, too")
    assert row(board, "a")["progress"] == 40
    board.check(token, progress=0)
    assert row(board, "a")["progress"] == 0
    assert board.check(token).leases[0].note == "the printer, too"


def test_a_note_with_several_leases_must_say_which_task(board: Board) -> None:
    board.policy(leases_per_session=2)
    board.add([{"key": "a"}, {"key": "b"}])
    session = worker(board)
    one, _ = board.claim(session, count=2)
    with refused(board, "bad_request", "belongs to one task", "check(lease="):
        board.check(session=session, note="which?")
    board.check(one.lease or "", note="this one")
    assert board.join(session=session).leases[0].note == "this one"


@pytest.mark.parametrize("progress", [-2, 101, float("nan")])
def test_a_progress_that_is_no_percentage_is_refused(board: Board, progress: float) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    with refused(board, "bad_request", "progress"):
        board.check(token, progress=progress)


def test_changed_inputs_are_shown_old_and_new(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    finish(board, "a", critical={"port": 80, "host": "x"})
    token = lease(board, "b")
    assert board.check(token).inputs is None
    board.rework("a", "another port")
    finish(board, "a", critical={"port": 81, "host": "x"})
    inputs = board.check(token).inputs
    assert inputs is not None
    assert [(one.task, one.key, one.old, one.new) for one in inputs] == [("a", "port", 80, 81)]


def test_an_input_that_went_back_to_what_was_read_is_no_change(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    finish(board, "a", critical={"port": 80})
    token = lease(board, "b")
    for port in (81, 80):
        board.rework("a", "another port")
        finish(board, "a", critical={"port": port})
    assert board.check(token).inputs is None


@pytest.mark.parametrize(
    ("more", "said"), [(0, "see whether your work"), (1, "21 inputs changed, 20 are listed; ")]
)
def test_of_many_changed_inputs_some_are_listed_and_all_are_counted(
    board: Board, more: int, said: str
) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    count = limits.CHANGES_SHOWN + more
    finish(board, "a", critical={f"k{n}": 1 for n in range(count)})
    token = lease(board, "b")
    board.rework("a", "other values")
    finish(board, "a", critical={f"k{n}": 2 for n in range(count)})
    checked = board.check(token)
    assert len(checked.inputs or []) == limits.CHANGES_SHOWN
    assert checked.next.startswith(said)


def test_a_reviewer_is_told_of_no_inputs_that_the_work_under_review_has_not_read(
    board: Board,
) -> None:
    board.add([{"key": "a"}, {"key": "b", "soft": ["a"], "review": True}])
    finish(board, "a", critical={"port": 80})
    finish(board, "b")
    review = lease(board, "b", worker(board, "rob"))
    board.rework("a", "another port")
    finish(board, "a", critical={"port": 81})
    assert board.check(review).inputs is None
    board.finish(review, "reject", notes="no tests")
    (port,) = (one.critical for one in claim(board, "b").upstream or [])
    assert port == {"port": 81}


def test_what_was_said_about_a_task_that_is_not_held_any_more_is_named(board: Board) -> None:
    board.add([{"key": "a"}])
    session = worker(board)
    token = lease(board, "a", session)
    board.finish(token)
    for arguments in ({"lease": token}, {"session": session}):
        reply = board.check(**arguments, note="half", progress=50, cost={"tokens": 9})
        assert reply.warnings is not None
        assert reply.warnings[0].startswith("not kept: note, progress, cost; ")
        assert board.check(**arguments).warnings is None


def test_leaving_frees_the_leases_and_says_how_to_come_back(board: Board) -> None:
    board.add([{"key": "a"}])
    session = worker(board)
    lease(board, "a", session)
    left = board.check(session=session, leave=True)
    assert (left.left, left.leases) == (True, [])
    assert "join()" in left.next
    assert row(board, "a")["state"] == "ready"


def test_leaving_with_a_note_keeps_the_note(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    board.check(token, note="stopped here", leave=True)
    assert claim(board, "a").note == "stopped here"


def test_a_lease_of_a_session_that_left_is_over(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    board.check(token, leave=True)
    with refused(board, "stale_lease", "is over (left)"):
        board.finish(token)


def test_a_lapsed_lease_ends_for_good_when_its_session_leaves(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    session = worker(board)
    token = lease(board, "a", session)
    other = worker(board, "other")
    for _ in range(61):
        clock.advance(minutes=1)
        board.check(session=other)
    assert row(board, "a")["lapsed_session_id"]
    left = board.check(session=session, leave=True)
    assert left.left
    assert (row(board, "a")["lapsed_session_id"], row(board, "a")["state"]) == (0, "ready")
    with refused(board, "stale_lease"):
        board.finish(token)


def test_a_lapsed_lease_beside_another_ends_for_good_when_its_session_leaves(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    session = worker(board)
    lease(board, "a", session)
    other = worker(board, "other")
    for _ in range(61):
        clock.advance(minutes=1)
        board.check(session=other)
    lease(board, "b", session)
    board.check(session=session, leave=True)
    assert row(board, "a")["lapsed_session_id"] == 0
    assert states(board) == {"a": "ready", "b": "ready"}
    assert events(board)[-1] == "left"


def test_a_reviewer_that_leaves_gives_the_review_back(board: Board) -> None:
    board.add([{"key": "a", "review": True}])
    finish(board, "a")
    rob = worker(board, "rob")
    claim(board, "a", rob)
    assert [held.kind for held in board.check(session=rob).leases] == ["review"]
    assert board.check(session=rob, leave=True).left
    assert (row(board, "a")["state"], row(board, "a")["attempt"]) == ("review", 1)
    assert board.finish(lease(board, "a", worker(board, "sue")), "approve").state == "done"


def test_background_renewal_stops_when_its_agent_made_no_call_for_long(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "short", "estimate": 5}])
    session = worker(board)
    lease(board, "short", session)
    for minutes in range(10, 181, 10):
        clock.advance(minutes=10)
        before = row(board, "short")["lease_until_ms"]
        board.renew([session])
        assert (row(board, "short")["lease_until_ms"] > before) == (minutes <= 120)


def test_background_renewal_goes_on_for_four_times_a_long_estimate(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "long", "estimate": 60}])
    session = worker(board)
    lease(board, "long", session)
    for minutes in range(30, 301, 30):
        clock.advance(minutes=30)
        before = row(board, "long")["lease_until_ms"]
        board.renew([session])
        assert (row(board, "long")["lease_until_ms"] > before) == (minutes <= 240)


def test_background_renewal_goes_by_the_estimate_of_each_task_that_a_session_holds(
    board: Board, clock: ManualClock
) -> None:
    board.policy(leases_per_session=2)
    board.add([{"key": "short", "estimate": 5}, {"key": "long", "estimate": 60}])
    session = worker(board)
    board.claim(session, count=2)
    clock.advance(minutes=150)
    before = {key: row(board, key)["lease_until_ms"] for key in ("short", "long")}
    board.renew([session])
    assert row(board, "long")["lease_until_ms"] > before["long"]
    assert row(board, "short")["lease_until_ms"] == before["short"]


def test_whoever_leaves_is_told_what_was_not_kept(board: Board) -> None:
    reply = board.check(session=worker(board), note="the key is in the vault", leave=True)
    assert reply.left
    assert reply.warnings == [
        'not kept: note; no task is held here. tell(to="planners", text=...) reaches who plans'
    ]


def test_a_note_is_not_said_back_to_whoever_writes_it(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    assert board.check(token, note="half way").leases[0].note is None
    assert board.check(token).leases[0].note == "half way"


def test_who_checks_a_board_that_is_done_hears_what_a_claim_would_say(board: Board) -> None:
    board.add([{"key": "a"}])
    lead = worker(board, "lead")
    assert board.check(session=lead).next == "claim() takes the next task"
    finish(board, "a")
    reply = board.check(session=lead)
    assert [one.kind for one in reply.notices or []] == ["all_done"]
    assert reply.next == board.claim(lead).next
    assert reply.next.startswith("everything is done: stop")


def test_a_question_and_its_answer_are_told_whole(board: Board) -> None:
    lead, ann = worker(board, "lead"), worker(board, "ann")
    board.add([{"key": "a"}])
    question = "Which of these, and why? " * 30
    board.finish(lease(board, "a", ann), "blocked", summary=question)
    (asked,) = board.check(session=lead).notices or []
    assert (asked.text, asked.more) == (question.strip(), None)
    answer = "The first, as it is there already. " * 30
    board.rework("a", answer, session=lead)
    (told,) = board.check(session=ann).notices or []
    assert (told.kind, told.text) == ("answered", answer)


def test_a_notice_that_is_cut_says_where_it_is_whole(board: Board) -> None:
    lead = worker(board, "lead")
    board.add([{"key": "a"}])
    board.finish(lease(board, "a"), "blocked", summary="x" * 2 * limits.NOTICE_TEXT_BYTES)
    (asked,) = board.check(session=lead).notices or []
    assert str(asked.text).endswith(" [...]")
    assert asked.more == 'graph(view="task", task="a") shows it whole'
    board.tell("agent:lead", "as it says itself [...]", task="a")
    assert [one.more for one in board.check(session=lead).notices or []] == [None]
