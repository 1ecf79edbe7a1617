"""Following the board's revision, for calls that wait and for clients that subscribe.

The store's feed says that something was committed, here or in another process. Renewals and reads
are commits too, so one look at the revision decides, for all who watch, whether anything changed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import anyio

from headwater.errors import HeadwaterError
from headwater.server.opening import LazyBoard

if TYPE_CHECKING:
    from headwater.board import Board

log = logging.getLogger(__name__)

AFTER_S: Final = 0.002
"""A change is looked at so much later: the reply to whoever made it has left by then, instead of
competing with the look for the interpreter."""

RETRY_S: Final = 5.0
"""After this time a store that could not be read is tried again."""


class Changes:
    """Wakes tasks when the board's revision moves. Costs nothing while nobody watches."""

    def __init__(self, boards: LazyBoard) -> None:
        self._boards = boards
        self.watchers = 0
        self._revision = -1
        self._changed = anyio.Event()
        self._stale = False
        self._refreshing: asyncio.Task[None] | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self.stopping = False

    @contextmanager
    def watch(self, board: Board) -> Generator[None]:
        """Within it, `beyond` sees every change that is committed after it was entered."""
        if self._unsubscribe is None:
            loop = asyncio.get_running_loop()

            def on_commit() -> None:
                try:
                    loop.call_soon_threadsafe(self._on_commit)
                except RuntimeError:  # the loop has ended since
                    log.debug("a change was reported after the end")

            self._revision = -1
            self._unsubscribe = board.feed.subscribe(on_commit)
        self.watchers += 1
        try:
            yield
        finally:
            self.watchers -= 1
            if self.watchers == 0 and self._unsubscribe is not None:
                self._unsubscribe()
                self._unsubscribe = None

    @property
    def revision(self) -> int:
        """The newest revision seen while somebody watched; -1 before the first change."""
        return self._revision

    async def beyond(self, revision: int, timeout_s: float) -> bool:
        """Wait until the board is past `revision`; False if `timeout_s` went by or all must end."""
        with anyio.move_on_after(timeout_s):
            while self._revision <= revision and not self.stopping:
                await self._changed.wait()
        return self._revision > revision

    def stop(self) -> None:
        """Let everybody who waits go at once. Safe in a signal handler's thread of the loop."""
        self.stopping = True
        self._wake()

    def _on_commit(self) -> None:
        self._stale = True
        if self._refreshing is None and self.watchers:
            self._refreshing = asyncio.get_running_loop().create_task(self._refresh())

    async def _refresh(self) -> None:
        """Read the revision once for any number of commits that came meanwhile."""
        try:
            while self._stale and self.watchers and not self.stopping:
                await asyncio.sleep(AFTER_S)
                self._stale = False
                try:
                    board = await self._boards.get()
                    revision = await self._boards.run(board.revision)
                except HeadwaterError as error:
                    # Calls that wait have a deadline of their own; streams have none.
                    log.warning("the revision could not be read: %s", error.message)
                    self._stale = True
                    await asyncio.sleep(RETRY_S)
                    continue
                if revision > self._revision:
                    self._revision = revision
                    self._wake()
        finally:
            self._refreshing = None

    def _wake(self) -> None:
        event, self._changed = self._changed, anyio.Event()
        event.set()
