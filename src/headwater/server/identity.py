"""Who a call is from: the credential of the transport, the client's name, and the session.

Over stdio one host window owns the process. A call without a session is then joined silently,
until a second session shows up on the connection (a subagent, another window): from then on a
missing session would be a guess, and a claim or check without one is refused. The first join by
name takes the silent session over, with all that it holds.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast, get_args

import anyio

from headwater import limits, processes
from headwater.checkout import place_of
from headwater.errors import BadRequest
from headwater.operations.caller import Caller, Rights
from headwater.server.opening import LazyBoard
from headwater.verbs.base import Reply, Request
from headwater.verbs.work import (
    Briefing,
    CheckReply,
    CheckRequest,
    ClaimRequest,
    JoinReply,
    JoinRequest,
    Resumable,
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


@dataclass
class StdioIdentity:
    """The sessions of one host window."""

    agent: str = field(default_factory=lambda: os.environ.get(AGENT_VARIABLE, ""))
    rights: str = field(default_factory=lambda: os.environ.get(RIGHTS_VARIABLE, "plan"))
    process: str = field(default_factory=processes.host)
    joined: dict[str, str] = field(default_factory=dict[str, str])
    """Sessions that were joined by name over this connection, with their agents."""
    silent: str = ""
    """The session that was joined for calls without one."""
    silent_used: bool = False
    """True once the silent session has claimed."""
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
            default_session="" if self.joined or not self.silent_used else self.silent,
        )

    @property
    def sessions(self) -> list[str]:
        """The sessions to be renewed while the host is there."""
        return [*self.joined, *([self.silent] if self.silent else [])]

    @property
    def needs_session(self) -> bool:
        """Whether several sessions share the connection."""
        return self._only_session() is None

    async def complete(self, boards: LazyBoard, request: Request, caller: Caller) -> Request:
        """Fill in the session of a call that says none, and where a session joins from.

        Raises:
            BadRequest: for a claim or check without a session when there are several.
        """
        if isinstance(request, JoinRequest):
            return standing(request)
        if isinstance(request, CheckRequest) and request.leave and request.lease:
            holder = await self._holder(boards, request.lease)  # who leaves, for `saw`
            return request.model_copy(update={"session": holder})
        if getattr(request, "session", None) != "" or getattr(request, "lease", ""):
            return request
        needed = isinstance(request, (ClaimRequest, CheckRequest))
        session = self._only_session()
        if session is None and needed:
            known = [f"{token} ({agent})" for token, agent in self.joined.items()]
            if self.silent_used:
                known.append(f"{self.silent} (joined without a name)")
            raise BadRequest(
                f"{request.verb} needs a session: {len(known)} sessions use this connection",
                state={"sessions": known[-_SESSIONS_SHOWN:]},
                next=_OWN_SESSION,
            )
        if session == "" and needed:
            session = await self._join_silently(boards, caller)
        return request.model_copy(update={"session": session}) if session else request

    def saw(self, request: Request, reply: Reply) -> Reply:
        """Remember the sessions that come and go with a call that succeeded; the reply to give."""
        if isinstance(reply, JoinReply):
            # A session that was taken over has a new token; its older one is worth nothing now.
            resumed = cast("JoinRequest", request).session
            self.joined.pop(resumed, None)
            self.joined[reply.session] = reply.agent
            if self.silent in (reply.session, resumed):
                self.silent, self.silent_used = "", False
        elif isinstance(reply, CheckReply) and reply.left:
            left = cast("CheckRequest", request).session
            self.joined.pop(left, None)
            if left == self.silent:
                self.silent, self.silent_used = "", False
        elif isinstance(request, (ClaimRequest, CheckRequest)) and request.session:
            if request.session == self.silent:
                self.silent_used = True
            else:  # a session of before this process started lives here now
                self.joined.setdefault(request.session, "resumed")
        return self._with_cut_off(reply) if self.cut_off else reply

    def _with_cut_off(self, reply: Reply) -> Reply:
        """Tell who claimed without a join, once, what an earlier window of theirs holds."""
        if not isinstance(reply, Briefing):
            return reply
        found = [one for one in self.cut_off if one.holds != [reply.task]]
        self.cut_off = []
        if not found:
            return reply
        advice = f'join(session="{found[0].session}") goes on with {found[0].holds[0]}, which an'
        advice += " earlier window of yours holds"
        if reply.lease:
            advice += '; give this one back then: finish(lease, outcome="release")'
        advice += f"; or {reply.next}"
        return reply.model_copy(update={"resumable": found, "next": advice})

    def _only_session(self) -> str | None:
        """The session of a call that says none: empty before the first, None if it is a guess."""
        candidates = list(self.joined)
        if self.silent and (self.silent_used or not candidates):
            candidates.append(self.silent)
        if not candidates:
            return ""
        return candidates[0] if len(candidates) == 1 else None

    async def _holder(self, boards: LazyBoard, lease: str) -> str:
        """The session of this connection that a lease was given to; empty if it is another's."""
        board = await boards.get()
        name = await boards.run(lambda: board.session_of(lease))
        return next((one for one in self.sessions if one.partition(".")[0] == name), "")

    async def _join_silently(self, boards: LazyBoard, caller: Caller) -> str:
        async with self._joining:
            if not self.silent:
                board = await boards.get()
                join = standing(JoinRequest())
                reply = await boards.run(lambda: board.step(join, caller))
                joined = cast("JoinReply", reply)
                self.silent, self.cut_off = joined.session, joined.resumable or []
        return self.silent


def _lacks_session(request: Request) -> bool:
    if isinstance(request, CheckRequest):
        return not (request.session or request.lease)
    return isinstance(request, ClaimRequest) and not request.session


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
