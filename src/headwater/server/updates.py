"""Telling subscribers which resources changed, also when another process made the change.

Runs only while a client has subscribed to a resource. Several changes in a row are told together.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Final

import anyio

from headwater import limits
from headwater.errors import Archived, HeadwaterError
from headwater.operations.caller import Caller
from headwater.server.changes import RETRY_S, Changes
from headwater.server.opening import LazyBoard
from headwater.server.resources import task_of
from headwater.verbs.look import GraphReply, GraphRequest

if TYPE_CHECKING:
    from headwater.board import Board

log = logging.getLogger(__name__)

TOGETHER_S: Final = 0.1
"""Changes within this time are told at once."""
IDLE_S: Final = 3600.0

_READER: Final = Caller(rights="observe")
Publish = Callable[[str], Awaitable[None]]


class Updates:
    """Watches the board for those who follow resources."""

    def __init__(self, boards: LazyBoard, changes: Changes, publish: Publish) -> None:
        self._boards = boards
        self._changes = changes
        self._publish = publish
        self._wanted: Counter[str] = Counter()
        self._task: asyncio.Task[None] | None = None
        self._ready = anyio.Event()
        self._told = -1
        """The revision until which followers know of changes; -1 before the first look."""

    def add(self, uris: Iterable[str]) -> None:
        self._wanted.update(uris)
        if self._wanted and self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    def remove(self, uris: Iterable[str]) -> None:
        self._wanted.subtract(uris)
        self._wanted = +self._wanted
        if not self._wanted and self._task is not None:
            self._task.cancel()
            self._task = None
            self._ready = anyio.Event()

    async def ready(self) -> None:
        """Wait until changes are being watched; at most a second, if the store is away."""
        with anyio.move_on_after(1.0):
            await self._ready.wait()

    async def _run(self) -> None:
        self._told = -1
        while not self._changes.stopping:
            try:
                board = await self._boards.get()
                with self._changes.watch(board):
                    await self._watch(board)
            except HeadwaterError as error:
                log.warning("changes cannot be followed now: %s", error.message)
                await asyncio.sleep(RETRY_S)

    async def _watch(self, board: Board) -> None:
        newest = await self._boards.run(board.revision)
        if self._told < 0:
            self._told = newest
        self._ready.set()
        while not self._changes.stopping:
            # Beyond at once if the store was away since: what was not told then is told now.
            if newest <= self._told and not await self._changes.beyond(self._told, IDLE_S):
                continue
            keys, complete, newest = await self._changed_since(board, self._told)
            for uri in self._affected(keys, complete=complete):
                await self._publish(uri)
            self._told = newest
            await asyncio.sleep(TOGETHER_S)

    async def _changed_since(self, board: Board, seen: int) -> tuple[set[str], bool, int]:
        """The keys of the tasks changed after `seen`; False if there were too many to list.

        The log names the task that each call was about, the comparison also those that followed.
        """
        revision = await self._boards.run(board.revision)
        keys: set[str] = set()
        complete = seen > 0  # `since=0` would mean the newest page
        for view in ("history", "diff") if complete else ():
            request = GraphRequest(view=view, since=seen, limit=limits.PAGE)
            try:
                reply = await self._boards.run(lambda: board.step(request, _READER))  # noqa: B023  # awaited at once
            except Archived:  # so long ago that nobody can say which
                return keys, False, revision
            assert isinstance(reply, GraphReply)
            keys |= {str(item["task"]) for item in reply.events or [] if "task" in item}
            keys |= {str(item["key"]) for item in reply.diff or []}
            complete = complete and reply.cursor is None
        return keys, complete, revision

    def _affected(self, keys: set[str], *, complete: bool) -> list[str]:
        """Of what is followed: all that shows the whole board, and the tasks that changed."""
        return [
            uri
            for uri in sorted(self._wanted)
            if not task_of(uri) or not complete or task_of(uri) in keys
        ]
