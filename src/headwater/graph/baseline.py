"""The rows that archived events recorded, as replay starts from them.

Attempts, the policy and the pause are kept whole. Of a delivery, whose row never changes, only a
digest is kept: enough to see that it is the one that was recorded.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import NamedTuple

from headwater.graph.replay import Record, Values, records


class Kept(NamedTuple):
    """What is known of one row: its digest, or all of it."""

    digest: str
    image: str


Baseline = dict[tuple[str, int], Kept | None]
"""By table and id; None where the row was dropped."""


def fold(known: Baseline, data: Iterable[str]) -> Baseline:
    """Carry the data of further events, in their order, into a baseline."""
    for one in data:
        for record in records(one):
            known[record.table, record.id] = keep(record)
    return known


def keep(record: Record) -> Kept | None:
    """What stays of a row's after-image."""
    if record.values is None:
        return None
    if record.table == "delivery":
        return Kept(digest_of(record.values), "")
    return Kept("", json.dumps(record.values, ensure_ascii=False, separators=(",", ":")))


def digest_of(values: Values) -> str:
    """A digest of a row as the log records it."""
    canonical = json.dumps(values, sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(canonical.encode(), digest_size=16).hexdigest()
