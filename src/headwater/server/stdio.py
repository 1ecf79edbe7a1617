"""Serving one host window over stdio."""

from __future__ import annotations

import gc
import os
import threading
from typing import Final

STOP_WITHIN_S: Final = 2.5
"""A process that has not ended by then is ended: leases expire by themselves."""


def serve_stdio(db: str | None = None, board: str = "") -> int:
    """Serve MCP on stdin and stdout until the host closes them or a signal arrives.

    `db` is the path or URL of the store (None: the one of this directory). Returns the exit code.
    """
    # The imports below make hundreds of thousands of objects that live as long as the process:
    # collecting garbage meanwhile only costs time before the first reply.
    gc.disable()
    import anyio

    from headwater.server.logs import configure
    from headwater.server.stdio_loop import serve

    gc.freeze()
    gc.enable()
    configure()
    anyio.run(serve, db, board, _end_soon)
    return 0


def _end_soon() -> None:
    """Make sure that the process ends, whatever still blocks a thread of it."""
    timer = threading.Timer(STOP_WITHIN_S, os._exit, [0])
    timer.daemon = True
    timer.start()
