"""What a task delivered before stays as it was, as far as a later finish does not say otherwise.

Whoever does a task again often changes one value of it, and a value that he does not repeat would
be lost to all who read it, who would be sent back for that. So a summary, critical values and
artifacts that are not given anew are kept; `null` takes a value back, an artifact's name alone the
artifact. What is said to a consumer is not kept silently: a promise is answered in every round, if
only by "same". Evidence is of this round's work and is not kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from pydantic_core import from_json

from headwater import limits
from headwater.errors import BadRequest, LimitExceeded
from headwater.graph.briefing import size_bytes
from headwater.graph.inputs import ARTIFACT
from headwater.operations.work import Work
from headwater.store.queries import log
from headwater.store.rows import DeliveryRow, TaskRow
from headwater.verbs.work import Artifact, FinishRequest

SAME: Final = "same"
"""In `delivered`: what was delivered to this consumer before."""


@dataclass(slots=True)
class Whole:
    """A finish together with what it leaves as it was."""

    request: FinishRequest
    artifacts: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """References to those that are kept."""
    kept: list[str] = field(default_factory=list[str])
    """What is kept: `summary`, critical keys, `artifact:NAME`."""


def last(work: Work, task: TaskRow) -> DeliveryRow | None:
    """The newest delivery of a task, accepted or sent back."""
    if task.round <= 1 and task.fence <= 1 and not task.reuse:
        return None  # nobody has finished it yet
    return work.tx.one(log.LAST_DELIVERY, task_id=task.id)


def said_to(before: DeliveryRow | None) -> dict[str, str]:
    """What a delivery said to each consumer."""
    return from_json(before.delivered) if before else {}


def with_earlier(work: Work, task: TaskRow, request: FinishRequest) -> Whole:
    """The finish, filled up with what the task delivered last.

    Raises:
        BadRequest: nothing was delivered before to a consumer that is to be given the same.
        LimitExceeded: it is too much together.
    """
    return over(last(work, task), request)


def over(before: DeliveryRow | None, request: FinishRequest) -> Whole:
    """The finish, filled up with what this delivery says. Raises as `with_earlier`."""
    delivered = _delivered(request, said_to(before))
    if before is None:
        return Whole(request)
    old: dict[str, Any] = from_json(before.critical)
    values = {name: value for name, value in old.items() if name not in request.critical}
    stored: dict[str, dict[str, Any]] = {one["name"]: one for one in from_json(before.artifacts)}
    made = [one for one in request.artifacts if not (_is_bare(one) and one.name in stored)]
    given = {one.name for one in request.artifacts}
    artifacts = [one for name, one in stored.items() if name not in given]
    critical = {**values, **request.critical}
    _demand_room(critical, len(artifacts) + len(made))
    update = {
        "summary": request.summary or before.summary,
        "critical": critical,
        "artifacts": made,
        "delivered": delivered,
    }
    kept = ["summary"] if before.summary and not request.summary else []
    kept += [*values, *(f"{ARTIFACT}{one['name']}" for one in artifacts)]
    return Whole(request.model_copy(update=update), artifacts, kept)


def _delivered(request: FinishRequest, before: dict[str, str]) -> dict[str, str]:
    """`delivered` with the earlier texts in the place of `same`."""
    same = [to for to, text in request.delivered.items() if text.strip() == SAME]
    unknown = [to for to in same if to not in before]
    if unknown:
        raise BadRequest(
            f"nothing was delivered to {', '.join(unknown[:5])} before that could stay the "
            f"{SAME}; nothing was changed",
            next="finish again with delivered={CONSUMER: text} for each of them",
        )
    return {**request.delivered, **{to: before[to] for to in same}}


def _is_bare(artifact: Artifact) -> bool:
    """Its name and nothing else."""
    return artifact.text is None and not (artifact.path or artifact.uri or artifact.commit)


def _demand_room(critical: dict[str, Any], artifacts: int) -> None:
    size = size_bytes(critical)
    if size > limits.CRITICAL_BYTES:
        raise LimitExceeded(
            f"critical has {size} bytes together with what was delivered before; the limit is "
            f"{limits.CRITICAL_BYTES}",
            next="take back what is over: critical={KEY: null}",
        )
    if artifacts > limits.ARTIFACTS:
        raise LimitExceeded(
            f"{artifacts} artifacts together with those delivered before; the limit is "
            f"{limits.ARTIFACTS}",
            next="take back what is over: artifacts=[{name: NAME}]",
        )
