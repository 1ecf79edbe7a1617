"""The session that an agent's commands share: opened by the first that needs one, and kept in a
file beside the store for those that follow."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from headwater.checkout import place_of
from headwater.cli.agent import CLI_HOST, WINDOW
from headwater.cli.output import say_next, warn
from headwater.errors import UnknownSession, WrongPlace
from headwater.verbs.sessions import Held, JoinReply, JoinRequest

if TYPE_CHECKING:
    from headwater.board import Board

R = TypeVar("R")


class OwnSession:
    """An agent's session at a board. Each has a file of its own in a folder beside the store, so
    that agents that join at the same time do not lose each other's."""

    def __init__(self, store: Path, board: str, agent: str) -> None:
        name = hashlib.sha256(f"{board}/{agent}".encode("utf-8", "surrogateescape")).hexdigest()
        self._store = store
        self._file = store.with_name(store.name + ".sessions") / name[:32]
        self._agent = agent

    def ask(self, board: Board, ask: Callable[[str], R], *, opens: bool = True) -> R:
        """`ask` with the session. If it has ended or was never there, it is joined; or where `ask`
        needs none (`opens` is false), it goes without."""
        if token := self._read():
            try:
                return self._standing_here(board, token, ask)
            except UnknownSession:
                pass  # it has ended, or another store lies there now
        if not opens:
            return ask("")
        joined = self._opened(board, {})
        _keep_unread(board, joined)
        _tell_of_earlier(joined)
        return ask(joined.session)

    def held(self, board: Board) -> list[Held]:
        """What it holds; nothing, where it was never there. This is no call of it."""
        token = self._read()
        return board.held(token) if token else []

    def amendable(self, board: Board) -> list[Held]:
        """What it has delivered and can still amend."""
        token = self._read()
        return board.amendable(token) if token else []

    def join(self, board: Board, more: dict[str, Any], session: str = "") -> JoinReply:
        """Go on with the session, or open it. `session`: another that is the agent's from now on.
        `more`: what else the join says."""
        token = session or self._read()
        if token:
            try:
                return self._joined(board, {"session": token} | more)
            except UnknownSession:
                if session:
                    raise
        return self._opened(board, more)

    def _standing_here(self, board: Board, token: str, ask: Callable[[str], R]) -> R:
        """`ask`, and where the board refuses the place of the session's join, that of this run."""
        try:
            return ask(token)
        except WrongPlace:
            _keep_unread(board, self._joined(board, {"session": token}))
            return ask(token)

    def _opened(self, board: Board, more: dict[str, Any]) -> JoinReply:
        return self._joined(board, {"agent": self._agent} | more)

    def _joined(self, board: Board, said: dict[str, Any]) -> JoinReply:
        joined = join_from_here(board, {"window": WINDOW} | said)
        if joined.session != self._read():
            self._write(joined.session)
        return joined

    def _read(self) -> str:
        try:
            token = self._file.read_text(errors="replace")
        except OSError:
            return ""
        return token if re.fullmatch(r"[!-~]{1,200}", token) else ""

    def _write(self, token: str) -> None:
        from headwater.store.filesystem import new_file, new_folder

        partial = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        try:
            with contextlib.suppress(FileExistsError):
                new_folder(self._file.parent, self._store)
            partial.unlink(missing_ok=True)
            try:
                with os.fdopen(new_file(partial, self._store), "w") as out:
                    out.write(token)
                partial.replace(self._file)
            finally:
                partial.unlink(missing_ok=True)
        except OSError as error:
            warn(
                f"warning: this session cannot be kept in {self._file.parent} ({error.strerror}): "
                "the next command opens another, which does not hold what this one does"
            )
            say_next("HEADWATER_SESSION=SESSION, of join(), lets all commands go on with one", warn)


def join_from_here(board: Board, said: dict[str, Any]) -> JoinReply:
    """Join, and say where this command runs."""
    return board.do(JoinRequest, JoinReply, {"host": CLI_HOST} | asdict(place_of()) | said)


def _tell_of_earlier(joined: JoinReply) -> None:
    """Nobody reads this reply: what an earlier session holds is said beside the command's own."""
    if joined.resumable:
        from headwater.cli.render.sentences import goes_on

        say_next(goes_on(joined), warn)


def _keep_unread(board: Board, joined: JoinReply) -> None:
    """Nobody reads this reply: its notices are to come again."""
    if joined.notices:
        from headwater.verbs.work import CheckRequest

        board.undo_check(CheckRequest(session=joined.session))
