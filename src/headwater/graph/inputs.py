"""What an attempt read of its upstreams, and whether that changed: early cutoff.

As build systems do: a value is compared by its digest with what this reader was given, so a value
that goes from 1 to 2 and back to 1 is no change. Only what was read counts; a key that has been
removed is a change. Text counts only where the producer says that it changed. An artifact counts by
its content: a text kept here, or what git says that its path holds; else by where it is.
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
_HOLDS = ":"
"""In the digest of an artifact: where it is, and after this what git has there."""
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
    """The digest of an artifact's content, or of where it is; with that of what git has there."""
    if "hash" in artifact:
        return digest(artifact["hash"])
    place = [artifact.get("path"), artifact.get("uri")]
    commit = [artifact["commit"]] if "commit" in artifact else []
    found = digest([*place, *commit])
    held = artifact.get("git_object")
    return f"{found}{_HOLDS}{digest([*place, held])}" if held else found


def parts_of(found: str) -> list[str]:
    """Of an artifact's digest that of the place and, if that is known, of what git has there."""
    return found.split(_HOLDS)


def content_digest(found: str) -> str:
    """Of a digest what tells the content best."""
    return parts_of(found)[-1]


def _is_same(read: str, now: str) -> bool:
    """The same path in another commit is something else, unless git has the same there in both.
    Where it is known of one alone, the place decides."""
    if _HOLDS in read and _HOLDS in now:
        return content_digest(read) == content_digest(now)
    return parts_of(read)[0] == parts_of(now)[0]


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
    return sorted(name for name, value in read.items() if not _is_same(value, now.get(name, "")))
