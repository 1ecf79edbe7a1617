"""One run of the command: which store and board, as whom, and in which form to answer."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Generator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from headwater.checkout import place_of
from headwater.cli.agent import CLI_HOST, login
from headwater.cli.output import say_json, say_next, warn
from headwater.errors import BadRequest, StoreError, UnknownSession, WrongPlace

if TYPE_CHECKING:
    from headwater.board import Board
    from headwater.verbs.base import Reply, Request
    from headwater.verbs.sessions import JoinReply

R = TypeVar("R", bound="Reply")

WINDOW = "cli"


@dataclass(frozen=True)
class Invocation:
    """The shared options of every command, after environment and defaults."""

    db: str
    board: str
    as_json: bool
    agent: str
    session: str
    db_named: bool = False
    """Whether `db` was an option, not from the environment."""
    board_named: bool = False
    """The same of `board`."""
    session_inherited: bool = False
    """Whether `session` is the environment's."""

    @property
    def location(self) -> str | Path:
        """Where the store is: an absolute path, or the URL of a database."""
        from headwater.store.location import default_path, file_of, is_postgres

        if is_postgres(self.db):
            return self.db
        return file_of(self.db) if self.db else default_path(Path.cwd()).absolute()

    @property
    def shown(self) -> str:
        """The same, as people may read it."""
        from headwater.store.location import shown

        return shown(self.location)

    @property
    def path(self) -> Path:
        """The store's file; for a database the path beside which files about it are kept."""
        from headwater.store.location import path_beside

        place = self.location
        return place if isinstance(place, Path) else path_beside(self.shown)

    @property
    def is_missing(self) -> bool:
        """Whether there is no store file yet."""
        place = self.location
        return isinstance(place, Path) and not place.exists()

    @contextlib.contextmanager
    def opened(self, *, create: bool = False) -> Generator[Board]:
        """The board, closed at the end.

        Raises:
            StoreError: there is no store and this command has no reason to make one.
        """
        place = self.location
        if not create and self.is_missing:
            raise StoreError(
                f"there is no store at {place}",
                next="`headwater add`, `headwater import` or an agent's first call makes one; "
                "--db or HEADWATER_DB names another",
            )
        from headwater.board import Board

        board = Board.open(place, self.board) if create else self._existing(place)
        try:
            yield board
        finally:
            board.close()

    @contextlib.contextmanager
    def rehearsed(self) -> Generator[Board]:
        """The board; in the place of one that is not there yet, an empty one that is not kept."""
        from headwater.board import Board

        with contextlib.ExitStack() as stack:
            board = None
            with contextlib.suppress(_NoBoard):
                board = None if self.is_missing else self._existing(self.location)
            if board is None:
                folder = stack.enter_context(tempfile.TemporaryDirectory())
                board = Board.open(Path(folder) / "board.db", self.board)
            stack.callback(board.close)
            yield board

    def _existing(self, place: str | Path) -> Board:
        """A board that is there already: a mistyped name makes none."""
        from headwater.board import Board
        from headwater.cli.render.sentences import listed
        from headwater.store.queries import boards
        from headwater.store.store import Store

        store = Store.open(place, create=False)
        names = [row.name for row in store.read(lambda tx: tx.all(boards.ALL))]
        if self.board in names:
            return Board(store, self.board)
        store.close()
        raise _NoBoard(
            f"there is no board {self.board!r} in {store.place}",
            next=f"--board or HEADWATER_BOARD names one of: {listed(names, 20)}"
            if names
            else "headwater add makes one",
            state={"boards": names[:20]},
        )

    def call(self, request: Request, reply: type[R], *, create: bool = False) -> R:
        """Open the board, make one call, close it. `reply` is the type of the answer."""
        with self.opened(create=create) as board:
            return answered(board, request, reply)

    def call_as_worker(self, kind: type[Request], arguments: dict[str, Any], reply: type[R]) -> R:
        """`call` in this agent's session. What is wrong with the arguments is said before that is
        opened."""
        kind.parse(arguments)
        with self.opened() as board:
            return self.as_worker(
                board, lambda session: board.do(kind, reply, arguments | {"session": session})
            )

    def as_worker(self, board: Board, ask: Callable[[str], R]) -> R:
        """`ask` with a session: the one given, else this agent's own, which is joined if it has
        ended or was never there."""
        if self.session:
            return ask(self.session)
        kept = _SessionFile(self.path, self.board, self.agent_name)
        token = kept.read()
        if token:
            try:
                return self._standing_here(board, token, ask)
            except UnknownSession:
                pass  # it has ended, or another store lies there now
        place = asdict(place_of())
        joined = board.join(agent=self.agent_name, window=WINDOW, host=CLI_HOST, **place)
        kept.write(joined.session)
        _keep_unread(board, joined)
        return ask(joined.session)

    def _standing_here(self, board: Board, token: str, ask: Callable[[str], R]) -> R:
        """`ask`, and where the board refuses the place of the session's join, that of this run."""
        try:
            return ask(token)
        except WrongPlace:
            joined = board.join(session=token, window=WINDOW, **asdict(place_of()))
            _keep_unread(board, joined)
            return ask(token)

    @property
    def agent_name(self) -> str:
        return self.agent or login()

    def answer(self, reply: R, human: Callable[[R], None]) -> None:
        """Print a reply: its JSON and nothing else, or what `human` makes of it."""
        if self.as_json:
            say_json(reply.as_dict())
        else:
            human(reply)


def _keep_unread(board: Board, joined: JoinReply) -> None:
    """Nobody reads this reply: its notices are to come again."""
    if joined.notices:
        from headwater.verbs.work import CheckRequest

        board.undo_check(CheckRequest(session=joined.session))


class _NoBoard(BadRequest):
    """The store has no board of that name; `state` has the boards that it has."""


def answered(board: Board, request: Request, reply: type[R]) -> R:
    """Make one call. `reply` is the type of the answer, which follows from the request."""
    found = board.call(request)
    if not isinstance(found, reply):
        raise TypeError(f"{request.verb} was answered with {type(found).__name__}")
    return found


class _SessionFile:
    """Remembers the session of an agent at this store between runs. Each has a file of its own in a
    folder beside the store, so that agents that join at the same time do not lose each other's."""

    def __init__(self, store: Path, board: str, agent: str) -> None:
        name = hashlib.sha256(f"{board}/{agent}".encode("utf-8", "surrogateescape")).hexdigest()
        self._store = store
        self._file = store.with_name(store.name + ".sessions") / name[:32]

    def read(self) -> str:
        try:
            token = self._file.read_text(errors="replace")
        except OSError:
            return ""
        return token if re.fullmatch(r"[!-~]{1,200}", token) else ""

    def write(self, token: str) -> None:
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
