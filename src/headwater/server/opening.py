"""The board, opened when it is first needed.

A client asks for the list of tools long before it calls one. The store's libraries take longer to
import than all the rest, so they wait for the first call, or for the pause after the first reply.
A store that cannot be opened does not stop the server: each call says why.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread

from headwater.errors import StoreError

if TYPE_CHECKING:
    from headwater.board import Board

T = TypeVar("T")

THREADS = 40
"""Calls that may be inside the store at once; the store commits those that wait together."""


class LazyBoard:
    """Opens the board on demand and runs calls to it on worker threads."""

    def __init__(
        self, opening: Callable[[], Board], threads: anyio.CapacityLimiter | None = None
    ) -> None:
        self._opening = opening
        self._board: Board | None = None
        self._lock = anyio.Lock()
        self._threads = threads or anyio.CapacityLimiter(THREADS)
        self._preloading: threading.Thread | None = None

    @property
    def opened(self) -> Board | None:
        return self._board

    async def get(self) -> Board:
        """The board.

        Raises:
            HeadwaterError: saying why it cannot be opened; the next call tries again.
        """
        if self._board is None:
            async with self._lock:
                if self._board is None:
                    self._board = await self.run(self._opening)
        return self._board

    async def run(self, function: Callable[[], T]) -> T:
        """Run a blocking call on a worker thread. Cancelled, it still ends first: no half calls."""
        return await anyio.to_thread.run_sync(function, limiter=self._threads)

    def preload(self) -> None:
        """Import the store, and build the commonest replies, in the background."""
        if self._preloading is None and self._board is None:
            self._preloading = threading.Thread(target=_import_store, daemon=True)
            self._preloading.start()

    async def close(self) -> None:
        """Close it, and the store with it."""
        board, self._board = self._board, None
        if board is not None:
            await self.run(board.close)


def open_board(db: str | None = None, name: str = "") -> Board:
    """A board of a store that is opened for it alone.

    Raises:
        HeadwaterError: saying why it cannot be opened.
    """
    try:
        from headwater.board import Board

        return Board.open(db, name)
    except OSError as error:
        raise StoreError(
            f"the store cannot be opened: {error.strerror or type(error).__name__}",
            next="tell the person who runs Headwater; `headwater doctor` explains",
        ) from error


def _import_store() -> None:
    import headwater.board  # noqa: F401  # pyright: ignore[reportUnusedImport]
    from headwater.verbs.sessions import JoinReply
    from headwater.verbs.work import Briefing, CheckReply, Finished

    for reply in (JoinReply, Briefing, CheckReply, Finished):
        reply.model_rebuild()  # else within the first call
