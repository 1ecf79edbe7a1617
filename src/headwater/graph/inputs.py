"""What an attempt read of its upstreams, and whether that changed: early cutoff.

As build systems do: a value is compared by its digest with what this reader was given, so a value
that goes from 1 to 2 and back to 1 is no change. Only what was read counts; a key that has been
removed is a change. Text counts only where the producer says that it changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from json.encoder import encode_basestring
from typing import Any

ARTIFACT = "artifact:"
TEXT = "text"
_DIGEST_CHARS = 16
_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode


def digest(value: object) -> str:
    """A short digest of a JSON value, whatever the order of its keys."""
    canonical = encode_basestring(value) if isinstance(value, str) else _CANONICAL(value)
    return hashlib.sha256(canonical.encode()).hexdigest()[:_DIGEST_CHARS]


def delivery_digests(
    critical: Mapping[str, object], artifacts: Iterable[Mapping[str, Any]]
) -> dict[str, str]:
    """The digest of each critical value and each artifact of a delivery."""
    found = {name: digest(value) for name, value in critical.items()}
    for artifact in artifacts:
        found[f"{ARTIFACT}{artifact['name']}"] = artifact_digest(artifact)
    return found


def artifact_digest(artifact: Mapping[str, Any]) -> str:
    """The digest of an artifact's content, or of where it is: the same path in another commit is
    something else."""
    commit = [artifact["commit"]] if "commit" in artifact else []
    return digest(artifact.get("hash") or [artifact.get("path"), artifact.get("uri"), *commit])


def read_digests(digests: Mapping[str, str], keys: Iterable[str]) -> dict[str, str]:
    """The part of a delivery that a reader uses: the contract's keys, else all of it."""
    wanted = set(keys)
    if not wanted:
        return dict(digests)
    return {name: value for name, value in digests.items() if _named(name) in wanted} | {
        name: "" for name in wanted if name not in digests and ARTIFACT + name not in digests
    }


def _named(name: str) -> str:
    return name.removeprefix(ARTIFACT)


def changed_keys(read: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The keys whose value is no longer what was read, sorted."""
    return sorted(name for name, value in read.items() if now.get(name, "") != value)
