"""What a finish delivers: the artifacts and the stored delivery."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pydantic_core import from_json

from headwater import limits
from headwater.errors import BadRequest, LimitExceeded, in_a_hint, in_a_list
from headwater.graph.inputs import delivery_digests
from headwater.operations.images import compact
from headwater.operations.work import Work
from headwater.store.queries import log
from headwater.store.rows import AttemptRow, DeliveryRow, TaskRow
from headwater.verbs.work import Artifact, FinishRequest

_DIGESTS: Final = frozenset({"hash", "git_object"})


def is_empty(request: FinishRequest) -> bool:
    """Nothing in it is worth keeping."""
    return not (
        request.summary
        or request.critical
        or request.artifacts
        or request.delivered
        or request.evidence
        or request.notes
    )


def store(
    work: Work,
    task: TaskRow,
    attempt: AttemptRow,
    request: FinishRequest,
    *,
    kept: Sequence[Mapping[str, Any]] = (),
    salvage: bool = False,
) -> DeliveryRow:
    """Write the delivery under the revision that the caller records next. `kept`: references to
    artifacts of an earlier one that belong to this, too."""
    row = composed(work, task, attempt, request, kept=kept, salvage=salvage)
    row.id = work.tx.add(log.ADD_DELIVERY, row)
    return row


def composed(
    work: Work,
    task: TaskRow,
    attempt: AttemptRow,
    request: FinishRequest,
    *,
    kept: Sequence[Mapping[str, Any]] = (),
    salvage: bool = False,
) -> DeliveryRow:
    """The delivery as `store` writes it; only the texts of its artifacts are in the store yet."""
    artifacts = [*map(dict, kept), *references(work, request.artifacts)]
    return DeliveryRow(
        id=0,
        task_id=task.id,
        attempt_id=attempt.id,
        round=attempt.round,
        salvage=int(salvage),
        session_id=attempt.session_id,
        summary=request.summary,
        critical=compact(request.critical),
        artifacts=compact(artifacts),
        delivered=compact(request.delivered),
        evidence=compact(request.evidence),
        notes=request.notes,
        changed=compact(request.changed),
        digests=compact(delivery_digests(request.critical, artifacts)),
        revision=work.revision + 1,
        created_ms=work.now_ms,
    )


def references(work: Work, artifacts: Iterable[Artifact]) -> list[dict[str, Any]]:
    """References to artifacts; texts go into the store once, by content hash."""
    found: list[dict[str, Any]] = []
    for number, artifact in enumerate(artifacts, 1):
        shown = in_a_hint(artifact.name, f"number {number}")
        if artifact.name in {one["name"] for one in found}:
            raise BadRequest(
                f"two artifacts have the name of artifact {shown}",
                next="give each a name of its own",
            )
        reference: dict[str, Any] = {"name": artifact.name}
        if artifact.text is not None:
            reference |= _blob(work, shown, artifact.text)
        places = {
            "path": artifact.path,
            "uri": artifact.uri,
            "commit": artifact.commit,
            "git_object": artifact.git_object,
        }
        reference |= {name: place for name, place in places.items() if place}
        if len(reference) == 1:
            raise BadRequest(f"artifact {shown} is empty", next="give it text, path, uri or commit")
        found.append(reference)
    return found


def not_there(request: FinishRequest) -> list[str]:
    """A warning of artifacts that are not in the commit they name."""
    names = in_a_list(request.absent, "an artifact")
    return [f"{names}: not in the commit that is named; outcome amend corrects it"] if names else []


def as_briefed(artifacts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Stored artifacts as a briefing shows them: the digest of a content tells a worker nothing."""
    return [
        {name: value for name, value in one.items() if name not in _DIGESTS} for one in artifacts
    ]


def _blob(work: Work, name: str, text: str) -> dict[str, Any]:
    content = text.encode()
    if len(content) > limits.ARTIFACT_BYTES:
        raise LimitExceeded(
            f"artifact {name} has {len(content)} bytes; the limit is {limits.ARTIFACT_BYTES}",
            next="write it to a file and give its path",
        )
    if "\x00" in text:
        raise BadRequest(f"artifact {name} contains NUL", next="give binary content as a path")
    digest = hashlib.sha256(content).hexdigest()
    work.tx.run(log.ADD_BLOB, hash=digest, content=text, size_bytes=len(content))
    return {"hash": digest, "bytes": len(content)}


def cost_json(request: FinishRequest, attempt: AttemptRow, now_ms: int) -> str:
    """Reported tokens and usd, here or at the last check, and the minutes that were measured."""
    cost: dict[str, Any] = from_json(attempt.cost)
    cost["minutes"] = round((now_ms - attempt.started_ms) / 60_000, 3)
    if request.cost.tokens:
        cost["tokens"] = request.cost.tokens
    if request.cost.usd:
        cost["usd"] = request.cost.usd
    return compact(cost)
