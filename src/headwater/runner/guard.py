"""The guard: starts one command in a process group of its own, and never outlives its runner.

    python -I -S guard.py LIFELINE LOCK GRACE_S COMMAND...

Descriptor LIFELINE is one end of a pair of sockets whose other end only the runner has. When that
closes, because the runner closed it or died however suddenly, the command's group gets SIGTERM and,
GRACE_S later, SIGKILL. What the command leaves running in its group is ended in the same way. Why a
command could not be started is said on it.

The guard holds the lock of the task's worktree, which it inherited, until the group is gone; so who
gets that lock (descriptor LOCK) knows that nobody is in the worktree any more.

A program of its own, with the standard library only: it starts in a few milliseconds.
"""

import contextlib
import ctypes
import os
import select
import signal
import sys
import time
from types import FrameType

_POLL_S = 0.02
_NOT_FOUND = 127
_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


def main(lifeline: int, lock: int, grace_s: float, command: list[str]) -> int:
    for own in (lifeline, lock):
        os.set_inheritable(own, False)  # noqa: FBT003 - it takes no keyword
    adopt_orphans()
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker)
    signal.signal(signal.SIGCHLD, _woken)
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)  # the runner decides
    try:
        child = os.posix_spawnp(
            command[0],
            command,
            os.environ,
            setpgroup=0,
            setsigdef=[signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE],
        )
    except OSError as error:
        os.write(lifeline, str(error.strerror).encode())
        return _NOT_FOUND
    code = None
    while code is None:
        readable, _, _ = select.select([lifeline, wake], [], [])
        if wake in readable:
            os.read(wake, 512)
        code = reap(child)
        if code is None and lifeline in readable:
            break
    stopped = end_group(child, grace_s)
    code = stopped if code is None else code
    return 128 - code if code < 0 else code


def adopt_orphans() -> None:
    """On Linux, become the parent of what the command leaves behind: in a container nobody else
    may ever reap it, and a zombie looks alive."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap(child: int) -> int | None:
    """Reap everything that has ended; the exit code of `child` if it is among that."""
    code = None
    with contextlib.suppress(ChildProcessError):
        while True:
            ended, status = os.waitpid(-1, os.WNOHANG)
            if not ended:
                break
            if ended == child:
                code = os.waitstatus_to_exitcode(status)
    return code


def end_group(group: int, grace_s: float) -> int:
    """SIGTERM, then SIGKILL, to whoever is left in the group; the exit code of its leader, if it
    was not known yet."""
    code = 0
    for name in (signal.SIGTERM, signal.SIGKILL):
        until_s = time.monotonic() + grace_s
        told = 0
        while time.monotonic() < until_s:
            found = reap(group)
            code = code if found is None else found
            try:
                os.killpg(group, 0 if told else name)
            except (ProcessLookupError, PermissionError):  # on macOS: only zombies are left
                return code
            told = 1
            time.sleep(_POLL_S)
    return code


def _woken(number: int, frame: FrameType | None) -> None:
    """A handler must be there for the wakeup descriptor to be written."""


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4:]))
