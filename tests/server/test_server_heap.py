"""A server's memory: one heap for all its threads."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

HEAPS = """
import ctypes, sys, threading
from headwater.server.heap import share_one_heap
if sys.argv[1] == "shared":
    share_one_heap()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
together = threading.Barrier(8)
def allocate():
    together.wait()
    libc.malloc(5000)
    together.wait()
threads = [threading.Thread(target=allocate) for _ in range(8)]
[one.start() for one in threads]; [one.join() for one in threads]
libc.fopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(libc.fopen(b"/dev/stdout", b"w"))
libc.malloc_info(0, out)
libc.fclose(out)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has a heap a thread")
def test_threads_of_a_server_share_one_heap() -> None:
    assert heaps("own") > 1
    assert heaps("shared") == 1


def heaps(mode: str) -> int:
    """How many a process with eight allocating threads has."""
    ran = subprocess.run(
        [sys.executable, "-c", HEAPS, mode], capture_output=True, text=True, check=True
    )
    return ran.stdout.count("<heap ")
