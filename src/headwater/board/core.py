"""One board of one store: carrying out requests, and the life of the store behind them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar, cast

from headwater import limits
from headwater.clock import Clock
from headwater.errors import BadRequest, DiskFull, HeadwaterError, StoreBusy
from headwater.operations import check, claim, dispatch, leases, recall, waiting, window
from headwater.operations.caller import LOCAL, Caller
from headwater.operations.importing import Rehearsed
from headwater.operations.look import look
from headwater.operations.unformed import Answer, formed
from headwater.operations.work import Work
from headwater.store.feed import ChangeFeed
from headwater.store.location import default_location
from headwater.store.queries import boards
from headwater.store.store import Store
from headwater.store.transaction import Tx
from headwater.verbs.base import Reply, Request
from headwater.verbs.look import GraphRequest
from headwater.verbs.sessions import Held
from headwater.verbs.work import CheckRequest

R = TypeVar("R", bound=Reply)
L = TypeVar("L")
Values = Mapping[str, object]


class BoardCore:
    """What every face of a board goes through."""

    def __init__(self, store: Store, name: str, caller: Caller = LOCAL) -> None:
        """Use `Board.open`, unless several boards shall share one open store."""
        self.store = store
        self.name = name
        self.caller = caller
        self.id = _board_id(store, name)

    @classmethod
    def open(
        cls,
        db: str | Path | None = None,
        board: str = "",
        *,
        caller: Caller | None = None,
        clock: Clock | None = None,
    ) -> Self:
        """Open (and create, if need be) a store and a board in it.

        `db`: a path or URL; by default HEADWATER_DB, else the store of this git repository.
        `board`: its name; by default HEADWATER_BOARD, else "default".

        Raises:
            StoreError: the store cannot be opened.
            BadRequest: there is no such board, and none can have that name.
        """
        store = Store.open(db or default_location(Path.cwd()), clock=clock)
        name = board or os.environ.get("HEADWATER_BOARD", "") or "default"
        try:
            return cls(store, name, caller or LOCAL)
        except HeadwaterError:
            store.close()
            raise

    def call(
        self, request: Request, caller: Caller | None = None, wait_s: float | None = None
    ) -> Reply:
        """Carry out a request, its `wait` included; or another wait, which may be longer."""
        return waiting.until_answered(self, request, caller or self.caller, wait_s)

    def step(self, request: Request, caller: Caller | None = None) -> Reply:
        """Carry out a request at once; its `wait` is not observed."""
        who = caller or self.caller
        if isinstance(request, GraphRequest):
            if request.view == "search":
                self._index_texts(who)
            return self.store.read(lambda tx: look(tx, self.id, who, request))
        try:
            return formed(self.store.write(self._operation(request, who)))
        except Rehearsed as done:
            return done.reply

    def step_at_once(self, request: Request, caller: Caller | None = None) -> Reply | None:
        """`step` for a request that changes something, if it need not wait for others. None: it
        has not begun."""
        answer = self.store.at_once(self._operation(request, caller or self.caller))
        return None if answer is None else formed(answer)

    def _operation(self, request: Request, caller: Caller) -> Callable[[Tx], Answer]:
        handler = dispatch.prepare(request)
        key = self.store.lease_key
        return lambda tx: dispatch.execute(tx, self.id, key, request, caller, handler)

    def _index_texts(self, caller: Caller) -> None:
        """Bring recall up to date, within a budget. A store that is busy or full is searched as it
        stands."""
        caller.demand("observe", "graph")
        try:
            for _ in range(limits.RECALL_PORTIONS):
                if not self.store.read(lambda tx: recall.is_behind(tx, self.id)):
                    return
                if self.store.write(lambda tx: recall.catch_up(tx, self.id)):
                    return
        except (StoreBusy, DiskFull):
            return

    def may_have_news(self, request: Request, seen: int) -> bool:
        """A cheap look whether repeating `request` can have another answer than at revision
        `seen`."""
        return self.store.read(lambda tx: waiting.may_have_news(tx, self.id, request, seen))

    def revision(self) -> int:
        """The board's newest revision."""
        return self.store.read(lambda tx: tx.number(boards.REVISION, id=self.id))

    @property
    def feed(self) -> ChangeFeed:
        """Tells of changes by any process."""
        return self.store.feed

    def session_of(self, lease: str) -> str:
        """The name of the session that a lease was given to; empty if there is no such lease."""
        return self.store.read(lambda tx: leases.given_to(tx, self.id, lease))

    def undo_claim(self, lease: str, caller: Caller | None = None) -> None:
        """Take back a claim whose reply could not be delivered."""
        self.write(lambda work: claim.undo(work, lease), caller)

    def undo_check(self, request: CheckRequest, caller: Caller | None = None) -> None:
        """The reply to this check could not be delivered: its notices are offered again."""
        self.write(lambda work: check.undelivered(work, request), caller)

    def living(self, session_tokens: Sequence[str], held: Sequence[str] = ()) -> list[str]:
        """Those of these sessions that have neither ended nor gone to another window, and those
        that hold these leases."""
        tokens, lent = list(session_tokens), list(held)
        return self._look(lambda work: window.living(work, tokens, lent))

    def held(self, session: str) -> list[Held]:
        """What a session holds, or could still finish; no call of that session."""
        return self._look(lambda work: window.held(work, session))

    def amendable(self, session: str) -> list[Held]:
        """What a session has delivered and can perhaps still amend, with the leases that did; no
        call of that session."""
        return self._look(lambda work: window.amendable(work, session))

    def _look(self, look_at: Callable[[Work], L]) -> L:
        def read(tx: Tx) -> L:
            return look_at(Work.open(tx, self.id, self.caller, self.store.lease_key, reads=True))

        return self.store.read(read)

    def renew(
        self, session_tokens: Sequence[str], lease_ms: int = 0, caller: Caller | None = None
    ) -> None:
        """Renew the leases of sessions that live in this process, in the background."""
        tokens = list(session_tokens)
        self.write(lambda work: window.renew_all(work, tokens, lease_ms), caller)

    def write(self, change: Callable[[Work], object], caller: Caller | None) -> None:
        def operation(tx: Tx) -> None:
            work = Work.open(tx, self.id, caller or self.caller, self.store.lease_key)
            change(work)
            work.close()

        self.store.write(operation)

    def do(
        self,
        kind: type[Request],
        reply: type[R],
        arguments: dict[str, Any],
        wait_s: float | None = None,
    ) -> R:
        found = self.call(kind.parse(arguments), wait_s=wait_s)
        assert isinstance(found, reply)
        return found

    def close(self) -> None:
        """Finish what is under way and close the store."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def given(arguments: dict[str, Any]) -> dict[str, Any]:
    """A method's arguments without `self` and without what was left at None."""
    return {
        name: list(cast("Sequence[Any]", value)) if isinstance(value, tuple) else value
        for name, value in arguments.items()
        if name != "self" and value is not None
    }


def _board_id(store: Store, name: str) -> int:
    """The id of the board of that name, which is made if it is not there."""
    found = store.read(lambda tx: tx.one(boards.BY_NAME, name=name))
    if found is None:
        _demand_name(name)
    while found is None:
        store.write(lambda tx: tx.run(boards.INSERT, name=name, created_ms=tx.now_ms))
        found = store.read(lambda tx: tx.one(boards.BY_NAME, name=name))
    return found.id


def _demand_name(name: str) -> None:
    """Refuse a name that no address, log or screen could carry."""
    fits = 0 < len(name) <= limits.NAME_CHARS and name.isprintable() and name == name.strip()
    if not fits or "/" in name:
        raise BadRequest(
            f"a board's name is one line of 1 to {limits.NAME_CHARS} characters, without '/'",
            next="choose a short name, such as release-2",
        )
