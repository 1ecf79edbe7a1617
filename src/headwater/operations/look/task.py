"""One task whole, now or at a past revision."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from headwater import limits
from headwater.errors import BadRequest, counted
from headwater.graph.images import SPEC_FIELDS, SPEC_TEXTS, STATE_FIELDS, TALK_TEXTS, TaskImage
from headwater.graph.policy import policy_of
from headwater.graph.replay import HARD, Need, Values
from headwater.graph.states import State
from headwater.operations.attempts import image as attempt_image
from headwater.operations.look import past
from headwater.operations.look.landed import where
from headwater.operations.look.reading import Reading, Room, iso
from headwater.operations.paths import in_the_way
from headwater.operations.stored_past import unsaid
from headwater.operations.structure import follows_parts
from headwater.store.queries import edges, log, look, tasks
from headwater.store.rows import TaskRow, TextRow
from headwater.verbs.look import Delivered, Item, Link, TaskReply, Tried

_ROOM_BYTES = 192 * 1024
_CONSUMERS = 200


@dataclass(slots=True)
class _Facts:
    """All that is shown of a task, from the tables or from the log."""

    task: TaskImage
    pending: int
    needs: list[Link]
    consumers: list[Link]
    """The first ones, of so many:"""
    consumer_count: int
    children: list[tuple[str, str]]
    attempts: list[Values]
    lease_until_ms: int = 0


def task(reading: Reading) -> TaskReply:
    """Everything about one task but the events, with a bound on the text of others."""
    key = reading.request.task
    if not key:
        raise BadRequest("view 'task' needs a task", next='graph(view="task", task=KEY)')
    row = reading.task(key)
    facts = _as_it_was(reading, row) if reading.request.at else _as_it_is(reading, row)
    shown, room = facts.task, Room(_ROOM_BYTES)
    held = bool(shown.session_id) and not reading.request.at
    delivery = _delivery(reading, shown, room)
    blocked_by = _blocked_by(reading, row, shown) if not reading.request.at else ""
    return TaskReply(
        view="task",
        key=shown.key,
        state=shown.state,
        version=shown.version,
        title=shown.title or None,
        spec=shown.spec or None,
        acceptance=_listed(shown.acceptance),
        paths=_listed(shown.paths),
        capabilities=_listed(shown.capabilities),
        priority=shown.priority or None,
        estimate=shown.estimate_ms / 60_000 if shown.estimate_ms else None,
        review=bool(shown.review) or None,
        budget=_budget(shown),
        group=shown.grouping or None,
        parent=reading.key_of(shown.parent_id) or None,
        children=[{"key": key, "state": state} for key, state in facts.children] or None,
        supersedes=reading.key_of(shown.supersedes_id) or None,
        superseded_by=reading.key_of(shown.superseded_by_id) or None,
        reuse=shown.reuse or None,
        needs=[_bounded(one, room) for one in facts.needs] or None,
        pending=facts.pending,
        consumers=_consumers(facts, room),
        gate=shown.gate or None,
        round=shown.round,
        attempt=shown.attempt,
        attempts=shown.attempts,
        holder=reading.label(shown.session_id) or None,
        until_s=reading.seconds_to(facts.lease_until_ms) if held else None,
        due_s=reading.seconds_to(shown.due_ms) if shown.due_ms and not reading.request.at else None,
        progress=shown.progress if shown.progress >= 0 else None,
        blocked_by=blocked_by or None,
        handoff=shown.handoff or None,
        question=room.text(shown.question if shown.state == State.HELD else "", "question"),
        feedback=_feedback(shown, room),
        note=room.text(shown.note, "note"),
        delivery=delivery,
        tried=_tried(reading, facts, room),
        salvage=reading.tx.number(look.SALVAGE_COUNT, task_id=row.id, at=reading.at) or None,
        history=f'graph(view="history", task="{shown.key}")',
        more=room.more or None,
        revision=reading.board.revision,
        at=reading.shown_at,
        next=_next(reading, row, facts, blocked_by) if not reading.request.at else None,
    )


def _as_it_is(reading: Reading, row: TaskRow) -> _Facts:
    tx = reading.tx
    text = tx.one(tasks.TEXT, task_id=row.id)
    consumers = tx.all(edges.FIRST_CONSUMER_KEYS, upstream_id=row.id, count=_CONSUMERS)
    return _Facts(
        task=_image(row, text),
        pending=row.pending,
        needs=[
            _link(key, state, Need(*edge))
            for key, state, *edge in tx.all(edges.NEEDS_KEYS, task_id=row.id)
        ],
        consumers=[_link(key, state, Need(*edge)) for key, state, *edge in consumers],
        consumer_count=tx.number(edges.CONSUMER_COUNT, upstream_id=row.id),
        children=[(one.key, one.state) for one in tx.all(tasks.CHILDREN, parent_id=row.id)],
        attempts=[
            attempt_image(one)
            for one in tx.all(look.ATTEMPTS_OF, task_id=row.id, count=limits.ATTEMPTS)
        ],
        lease_until_ms=row.lease_until_ms,
    )


def _image(row: TaskRow, text: TextRow | None) -> TaskImage:
    image = TaskImage(row.id)
    for name in (*SPEC_FIELDS, *STATE_FIELDS):
        setattr(image, name, getattr(row, name))
    if text is not None:
        for name in (*SPEC_TEXTS, *TALK_TEXTS):
            setattr(image, name, getattr(text, name))
    return image


def _link(key: str, state: str, need: Need) -> Link:
    """An edge of the task, seen from it, with all its text."""
    return Link(
        task=key,
        state=state,
        kind=need.kind,
        expect=need.expect,
        promise=need.promise,
        keys=json.loads(need.keys) or None,
    )


def _as_it_was(reading: Reading, row: TaskRow) -> _Facts:
    was = past.whole(reading, row.id, row.key)
    needed_by = past.consumers(reading, row.id)
    parts = [one.id for one in reading.tx.all(tasks.CHILDREN, parent_id=row.id)]
    known = past.states(
        reading,
        [
            *(need.upstream_id for need in was.needs),
            *(consumer for consumer, _ in needed_by[:_CONSUMERS]),
            *parts,
        ],
    )

    def link(task_id: int, need: Need) -> Link:
        return _link(*known.get(task_id, ("", "")), need)

    needs = [link(need.upstream_id, need) for need in was.needs]
    return _Facts(
        task=was.task,
        pending=sum(1 for one in needs if one.kind == HARD and one.state != State.DONE),
        needs=needs,
        consumers=[link(consumer, need) for consumer, need in needed_by[:_CONSUMERS]],
        consumer_count=len(needed_by),
        children=[known[part] for part in parts if part in known],
        attempts=past.attempts(reading, row.id, row.key),
    )


def _listed(stored: str) -> list[str] | None:
    return json.loads(stored) or None


def _budget(shown: TaskImage) -> Item | None:
    budget: Item = json.loads(shown.budget)
    return {name: value for name, value in budget.items() if value} or None


def _bounded(link: Link, room: Room) -> Link:
    what = f"the contract with {link.task}"
    expect, promise = (room.text(text or "", what) for text in (link.expect, link.promise))
    return link.model_copy(update={"expect": expect, "promise": promise})


def _consumers(facts: _Facts, room: Room) -> list[Link] | None:
    if facts.consumer_count > len(facts.consumers):
        room.more.append(counted(facts.consumer_count - len(facts.consumers), "more consumer"))
    return [_bounded(one, room) for one in facts.consumers] or None


def _feedback(shown: TaskImage, room: Room) -> list[Item] | None:
    entries: list[dict[str, str | int]] = json.loads(shown.feedback)
    return [
        {
            "by": str(entry.get("by", "")),
            "at": iso(int(entry.get("at_ms", 0))),
            "text": room.text(str(entry.get("text", "")), "feedback"),
        }
        for entry in entries
    ] or None


def _tried(reading: Reading, facts: _Facts, room: Room) -> list[Tried] | None:
    """What is feedback already stands there alone."""
    shown = facts.attempts[: limits.ATTEMPTS]
    given: list[dict[str, str]] = json.loads(facts.task.feedback)
    spoken = [one.get("text", "") for one in given]
    return [
        Tried(
            kind=str(one["kind"]),
            fence=int(one["fence"]),
            round=int(one["round"]),
            number=int(one["number"]),
            by=reading.label(int(one["session_id"])) or None,
            started=iso(int(one["started_ms"])),
            ended=iso(int(one["ended_ms"])) if one["ended_ms"] else None,
            outcome=str(one["outcome"]) or None,
            reason=room.text(unsaid(str(one["reason"]), spoken), "an attempt's reason"),
            notes=room.text(unsaid(_beyond_reason(one), spoken), "an attempt's notes"),
        )
        for one in shown
    ] or None


def _beyond_reason(attempt: Mapping[str, object]) -> str:
    """The notes, where they say more than the reason, which may have been taken from them."""
    notes, reason = str(attempt["notes"]), str(attempt["reason"])
    if notes == reason:
        return ""
    return notes.removeprefix(f"{reason}\n\n") if reason else notes  # where a handoff was left


def _delivery(reading: Reading, shown: TaskImage, room: Room) -> Delivered | None:
    row = reading.tx.one(log.DELIVERY, id=shown.delivery_id) if shown.delivery_id else None
    if row is None:
        return None
    critical = None
    if row.critical != "{}" and room.fits(len(row.critical.encode()), "critical"):
        critical = json.loads(row.critical)
    delivered: dict[str, str] = json.loads(row.delivered)
    evidence: dict[str, str] = json.loads(row.evidence)
    place = where(reading, shown.id, row)
    return Delivered(
        by=reading.label(row.session_id) or None,
        reused_from=reading.key_of(row.reused_from_id) or None,
        round=row.round,
        at=iso(row.created_ms),
        accepted=shown.state == State.DONE,
        stale=shown.round > row.round or None,
        made_at=place["made_at"] or None,
        merged=place["merged"] or None,
        summary=room.text(row.summary, "summary"),
        critical=critical,
        artifacts=json.loads(row.artifacts) or None,
        delivered={
            to: room.text(text, f"delivered to {to}") or "" for to, text in delivered.items()
        }
        or None,
        evidence={name: room.text(text, "evidence") or "" for name, text in evidence.items()}
        or None,
    )


def _blocked_by(reading: Reading, row: TaskRow, shown: TaskImage) -> str:
    """The task that holds its files: a claim has parked it on that one, or would."""
    if row.blocker_id or row.state != State.READY:
        return reading.key_of(row.blocker_id)
    return in_the_way(reading.tx, row, shown.paths, policy_of(reading.board.policy))


def _next(reading: Reading, row: TaskRow, facts: _Facts, blocked_by: str) -> str | None:
    shown = facts.task
    if shown.superseded_by_id:
        instead = reading.key_of(shown.superseded_by_id)
        return f'graph(view="task", task="{instead}") shows what stands in its place'
    if facts.children and shown.state != State.SPLIT and follows_parts(shown.state):
        return reading.caller.for_planners(
            "rework(task=PART, feedback=...) opens it again with that one of its `children`"
        )
    match shown.state:
        case State.READY:
            return _when_ready(reading, row, blocked_by)
        case State.WAITING:
            return _when_waiting(reading, facts)
        case State.HELD:
            answers = f'rework(task="{shown.key}", feedback=ANSWER), if it is yours to decide'
            return reading.caller.for_planners(answers)
        case State.FAILED | State.CANCELLED | State.DONE:
            again = f'rework(task="{shown.key}", feedback=...) opens a new round'
            return reading.caller.for_planners(again)
        case _:
            return None


def _when_ready(reading: Reading, row: TaskRow, blocked_by: str) -> str:
    """How to get it, or what keeps it back."""
    if reading.board.paused:
        return "the board is paused: a person resumes it"
    if row.due_ms > reading.tx.now_ms:
        return "an attempt failed: it is offered again in `due_s`"
    if blocked_by:
        return "its files are taken: it is offered again when `blocked_by` is over"
    who = " by a session with its `capabilities`" if row.lane else ""
    return f'claim(task="{row.key}"){who}'


def _when_waiting(reading: Reading, facts: _Facts) -> str:
    """What it waits for, and what to do where that never comes."""
    gone = [
        need.task for need in facts.needs if need.kind == HARD and need.state == State.CANCELLED
    ]
    if not gone:
        return "it becomes ready when its hard `needs` are done"
    return reading.caller.for_planners(
        f'{gone[0]} is cancelled: edit(task="{facts.task.key}", drop_needs=["{gone[0]}"]), or '
        f'rework(task="{gone[0]}", feedback=...)'
    )
