"""Makes the store that `released_0_1_0.sql` holds, by the code of version 0.1.0 itself.

    git worktree add ../released a42a0a7
    PYTHONPATH=../released/src python tests/make_released_0_1_0.py > tests/released_0_1_0.sql

Two boards: `lively` has a task in every state and whatever else 0.1.0 could store, `pair` a small
plan on which two sessions are at work.
"""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from headwater import Board
from headwater.clock import ManualClock
from headwater.errors import StaleLease
from headwater.verbs.base import Outcome

START_MS = 1_795_248_000_000


def lively(db: Path, clock: ManualClock) -> None:
    board = Board.open(db, "lively", clock=clock)
    board.policy(leases_per_session=16, backoff_first_ms=60_000, reworks=6)
    lead = board.join(agent="lead", capabilities=["python", "web"], host="host").session
    hand = board.join(agent="hand", window="left").session
    judge = board.join(agent="judge").session
    _plan(board, lead)
    clock.advance(minutes=1)
    _contracts(board, clock, lead, hand)
    _reviews(board, clock, hand, judge)
    _ends(board, clock, hand)
    _containers(board, clock, lead, hand)
    _words(board, lead, judge)
    _lapse(board, clock, hand, judge)
    _leases(board, clock, lead, hand, judge)
    board.close()


def _plan(board: Board, lead: str) -> None:
    board.add(
        [
            {
                "key": "design",
                "title": "Design the API",
                "spec": "Three endpoints.",
                "acceptance": ["endpoints are named", "errors are named"],
                "estimate": 30,
                "priority": 2,
            },
            {
                "key": "api",
                "spec": "Build it.",
                "contracts": [
                    {
                        "task": "design",
                        "expect": "the endpoints",
                        "promise": "their names",
                        "keys": ["endpoints"],
                    }
                ],
                "paths": ["src/api/**", "docs/api.md"],
                "estimate": 60,
            },
            {"key": "docs", "soft": ["design"], "paths": ["docs/"]},
            {"key": "guide", "needs": ["docs"], "soft": ["api"]},
            {"key": "ui", "needs": ["api"], "group": "front", "capabilities": ["web"]},
            {"key": "release", "needs": ["ui", "guide"], "review": True},
        ],
        session=lead,
        request="plan-1",
    )
    board.add(
        [
            {"key": "login", "review": True, "acceptance": ["it logs in"]},
            {"key": "logout", "review": True},
            {"key": "reset", "review": True},
            {"key": "rights", "review": True},
            {"key": "metrics", "budget": {"minutes": 5, "tokens": 1000}, "group": "back"},
            {"key": "bill", "budget": {"usd": 1.5}},
            {"key": "cache", "attempts": 1},
            {"key": "retry"},
            {"key": "stuck"},
            {"key": "dropped"},
            {"key": "after-dropped", "needs": ["dropped"]},
            {"key": "odd", "paths": ["lib/*.py"]},
            {"key": "given"},
            {"key": "handed"},
            {"key": "late"},
            {"key": "slow", "paths": ["Src/Slow/*.py", "shared/"]},
            {"key": "quiet", "paths": ["**"]},
            {"key": "epic", "needs": ["design"], "estimate": 90},
            {
                "key": "story",
                "contracts": [{"task": "epic", "promise": "the parts", "keys": ["parts"]}],
            },
            {"key": "whole"},
            {"key": "after-whole", "needs": ["whole"]},
            {"key": "emptied"},
            {"key": "redone"},
            {"key": "after-redone", "needs": ["redone"]},
            {"key": "first-try"},
            {"key": "reader", "needs": ["first-try"]},
            {"key": "source"},
            {"key": "parked", "needs": ["source"]},
            {"key": "told", "needs": ["source"]},
            {"key": "fact"},
            {"key": "teller", "needs": ["fact"]},
        ]
    )
    board.import_tasks(
        [
            {"key": "old-done", "state": "done", "summary": "made elsewhere", "notes": "by hand"},
            {"key": "old-failed", "state": "failed", "needs": ["old-done"]},
            {"key": "old-open", "needs": ["old-done"]},
        ]
    )


def _done(board: Board, session: str, task: str, **values: object) -> None:
    job = board.claim(session, task)
    assert job.lease is not None, job
    board.finish(job.lease, summary=f"{task} is done", **values)  # pyright: ignore[reportArgumentType]


def _contracts(board: Board, clock: ManualClock, lead: str, hand: str) -> None:
    _done(
        board,
        lead,
        "design",
        critical={"endpoints": ["a", "b"], "errors": 4, "text": "naïve 设计"},
        artifacts=[
            {"name": "sketch", "text": "a -> b\n" * 40},
            {"name": "schema", "path": "docs/api.md"},
            {"name": "page", "uri": "https://example.com/design"},
        ],
        delivered={"api": "a and b"},
        evidence={"1": "see the sketch", "errors are named": "four of them"},
        notes="kept simple",
        cost={"tokens": 1200, "usd": 0.25},
    )
    _done(board, hand, "docs", critical={"pages": 2})
    job = board.claim(hand, "api", request="claim-api")
    board.check(job.lease or "", note="half way", progress=50)
    board.finish(job.lease or "", summary="api stands", critical={"version": 1}, claim_next=True)
    held = board.check(session=hand).leases
    for one in held:
        board.finish(one.lease, "release", notes="not this one")
    clock.advance(minutes=2)
    _done(board, lead, "ui", critical={"pages": 3})
    _done(board, lead, "guide")
    board.rework("design", feedback="name them better", session=lead)
    _done(
        board,
        lead,
        "design",
        critical={"endpoints": ["c"], "errors": 4},
        delivered={"api": "only c"},
        changed=["api"],
    )
    clock.advance(minutes=2)


def _reviews(board: Board, clock: ManualClock, hand: str, judge: str) -> None:
    for task in ("login", "logout", "reset", "rights"):
        _done(
            board,
            hand,
            task,
            critical={"user": task},
            evidence={} if task != "login" else {"1": "tried"},
        )
    board.finish(board.claim(judge, "logout", kind="review").lease or "", "approve", notes="good")
    board.finish(
        board.claim(judge, "reset", kind="review").lease or "", "reject", notes="mails are not sent"
    )
    again = board.claim(hand, "reset")
    board.check(again.lease or "", note="mails go out", progress=80)
    board.claim(judge, "rights", kind="review")
    clock.advance(minutes=1)
    _done(board, hand, "source", critical={"value": 1})
    _done(board, hand, "first-try", critical={"value": "x"})
    _done(board, hand, "reader")
    parked, told = board.claim(hand, "parked"), board.claim(hand, "told")
    board.rework("source", feedback="another value")
    board.finish(parked.lease or "", summary="made of 1")
    assert told.lease


def _ends(board: Board, clock: ManualClock, hand: str) -> None:
    def end(task: str, outcome: Outcome, notes: str, to: str = "") -> None:
        board.finish(board.claim(hand, task).lease or "", outcome, notes=notes, to=to)

    end("cache", "failed", notes="no room")
    end("retry", "failed", notes="try later")
    end("stuck", "blocked", notes="which database?")
    end("given", "release", notes="too hard for me")
    end("handed", "handoff", notes="yours", to="judge")
    board.cancel(["dropped"], dependents="release", reason="not needed")
    board.add([{"key": "second-try", "supersedes": "first-try"}])
    _done(board, hand, "metrics", cost={"tokens": 400})
    board.done("odd", "by hand")
    board.done("old-open")
    clock.advance(seconds=30)


def _containers(board: Board, clock: ManualClock, lead: str, hand: str) -> None:
    board.split(
        "epic",
        [
            {"key": "epic-a", "answers": ["story"], "estimate": 20},
            {"key": "epic-b", "needs": ["epic-a"], "estimate": 40},
        ],
        session=lead,
        request="split-1",
    )
    _done(board, hand, "epic-a", critical={"parts": ["a"]}, delivered={"story": "the first part"})
    job = board.claim(lead, "whole")
    board.split("whole", [{"key": "whole-a"}, {"key": "whole-b"}], lease=job.lease or "")
    _done(board, hand, "whole-a")
    _done(board, hand, "whole-b", critical={"last": True})
    _done(board, hand, "redone", critical={"value": 1})
    board.rework("redone", feedback="in parts, please")
    board.split("redone", [{"key": "redone-a"}])
    _done(board, hand, "redone-a", critical={"value": 2})
    board.split("emptied", [{"key": "emptied-a"}])
    board.cancel(["emptied-a"])
    board.edit("bill", set={"priority": 3, "spec": "Send bills."}, add_soft=["metrics"])
    board.answer("stuck", "the one in the cellar")
    end = board.claim(hand, "stuck")
    board.finish(end.lease or "", "blocked", notes="it is locked")
    clock.advance(minutes=1)


def _words(board: Board, lead: str, judge: str) -> None:
    board.tell("all", "Stand-up at nine.", topic="day", session=lead, request="tell-1")
    board.tell("agent:judge", "the password is hunter2-secret", task="login", session=lead)
    board.tell("planners", "more reviews?", session=judge)
    board.tell("workers:python", "use ruff")
    board.redact("hunter2-secret", "a password")
    board.pause("lunch")
    board.resume()


def _lapse(board: Board, clock: ManualClock, hand: str, judge: str) -> None:
    lost = board.claim(hand, "late")
    board.release("late")
    with suppress(StaleLease):
        board.finish(lost.lease or "", summary="too late", critical={"kept": 1})
    quiet = board.claim(hand, "quiet")
    board.check(quiet.lease or "", note="looking around")
    for _ in range(24 * 6):  # a silence of all calls would put it off
        clock.advance(minutes=10)
        board.check(session=judge)


def _leases(board: Board, clock: ManualClock, lead: str, hand: str, judge: str) -> None:
    board.claim(lead, "slow", request="claim-slow")
    _done(board, hand, "fact", critical={"value": 1})
    board.claim(hand, "teller")
    board.rework("fact", feedback="that is wrong")
    _done(board, judge, "fact", critical={"value": 2})
    last = board.claim(hand, "given", request="claim-given")
    board.finish(last.lease or "", summary="given back", claim_next=True)
    board.claim(judge, "rights", kind="review")
    clock.advance(seconds=5)


def pair(db: Path, clock: ManualClock) -> None:
    board = Board.open(db, "pair", clock=clock)
    board.add(
        [
            {"key": "one", "paths": ["a/"]},
            {"key": "two", "paths": ["b/"]},
            {"key": "three", "needs": ["one", "two"]},
        ]
    )
    for agent in ("left", "right"):
        session = board.join(agent=agent).session
        assert board.claim(session).task
    board.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        db = Path(folder) / "board.db"
        clock = ManualClock(START_MS)
        lively(db, clock)
        pair(db, clock)
        with closing(sqlite3.connect(db)) as connection:
            print("PRAGMA application_id=1212438354;", *connection.iterdump(), sep="\n")


if __name__ == "__main__":
    main()
