"""Foreign names as keys: the same name always gives the same key."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from typing import Final

from headwater import limits
from headwater.formats.report import Report

_LEGAL: Final = re.compile(limits.KEY_PATTERN)
_ILLEGAL: Final = re.compile(r"[^a-z0-9._-]+")
_DIGEST_CHARS: Final = 8


def map_keys(names: Iterable[str]) -> dict[str, str]:
    """A legal key for each name, all different.

    A legal name is its own key. Others are slugged; where the slug is taken or says too little,
    it ends in a digest of the name. The order of `names` does not matter.
    """
    every = set(names)
    legal = {name for name in every if _LEGAL.fullmatch(name)}
    slugs = {name: _slug(name) for name in every - legal}
    count: dict[str, int] = {}
    for slug in slugs.values():
        count[slug] = count.get(slug, 0) + 1
    keys = {name: name for name in legal}
    for name, slug in slugs.items():
        alone = len(slug) <= limits.KEY_CHARS and count[slug] == 1 and slug not in legal
        keys[name] = slug if slug and alone else _with_digest(name, slug)
    return keys


def keys_for(names: Collection[str], report: Report) -> dict[str, str]:
    """`map_keys`, with every change in the report, in the order of `names`."""
    keys = map_keys(names)
    for name in names:
        if name != keys[name]:
            report.map("the id is not a legal key and was changed", f"{name} -> {keys[name]}")
    return keys


def _slug(name: str) -> str:
    return _ILLEGAL.sub("-", name.lower()).strip("._-")


def _with_digest(name: str, slug: str) -> str:
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_CHARS]
    head = slug[: limits.KEY_CHARS - _DIGEST_CHARS - 1].rstrip("._-") or "task"
    return f"{head}-{digest}"
