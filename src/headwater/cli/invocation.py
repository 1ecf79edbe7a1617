"""One run of the command: which store and board, as whom, and in which form to answer."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from headwater.cli.agent import login
from headwater.cli.output import say_json, warn
from headwater.errors import BadRequest, StoreError

if TYPE_CHECKING:
    from headwater.board import Board
    from headwater.cli.own_session import OwnSession
    from headwater.verbs.base import Reply, Request
    from headwater.verbs.sessions import Held

R = TypeVar("R", bound="Reply")
_BOARD_POLL_S = 0.2


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
    def opened(self, *, create: bool = False, says_new: bool = True) -> Generator[Board]:
        """The board, closed at the end. `says_new`: a store that this makes is told of.

        Raises:
            StoreError: there is no store and this command has no reason to make one.
        """
        place = self.location
        if not create and self.is_missing:
            raise _NoStore(
                f"there is no store at {place}",
                next="`headwater add`, `headwater import` or an agent's first call over MCP makes "
                "one, and a call with --wait waits for it; --db or HEADWATER_DB names another",
            )
        from headwater.board import Board

        is_new = says_new and self.is_missing
        board = Board.open(place, self.board) if create else self._existing(place)
        if is_new:
            warn(f"new store: {place}")
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

    def call(
        self,
        request: Request,
        reply: type[R],
        *,
        create: bool = False,
        wait_s: float | None = None,
    ) -> R:
        """Open the board, make one call, close it. `reply` is the type of the answer; `wait_s`: how
        long to wait for it, where that is longer than a request may say."""
        with self.opened(create=create) as board:
            return answered(board, request, reply, wait_s)

    def call_as_worker(
        self,
        kind: type[Request],
        arguments: dict[str, Any],
        reply: type[R],
        wait_s: float | None = None,
    ) -> R:
        """`call` in this agent's session. What is wrong with the arguments is said before that is
        opened. With `wait_s` a board that nobody has made yet is waited for, too."""
        kind.parse(arguments)
        with contextlib.ExitStack() as stack:
            board, left_s = self._awaited(stack, wait_s)
            return self.as_worker(
                board,
                lambda session: board.do(kind, reply, arguments | {"session": session}, left_s),
            )

    def _awaited(
        self, stack: contextlib.ExitStack, wait_s: float | None
    ) -> tuple[Board, float | None]:
        """The board, as soon as somebody has made it, and how much of the wait is left then."""
        until_s = time.monotonic() + (wait_s or 0)
        is_told = False
        while True:
            try:
                board = stack.enter_context(self.opened())
                return board, wait_s and max(until_s - time.monotonic(), 0)
            except (_NoStore, _NoBoard) as lacking:
                if time.monotonic() >= until_s:
                    raise
                if not is_told:
                    warn(f"{lacking} yet: waiting until somebody makes it")
                is_told = True
            time.sleep(_BOARD_POLL_S)

    def call_as_planner(
        self,
        kind: type[Request],
        arguments: dict[str, Any],
        reply: type[R],
        *,
        create: bool = False,
        of_holder: str = "",
    ) -> R:
        """`call` in the session that is named, else in that of an agent which is, if it has one
        here. A person's calls need none. `of_holder`: a task, whose lease goes with the call if it
        is held here."""
        kind.parse(arguments)
        with self.opened(create=create) as board:
            if of_holder and "lease" not in arguments:
                mine = [one for one in self.held(board) if one.task == of_holder]
                arguments = arguments | {"lease": mine[0].lease if mine else ""}

            def ask(session: str) -> R:
                return board.do(kind, reply, arguments | {"session": session})

            if self.session or not self.agent:
                return ask(self.session)
            return self.own_session.ask(board, ask, opens=False)

    def held(self, board: Board) -> list[Held]:
        """What this agent holds."""
        return board.held(self.session) if self.session else self.own_session.held(board)

    def amendable(self, board: Board) -> list[Held]:
        """What this agent has delivered and can still amend."""
        if self.session:
            return board.amendable(self.session)
        return self.own_session.amendable(board)

    def as_worker(self, board: Board, ask: Callable[[str], R]) -> R:
        """`ask` with a session: the one given, else this agent's own."""
        return ask(self.session) if self.session else self.own_session.ask(board, ask)

    @property
    def own_session(self) -> OwnSession:
        from headwater.cli.own_session import OwnSession

        return OwnSession(self.path, self.board, self.agent_name)

    @property
    def agent_name(self) -> str:
        return self.agent or login()

    def answer(self, reply: R, human: Callable[[R], None]) -> None:
        """Print a reply: its JSON and nothing else, or what `human` makes of it."""
        if self.as_json:
            say_json(reply.as_dict())
        else:
            human(reply)


class _NoStore(StoreError):
    """Nobody has made the store yet, or its path is another."""


class _NoBoard(BadRequest):
    """The store has no board of that name; `state` has the boards that it has."""


def answered(board: Board, request: Request, reply: type[R], wait_s: float | None = None) -> R:
    """Make one call. `reply` is the type of the answer, which follows from the request."""
    found = board.call(request, wait_s=wait_s)
    if not isinstance(found, reply):
        raise TypeError(f"{request.verb} was answered with {type(found).__name__}")
    return found
