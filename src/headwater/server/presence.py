"""A request over HTTP lasts as long as its client is there and its token is good.

A connection of the older protocol outlives its requests: a claim that waits in it would go on
when its client has died, and hand a task to nobody. And a token is looked up when a request
comes, but streams and waiting calls last: the tokens of open requests are looked up again.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import anyio
import anyio.lowlevel
from starlette.types import Message, Receive, Scope, Send

from headwater.errors import HeadwaterError

log = logging.getLogger(__name__)

LOOK_AGAIN_S: Final = 5.0
"""The streams and waiting calls of a revoked or expired token end within this time."""
_PRESENCE: Final = "headwater.presence"


class Presence:
    """One request, and the calls that are performed for it."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._asked = self._begun = self._ended = False
        self._request = anyio.CancelScope()
        self._calls: set[anyio.CancelScope] = set()
        scope[_PRESENCE] = self

    async def receive(self) -> Message:
        """Receive, and give up a request whose client goes away in the middle of it: to whoever
        reads its body that would be an error."""
        message = await self._receive()
        if message["type"] == "http.disconnect" and not self._asked:
            self._ended = True
            self.end()
            await anyio.lowlevel.checkpoint()
        self._asked = self._asked or not message.get("more_body")
        return message

    async def send(self, message: Message) -> None:
        """Send on, and remember how far the answer is."""
        self._begun = True
        self._ended = message["type"] == "http.response.body" and not message.get("more_body")
        await self._send(message)

    async def last(self, answer: Awaitable[None]) -> None:
        """Answer the request; no call is performed for it any more when that is over."""
        try:
            with self._request:
                await answer
        finally:
            for call in self._calls:
                call.cancel()
        if self._request.cancelled_caught and not self._ended:
            if not self._begun:
                await self._send({"type": "http.response.start", "status": 401, "headers": []})
            await self._send({"type": "http.response.body", "body": b""})

    def end(self) -> None:
        """End the request now, as well as can be done in the middle of an answer."""
        self._request.cancel()

    @contextmanager
    def call(self) -> Generator[None]:
        """A call that ends with the request, in whatever task it is performed."""
        with anyio.CancelScope() as call:
            self._calls.add(call)
            try:
                yield
            finally:
                self._calls.discard(call)


@contextmanager
def while_present(scope: Mapping[str, Any]) -> Generator[None]:
    """Within it is what is done for the request of an ASGI scope. It is left early when that
    request is over; over stdio, where the scope is empty, it is not."""
    presence = scope.get(_PRESENCE)
    if not isinstance(presence, Presence):
        yield
        return
    with presence.call():
        yield


class Guests:
    """The requests under way, by the token that let them in."""

    def __init__(self, may_stay: Callable[[str], Awaitable[bool]]) -> None:
        self._may_stay = may_stay
        self._present: defaultdict[str, set[Presence]] = defaultdict(set)

    async def receive(self, token: str, presence: Presence, answer: Awaitable[None]) -> None:
        """Answer a request, for as long as its token is good."""
        self._present[token].add(presence)
        try:
            await presence.last(answer)
        finally:
            self._present[token].discard(presence)
            if not self._present[token]:
                del self._present[token]

    async def look_after(self) -> None:
        """End the requests of tokens that are no longer good, until cancelled."""
        while True:
            await anyio.sleep(LOOK_AGAIN_S)
            for token in list(self._present):
                try:
                    if await self._may_stay(token):
                        continue
                except HeadwaterError as error:  # nobody can know of this one now
                    log.warning("an access token cannot be looked up: %s", error.message)
                    continue
                for presence in self._present.get(token, ()):
                    presence.end()
