"""The Python API: `Board`, a thin face over the operations.

    from headwater import Board

    board = Board.open()
    me = board.join(agent="builder")
    job = board.claim(session=me.session, wait=30)
    if job.none is None:
        board.finish(lease=job.lease, summary="built", critical={"artifact": "dist/app.whl"})

The methods are named as the tools and take the same arguments; replies are models with the same
names as attributes. A board may be used from many threads. Every method raises `HeadwaterError`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack, cast, overload

from headwater import limits
from headwater.clock import Clock
from headwater.errors import BadRequest, DiskFull, HeadwaterError, StoreBusy
from headwater.operations import (
    archive,
    archive_check,
    check,
    claim,
    dispatch,
    exporting,
    recall,
    repairing,
    verify,
    waiting,
)
from headwater.operations.caller import LOCAL, Caller
from headwater.operations.exporting import Outgoing
from headwater.operations.look import look
from headwater.operations.work import Work
from headwater.store.feed import ChangeFeed
from headwater.store.location import default_location
from headwater.store.queries import boards
from headwater.store.store import Store
from headwater.store.transaction import Tx
from headwater.verbs.base import Outcome, Reply, Request
from headwater.verbs.importing import ImportedTask, ImportReply, ImportRequest
from headwater.verbs.keeping import Archived, Repaired
from headwater.verbs.look import GraphRequest, View
from headwater.verbs.plan import (
    AddReply,
    AddRequest,
    CancelReply,
    CancelRequest,
    EditReply,
    EditRequest,
    ReworkReply,
    ReworkRequest,
    SplitReply,
    SplitRequest,
    TaskSpec,
)
from headwater.verbs.work import (
    BoardRequest,
    Briefing,
    BudgetReply,
    BudgetRequest,
    CheckReply,
    CheckRequest,
    ClaimRequest,
    Finished,
    FinishRequest,
    JoinReply,
    JoinRequest,
    PersonReply,
    PersonRequest,
    RedactRequest,
    TellReply,
    TellRequest,
)

if TYPE_CHECKING:
    from headwater.worker import AsyncJob, Job, Options

R = TypeVar("R", bound=Reply)
Values = Mapping[str, object]


class Board:
    """One board of a store, for one caller."""

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
    ) -> Board:
        """Open (and create, if need be) a store and a board in it.

        `db`: a path or URL; by default HEADWATER_DB, else the store of this git repository.
        `board`: its name; by default HEADWATER_BOARD, else "default".
        """
        store = Store.open(db or default_location(Path.cwd()), clock=clock)
        name = board or os.environ.get("HEADWATER_BOARD", "") or "default"
        return cls(store, name, caller or LOCAL)

    # -- any verb ------------------------------------------------------------------------------

    def call(self, request: Request, caller: Caller | None = None) -> Reply:
        """Carry out a request, its `wait` included."""
        return waiting.until_answered(self, request, caller or self.caller)

    def step(self, request: Request, caller: Caller | None = None) -> Reply:
        """Carry out a request at once; its `wait` is not observed."""
        who = caller or self.caller
        if isinstance(request, GraphRequest):
            if request.view == "search":
                self._index_texts(who)
            return self.store.read(lambda tx: look(tx, self.id, who, request))
        return self.store.write(
            lambda tx: dispatch.execute(tx, self.id, self.store.secret, request, who)
        )

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

    def due_in_ms(self, reply: Reply) -> int | None:
        """When, without any call, a claim that found nothing may find something. None: never."""
        return waiting.due_in_ms(reply)

    def may_have_news(self, request: Request, seen: int) -> bool:
        """A cheap look whether repeating `request` can have another answer than at revision
        `seen`."""
        return self.store.read(lambda tx: waiting.may_have_news(tx, self.id, request, seen))

    def revision(self) -> int:
        """The board's newest revision."""
        row = self.store.read(lambda tx: tx.one(boards.REVISION, id=self.id))
        return int(row[0]) if row else 0

    @property
    def feed(self) -> ChangeFeed:
        """Tells of changes by any process."""
        return self.store.feed

    def undo_claim(self, lease: str, caller: Caller | None = None) -> None:
        """Take back a claim whose reply could not be delivered."""
        self._write(lambda work: claim.undo(work, lease), caller)

    def undo_check(self, request: CheckRequest, caller: Caller | None = None) -> None:
        """The reply to this check could not be delivered: its notices are offered again."""
        self._write(lambda work: check.undelivered(work, request), caller)

    def renew(
        self, session_tokens: Sequence[str], lease_ms: int = 0, caller: Caller | None = None
    ) -> None:
        """Renew the leases of sessions that live in this process, in the background."""
        tokens = list(session_tokens)
        self._write(lambda work: check.renew_all(work, tokens, lease_ms), caller)

    def _write(self, change: Callable[[Work], object], caller: Caller | None) -> None:
        def operation(tx: Tx) -> None:
            work = Work.open(tx, self.id, caller or self.caller, self.store.secret)
            change(work)
            work.close()

        self.store.write(operation)

    # -- the tools -----------------------------------------------------------------------------

    def join(
        self,
        agent: str = "",
        *,
        capabilities: Sequence[str] = (),
        window: str = "",
        host: str = "",
        workspace: str = "",
        branch: str = "",
        commit: str = "",
        session: str = "",
        parent: str = "",
        take: bool = False,
    ) -> JoinReply:
        """Open a session, or resume one."""
        return self._do(JoinRequest, JoinReply, _given(locals()))

    def add(
        self,
        tasks: Sequence[TaskSpec | Values],
        *,
        reuse: str = "",
        session: str = "",
        request: str = "",
    ) -> AddReply:
        """Add tasks, all or none.

        `reuse`: finish each at once with what an identical accepted task delivered, "exact" to the
        letter, "normalised" but for white space.
        """
        return self._do(AddRequest, AddReply, _given(locals()))

    def split(
        self,
        task: str,
        into: Sequence[Values],
        *,
        lease: str = "",
        reason: str = "",
        expect_version: int = 0,
        session: str = "",
        request: str = "",
    ) -> SplitReply:
        """Turn a task into a container of smaller ones."""
        return self._do(SplitRequest, SplitReply, _given(locals()))

    def edit(
        self,
        task: str,
        *,
        set: Values | None = None,
        add_needs: Sequence[str] = (),
        add_soft: Sequence[str] = (),
        drop_needs: Sequence[str] = (),
        contracts: Sequence[Values] = (),
        lease: str = "",
        reason: str = "",
        expect_version: int = 0,
        session: str = "",
    ) -> EditReply:
        """Change fields, edges and contracts of a task."""
        return self._do(EditRequest, EditReply, _given(locals()))

    def rework(
        self,
        task: str,
        feedback: str,
        *,
        lease: str = "",
        consumers: str = "changed",
        reason: str = "",
        expect_version: int = 0,
        session: str = "",
    ) -> ReworkReply:
        """Send a task back with feedback."""
        return self._do(ReworkRequest, ReworkReply, _given(locals()))

    def cancel(
        self,
        tasks: Sequence[str],
        *,
        dependents: str = "refuse",
        reason: str = "",
        expect_version: int = 0,
        session: str = "",
    ) -> CancelReply:
        """Cancel tasks."""
        return self._do(CancelRequest, CancelReply, _given(locals()))

    @overload
    def claim(
        self,
        session: str = "",
        task: str = "",
        *,
        kind: str = "any",
        wait: float = 0,
        brief: str = "normal",
        take_over: bool = False,
        request: str = "",
    ) -> Briefing: ...
    @overload
    def claim(self, session: str = "", *, count: int, brief: str = "normal") -> list[Briefing]: ...
    def claim(
        self,
        session: str = "",
        task: str = "",
        *,
        kind: str = "any",
        wait: float = 0,
        brief: str = "normal",
        take_over: bool = False,
        request: str = "",
        count: int = 0,
    ) -> Briefing | list[Briefing]:
        """Take the next task, or with `count` up to so many in one transaction.

        `wait`: seconds to wait for one, at most 45. Several need the policy `leases_per_session`.
        """
        arguments = _given(locals())
        arguments.pop("count", None)
        if not count:
            return self._do(ClaimRequest, Briefing, arguments)
        wanted = ClaimRequest.parse(arguments)
        who = self.caller

        def operation(tx: Tx) -> list[Briefing]:
            work = Work.open(tx, self.id, who, self.store.secret)
            found = claim.claim_many(work, wanted, count)
            work.close()
            return found

        return self.store.write(operation)

    def check(
        self,
        lease: str = "",
        *,
        session: str = "",
        note: str = "",
        progress: float = -1,
        cost: Values | None = None,
        wait: float = 0,
        seen: int = -1,
        leave: bool = False,
    ) -> CheckReply:
        """Renew, leave a note, learn the news."""
        return self._do(CheckRequest, CheckReply, _given(locals()))

    def finish(
        self,
        lease: str,
        outcome: Outcome = "done",
        *,
        summary: str = "",
        critical: Values | None = None,
        artifacts: Sequence[Values] = (),
        delivered: Mapping[str, str] | None = None,
        changed: Sequence[str] = (),
        evidence: Mapping[str, str] | None = None,
        notes: str = "",
        cost: Values | None = None,
        to: str = "",
        claim_next: bool = False,
    ) -> Finished:
        """End an attempt or a review."""
        return self._do(FinishRequest, Finished, _given(locals()))

    def finish_many(self, finishes: Sequence[Values]) -> list[Finished]:
        """Finish several leases in one transaction: all or none."""
        requests = [FinishRequest.parse(dict(one)) for one in finishes]
        who = self.caller

        late: list[FinishRequest] = []

        def operation(tx: Tx) -> list[Finished]:
            found: list[Finished] = []
            for request in requests:
                try:
                    one = dispatch.execute(tx, self.id, self.store.secret, request, who)
                except HeadwaterError as error:
                    if error.keeps_changes:
                        late.append(request)
                        error.keeps_changes = False  # or the finishes before it would stay
                    raise
                found.append(cast("Finished", one))
            return found

        try:
            return self.store.write(operation)
        except HeadwaterError:
            if late:
                self.step(late[-1])  # keeps its salvage, and raises the same refusal
            raise

    def graph(
        self,
        view: View = "list",
        *,
        task: str = "",
        artifact: str = "",
        state: str = "",
        query: str = "",
        at: int = 0,
        since: int = 0,
        limit: int = 50,
        cursor: str = "",
    ) -> Any:
        """Read the board. The reply's type depends on the view."""
        return self._do(GraphRequest, Reply, _given(locals()))

    def tell(
        self,
        to: str = "",
        text: str = "",
        *,
        task: str = "",
        topic: str = "",
        session: str = "",
        request: str = "",
    ) -> TellReply:
        """Send a message."""
        return self._do(TellRequest, TellReply, _given(locals()))

    # -- work inside a block: see headwater.worker ----------------------------------------------

    def work(self, session: str = "", **options: Unpack[Options]) -> AbstractContextManager[Job]:
        """Claim for the time of a `with` block, renew meanwhile, finish or fail at its end."""
        from headwater.worker import work

        return work(self, session, **options)

    def work_async(
        self, session: str = "", **options: Unpack[Options]
    ) -> AbstractAsyncContextManager[AsyncJob]:
        """`work` for an `async with` block."""
        from headwater.worker import work_async

        return work_async(self, session, **options)

    # -- for people and programs ---------------------------------------------------------------

    def import_tasks(
        self,
        tasks: Sequence[ImportedTask | Values],
        *,
        existing: str = "refuse",
        dry_run: bool = False,
    ) -> ImportReply:
        """Add a whole plan with the states it has reached elsewhere, all or nothing.

        `existing` says what becomes of tasks that the board has: refuse, skip or update.
        """
        return self._do(ImportRequest, ImportReply, _given(locals()))

    def plan(self) -> Outgoing:
        """The board as a plan, which `import_tasks` takes, and what a plan cannot hold of it."""
        return self.store.read(lambda tx: exporting.plan_of(tx, self.id))

    def pause(self, reason: str = "") -> PersonReply:
        """Hand out no more tasks until `resume`."""
        return self._do(BoardRequest, PersonReply, {"action": "pause", "reason": reason})

    def resume(self) -> PersonReply:
        return self._do(BoardRequest, PersonReply, {"action": "resume"})

    def policy(self, **settings: float | str) -> PersonReply:
        """Read the policy, or change settings of it."""
        return self._do(BoardRequest, PersonReply, {"action": "policy", "policy": settings})

    def budget(
        self,
        group: str = "",
        *,
        minutes: float | None = None,
        tokens: int | None = None,
        usd: float | None = None,
        reason: str = "",
    ) -> BudgetReply:
        """Set limits of the board's budget pool or of a group's (0 is none), or show all pools."""
        return self._do(BudgetRequest, BudgetReply, _given(locals()))

    def done(self, task: str, text: str = "") -> PersonReply:
        """I did it myself."""
        return self._do(PersonRequest, PersonReply, {"action": "done", "task": task, "text": text})

    def release(self, task: str) -> PersonReply:
        """Free a stuck holder."""
        return self._do(PersonRequest, PersonReply, {"action": "release", "task": task})

    def answer(self, task: str, text: str) -> PersonReply:
        """Answer a held task's question."""
        return self._do(
            PersonRequest, PersonReply, {"action": "answer", "task": task, "text": text}
        )

    def merged(self, task: str, text: str = "") -> PersonReply:
        """The branch of an accepted task is merged (policy `release_on=merged`): it is done."""
        arguments = {"action": "merged", "task": task, "text": text}
        return self._do(PersonRequest, PersonReply, arguments)

    def redact(self, secret: str, reason: str = "") -> PersonReply:
        """Replace a secret, wherever it was written, by a tombstone."""
        return self._do(RedactRequest, PersonReply, {"secret": secret, "reason": reason})

    def archive(
        self,
        *,
        before: int = 0,
        older_than_days: float = 0,
        to: str | Path | None = None,
        dry_run: bool = False,
    ) -> Archived:
        """Move old history into a file: what happened before a revision, or so many days ago.

        `to`: the file; by default one beside the store. What is left is shown exactly as before.
        """
        self.caller.demand("admin", "archive")
        if bool(before) == bool(older_than_days):
            raise BadRequest("give either a revision or an age", next="headwater archive --help")

        def settle(change: Callable[[Work], int]) -> int:
            found: list[int] = []
            self._write(lambda work: found.append(change(work)), None)
            return found[0]

        return archive.archive(
            self.store,
            self.id,
            before=before,
            older_than_days=older_than_days,
            to=Path(to) if to else None,
            dry_run=dry_run,
            settle=settle,
        )

    def verify(self) -> list[str]:
        """Recompute every invariant and replay the log: a sentence per problem, none if clean."""
        return self.store.read(lambda tx: verify.verify(tx, self.id))

    def verify_index(self) -> list[str]:
        """The same for what `search` looks in, which is derived and may lag behind."""
        return self.store.write(lambda tx: recall.problems(tx, self.id))

    def verify_archive(self, *files: str | Path) -> list[str]:
        """The same for archive files: their chain, and that the store goes on from their end."""
        return self.store.read(lambda tx: archive_check.check(tx, self.id, map(Path, files)))

    def repair(self) -> Repaired:
        """Rebuild from the log what `verify` finds wrong, after a backup, in one transaction.

        Raises:
            Conflict: the log itself does not allow it; nothing was changed.
        """
        self.caller.demand("admin", "repair")
        return repairing.repair(self.store, self.id, self.caller)

    def _do(self, kind: type[Request], reply: type[R], arguments: dict[str, Any]) -> R:
        found = self.call(kind.parse(arguments))
        assert isinstance(found, reply)
        return found

    def close(self) -> None:
        """Finish what is under way and close the store."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    """A method's arguments without `self` and without what was left at None."""
    return {
        name: list(cast("Sequence[Any]", value)) if isinstance(value, tuple) else value
        for name, value in arguments.items()
        if name != "self" and value is not None
    }


def _board_id(store: Store, name: str) -> int:
    """The id of the board of that name, which is made if it is not there."""
    found = store.read(lambda tx: tx.one(boards.BY_NAME, name=name))
    while found is None:
        store.write(lambda tx: tx.run(boards.INSERT, name=name, created_ms=tx.now_ms))
        found = store.read(lambda tx: tx.one(boards.BY_NAME, name=name))
    return found.id
