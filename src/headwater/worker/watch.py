"""The thread behind a job: renews its lease, and notices at once when it is taken away."""

from __future__ import annotations

import errno
import logging
import threading
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeVar

from headwater.errors import HeadwaterError, StoreError
from headwater.operations import watching
from headwater.operations.work import Work
from headwater.verbs.sessions import Notice
from headwater.verbs.work import Lost
from headwater.worker.cancellation import Cancellation

if TYPE_CHECKING:
    from collections.abc import Callable

    from headwater.board import Board

R = TypeVar("R")
log = logging.getLogger(__name__)

RENEWALS_PER_LEASE: Final = 3
SOONEST_S: Final = 0.02
"""Two looks are never closer than this, however busy the board is."""


class Watch:
    """Follows the change feed, so a commit of any process is seen in milliseconds."""

    def __init__(
        self, board: Board, session: str, lease: str, cancelled: Cancellation, every_s: float
    ) -> None:
        self._board = board
        self._session = session
        self._lease = lease
        self._cancelled = cancelled
        self._every_s = every_s
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._seen = -1
        self.lock = threading.Lock()
        """Held while the job is being ended, so that its own end is not taken for a loss."""
        self.notices: list[Notice] = []
        """What renewals were told, for the job's owner."""
        self._unsubscribe = board.feed.subscribe(self._wake.set)
        self._thread = threading.Thread(target=self._run, name="headwater-job", daemon=True)
        try:
            self._thread.start()
        except RuntimeError as error:  # Python's word for it
            self._unsubscribe()
            raise OSError(errno.EAGAIN, "no more threads can be started") from error

    def stop(self) -> None:
        """Renew no more; safe to call twice, and from a callback on the watching thread."""
        self._stopped.set()
        self._unsubscribe()
        self._wake.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def look(self) -> None:
        """Is the lease still good?"""
        with self.lock:
            lost = None if self._stopped.is_set() else self._lost()
        if lost is not None:
            self._cancelled.set(lost)

    def _run(self) -> None:
        renew_at = monotonic() + self._every_s
        while not self._stopped.is_set() and not self._cancelled.is_set():
            try:
                if monotonic() >= renew_at:
                    renew_at = monotonic() + self._every_s
                    self._renew()
                self._look_if_changed()
            except StoreError as error:  # busy for the moment: the next change is looked at, too
                log.warning("a lease could not be watched: %s", error.message)
            except HeadwaterError as error:
                log.warning("a lease could not be renewed: %s", error.message)
            self._stopped.wait(SOONEST_S)
            self._wake.wait(max(0.0, renew_at - monotonic()))
            self._wake.clear()

    def _renew(self) -> None:
        """Also takes a lease up again that ran out, as after the sleep of a laptop."""
        with self.lock:
            if self._stopped.is_set():
                return
            reply = self._board.check(session=self._session)
        self.notices += reply.notices or []

    def _look_if_changed(self) -> None:
        revision = self._board.revision()
        if revision != self._seen:
            self.look()
            self._seen = revision

    def _lost(self) -> Lost | None:
        return read(self._board, lambda work: watching.lost(work, self._lease))


def read(board: Board, look: Callable[[Work], R]) -> R:
    """Look at the board in a snapshot."""
    return board.store.read(
        lambda tx: look(Work.open(tx, board.id, board.caller, board.store.lease_key, reads=True))
    )
