"""Finish: the end of an attempt or of a review, in one transaction, idempotent by its lease.

The fence is checked in the transaction that writes. A late finish whose fence is still current is
accepted; with an old one it changes nothing on the task, and what was delivered is kept as salvage.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from headwater import limits
from headwater.errors import BadRequest, counted
from headwater.graph.briefing import cut
from headwater.graph.gates import Gate
from headwater.graph.states import Trigger
from headwater.operations import (
    attempts,
    budgets,
    delivery,
    flow,
    holders,
    inputs,
    judgement,
    late_words,
    leases,
    preflight,
    promises,
    reviewers,
    rounds,
)
from headwater.operations.amending import AMEND, amend
from headwater.operations.claim import again, claim_after_finish, require_kind
from headwater.operations.earlier import with_earlier
from headwater.operations.evidence import check_evidence
from headwater.operations.flow import Consequences
from headwater.operations.handoff import hand_on, with_place
from headwater.operations.leases import Lease
from headwater.operations.listing import first_keys, line, told
from headwater.operations.notices import newest, waiting, with_unread
from headwater.operations.outlook import next_of
from headwater.operations.queue import avoid
from headwater.operations.replies import NO_CLAIM, opened, sealed
from headwater.operations.unformed import Claimed, Unformed
from headwater.operations.work import Work
from headwater.store.queries import tasks
from headwater.store.rows import TaskRow
from headwater.verbs.work import Briefing, Finished, FinishRequest, InputChange

_JITTER = 0.25
_NOTHING_CLAIMED = "nothing was claimed: `claimed` says why, and what next"


def finish(work: Work, request: FinishRequest) -> Finished | Unformed[Finished]:
    """End the attempt behind `request.lease`.

    Raises:
        StaleLease: the fence is not current any more; the delivery was kept as salvage.
        MissingPromises: `done` left a contracted promise unanswered; nothing was changed.
        MissingEvidence: `done` left an acceptance item without evidence that the policy asks for.
        BadRequest: the lease was never issued, or what is said does not fit it.
        WrongState: what `amend` would change does not wait for acceptance.
    """
    work.caller.demand("work", "finish")
    lease = leases.read(work, request.lease)
    if request.outcome == AMEND:
        return amend(work, lease, request)
    first = opened(lease.attempt.reply, request)
    if first is not None:
        return _repeated(work, lease, request, *first)
    if lease.standing == "lapsed":
        leases.revive(work, lease)
    if lease.standing != "live":
        kept = _salvage(work, lease, request)
        raise leases.stale(work, lease, "finish", kept=kept)
    require_kind(lease.attempt.kind, request.outcome, lease.task)
    kept = judgement.in_words(work, lease, request) if _is_review(lease) else request
    upto = newest(work)
    remarks = _remarks(work, lease, request, upto)
    reply = _OUTCOMES[request.outcome](work, lease, kept)
    if remarks:
        reply = _with_warnings(reply, *remarks)
    over = budgets.overdrawn(work, lease.task, lease.attempt)
    if over:
        said = [f"over budget: {one.sentence()}" for one in over]
        figures = {"over_budget": [one.figures() for one in over]}
        reply = _with_warnings(reply.model_copy(update=figures), *said)
    wrong = preflight.mismatch(work.policy, lease.session) if request.claim_next else ""
    if wrong:  # what is finished stays finished
        reply = _with_warnings(reply, f"nothing was claimed: workers of this board {wrong}")
    claims = request.claim_next and not wrong
    if not claims:
        reply = with_unread(reply, waiting(work, lease.session, upto))
    lease.attempt.reply = sealed(reply, request, lease.session.epoch if claims else NO_CLAIM)
    attempts.save(work, lease.attempt)
    if not claims:
        return reply
    claimed = claim_after_finish(work, lease.session, request.brief, upto)
    return _with_claim(reply, claimed, work.revision)


def _remarks(work: Work, lease: Lease, request: FinishRequest, upto: int) -> list[str]:
    """Warnings of how it is finished, before it is."""
    found: list[str] = []
    if request.to and request.outcome != "handoff":
        found.append("not kept: to; only outcome handoff hands on")
    if late_words.are_missing(work, lease, request):
        found.append(late_words.SILENT)
    if request.outcome == "done":
        found += holders.unread_edit(work, lease.task, lease.session, upto)
    return found


def _with_warnings(reply: Finished, *said: str) -> Finished:
    return reply.model_copy(update={"warnings": [*(reply.warnings or []), *said] or None})


def _is_review(lease: Lease) -> bool:
    return lease.attempt.kind == "review"


def _with_claim(reply: Finished, claimed: Claimed, revision: int) -> Unformed[Finished]:
    stands, semicolon, _ = reply.next.rpartition("; ")

    def with_it() -> Finished:
        briefing = claimed.reply()
        # what the claim says of itself speaks of its own fields, and of other tasks
        then = _NOTHING_CLAIMED if briefing.none else "go on with `claimed`"
        said = f"{stands}{semicolon}{then}"
        update = {"claimed": briefing, "revision": revision, "next": said}
        return reply.model_copy(update=update)

    return Unformed(with_it)


def _repeated(
    work: Work, lease: Lease, request: FinishRequest, first: Finished, epoch: int
) -> Finished | Unformed[Finished]:
    """The first reply again. What had been claimed with it is what the session holds now, unless
    another window has the session by now."""
    first = late_words.added(work, lease, request, first)
    if epoch == NO_CLAIM or not request.claim_next:
        return first
    same_window = epoch == lease.session.epoch
    held = work.tx.all(tasks.HELD_BY, session_id=lease.session.id) if same_window else []
    if held:
        latest = max(held, key=attrgetter("attempt_id"))
        return _with_claim(first, again(work, latest, request.brief), first.revision)
    lost = Briefing(
        why="lost", revision=work.revision, next="what was claimed then is over: claim() again"
    )
    return first.model_copy(update={"claimed": lost})


def _end(
    work: Work, lease: Lease, request: FinishRequest, outcome: str, reason: str = ""
) -> dict[str, Any]:
    """Close the attempt, free the task; the attempt's image for the event."""
    return attempts.end(
        work,
        lease.task,
        lease.attempt,
        outcome,
        reason=reason,
        notes=request.notes,
        cost=delivery.cost_json(request, lease.attempt, work.now_ms),
        later=True,
    )


def _unfinished(
    work: Work, lease: Lease, request: FinishRequest, recorded: dict[str, Any]
) -> dict[str, Any]:
    """The event's data of an attempt that ends without a delivery. What it made all the same is
    kept for the next holder."""
    made_something = request.critical or request.artifacts or request.delivered or request.evidence
    if _is_review(lease) or not made_something:
        return {"attempt": recorded}
    made = delivery.store(work, lease.task, lease.attempt, request, salvage=True)
    lease.attempt.delivery_id = made.id
    return {
        "attempt": {**recorded, "delivery_id": made.id},
        "delivery": attempts.delivery_image(made),
    }


def _done(work: Work, lease: Lease, request: FinishRequest) -> Finished:
    task = lease.task
    doubtful = task.gate == Gate.CHANGED
    whole = with_earlier(work, task, request)
    warnings = [*promises.check(work, task, whole), *delivery.not_there(request)]
    request = check_evidence(work, task, whole.request)
    made = delivery.store(work, task, lease.attempt, request, kept=whole.artifacts)
    lease.attempt.delivery_id = made.id
    recorded = _end(work, lease, request, "done")
    task.delivery_id = made.id
    work.record(
        "finished",
        task,
        data={"attempt": recorded, "delivery": attempts.delivery_image(made)},
    )
    if not (request.summary or request.critical):
        warnings.append("nothing was delivered: no summary")
    gate = flow.stand(work, task, doubtful=doubtful)
    work.move(task, Trigger.DELIVER if gate else Trigger.FINISH)
    work.save(task)
    if gate is Gate.REVIEW:
        reviewers.tell(work, task)
    follow = flow.settle_if_parked if gate else flow.accepted
    return _reply(work, task, "done", follow(work, task), warnings=warnings, kept=whole.kept)


def _failed(work: Work, lease: Lease, request: FinishRequest) -> Finished:
    task = lease.task
    reason = request.summary or request.notes or "no reason given"
    recorded = _end(work, lease, request, "failed", reason)
    last = task.attempt >= task.attempts
    retry_ms = 0 if last else backoff_ms(work, task)
    data = _unfinished(work, lease, request, recorded)
    work.record("failed" if last else "attempt_failed", task, reason=line(reason), data=data)
    task.due_ms = work.now_ms + retry_ms if retry_ms else 0
    work.move(task, Trigger.FAIL if last else Trigger.RETRY)
    work.save(task)
    avoid(work, lease.session, task)
    if last:
        work.notify("planners", "failed", task=task.key, body=line(reason))
    return _reply(work, task, "failed", retry_in_s=None if last else -(-retry_ms // 1000))


def backoff_ms(work: Work, task: TaskRow) -> int:
    """Exponential in the attempt, with a jitter that is the same on every replay."""
    policy = work.policy
    base = min(policy.backoff_most_ms, policy.backoff_first_ms * 2 ** min(task.attempt - 1, 20))
    share = ((task.id * 2654435761 + task.fence * 40503) % 1000) / 1000
    return round(base * (1 - _JITTER + 2 * _JITTER * share))


def _release(work: Work, lease: Lease, request: FinishRequest) -> Finished:
    task = lease.task
    reason = request.summary or request.notes
    recorded = _end(work, lease, request, "released", reason)
    data = _unfinished(work, lease, request, recorded)
    work.record("released", task, reason=line(reason), data=data)
    avoid(work, lease.session, task)
    if _is_review(lease):
        work.save(task)
        return _reply(work, task, "release", reviewed=True)
    task.attempt = max(0, task.attempt - 1)
    task.releases += 1
    if task.releases >= work.policy.releases:
        text = work.text(task)
        text.question = (
            f"Given back {counted(task.releases, 'time')} in this round. Last reason: {reason}"
        )
        work.move(task, Trigger.GIVE_UP)
        work.save_talk(text)
        work.notify("planners", "held", task=task.key, body=line(reason))
    else:
        work.move(task, Trigger.RELEASE)
    work.save(task)
    return _reply(work, task, "release")


def _handoff(work: Work, lease: Lease, request: FinishRequest) -> Finished:
    task = lease.task
    reason = request.summary or request.notes
    recorded = _end(
        work,
        lease,
        with_place(request, lease.session),
        "handoff",
        reason,
    )
    data = _unfinished(work, lease, request, recorded)
    work.record("handed_off", task, reason=line(reason), data=data)
    warnings = hand_on(work, lease, request, reason)
    return _reply(work, task, "handoff", warnings=warnings)


def _blocked(work: Work, lease: Lease, request: FinishRequest) -> Finished:
    task = lease.task
    question = (request.summary or request.notes).strip()
    if not question:
        raise BadRequest(
            "outcome blocked needs a question",
            next="finish(lease, outcome='blocked', summary='what must be decided')",
        )
    recorded = _end(work, lease, request, "blocked", question)
    data = _unfinished(work, lease, request, recorded)
    work.record("blocked", task, reason=line(question), data=data)
    text = work.text(task)
    text.question = question
    work.move(task, Trigger.BLOCK)
    work.save_talk(text)
    work.save(task)
    work.notify("planners", "blocked", task=task.key, body=told(question))
    return _reply(work, task, "blocked")


def _approve(work: Work, lease: Lease, request: FinishRequest) -> Finished:
    task = lease.task
    recorded = _end(work, lease, request, "approved", request.summary)
    work.record("approved", task, data={"attempt": recorded})
    if request.notes.strip():
        body = cut(request.notes.strip(), limits.REMARKS_BYTES)
        work.notify_session(rounds.author_of(work, task), "approved", task=task.key, body=body)
    if flow.stand(work, task, approved=True):
        work.save(task)
        return _reply(work, task, "approve", reviewed=True)
    work.move(task, Trigger.APPROVE)
    work.save(task)
    return _reply(work, task, "approve", flow.accepted(work, task), reviewed=True)


def _reject(work: Work, lease: Lease, request: FinishRequest) -> Finished:
    task = lease.task
    said = dict.fromkeys(part for one in (request.summary, request.notes) if (part := one.strip()))
    feedback = "\n\n".join(said)
    if not feedback:
        raise BadRequest(
            "outcome reject needs feedback",
            next="finish(lease, outcome='reject', notes='what must change')",
        )
    recorded = _end(work, lease, request, "rejected", next(iter(said)))
    work.record("rejected", task, reason=line(feedback), data={"attempt": recorded})
    rounds.send_back(work, task, feedback, lease.session.label)
    return _reply(work, task, "reject", reviewed=True)


_OUTCOMES = {
    "done": _done,
    "failed": _failed,
    "release": _release,
    "handoff": _handoff,
    "blocked": _blocked,
    "approve": _approve,
    "reject": _reject,
}


def _salvage(work: Work, lease: Lease, request: FinishRequest) -> bool:
    """Keep what a late holder delivered, once per attempt. It is never accepted by itself."""
    if delivery.is_empty(request):
        return False
    attempt = lease.attempt
    if attempt.reply:  # finished by the window that took the session over
        return False
    if attempt.delivery_id:
        return True
    if not attempt.ended_ms:  # resumed elsewhere: the other window still works on it
        return False
    made = delivery.store(work, lease.task, attempt, request, salvage=True)
    attempt.delivery_id = made.id
    attempts.save(work, attempt)
    work.record(
        "salvaged",
        lease.task,
        data={
            "attempt": attempts.image(attempt),
            "delivery": attempts.delivery_image(made),
        },
    )
    work.notify_session(lease.task.session_id, "salvage", task=lease.task.key)
    return True


def _reply(
    work: Work,
    task: TaskRow,
    outcome: str,
    follows: Consequences | None = None,
    *,
    retry_in_s: int | None = None,
    warnings: list[str] | None = None,
    kept: Sequence[str] = (),
    reviewed: bool = False,
) -> Finished:
    follows = follows or Consequences()
    said = warnings or []
    against = follows.changes if task.key in follows.reopened else []
    return Finished(
        task=task.key,
        state=task.state,
        outcome=outcome,
        unblocked=first_keys(follows.unblocked, "unblocked", said),
        reopened=first_keys(follows.reopened, "reopened", said) or None,
        inputs=[InputChange.model_validate(one) for one in inputs.shown(against)] or None,
        told=first_keys(follows.told, "told", said) or None,
        reused=first_keys(follows.reused, "reused", said) or None,
        as_before=[*kept[: limits.KEYS_SHOWN]] or None,
        retry_in_s=retry_in_s,
        warnings=said or None,
        revision=work.revision,
        next=next_of(work, task, sent_back=bool(against), reviewed=outcome if reviewed else ""),
    )
