"""Digests of what a redaction changes: each becomes that of what stands in the secret's place.

The digest of a short secret would confirm a guess of it. They are replaced wherever they are
written, as the secret is, so that readings still agree with deliveries, and the log with both.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from headwater.graph.inputs import artifact_digest, digest
from headwater.operations.images import compact
from headwater.store.queries import redaction
from headwater.store.queries.redaction import TOMBSTONE
from headwater.store.transaction import Tx


def changing(tx: Tx, forms: Sequence[str]) -> dict[str, str]:
    """The new digest for each old one, of artifacts' contents and of what deliveries hold. To be
    asked before the texts are replaced."""
    pairs: list[tuple[str, str]] = []
    for form in forms:
        for old, content in tx.all(redaction.BLOBS_WITH, secret=form):
            new = hashlib.sha256(_redacted(content, forms).encode()).hexdigest()
            pairs += [(old, new), (digest(old), digest(new))]
        for critical, artifacts in tx.all(redaction.DELIVERIES_WITH, secret=form):
            pairs += [
                (digest(value), digest(_without(value, forms)))
                for value in json.loads(critical).values()
            ]
            pairs += [
                (artifact_digest(one), artifact_digest(_without(one, forms)))
                for one in json.loads(artifacts)
            ]
    return {old: new for old, new in pairs if old != new}


def replace(tx: Tx, digests: dict[str, str]) -> None:
    """Write each new digest wherever its old one stands."""
    for old, new in digests.items():
        if tx.one(redaction.BLOB_THERE, hash=new):
            tx.run(redaction.DROP_BLOB, hash=old)
        else:
            tx.run(redaction.RENAME_BLOB, hash=old, new=new)
        for statement in redaction.REPLACE:
            tx.run(statement, secret=old, tombstone=new)


def _redacted(text: str, forms: Sequence[str]) -> str:
    for form in forms:
        text = text.replace(form, TOMBSTONE)
    return text


def _without(value: Any, forms: Sequence[str]) -> Any:
    try:
        return json.loads(_redacted(compact(value), forms))
    except ValueError:  # the secret is part of the JSON around it: it is refused in the end
        return value
