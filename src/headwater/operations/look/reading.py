"""What every view is given: the snapshot, the board as it is now, and how things are shown."""

from __future__ import annotations

from datetime import UTC, datetime

from headwater.clock import seconds_left
from headwater.errors import Archived, BadRequest
from headwater.operations.caller import Caller
from headwater.operations.near import unknown_task
from headwater.store.queries import archive, boards, sessions, tasks
from headwater.store.rows import ArchiveRow, BoardRow, TaskRow
from headwater.store.transaction import Tx
from headwater.verbs.look import GraphRequest, Item


class Reading:
    """One read of one board, on one snapshot."""

    __slots__ = ("_keys", "_labels", "archived", "board", "caller", "request", "tx")

    def __init__(self, tx: Tx, board_id: int, request: GraphRequest, caller: Caller) -> None:
        """Raises BadRequest for a board that is gone, a revision that it has not reached, or two in
        the wrong order."""
        board = tx.one(boards.BY_ID, id=board_id)
        if board is None:
            raise BadRequest("this board is gone from the store", next="open the board again")
        for name, asked in (("at", request.at), ("since", request.since)):
            if asked > board.revision:
                raise BadRequest(
                    f"{name} {asked} is not reached yet: the newest revision is {board.revision}",
                    next=f"give a revision of at most {board.revision}, or leave {name} out",
                )
        if request.at and request.since > request.at:
            raise BadRequest(
                f"since {request.since} comes after at {request.at}",
                next="since is the earlier revision, at the later one",
            )
        self.archived: ArchiveRow | None = None
        """The last file of old history; asked for only where the past is."""
        if request.at or request.view in ("diff", "history"):
            self.archived = tx.one(archive.NEWEST, board_id=board.id)
            shown = [request.at, request.since if request.view == "diff" else 0]
            self._demand_kept(min((one for one in shown if one), default=0))
        self.tx = tx
        self.board: BoardRow = board
        self.request = request
        self.caller = caller
        self._labels: dict[int, str] = {0: ""}
        self._keys: dict[int, str] = {0: ""}

    def _demand_kept(self, revision: int) -> None:
        """Raises Archived for a revision that can no longer be shown."""
        if revision and self.archived is not None and revision < self.archived.until:
            until = self.archived.until
            raise Archived(
                f"revision {revision} is archived: {until} is the oldest that can be shown",
                state={"oldest": until, "file": self.archived.file},
                next=f"give a revision from {until} on; older events are in the archive's file",
            )

    @property
    def at(self) -> int:
        """The revision that is looked at."""
        return self.request.at or self.board.revision

    @property
    def shown_at(self) -> int | None:
        """`at` for the reply: only if it was asked for."""
        return self.request.at or None

    def task(self, key: str) -> TaskRow:
        """The task of that key. Raises UnknownTask if this board has none."""
        row = self.tx.one(tasks.BY_KEY, board_id=self.board.id, key=key)
        if row is None:
            raise unknown_task(self.tx, self.board.id, key)
        return row

    def key_of(self, task_id: int) -> str:
        """The key of a task by its id; empty for 0."""
        if task_id not in self._keys:
            row = self.tx.one(tasks.BY_ID, id=task_id)
            self._keys[task_id] = row.key if row else ""
        return self._keys[task_id]

    def label(self, session_id: int) -> str:
        """How a session is shown to others: never its token."""
        if session_id not in self._labels:
            row = self.tx.one(sessions.LABEL, id=session_id)
            self._labels[session_id] = f"{row[0]}/{row[1]}" if row else ""
        return self._labels[session_id]

    def seconds_to(self, then_ms: int) -> int:
        """Seconds from now until `then_ms`; never negative."""
        return seconds_left(then_ms - self.tx.now_ms)

    def number_cursor(self, prefix: str = "") -> int:
        """The cursor as the number it was given out as; 0 if there is none."""
        cursor = self.request.cursor
        return number_in(cursor.removeprefix(prefix)) if cursor else 0


def number_in(part: str) -> int:
    """The number that a cursor, or a part of one, is. Raises BadRequest if it is none."""
    if not (part.isascii() and part.isdigit()) or len(part) > 18:
        raise bad_cursor()
    return int(part)


def bad_cursor() -> BadRequest:
    return BadRequest(
        "cursor is not one that this view gave out",
        next="leave cursor out for the first page, then give back the `cursor` of each reply",
    )


def iso(at_ms: int) -> str:
    """A stored time as ISO 8601 in UTC, to the millisecond."""
    seconds, ms = divmod(at_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{ms:03}Z"


def only_set(**values: str | float | list[str] | None) -> Item:
    """An item without what is None, empty or 0."""
    item: Item = {}
    for name, value in values.items():
        if value:
            item[name] = list(value) if isinstance(value, list) else value
    return item


def minutes_of(worked_ms: int, estimate_ms: int) -> Item:
    """How long a task is worked on, beside its estimate; nothing if it has none."""
    if not estimate_ms:
        return {}
    return {"minutes": worked_ms // 60_000, "estimate": round(estimate_ms / 60_000, 1)}


class Room:
    """A bound on the text of one reply: what no longer fits is shortened, and said so."""

    __slots__ = ("_left_bytes", "more")

    def __init__(self, left_bytes: int) -> None:
        self._left_bytes = left_bytes
        self.more: list[str] = []

    def text(self, value: str, what: str) -> str | None:
        """`value`, shortened if there is no room left; None if it is empty."""
        if not value:
            return None
        raw = value.encode()
        room = max(self._left_bytes, 0)
        self._left_bytes -= len(raw)
        if len(raw) <= room:
            return value
        kept = raw[: max(room, 200)].decode(errors="ignore")
        if len(kept) == len(value):
            return value
        self._note(f"{what} is shortened: {len(raw)} bytes")
        return f"{kept} [...]"

    def fits(self, size_bytes: int, what: str) -> bool:
        """Whether something that cannot be shortened has room; takes it if so."""
        if size_bytes > self._left_bytes:
            self._note(f"{what} is left out: {size_bytes} bytes")
            return False
        self._left_bytes -= size_bytes
        return True

    def _note(self, sentence: str) -> None:
        if len(self.more) < _NOTES:
            self.more.append(sentence)
        elif len(self.more) == _NOTES:
            self.more.append("and more")


_NOTES = 20
