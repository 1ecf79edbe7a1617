"""The service behind the adapter: one call from its arguments to its result."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Any, Protocol

from mcp.types import CallToolResult
from opentelemetry.trace import get_current_span

from headwater.errors import BadRequest, HeadwaterError
from headwater.operations.caller import Caller
from headwater.server import results
from headwater.server.adapter import Adapter, CallContext
from headwater.server.changes import Changes
from headwater.server.hints import reply_with_session, with_session
from headwater.server.opening import LazyBoard
from headwater.server.prompts import PROMPTS_BY_NAME, PromptFace
from headwater.server.resources import content_of, request_for
from headwater.server.tools import BY_NAME
from headwater.server.troubles import Troubles
from headwater.server.updates import Updates
from headwater.server.waiting import Performer, fresh_lease
from headwater.verbs.base import Reply, Request

Metered = Callable[[str, str, float, bool], None]
"""Told of every call: the verb, `ok` or the error's code, how long it took in seconds, and
whether it was asked to wait."""


class Identity(Protocol):
    """Who calls, on one kind of transport."""

    @property
    def needs_session(self) -> bool:
        """Whether a claim must say its session."""
        ...

    def caller_for(self, context: CallContext) -> Caller: ...

    async def complete(self, boards: LazyBoard, request: Request, caller: Caller) -> Request: ...

    def saw(self, request: Request, reply: Reply) -> Reply: ...

    def refused(self, error: HeadwaterError) -> None: ...


class Handed:
    """Leases whose replies are on their way out. What never left is undone at the end."""

    def __init__(self) -> None:
        self._leases: dict[str | int, str] = {}

    def leaving(self, request_id: str | int | None, lease: str) -> None:
        if request_id is not None and lease:
            self._leases[request_id] = lease

    def left(self, request_id: str | int | None) -> None:
        """The reply to that request has been written."""
        if request_id is not None:
            self._leases.pop(request_id, None)

    def undelivered(self) -> list[str]:
        leases = list(self._leases.values())
        self._leases.clear()
        return leases


class Service:
    """A board's tools, resources and prompts, for one transport."""

    def __init__(
        self,
        boards: LazyBoard,
        identity: Identity,
        version: str,
        *,
        handed: Handed | None = None,
        metered: Metered | None = None,
        troubles: Troubles | None = None,
    ) -> None:
        self.boards = boards
        self.identity = identity
        self.changes = Changes(boards)
        self._performer = Performer(boards, self.changes)
        self._handed = handed
        self._metered = metered
        self._troubles = troubles or Troubles()
        self.adapter = Adapter(self, version, partial(Updates, boards, self.changes))

    async def call(
        self, name: str, arguments: dict[str, Any], context: CallContext
    ) -> CallToolResult:
        """One tool call. Every failure becomes a result that the model can read."""
        started_s = monotonic()
        result, outcome = await self._outcome(name, arguments, context)
        get_current_span().set_attribute("headwater.outcome", outcome)  # the SDK's, of this call
        if self._metered is not None:
            waited = bool(arguments.get("wait"))
            self._metered(name, outcome, monotonic() - started_s, waited)
        return result

    async def _outcome(
        self, name: str, arguments: dict[str, Any], context: CallContext
    ) -> tuple[CallToolResult, str]:
        """The result, and `ok` or the error's code."""
        try:
            request = BY_NAME[name].request.parse(arguments)
            caller = self.identity.caller_for(context)
            request = await self.identity.complete(self.boards, request, caller)
            reply = await self._performer.perform(request, caller, context.progress)
            reply = self.identity.saw(request, reply)
            if self.identity.needs_session:
                reply = reply_with_session(reply)
            if self._handed is not None:
                self._handed.leaving(context.request_id, fresh_lease(reply))
            return results.success(reply), "ok"
        except HeadwaterError as error:
            self.identity.refused(error)
            self._troubles.met(error)
            if self.identity.needs_session:
                error.next = with_session(error.next)
            return results.refusal(error), error.code
        except Exception as error:  # noqa: BLE001  # the boundary to the client: nothing may leak
            return results.crash(name, error), "internal"

    @property
    def waiting(self) -> int:
        """How many calls wait now."""
        return self._performer.waiting

    async def read(self, uri: str, context: CallContext) -> tuple[str, str]:
        """The text and the media type of a resource.

        Raises:
            HeadwaterError: BadRequest or UnknownTask if there is no such resource.
        """
        request = request_for(uri)
        caller = self.identity.caller_for(context)
        reply = await self._performer.perform(request, caller, context.progress)
        return content_of(request, reply)

    def prompt(self, name: str, arguments: dict[str, str]) -> tuple[PromptFace, str]:
        """A prompt and its text.

        Raises:
            BadRequest: if there is no such prompt or argument.
        """
        face = PROMPTS_BY_NAME.get(name)
        if face is None:
            raise BadRequest(f"no such prompt; there are: {', '.join(PROMPTS_BY_NAME)}")
        return face, face.render(arguments)

    def replied(self) -> None:
        """A client has been answered: time to get the store ready."""
        self.boards.preload()

    def stop(self) -> None:
        """End waiting calls and open streams, so that the transport can stop."""
        self.changes.stop()
        self.adapter.close_streams()
