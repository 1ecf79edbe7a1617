"""The verbs of agents, named as the tools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast, overload

from headwater.board.core import BoardCore, Values, given
from headwater.errors import BadRequest, HeadwaterError
from headwater.operations import claim
from headwater.operations.unformed import Answer, Claimed, formed
from headwater.operations.work import Work
from headwater.store.transaction import Tx
from headwater.verbs.base import Outcome, Reply
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
from headwater.verbs.sessions import JoinReply, JoinRequest
from headwater.verbs.work import (
    Briefing,
    CheckReply,
    CheckRequest,
    ClaimRequest,
    Finished,
    FinishRequest,
    TellReply,
    TellRequest,
)


class AgentVerbs(BoardCore):
    """What planners and workers do."""

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
        return self.do(JoinRequest, JoinReply, given(locals()))

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
        return self.do(AddRequest, AddReply, given(locals()))

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
        return self.do(SplitRequest, SplitReply, given(locals()))

    def edit(
        self,
        task: str,
        *,
        set: Values | None = None,
        append: Values | None = None,
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
        return self.do(EditRequest, EditReply, given(locals()))

    def rework(
        self,
        task: str,
        feedback: str,
        *,
        lease: str = "",
        consumers: str = "changed",
        add_needs: Sequence[str] = (),
        reason: str = "",
        expect_version: int = 0,
        session: str = "",
    ) -> ReworkReply:
        """Send a task back with feedback."""
        return self.do(ReworkRequest, ReworkReply, given(locals()))

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
        return self.do(CancelRequest, CancelReply, given(locals()))

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
        arguments = given(locals())
        arguments.pop("count", None)
        if not count:
            return self.do(ClaimRequest, Briefing, arguments)
        if task or wait or take_over or request:
            raise BadRequest(
                "a claim of several takes session, kind and brief alone",
                next="claim one by one for task, wait, take_over or request",
            )
        wanted = ClaimRequest.parse(arguments)
        who = self.caller

        def operation(tx: Tx) -> list[Claimed]:
            work = Work.open(tx, self.id, who, self.store.lease_key)
            found = claim.claim_many(work, wanted, count)
            work.close()
            return found

        return [one.reply() for one in self.store.write(operation)]

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
        return self.do(CheckRequest, CheckReply, given(locals()))

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
        brief: str = "normal",
    ) -> Finished:
        """End an attempt or a review; outcome "amend" changes what it delivered."""
        return self.do(FinishRequest, Finished, given(locals()))

    def finish_many(self, finishes: Sequence[Values]) -> list[Finished]:
        """Finish several leases in one transaction: all or none."""
        requests = [FinishRequest.parse(dict(one)) for one in finishes]
        steps = [(request, self._operation(request, self.caller)) for request in requests]
        late: list[FinishRequest] = []

        def operation(tx: Tx) -> list[Answer]:
            found: list[Answer] = []
            for request, step in steps:
                try:
                    found.append(step(tx))
                except HeadwaterError as error:
                    if error.keeps_changes:
                        late.append(request)
                        error.keeps_changes = False  # or the finishes before it would stay
                    raise
            return found

        try:
            return [cast("Finished", formed(one)) for one in self.store.write(operation)]
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
        since: int | None = None,
        wait: float = 0,
        limit: int = 50,
        cursor: str = "",
    ) -> Any:
        """Read the board. The reply's type depends on the view."""
        return self.do(GraphRequest, Reply, given(locals()))

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
        return self.do(TellRequest, TellReply, given(locals()))
