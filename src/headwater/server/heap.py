"""One heap for all threads of a server that runs for weeks."""

from __future__ import annotations

import ctypes
import sys
from typing import Final

_M_ARENA_MAX: Final = -8
"""Of glibc's <malloc.h>."""


def share_one_heap() -> None:
    """Keep glibc from giving each thread a heap of its own. To be called before there are threads.

    What one thread allocates is often freed by another here (rows, pages of SQLite), and what is
    free in one heap serves no other: under load the server grew by holes, not by what it held.
    Other C libraries, which have no such heaps, are left alone.
    """
    if sys.platform == "linux":
        set_option = getattr(ctypes.CDLL(None), "mallopt", None)
        if set_option is not None:
            set_option(_M_ARENA_MAX, 1)
