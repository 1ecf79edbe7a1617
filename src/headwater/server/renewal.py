"""Keeping the leases of a host window alive while the window is there.

An agent in a long edit makes no call. Its host does: as long as the host keeps this process, its
sessions' leases are renewed. The board decides which still deserve it.
"""

from __future__ import annotations

import logging
from typing import Final

import anyio

from headwater import limits
from headwater.errors import HeadwaterError
from headwater.server.identity import StdioIdentity
from headwater.server.opening import LazyBoard

log = logging.getLogger(__name__)

FAREWELL_S: Final = 0.8


async def renew_forever(boards: LazyBoard, identity: StdioIdentity) -> None:
    """Renew every limits.STDIO_RENEW_MS, until cancelled."""
    while True:
        await anyio.sleep(limits.STDIO_RENEW_MS / 1000)
        try:
            await identity.look_again(boards)
            await _renew(boards, identity, 0)
        except HeadwaterError as error:
            log.warning("leases could not be renewed: %s", error.message)


async def take_leave(boards: LazyBoard, identity: StdioIdentity, undelivered: list[str]) -> None:
    """The host is gone: undo what it never learned of, and leave the rest two minutes."""
    board = boards.opened
    if board is None:
        return
    with anyio.move_on_after(FAREWELL_S, shield=True):
        try:
            for lease in undelivered:
                await boards.run(lambda: board.undo_claim(lease))  # noqa: B023  # awaited at once
            await _renew(boards, identity, limits.STDIO_GRACE_MS)
        except HeadwaterError as error:
            log.warning("leases could not be left in order: %s", error.message)


async def _renew(boards: LazyBoard, identity: StdioIdentity, lease_ms: int) -> None:
    board, sessions = boards.opened, identity.here.tokens
    if board is not None and sessions:
        await boards.run(lambda: board.renew(sessions, lease_ms))
