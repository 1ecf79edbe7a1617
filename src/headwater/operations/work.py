"""The unit of work: what every mutation goes through.

A `Work` holds the board's row, hands out revisions, and writes rows and their log entries
together, so that no operation can change a task without recording it. The pattern of a mutation:

    work.record("claimed", task, ...)      # a new revision and its event
    work.move(task, Trigger.CLAIM)         # the state machine and the counters
    work.save(task)                        # the row and its after-image under that revision

`close` writes the board's row and the images once, at the end of the operation.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from headwater import limits
from headwater.errors import BadRequest, UnknownTask
from headwater.graph.events import EventKind
from headwater.graph.notices import Kind
from headwater.graph.policy import Policy, policy_of
from headwater.graph.states import CLOSED, State, Trigger, move
from headwater.operations import path_claims
from headwater.operations.caller import Caller
from headwater.operations.images import (
    compact,
    edges_image,
    spec_image,
    state_image,
    state_images,
    talk_image,
)
from headwater.operations.near import unknown_task
from headwater.store.lease_key import LeaseKey
from headwater.store.queries import boards, edges, log, sessions, tasks
from headwater.store.rows import (
    BoardRow,
    DeliveryRow,
    EdgeRow,
    ImageRow,
    NoticeRow,
    SessionRow,
    TaskRow,
    TextRow,
)
from headwater.store.transaction import Tx

STORE_ACTOR = "headwater"
"""Of what nobody decided: it follows by the rules from what somebody else did, or from the time."""
_PRUNE_EVERY = 16
"""How many notices apart old ones are looked for. Less often than `NOTICES_PRUNED_AT_ONCE` are
forgotten at a time, so that a backlog shrinks. The newest is never forgotten: ids only rise."""


class Work:
    """One operation on one board, inside one transaction."""

    __slots__ = (
        "_closes",
        "_deliveries",
        "_dirty",
        "_images",
        "_texts",
        "board",
        "caller",
        "lease_key",
        "now_ms",
        "policy",
        "session",
        "tx",
    )

    def __init__(self, tx: Tx, board: BoardRow, caller: Caller, lease_key: LeaseKey) -> None:
        self.tx = tx
        self.board = board
        self.caller = caller
        self.lease_key = lease_key
        self.now_ms = tx.now_ms
        self.policy: Policy = policy_of(board.policy)
        self.session: SessionRow | None = None
        self._closes = False
        self._dirty = False
        self._images: dict[tuple[int, str], str] = {}
        self._texts: dict[int, TextRow] = {}
        self._deliveries: dict[int, DeliveryRow] = {}

    @classmethod
    def open(
        cls, tx: Tx, board_id: int, caller: Caller, lease_key: LeaseKey, *, reads: bool = False
    ) -> Work:
        """Take the board's row first, as every mutation does; or on a snapshot, which only
        `reads`, just read it."""
        board = tx.one(boards.BY_ID if reads else boards.TAKE, id=board_id)
        if board is None:
            raise BadRequest("this board is gone from the store", next="open the board again")
        return cls(tx, board, caller, lease_key)

    @property
    def actor(self) -> str:
        """Who is written into the log."""
        if self.session:
            return self.session.label
        return self.caller.name or self.caller.credential

    @property
    def revision(self) -> int:
        return self.board.revision

    # -- tasks ---------------------------------------------------------------------------------

    def task(self, key: str) -> TaskRow:
        """The task of that key.

        Raises:
            UnknownTask: if this board has none.
        """
        row = self.tx.one(tasks.BY_KEY, board_id=self.board.id, key=key)
        if row is None:
            raise unknown_task(self.tx, self.board.id, key)
        return row

    def task_by_id(self, task_id: int) -> TaskRow:
        row = self.tx.one(tasks.BY_ID, id=task_id)
        if row is None:
            raise UnknownTask("no such task on this board", next='graph(view="list")')
        return row

    def text(self, task: TaskRow) -> TextRow:
        """The long texts of a task; one object per operation, so that changes are seen."""
        found = self._texts.get(task.id)
        if found is None:
            row = self.tx.one(tasks.TEXT, task_id=task.id)
            found = row or TextRow(task.id)
            self._texts[task.id] = found
        return found

    def delivery(self, delivery_id: int) -> DeliveryRow | None:
        """A delivery, whose row never changes: it is read once per operation."""
        found = self._deliveries.get(delivery_id)
        if found is None and delivery_id:
            found = self.tx.one(log.DELIVERY, id=delivery_id)
            if found is not None:
                self._deliveries[delivery_id] = found
        return found

    def label(self, session_id: int) -> str:
        """How a session is shown to others."""
        if session_id == 0:
            return ""
        if self.session is not None and self.session.id == session_id:
            return self.session.label
        row = self.tx.one(sessions.LABEL, id=session_id)
        return f"{row[0]}/{row[1]}" if row else ""

    def move(self, task: TaskRow, trigger: Trigger) -> None:
        """Apply a transition: the state, the counters, and the place in the queue.

        Raises:
            WrongState: if the table has no such transition.
        """
        target = move(task.state, trigger, task.pending, task.key)
        if task.has_paths:
            taken = self.text(task).paths if target is State.ACTIVE else "[]"
            path_claims.moved(self.tx, task, target, taken, self.policy)
        board, old, new = self.board, task.state, target.value
        setattr(board, old, getattr(board, old) - 1)
        setattr(board, new, getattr(board, new) + 1)
        task.state = new
        if target is State.READY:
            self.enqueue(task)
        elif target in CLOSED:
            self._closes = True
        self._dirty = True

    def enqueue(self, task: TaskRow) -> None:
        """Its place in the queue from now on: the ageing bucket is fixed when it becomes ready."""
        task.ready_ms = self.now_ms
        task.bucket = self.bucket(task)

    def bucket(self, task: TaskRow) -> int:
        return self.policy.bucket(task.ready_ms, task.priority)

    def save(self, task: TaskRow) -> None:
        """Write where the task stands, and the image of it."""
        task.updated_ms = self.now_ms
        self.tx.put(tasks.SAVE_STATE, task)
        self._images[task.id, "state"] = state_image(task)

    def save_blocked(self, rows: Sequence[TaskRow], ready: Collection[int]) -> None:
        """`save` for tasks that more upstreams were given to, and no more; `ready` has the ids of
        those that were ready before."""
        for task, image in zip(rows, state_images(rows), strict=True):
            task.updated_ms = self.now_ms
            self._images[task.id, "state"] = image
        self.tx.put_many(tasks.SAVE_PENDING, [task for task in rows if task.id not in ready])
        self.tx.put_many(tasks.SAVE_BLOCKED, [task for task in rows if task.id in ready])

    def save_spec(self, task: TaskRow, text: TextRow) -> None:
        """Write the whole task: what it is and where it stands."""
        task.updated_ms = self.now_ms
        self.tx.put(tasks.SAVE_TEXT, text)
        self.tx.put(tasks.SAVE, task)
        self._images[task.id, "spec"] = spec_image(task, text)
        self._images[task.id, "state"] = state_image(task)

    def save_talk(self, text: TextRow) -> None:
        """Write feedback, question and note."""
        self.tx.put(tasks.SAVE_TEXT, text)
        self._images[text.task_id, "talk"] = talk_image(text)

    def image_edges(self, task_id: int) -> None:
        """Record a task's edges as they are now."""
        self._images[task_id, "edges"] = edges_image(self.tx.all(edges.OF, task_id=task_id))

    def image_all_edges(self, edges_by_task: Mapping[int, Sequence[EdgeRow]]) -> None:
        """Record the edges of several tasks as they are now."""
        for task_id, found in edges_by_task.items():
            self._images[task_id, "edges"] = edges_image(found)

    def image_added(self, task: TaskRow, text: TextRow, spec: str, state: str, edges: str) -> None:
        """Record a new task whole, by the images of its aspects."""
        self._images[task.id, "spec"] = spec
        self._images[task.id, "state"] = state
        if edges != "[]":
            self._images[task.id, "edges"] = edges
        if text.note or text.question or text.feedback != "[]":
            self._images[task.id, "talk"] = talk_image(text)

    # -- the log -------------------------------------------------------------------------------

    def record(
        self,
        kind: EventKind,
        task: TaskRow | None = None,
        *,
        reason: str = "",
        data: dict[str, Any] | None = None,
        actor: str = "",
    ) -> int:
        """Begin a new revision with its event; images saved from here on belong to it."""
        self._flush_images()
        self.board.revision += 1
        self._dirty = True
        self.tx.run(
            log.ADD_EVENT,
            board_id=self.board.id,
            revision=self.board.revision,
            kind=kind,
            task=task.key if task else "",
            actor=actor or self.actor,
            at_ms=self.now_ms,
            reason=reason,
            data=compact(data) if data else "{}",
        )
        return self.board.revision

    def notify(
        self,
        target: str,
        kind: Kind,
        *,
        task: str = "",
        body: str = "",
        topic: str = "",
        data: dict[str, Any] | None = None,
    ) -> int:
        """Leave a notice in the same transaction, and now and then forget a few old ones."""
        stored = compact(data) if data else "{}"
        return self.leave(NoticeRow(0, target, kind, task, topic, self.actor, body, stored))

    def leave(self, notice: NoticeRow) -> int:
        """`notify` with what stands in a notice already; its number is a new one."""
        row = self.tx.one(
            sessions.NOTIFY,
            board_id=self.board.id,
            target=notice.target,
            kind=notice.kind,
            task=notice.task,
            topic=notice.topic,
            by=notice.by,
            body=notice.body,
            data=notice.data,
            revision=self.board.revision,
            at_ms=self.now_ms,
        )
        number = int(row[0]) if row else 0
        if number % _PRUNE_EVERY == 0:
            self.tx.run(
                sessions.PRUNE_NOTICES,
                board_id=self.board.id,
                before_ms=self.now_ms - limits.NOTICE_DAYS * limits.DAY_MS,
                count=limits.NOTICES_PRUNED_AT_ONCE,
            )
        return number

    def notify_session(
        self,
        session_id: int,
        kind: Kind,
        *,
        task: str,
        body: str = "",
        data: dict[str, Any] | None = None,
    ) -> None:
        """Leave a notice for the session that holds a task; 0, for nobody, is told nothing."""
        if session_id:
            self.notify(f"session:{session_id}", kind, task=task, body=body, data=data)

    def touch_board(self) -> None:
        """The board's row changed outside of a transition."""
        self._dirty = True

    def close(self) -> None:
        """Write what is written once per operation, and say so if it closed the last task."""
        self._flush_images()
        if self._closes and not self.board.unfinished:
            self.notify("planners", "all_done")
        if self._dirty:
            board = self.board
            board.last_call_ms = self.now_ms
            self.tx.put(boards.SAVE, board)
            self._dirty = False

    def _flush_images(self) -> None:
        if self._images:
            revision, board_id = self.board.revision, self.board.id
            self.tx.put_many(
                log.ADD_IMAGE,
                [
                    ImageRow(task_id, aspect, revision, board_id, image)
                    for (task_id, aspect), image in self._images.items()
                ],
            )
            self._images = {}
