"""The guard: starts one command in a process group of its own, and never outlives its runner.

    python -I -S guard.py LIFELINE LOCK GRACE_S COMMAND...

Descriptor LIFELINE is the reading end of a pipe whose other end only the runner has. When it
closes, because the runner closed it or died however suddenly, the command's group gets SIGTERM and,
GRACE_S later, SIGKILL. What the command leaves running in its group is ended in the same way. The
guard holds the lock of the task's worktree, which it inherited, until the group is gone; so who
gets that lock (descriptor LOCK) knows that nobody is in the worktree any more.

A program of its own, with the standard library only: it starts in a few milliseconds.
"""

import contextlib
import os
import select
import signal
import sys
import time
from types import FrameType

_POLL_S = 0.02
_NOT_FOUND = 127


def main(lifeline: int, lock: int, grace_s: float, command: list[str]) -> int:
    for own in (lifeline, lock):
        os.set_inheritable(own, False)  # noqa: FBT003 - it takes no keyword
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
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        return _NOT_FOUND
    code = None
    while code is None:
        readable, _, _ = select.select([lifeline, wake], [], [])
        if wake in readable:
            os.read(wake, 512)
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
        elif lifeline in readable:
            break
    stopped = _stop(child, grace_s, reaped=code is not None)
    code = stopped if code is None else code
    return 128 - code if code < 0 else code


def _woken(number: int, frame: FrameType | None) -> None:
    """A handler must be there for the wakeup descriptor to be written."""


def _stop(group: int, grace_s: float, *, reaped: bool) -> int:
    """End whoever is left in the group; the exit code of its leader, if it was not known yet."""
    code = 0
    until_s = time.monotonic() + grace_s
    name = signal.SIGTERM
    told = False
    while True:
        if not reaped:
            ended, status = os.waitpid(group, os.WNOHANG)
            if ended:
                reaped, code = True, os.waitstatus_to_exitcode(status)
        try:
            os.killpg(group, 0 if told else name)
        except ProcessLookupError:
            return code
        except PermissionError:  # only zombies are left, on macOS
            if reaped:
                return code
        told = True
        if name == signal.SIGTERM and time.monotonic() >= until_s:
            name, told = signal.SIGKILL, False
            until_s = time.monotonic() + grace_s
        elif name == signal.SIGKILL and time.monotonic() >= until_s:
            return code
        time.sleep(_POLL_S)


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4:]))
