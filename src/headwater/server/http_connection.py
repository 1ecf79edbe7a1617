"""One HTTP connection: what uvicorn's own protocol lacks among strangers.

Uvicorn waits without end for the rest of a request, and fails in a traceback over a body that
breaks after it was refused. A client that sends a byte now and then, or none, would hold its
connection for ever, whether it has a token or not.

A request that gives its length in two ways is refused: a proxy may go by the other one, and send
on as the next client's request what this one wrote (RFC 9112, 6.1).
"""

from __future__ import annotations

import asyncio
from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_S: Final = 120.0
"""Within this time a request must be here whole: 4 MiB over a line of 300 kbit/s are."""


class Unambiguous(h11.Connection):
    """Reads requests of which there is only one way to tell where they end."""

    def next_event(self) -> type[h11.NEED_DATA | h11.PAUSED] | h11.Event:
        """As ever. Raises RemoteProtocolError for a request with two lengths, too."""
        event = super().next_event()
        if isinstance(event, h11.Request):
            names = [name for name, _ in event.headers]
            if b"transfer-encoding" in names and b"content-length" in names:
                raise h11.RemoteProtocolError("a length and chunks")
        return event


class Connection(H11Protocol):
    """Closes a connection whose client does not come to the end of its request."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.conn = Unambiguous(h11.SERVER)
        self._mind_the_time()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._mind_the_time()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._forget_the_time()

    def send_400_response(self, msg: str) -> None:
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
        else:  # the request has its answer, or a part of it
            self.transport.close()

    def _mind_the_time(self) -> None:
        """From its first byte to its last; a connection that is idle is uvicorn's to end."""
        begun = self.conn.their_state is h11.IDLE and self.timeout_keep_alive_task is None
        if not begun and self.conn.their_state is not h11.SEND_BODY:
            self._forget_the_time()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(REQUEST_S, self.transport.close)

    def _forget_the_time(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
