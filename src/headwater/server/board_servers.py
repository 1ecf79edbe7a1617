"""One MCP server per board, on one store, each started when it is first asked for."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

import anyio
from anyio.abc import TaskGroup, TaskStatus
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from headwater import __version__, limits
from headwater.board import Board
from headwater.server.identity import HttpIdentity
from headwater.server.meter import Meter
from headwater.server.opening import THREADS, LazyBoard
from headwater.server.service import Service
from headwater.server.troubles import Troubles
from headwater.store.queries import boards
from headwater.store.store import Store

BOARD_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")
"""Of a board that is made because an address names it."""
SESSIONS: Final = 10_000
"""Connections of the older protocol that may be open at once."""


@dataclass(frozen=True, slots=True)
class BoardServer:
    """The server of one board."""

    name: str
    service: Service
    manager: StreamableHTTPSessionManager


class BoardServers:
    """The servers that run now, by board."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._servers: dict[str, BoardServer] = {}
        self.meter = Meter(store, self._waiting)
        self.troubles = Troubles()
        self._starting = anyio.Lock()
        self._threads = anyio.CapacityLimiter(THREADS)
        self._tasks: TaskGroup | None = None
        self._ending = anyio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """While it lasts, servers can be started; at its end all of them end."""
        async with anyio.create_task_group() as tasks:
            self._tasks = tasks
            try:
                yield
            finally:
                self._tasks = None
                self._ending.set()

    async def of(self, name: str, *, found: bool = False) -> BoardServer | None:
        """The server of a board; None if there is no such board, unless it may be founded."""
        server = self._servers.get(name)
        if server is not None or not name.isprintable():
            return server
        found = found and bool(BOARD_NAME.match(name))
        async with self._starting:
            if name not in self._servers and (found or await self._exists(name)):
                self._servers[name] = await self._start(name)
            return self._servers.get(name)

    def all(self) -> list[BoardServer]:
        return list(self._servers.values())

    def stop(self) -> None:
        """End waiting calls and open streams. Safe in a signal handler of the loop's thread."""
        for server in self.all():
            server.service.stop()

    def _waiting(self) -> dict[str, int]:
        return {server.name: server.service.waiting for server in self.all()}

    async def _exists(self, name: str) -> bool:
        def read() -> bool:
            return self.store.read(lambda tx: tx.one(boards.BY_NAME, name=name)) is not None

        return await anyio.to_thread.run_sync(read, limiter=self._threads)

    async def _start(self, name: str) -> BoardServer:
        lazy = LazyBoard(partial(Board, self.store, name), self._threads)
        await lazy.get()
        metered = partial(self.meter.called, name)
        service = Service(
            lazy, HttpIdentity(), __version__, metered=metered, troubles=self.troubles
        )
        manager = StreamableHTTPSessionManager(
            service.adapter.server,
            security_settings=None,  # Host and Origin are checked by the gate, for all it leads to
            session_idle_timeout=limits.CONNECTION_IDLE_HOURS * 3600,
            max_request_body_size=limits.CALL_BYTES,
            max_sessions=SESSIONS,
        )
        server = BoardServer(name, service, manager)
        if self._tasks is None:
            raise RuntimeError("board servers start only while they are `running`")
        await self._tasks.start(self._serve, server)
        return server

    async def _serve(
        self, server: BoardServer, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        async with server.manager.run():
            task_status.started()
            await self._ending.wait()
