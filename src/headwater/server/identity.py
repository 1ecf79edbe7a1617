"""Who a call is from: the credential of the transport, the client's name, and the session.

Over stdio one host window owns the process. A call without a session is then joined silently,
until a second session shows up on the connection (a subagent, another window): from then on a
missing session would be a guess, and a claim or check without one is refused. The first join by
name takes the silent session over, with all that it holds (`headwater.server.sessions`).
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast, get_args

import anyio
from anyio import to_thread

from headwater import limits, processes
from headwater.checkout import place_of
from headwater.errors import (
    BadRequest,
    HeadwaterError,
    SessionElsewhere,
    UnknownSession,
    WrongPlace,
)
from headwater.operations.caller import Caller, Rights
from headwater.server.opening import LazyBoard
from headwater.server.sessions import Sessions, State
from headwater.verbs.base import Reply, Request
from headwater.verbs.sessions import JoinReply, JoinRequest, Resumable
from headwater.verbs.work import (
    Briefing,
    CheckReply,
    CheckRequest,
    ClaimRequest,
    Finished,
    FinishRequest,
)

if TYPE_CHECKING:
    from headwater.server.adapter import CallContext
    from headwater.server.keys import Visitor

AGENT_VARIABLE: Final = "HEADWATER_AGENT"
RIGHTS_VARIABLE: Final = "HEADWATER_RIGHTS"
VISITOR: Final = "headwater.visitor"
"""Where the gate leaves who a request is from, in the request's scope."""
_SESSIONS_SHOWN: Final = 10
_OWN_SESSION: Final = (
    "pass the session that your own join returned; if you have not joined, "
    "join(agent=YOUR_NAME) gives you one of your own"
)
_KNOWN_RIGHTS: Final = get_args(Rights)


def agent_name(text: str) -> str:
    """A client's name for itself as the name of an agent: one line, bounded."""
    if not text.isprintable():
        text = "".join(mark if mark.isprintable() else " " for mark in text)
    return text.strip()[: limits.NAME_CHARS]


class HttpIdentity:
    """Over HTTP every call names its session; the connection says nothing about the agent."""

    needs_session = True

    def caller_for(self, context: CallContext) -> Caller:
        """The credential behind a call, as the gate has found it out."""
        visitor: Visitor = context.scope[VISITOR]
        name = agent_name(context.client_name)
        return replace(visitor.caller, default_agent=name, host=name)

    async def complete(self, boards: LazyBoard, request: Request, caller: Caller) -> Request:
        """Refuse a claim or check that says neither session nor lease."""
        del boards, caller
        if _lacks_session(request):
            raise BadRequest(
                f"{request.verb} needs a session over HTTP",
                next=_OWN_SESSION,
            )
        return request

    def saw(self, request: Request, reply: Reply) -> Reply:
        """The reply as it is: nothing is remembered between HTTP calls."""
        del request
        return reply

    def refused(self, error: HeadwaterError) -> None:
        """Nothing is remembered."""


@dataclass
class StdioIdentity:
    """The sessions of one host window."""

    agent: str = field(default_factory=lambda: os.environ.get(AGENT_VARIABLE, ""))
    rights: str = field(default_factory=lambda: os.environ.get(RIGHTS_VARIABLE, "plan"))
    process: str = field(default_factory=processes.host)
    here: Sessions = field(default_factory=Sessions)
    lent: set[str] = field(default_factory=set[str])
    """Leases of calls that did not show whose they are, perhaps of sessions not known here."""
    in_doubt: bool = False
    """Whether something has ended, or gone elsewhere, that may still be counted here."""
    misplaced: bool = False
    """Whether a claim was refused for the place, which may be another one by now."""
    cut_off: list[Resumable] = field(default_factory=list[Resumable])
    """What the silent session might rather go on with; told at its first claim."""
    _joining: anyio.Lock = field(default_factory=anyio.Lock)

    def caller_for(self, context: CallContext) -> Caller:
        """The credential of this process.

        Raises:
            BadRequest: if HEADWATER_RIGHTS is none of the known rights.
        """
        if self.rights not in _KNOWN_RIGHTS:
            raise BadRequest(
                f"{RIGHTS_VARIABLE} is not one of {', '.join(_KNOWN_RIGHTS)}",
                next="correct it in the host's configuration and restart this window",
            )
        return Caller(
            credential="local",
            rights=cast("Rights", self.rights),
            lease_ms=limits.STDIO_LEASE_MS,
            renewed=True,
            default_agent=agent_name(self.agent or context.client_name),
            host=agent_name(context.client_name),
            process=self.process,
            default_session=self.here.unnamed,
        )

    @property
    def needs_session(self) -> bool:
        """Whether several sessions share the connection."""
        return self.here.state is State.SEVERAL

    async def complete(self, boards: LazyBoard, request: Request, caller: Caller) -> Request:
        """Fill in the session of a call that says none, where a session joins from, and what git
        has in the commits that a finish names.

        Raises:
            BadRequest: for a claim or check without a session when there are several.
        """
        if isinstance(request, JoinRequest):
            return standing(request)
        if isinstance(request, FinishRequest) and request.names_commits:
            return await to_thread.run_sync(_with_objects, request, abandon_on_cancel=True)
        if getattr(request, "session", None) != "" or getattr(request, "lease", ""):
            return request
        needed = isinstance(request, (ClaimRequest, CheckRequest))
        if self.in_doubt or (needed and not self.here.meant):
            await self.look_again(boards)
        moved = self.misplaced and self.here.is_ours and isinstance(request, ClaimRequest)
        if moved or (needed and self.here.state is State.EMPTY):
            await self._join_silently(boards, caller)
        session = self.here.meant
        if needed and not session:
            listed = self.here.listed
            raise BadRequest(
                f"{request.verb} needs a session: {len(listed)} sessions use this connection",
                state={"sessions": listed[-_SESSIONS_SHOWN:]},
                next=_OWN_SESSION,
            )
        return request.model_copy(update={"session": session}) if session else request

    def saw(self, request: Request, reply: Reply) -> Reply:
        """Remember the sessions that come and go with a call that succeeded; the reply to give."""
        match request, reply:
            case _, JoinReply():
                self.here.joined(reply.session, reply.agent)
            case CheckRequest(lease=""), CheckReply(left=True):
                self.here.ended(request.session)
            case CheckRequest(), CheckReply(left=True):
                self.in_doubt = True  # who left by a lease is not said
            case (ClaimRequest(), _) | (CheckRequest(lease=""), _):
                self.here.called(request.session)
            case CheckRequest(), _:
                self.lent.add(request.lease)
            case _, Finished(claimed=Briefing(lease=str(lease))):
                self.lent.add(lease)
            case _:
                pass
        return self._with_cut_off(request, reply) if self.cut_off else reply

    def refused(self, error: HeadwaterError) -> None:
        """A call was refused, perhaps because of what became of its session elsewhere."""
        if isinstance(error, (UnknownSession, SessionElsewhere)):
            self.in_doubt = True
        elif isinstance(error, WrongPlace):
            self.misplaced = True

    async def look_again(self, boards: LazyBoard) -> None:
        """Ask the board who still lives here: other windows and people end sessions, too, and an
        agent goes on with its lease alone after a restart of this process."""
        tokens, lent = self.here.tokens, list(self.lent)
        if not tokens and not lent:
            return
        board = await boards.get()
        self.in_doubt = False
        living = await boards.run(lambda: board.living(tokens, lent))
        self.lent.difference_update(lent)
        for token in tokens:
            if token not in living:
                self.here.ended(token)
        for token in living:
            if token not in tokens:
                self.here.called(token)

    def _with_cut_off(self, request: Request, reply: Reply) -> Reply:
        """Tell who works without a join, once, what an earlier session of theirs holds."""
        if not isinstance(reply, (Briefing, CheckReply)):
            return reply
        if not self.here.unnamed or getattr(request, "session", "") != self.here.unnamed:
            return reply
        task = reply.task if isinstance(reply, Briefing) else None
        found = [one for one in self.cut_off if one.holds != [task]]
        self.cut_off = []
        if not found:
            return reply
        advice = f'join(session="{found[0].session}") goes on with {found[0].holds[0]}, which an'
        advice += " earlier session of yours holds"
        if isinstance(reply, CheckReply):
            return reply.model_copy(update={"next": f"{advice}; or {reply.next}"})
        if reply.lease:
            advice += '; give this one back then: finish(lease, outcome="release")'
        return reply.model_copy(update={"resumable": found, "next": f"{advice}; or {reply.next}"})

    async def _join_silently(self, boards: LazyBoard, caller: Caller) -> None:
        """Open the session of calls without one; or say again where it stands, as nobody else can
        join for it."""
        async with self._joining:
            fresh = self.here.state is State.EMPTY
            if not (fresh or self.misplaced):
                return
            self.misplaced = False
            board = await boards.get()
            join = standing(JoinRequest(session=self.here.meant))
            reply = await boards.run(lambda: board.step(join, caller))
            joined = cast("JoinReply", reply)
            if fresh:
                self.here.opened(joined.session)
                self.cut_off = joined.resumable or []
            if joined.notices:  # nobody reads this reply: they are to come again
                unseen = CheckRequest(session=joined.session)
                await boards.run(lambda: board.undo_check(unseen, caller))


def _lacks_session(request: Request) -> bool:
    if isinstance(request, CheckRequest):
        return not (request.session or request.lease)
    return isinstance(request, ClaimRequest) and not request.session


def _with_objects(request: FinishRequest) -> FinishRequest:
    from headwater.committed import with_objects  # few servers ever need it

    return with_objects(request)


def standing(request: JoinRequest) -> JoinRequest:
    """The request with the place that git shows: of the workspace it names, else of the host's.

    A session is offered again to those who work there. What git shows counts more than what the
    request says of branch and commit; a folder that is not here is believed.
    """
    if request.workspace and not os.path.isdir(request.workspace):  # noqa: PTH112  # never raises
        return request
    place = place_of(Path(request.workspace) if request.workspace else None)
    if request.workspace and not place.branch and not place.commit:
        return request
    return request.model_copy(update=asdict(place))
