"""A claimed task inside a `with` block."""

from __future__ import annotations

import logging
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypedDict, Unpack

from headwater import limits
from headwater.errors import HeadwaterError, StaleLease
from headwater.operations import watching
from headwater.verbs.base import Outcome
from headwater.verbs.sessions import Notice
from headwater.verbs.work import Briefing, CheckReply, Finished, Nothing
from headwater.worker.cancellation import Cancellation
from headwater.worker.watch import RENEWALS_PER_LEASE, Watch, read

if TYPE_CHECKING:
    from headwater.board import Board

_AGENT: Final = "worker"
log = logging.getLogger(__name__)


class Options(TypedDict, total=False):
    """How `board.work` and `board.work_async` claim."""

    agent: str
    """Without a session: the name under which one is joined for this block, and ended after it."""
    capabilities: Sequence[str]
    """Of that session."""
    task: str
    kind: str
    wait: float
    """Seconds to wait for a task, at most 45."""
    brief: str
    renew: float
    """Seconds between renewals; 0 is a third of the lease."""


class Delivery(TypedDict, total=False):
    """What `finish` takes, but for the lease and the outcome."""

    summary: str
    critical: Mapping[str, object]
    artifacts: Sequence[Mapping[str, object]]
    delivered: Mapping[str, str]
    changed: Sequence[str]
    evidence: Mapping[str, str]
    notes: str
    cost: Mapping[str, object]


class Job:
    """What was claimed, or why nothing was."""

    def __init__(self, board: Board, session: str, briefing: Briefing, renew_s: float = 0) -> None:
        self._board = board
        self.briefing = briefing
        """The task with its context; `briefing.none` says why there is none."""
        self.cancelled = Cancellation()
        """Set when the lease is taken away."""
        self.ended: Finished | None = None
        """The reply that ended the job."""
        self._delivery = Delivery()
        self._watch: Watch | None = None
        if briefing.lease:
            every_s = renew_s or (briefing.expires_in_s or 0) / RENEWALS_PER_LEASE
            self._watch = Watch(board, session, briefing.lease, self.cancelled, every_s)

    @property
    def none(self) -> Nothing | None:
        """Why there is no task; None if there is one."""
        return self.briefing.none

    @property
    def lease(self) -> str:
        """The lease, for calls that this class has no method for; empty if there is no task."""
        return self.briefing.lease or ""

    @property
    def notices(self) -> list[Notice]:
        """What came with the task, then what renewals in the background were told."""
        return [*(self.briefing.notices or ()), *(self._watch.notices if self._watch else ())]

    def raise_if_cancelled(self) -> None:
        """Raises:
        StaleLease: the lease was taken away.
        """
        self.cancelled.raise_if_cancelled()

    def note(self, text: str = "", progress: float = -1) -> CheckReply:
        """Leave a note for a successor, and learn the news."""
        reply = self._board.check(self.lease, note=text, progress=progress)
        for lost in reply.lost or []:
            self.cancelled.set(lost)
        return reply

    def deliver(self, **delivery: Unpack[Delivery]) -> None:
        """Set what the end of the block shall finish with; later values replace earlier ones."""
        self._delivery.update(delivery)

    def finish(self, outcome: Outcome = "done", **delivery: Unpack[Delivery]) -> Finished:
        """End the job now, with what was delivered before and with this.

        Raises:
            StaleLease: it was taken away; what was delivered is kept as salvage.
            MissingPromises, MissingEvidence: nothing was changed; finish again.
        """
        both = self._delivery.copy()
        both.update(delivery)
        return self._end(outcome, both)

    def fail(self, reason: str) -> Finished:
        """End the attempt as failed, now."""
        return self._end("failed", Delivery(summary=bounded(reason)))

    def release(self, reason: str = "") -> Finished:
        """Give the task (or the review) back, now."""
        return self._end("release", Delivery(notes=bounded(reason)))

    def _end(self, outcome: Outcome, delivery: Delivery) -> Finished:
        if self._watch is None:
            return self._board.finish(self.lease, outcome, **delivery)
        with self._watch.lock:
            self.ended = self._board.finish(self.lease, outcome, **delivery)
        self._watch.stop()
        return self.ended

    # -- the end of the block ------------------------------------------------------------------

    def conclude(self, error: BaseException | None) -> None:
        """End what the block did not end. With an error only its notes are added to.

        Raises:
            HeadwaterError: the refusal of the finish; the lease is given up all the same.
        """
        if not self.lease or self.ended is not None:
            return
        if error is None:
            self._conclude_well()
            return
        try:
            self._look()
            if not self.cancelled.is_set():
                self._give_up(error)
        except HeadwaterError as refusal:
            error.add_note(f"{self.briefing.task} could not be given up: {refusal.message}")

    def _conclude_well(self) -> None:
        self._look()
        if self.briefing.kind == "review":
            if not self.cancelled.is_set():
                self.release("the block ended without a verdict")
            return
        if self.cancelled.is_set() and not self._delivery:
            return
        try:
            self.finish()
        except StaleLease:
            raise
        except HeadwaterError as refusal:
            self.conclude(refusal)
            raise

    def _give_up(self, error: BaseException) -> None:
        """Fail with an error, give back after an interruption. A review is always given back."""
        said = f"{type(error).__name__}: {error}"
        if isinstance(error, Exception) and self.briefing.kind != "review":
            self.fail(said)
        else:
            self.release(said)

    def _look(self) -> None:
        if self._watch is not None:
            self._watch.look()

    def undo(self) -> None:
        """As if it had not been claimed: nobody has seen it."""
        self.close()
        if self.lease and not self.briefing.already_holding:
            self._board.undo_claim(self.lease)

    def close(self) -> None:
        """End the watching thread."""
        if self._watch is not None:
            self._watch.stop()


def bounded(text: str) -> str:
    """Any text as one that can be stored: valid, without NUL, of bounded length."""
    clean = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", " ")
    return clean[: limits.EXCEPTION_CHARS]


@contextmanager
def work(board: Board, session: str = "", **options: Unpack[Options]) -> Generator[Job]:
    """Claim a task for the time of a block; see `headwater.worker`."""
    own = "" if session else join(board, options)
    try:
        job = claim(board, session or own, options)
        try:
            yield job
        except BaseException as error:
            job.conclude(error)
            raise
        else:
            job.conclude(None)
        finally:
            job.close()
    finally:
        leave(board, own)


def join(board: Board, options: Options) -> str:
    agent = options.get("agent", "") or _AGENT
    return board.join(agent, capabilities=options.get("capabilities", ())).session


def leave(board: Board, own: str) -> None:
    """End the session that was joined for the block. It would end by itself, only later."""
    if own:
        try:
            board.check(session=own, leave=True)
        except HeadwaterError as error:
            log.warning("a session could not be left: %s", error.message)


def claim(board: Board, session: str, options: Options, wait_s: float | None = None) -> Job:
    """Claim; an interruption on the way leaves no lease behind."""
    before = read(board, lambda work: watching.held(work, session))
    wait = options.get("wait", 0.0) if wait_s is None else wait_s
    try:
        briefing = board.claim(
            session,
            options.get("task", ""),
            kind=options.get("kind", "any"),
            wait=wait,
            brief=options.get("brief", "normal"),
        )
        return Job(board, session, briefing, options.get("renew", 0.0))
    except HeadwaterError:  # a refusal hands nothing out: what is new is another thread's
        raise
    except BaseException:
        for lease in read(board, lambda work: watching.held(work, session)) - before:
            board.undo_claim(lease)
        raise
