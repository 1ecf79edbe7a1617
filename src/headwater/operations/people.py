"""What people do: pause, resume, budget, done, release, answer, merged, policy, redact."""

from __future__ import annotations

import json

from headwater import limits
from headwater.errors import BadRequest, Conflict, WrongState
from headwater.graph.profiles import expanded
from headwater.graph.recall import part
from headwater.graph.states import State, Trigger
from headwater.operations import (
    archive,
    attempts,
    delivery,
    flow,
    landing,
    path_claims,
    redacted_digests,
    reuse,
    rounds,
)
from headwater.operations.flow import Consequences
from headwater.operations.listing import first_keys
from headwater.operations.verify import verify
from headwater.operations.work import Work
from headwater.store.queries import boards, edges, paths, recall, redaction, tasks
from headwater.store.queries.redaction import TOMBSTONE
from headwater.store.recall import PLAIN, FullText, full_text, has_index
from headwater.store.rows import AttemptRow, TaskRow
from headwater.verbs.people import (
    BoardRequest,
    PersonReply,
    PersonRequest,
    RedactRequest,
)
from headwater.verbs.work import (
    FinishRequest,
)

_JSON_LEVELS = 2
_SENT_BACK_STANDS = (
    "nothing was said of what was done: its consumers get what an earlier round delivered, which "
    "was sent back; rework it, then say what is true now: headwater done KEY TEXT"
)


def person(work: Work, request: PersonRequest) -> PersonReply:
    """One of the people's verbs on one task."""
    work.caller.demand("plan", request.action)
    task = work.task(request.task)
    warnings: list[str] = []
    if request.action == "done":
        said = FinishRequest.model_construct(lease="", summary=request.text)
        if delivery.is_empty(said) and task.delivery_id and task.state != State.REVIEW:
            warnings.append(_SENT_BACK_STANDS)
        follows = done_by_hand(work, task, said)
    elif request.action == "release":
        follows = _release(work, task)
    elif request.action == "merged":
        follows = landing.merged(work, task, request.text[: limits.LINE_CHARS])
    else:
        follows = _answer(work, task, request.text)
    return PersonReply(
        task=task.key,
        state=task.state,
        unblocked=first_keys(follows.unblocked, "unblocked", warnings) or None,
        warnings=warnings or None,
        revision=work.revision,
        next="headwater status",
    )


def done_by_hand(work: Work, task: TaskRow, said: FinishRequest) -> Consequences:
    """I did it myself: accepted at once, with what is said of it; whoever held it is told."""
    if task.state == State.SPLIT:
        raise WrongState(
            f"{task.key} is split: its parts decide",
            state={"task": task.key, "state": task.state},
            next="mark its parts done, or cancel them",
        )
    reason = said.summary[: limits.LINE_CHARS]
    taken = attempts.take_away(work, task, "done_by_hand", reason)
    work.tx.run(edges.FORGET_READINGS, task_id=task.id)  # the result rests on none of them
    data: dict[str, object] = {"attempt": taken} if taken else {}
    if not delivery.is_empty(said):
        by_hand = AttemptRow(
            0, task.id, "work", max(1, task.round), 0, 0, 0, 0, 0, "", "", "", "{}", "", 0, ""
        )
        made = delivery.store(work, task, by_hand, said)
        task.delivery_id = made.id
        data["delivery"] = attempts.delivery_image(made)
    work.record("done_by_hand", task, reason=reason, data=data or None)
    task.gate = ""
    task.due_ms = 0
    task.handoff = ""
    task.round = task.round or 1
    work.move(task, Trigger.DO_BY_HAND)
    work.save(task)
    return flow.accepted(work, task)


def _release(work: Work, task: TaskRow) -> Consequences:
    """Free a stuck holder; no attempt is charged."""
    if not task.session_id:
        raise WrongState(
            f"nobody holds {task.key}",
            state={"task": task.key, "state": task.state},
            next="headwater status shows who holds what",
        )
    taken = attempts.take_away(work, task, "released_by_person")
    work.record("released", task, reason="released by a person", data={"attempt": taken})
    if task.state == State.ACTIVE:
        task.attempt = max(0, task.attempt - 1)
        work.move(task, Trigger.RELEASE)
    work.save(task)
    return Consequences()


def _answer(work: Work, task: TaskRow, text: str) -> Consequences:
    """The answer to a held task's question: it is open again with it."""
    if task.state != State.HELD:
        raise WrongState(
            f"{task.key} is {task.state}: it asks nothing",
            state={"task": task.key, "state": task.state},
            next="rework it to send it back with feedback",
        )
    if not text.strip():
        raise BadRequest("an answer needs text")
    rounds.begin(work, task, text, work.actor, kind="answered")
    return Consequences()


def board(work: Work, request: BoardRequest) -> PersonReply:
    """Pause, resume, or set policies."""
    work.caller.demand("plan", request.action)
    if request.action == "policy":
        warnings: list[str] = []
        if request.policy:
            before, was = work.policy, json.loads(work.board.policy)
            work.policy = work.policy.changed(expanded(request.policy))
            work.board.policy = work.policy.as_json()
            work.tx.run(
                tasks.REBUCKET,
                board_id=work.board.id,
                ageing_ms=work.policy.ageing_minutes * 60_000,
            )
            if (before.paths, before.paths_fold) != (work.policy.paths, work.policy.paths_fold):
                work.tx.run(paths.UNPARK_ALL, board_id=work.board.id)
            stored = json.loads(work.board.policy)
            work.record("policy", reason=request.reason, data={"policy": stored, "was": was})
            if before.release_on == "merged" != work.policy.release_on:
                warnings = landing.left_waiting(work)
        return PersonReply(
            policy={name: getattr(work.policy, name) for name in type(work.policy).__slots__},
            warnings=warnings or None,
            revision=work.revision,
            next="headwater status",
        )
    paused = int(request.action == "pause")
    if work.board.paused != paused:
        work.board.paused = paused
        work.record(
            "paused" if paused else "resumed", reason=request.reason, data={"paused": paused}
        )
    return PersonReply(
        state="paused" if paused else "open",
        revision=work.revision,
        next="headwater resume" if paused else "headwater status",
    )


def redact(work: Work, request: RedactRequest) -> PersonReply:
    """Replace a secret by a tombstone in every table of the store, the log included.

    Raises:
        BadRequest: the text is also part of what the log is made of (a number, a field's name, a
            task's key), so that the log would no longer replay; nothing was changed.
    """
    work.caller.demand("admin", "redact")
    work.close()  # of leases that have just run out: to be redacted and to be replayed, too
    changed = 0
    index = _search_index(work)
    work.tx.all(boards.TAKE_ALL)  # it changes rows of every board
    damaged = archive.mismatched(work.tx)
    work.tx.run(redaction.BEGIN)
    work.tx.run(redaction.FORGET_DIGESTS)
    work.tx.run(redaction.FORGET_ARGUMENTS)
    forms = _forms(request.secret)
    digests = redacted_digests.changing(work.tx, forms)
    for form in forms:
        for statement in redaction.REPLACE:
            changed += max(0, work.tx.count(statement, secret=form, tombstone=TOMBSTONE))
    redacted_digests.replace(work.tx, digests)
    work.tx.run(redaction.END)
    if changed:
        index.rebuild(work.tx)
        work.tx.run(recall.FORGET_STATES)
        reuse.forget(work)
        archive.follow_redaction(work.tx, damaged)
        for board in work.tx.all(boards.ALL):
            path_claims.rebuild(work.tx, board.id)
        _demand_replayable(work)
        reason = request.reason.replace(request.secret, TOMBSTONE)
        work.record("redacted", reason=reason, data={"rows": changed})
    return PersonReply(
        changed=changed,
        revision=work.revision,
        next=_after_redaction(work, changed),
    )


def _after_redaction(work: Work, changed: int) -> str:
    """What a redaction cannot do for them."""
    advice = "the secret was stored here: change it where it is used"
    if not changed:
        advice = "nothing stored here has that text, as it was given: nothing was changed"
    files = archive.files(work.tx)
    if not files:
        return advice
    return f"{advice}; archived history is not changed by this and may hold it: {', '.join(files)}"


def _search_index(work: Work) -> FullText:
    """The index that holds the same texts.

    Raises:
        Conflict: this SQLite cannot change it.
    """
    index = full_text(work.tx)
    if index is PLAIN and has_index(work.tx):
        raise Conflict(
            "the text may also be in the full-text index, which this SQLite cannot change: it "
            "lacks FTS5; nothing was changed",
            next="redact with a Python whose SQLite has FTS5 (headwater doctor shows it)",
        )
    return index


def _forms(secret: str) -> list[str]:
    """The secret as it stands in a text, in JSON, and in JSON inside JSON; longest first."""
    found = {secret, part(secret)}
    for _ in range(_JSON_LEVELS):
        found |= {json.dumps(form, ensure_ascii=a)[1:-1] for form in found for a in (False, True)}
    return sorted(found, key=len, reverse=True)


def _demand_replayable(work: Work) -> None:
    """Every board of the store still equals the replay of its log."""
    try:
        problems = [p for row in work.tx.all(boards.ALL) for p in verify(work.tx, row.id)]
    except ValueError:  # the text was part of the JSON around it
        problems = ["the log cannot be read"]
    if problems:
        raise BadRequest(
            "that text is also part of what the log is made of, such as a number, a field's name "
            "or a task's key; nothing was changed",
            state={"problems": len(problems)},
            next="redact a longer piece of it, as it stands in the text",
        )
