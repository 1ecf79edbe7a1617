"""A real store under test beside the naive model: every call goes to both."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any, TypeVar

from plan_model import Hold, PlanModel, Seen, look
from reuse_model import Asked, asked_of, demand_same_work

from headwater.board import Board
from headwater.clock import ManualClock
from headwater.errors import HeadwaterError, SessionElsewhere, StaleLease
from headwater.verbs.base import Reply
from headwater.verbs.work import Briefing, Finished
from postgres_server import databases_or_skip

R = TypeVar("R")
T = TypeVar("T")
Place = tuple[str, str]

_MEMORY = Path("/dev/shm")
_FOLDER = TemporaryDirectory(
    prefix="headwater-machine-", dir=_MEMORY if _MEMORY.is_dir() else gettempdir()
)
SESSIONS = 4


def prepared() -> Path:
    """A store without a board's contents, made once: copying it is cheaper than making it."""
    path = Path(_FOLDER.name) / "prepared.db"
    if not path.exists():
        Board.open(path, "default", clock=ManualClock()).close()
    return path


@contextmanager
def new_file() -> Iterator[str]:
    """A store in a file of its own."""
    path = Path(_FOLDER.name) / f"example-{World.made}.db"
    shutil.copy(prepared(), path)
    yield str(path)
    for file in path.parent.glob(path.name + "*"):
        file.unlink()


class World:
    """Sessions, leases old and new, two handles on one store, and the model."""

    made = 0

    def __init__(self, database: str = "sqlite", **policy: float) -> None:
        World.made += 1
        self._place = ExitStack()
        place = databases_or_skip().empty_store() if database == "postgresql" else new_file()
        location = self._place.enter_context(place)
        self.clock = ManualClock()
        self.boards = [Board.open(location, "default", clock=self.clock) for _ in range(2)]
        self.path = self.boards[0].store.path
        if policy:
            self.boards[0].policy(**policy)
        self.model = PlanModel()
        self.most_leases = int(policy.get("leases_per_session", 1))
        self.paused = False
        self.reused = 0
        self.accepted: dict[str, Asked] = {}
        """What each task asked for when it was accepted last."""
        self.redacted = False
        self.steps = 0
        self.past: dict[int, dict[str, tuple[str, int]]] = {}
        """State and version of every task, by the revisions at which somebody looked."""
        self.verified = 0
        """The newest revision at which the store was found sound."""
        self.count = 0
        self.keys: list[str] = []
        self.sessions: dict[str, str] = {}
        """Session -> its newest token."""
        self.old_sessions: list[str] = []
        self.skills: dict[str, set[str]] = {}
        self.places: dict[str, Place] = {}
        """Workspace and branch, as each session said last."""
        self.wanted: Place = ("", "")
        """Where the policy lets workers stand; empty is anywhere."""
        self.refusal = ""
        """The code of the last refusal."""
        self.tokens: list[str] = []
        """Every lease that was ever given out."""
        self.finished: dict[str, Finished] = {}
        self.requested: list[tuple[Callable[[Board], Any], Any]] = []
        self.seen = look(self.board, 0)

    @property
    def board(self) -> Board:
        """The one handle or the other, as if two processes took turns."""
        return self.boards[self.steps % 2]

    def close(self) -> None:
        try:
            self.verify()
        finally:
            for board in self.boards:
                board.close()
            self._place.close()

    def verify_what_changed(self) -> None:
        """The log replays to the tables, and whatever is derived is right."""
        if self.seen.revision != self.verified:
            assert self.board.verify() == []
            self.verified = self.seen.revision

    def verify(self) -> None:
        assert self.board.verify() == []
        assert self.board.verify_index() == []
        files = self.path.parent.glob(f"{self.path.name}.archive-*.jsonl")
        assert self.board.verify_archive(*files) == []

    # -- choosing ------------------------------------------------------------------------------

    @staticmethod
    def pick(items: Sequence[T], number: int) -> T:
        return items[number % len(items)]

    def key(self, number: int) -> str:
        return self.pick(self.keys, number) if self.keys else "nothing"

    def key_in(self, number: int, *states: str) -> str:
        """Mostly a task in one of these states, else any."""
        fitting = [key for key in self.keys if self.seen.state(key) in states]
        return self.pick(fitting, number) if fitting and number < 12 else self.key(number)

    def some(self, numbers: Sequence[int]) -> list[str]:
        return list(dict.fromkeys(self.key(number) for number in numbers)) if self.keys else []

    def session(self, number: int) -> str:
        return self.pick(list(self.sessions), number)

    def lease(self, number: int) -> str:
        """Mostly a live one (the small numbers), else any that was ever given out."""
        live = [hold.token for hold in self.model.holds.values() if hold.token]
        if live and number < 12:
            return self.pick(live, number)
        return self.pick(self.tokens, number) if self.tokens else "none#1.AAAAAAAAAAAAAAAA"

    def new_key(self) -> str:
        self.count += 1
        return f"t{self.count}"

    def hold_of(self, token: str) -> Hold | None:
        """The model's hold or lapsed hold that this token is current for."""
        task = token.split("#", maxsplit=1)[0]
        hold = self.model.holds.get(task) or self.model.lapsed.get(task)
        return hold if hold and hold.token == token else None

    # -- calling -------------------------------------------------------------------------------

    def call(self, call: Callable[[Board], R]) -> R | None:
        """Make the call. What is refused must have changed nothing (but kept salvage)."""
        self.steps += 1
        try:
            return call(self.board)
        except HeadwaterError as error:
            refusal = error
        self.refusal = refusal.code
        seen = look(self.board, self.seen.revision)
        kinds = {kind for kind, _ in seen.events}
        allowed = {"salvaged"} if isinstance(refusal, StaleLease) else set[str]()
        assert kinds <= allowed, f"{refusal.code} left {kinds}"
        return None

    def observe(self) -> Seen:
        """Look at the store after a call, let leases run out in the model; the look before."""
        before = self.seen
        self.seen = look(self.board, before.revision)
        tasks = self.seen.tasks.items()
        shown = {key: (str(row["state"]), int(row["version"])) for key, row in tasks}
        self.past[self.seen.revision] = shown
        self.model.lapse(before, self.seen, self.clock.wall_ms())
        for key in self.model.rounds(self.seen):
            self.accepted[key] = asked_of(self.board, key)
        for kind, task in self.seen.events:
            if kind == "reused":
                self.reused += 1
                demand_same_work(self.board, task, self.accepted)
        return before

    def settle(self) -> None:
        """After a step: the store and the model must agree."""
        if self.seen.revision != self.board.revision():
            self.observe()
        self.model.check(self.seen)

    # -- leases --------------------------------------------------------------------------------

    def took(self, session: str, got: Briefing) -> None:
        """A claim was answered. Nobody else may have a live lease on what it hands out."""
        before = self.observe()
        if got.none is None:
            self.given(session, got, before)

    def took_all(self, session: str, got: Sequence[Briefing]) -> None:
        """One call handed out several."""
        before = self.observe()
        for one in got:
            self.given(session, one, before)

    def given(self, session: str, got: Briefing, before: Seen) -> None:
        """A task was handed out; `before` is how the board looked before that call."""
        assert got.task is not None
        assert got.lease is not None
        assert got.fence is not None
        if got.already_holding:
            hold = self.model.holds[got.task]
            assert (hold.session, hold.fence) == (session, got.fence)
            hold.token = got.lease
            return
        assert not self.paused, f"{got.task} was handed out while the board was paused"
        self._demand_free(got.task, before)
        row = self.seen.tasks[got.task]
        assert self.stands_right(session), f"{session} stands elsewhere and was given {got.task}"
        wanted = set(filter(None, str(row["lane"]).split(",")))
        assert wanted <= self.skills[session], f"{session} cannot do {got.task}"
        kind = "review" if got.kind == "review" else "work"
        self.model.claimed(got.task, Hold(session, got.lease, got.fence, kind))
        self.tokens.append(got.lease)
        mine = [
            hold
            for hold in self.model.holds.values()
            if (hold.session, hold.kind) == (session, kind)
        ]
        assert len(mine) <= self.most_leases

    def stands_right(self, session: str) -> bool:
        place = self.places[session]
        return all(want in ("", have) for want, have in zip(self.wanted, place, strict=True))

    def _demand_free(self, task: str, before: Seen) -> None:
        """Somebody's hold may end only because it was due, or was taken over on purpose."""
        if task not in self.model.holds or task not in before.tasks:
            return
        due = int(before.tasks[task]["lease_until_ms"]) <= self.clock.wall_ms()
        ended = {kind for kind, of in self.seen.events if of == task}
        lapsed = due and ended & {"expired", "review_expired"}
        assert lapsed or "taken_over" in ended, f"{task} was held by {self.model.holds[task]}"

    def claim(self, who: int, **arguments: Any) -> None:
        session = self.session(who)
        token = self.sessions[session]
        got = self.call(lambda board: board.claim(token, **arguments))
        if got is None:
            assert self.refusal != "wrong_place" or not self.stands_right(session)
        else:
            self.took(session, got)
            if arguments.get("request") and got.none is None:
                self.requested.append((lambda board: board.claim(token, **arguments), got))

    def finish(self, token: str, outcome: str, **delivery: Any) -> None:
        """A finish, right or wrong; the model knows whether its lease was good for anything."""
        task = token.split("#", maxsplit=1)[0]
        hold = self.hold_of(token)
        revision = self.seen.revision
        arguments: dict[str, Any] = {"outcome": outcome, **delivery}
        reply = self.call(lambda board: board.finish(token, **arguments))
        if token in self.finished:
            assert reply is not None, "a repeated finish was refused"
            self.finished_again(reply, self.finished[token])
            assert self.board.revision() == revision
            return
        if reply is None:
            return
        assert hold is not None, f"{token} was accepted, {self.model.holds.get(task)} holds it"
        assert reply.task == task
        self.finished[token] = reply
        self.model.freed(task)
        if reply.claimed is None:
            self.observe()
            assert reply.state == self.seen.state(task)
        else:
            self.took(hold.session, reply.claimed)
        possible = SENT_BACK if reply.inputs else OUTCOMES[outcome]
        assert reply.state in possible, (outcome, reply.state)

    def finished_again(self, again: Finished, first: Finished) -> None:
        """The first reply, with what its session holds now for what it claimed then."""
        changing = {"claimed", "warnings", "revision", "next"}
        found, expected = (one.model_dump(exclude=changing) for one in (again, first))
        assert found == expected or self.redacted
        if again.claimed is None or again.claimed.lease is None:
            return
        hold = self.hold_of(again.claimed.lease)
        assert hold is not None, f"{again.claimed.lease} was given again and is not current"
        assert again.claimed.already_holding

    def same(self, again: Reply, first: Reply) -> None:
        """The first reply; of a claim that is over by now, that it is."""
        if isinstance(again, Briefing) and again.why == "lost":
            assert isinstance(first, Briefing)
            assert (again.task, again.lease, again.revision) == (first.task, None, first.revision)
            assert first.lease is None or self.hold_of(first.lease) is None
            return
        changing = {"lease", "why", "next"} if isinstance(first, Briefing) else set[str]()
        found, expected = (one.model_dump(exclude=changing) for one in (again, first))
        assert found == expected or self.redacted
        if isinstance(again, Briefing) and again.lease:
            hold = self.hold_of(again.lease)
            assert hold is not None, f"{again.lease} was given again and is not current"

    def regained(self, task: str, token: str) -> None:
        """A reply says that the lease is held, under this token."""
        hold = self.model.revived(task)
        assert hold is not None, f"{task} is said to be held"
        hold.token = token
        if token not in self.tokens:
            self.tokens.append(token)

    def resumed_by(self, session: str, token: str) -> None:
        """Another window took the session over: its old leases are worth nothing."""
        if self.sessions[session] != token:
            self.old_sessions.append(self.sessions[session])
            self.sessions[session] = token
            for hold in (*self.model.holds.values(), *self.model.lapsed.values()):
                if hold.session == session:
                    hold.token = ""

    def fenced_off(self, token: str) -> None:
        """A window that was replaced may do nothing more."""
        try:
            self.board.claim(token)
        except SessionElsewhere:
            return
        except HeadwaterError as error:
            assert error.code == "unknown_session"  # noqa: PT017
            return
        raise AssertionError("the token of a replaced window was good for a claim")


SENT_BACK = ("ready", "held")
"""What was made of inputs that are different now is not accepted."""
OUTCOMES = {
    "done": ("done", "review"),
    "failed": ("failed", "ready", "waiting"),
    "release": ("ready", "waiting", "held", "review"),
    "handoff": ("ready", "waiting"),
    "blocked": ("held",),
    "approve": ("done", "review"),
    "reject": ("ready", "waiting"),
}
