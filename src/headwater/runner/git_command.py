"""Running git: each command a child process without a shell."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from headwater.errors import StoreError
from headwater.git_environment import environment
from headwater.runner.git_settings import NO_HOOKS, QUIET

_TIMEOUT_S: Final = 600


class GitError(StoreError):
    """A git command failed."""

    code = "git_error"


class Git:
    """Runs commands in a folder, with the same settings and environment."""

    def __init__(self, root: Path, held: Sequence[int] = ()) -> None:
        """`held`: descriptors of locks that a git command keeps until it ends, should the runner
        be killed meanwhile. One that may run hooks does not: what these leave running would keep
        them for good."""
        self.root = root
        self.held = tuple(held)
        self.environment: dict[str, str] = environment()
        """That of its commands; for agents' commands, too."""

    def run(self, *arguments: str, cwd: Path | None = None) -> str:
        """The stripped output of a git command.

        Raises:
            GitError: with what git said.
        """
        done = self._call(*arguments, cwd=cwd)
        if done.returncode:
            raise self._failed(done, next(word for word in arguments if word not in NO_HOOKS))
        return done.stdout.rstrip("\n")

    def _succeeds(self, *arguments: str, cwd: Path | None = None) -> bool:
        return self._call(*arguments, cwd=cwd).returncode == 0

    def _version(self) -> tuple[int, ...]:
        words = self.run("version").split()
        numbers = words[2].split(".")[:2] if len(words) > 2 else []
        return tuple(int(number) for number in numbers if number.isdigit())

    def _call(
        self,
        *arguments: str,
        cwd: Path | None = None,
        attributes: str = "",
        held: Sequence[int] = (),
    ) -> subprocess.CompletedProcess[str]:
        """`attributes`: the commit whose .gitattributes count, not those of the working tree.
        `held`: descriptors that this one command keeps, and what its hooks leave running."""
        chosen = {"GIT_ATTR_SOURCE": attributes} if attributes else {}  # known to git 2.41
        try:
            return subprocess.run(  # noqa: S603 - no shell; names are marked as such
                ["git", *QUIET, *arguments],  # noqa: S607
                cwd=cwd or self.root,
                env={**self.environment, **chosen},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding=sys.getfilesystemencoding(),  # most of what it says are paths
                errors="surrogateescape",
                timeout=_TIMEOUT_S,
                check=False,
                start_new_session=True,  # an interrupt at the terminal must not hit it midway
                pass_fds=(*held, *(self.held if NO_HOOKS[-1] in arguments else ())),
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise GitError(f"git {arguments[0]}: {error}", next="is git installed?") from error

    def _failed(self, done: subprocess.CompletedProcess[str], what: str) -> GitError:
        return GitError(f"git {what} failed: {said(done)}")


def readable(text: str) -> str:
    """What git says as text that can be written down: it knows the names of files as bytes."""
    return os.fsencode(text).decode("utf-8", "replace")


def said(done: subprocess.CompletedProcess[str]) -> str:
    """Why a command failed, on one line."""
    text = " ".join(readable(done.stderr or done.stdout).split())
    return text[:400] or f"exit code {done.returncode}"
