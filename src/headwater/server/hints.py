"""Hints as they can be called where nothing but the call tells its session: with it."""

from __future__ import annotations

import re
from typing import Final, cast

from headwater.verbs.base import Reply
from headwater.verbs.work import Finished

_CLAIM: Final = re.compile(r"\bclaim\((?!session)(\)?)")


def with_session(hint: str) -> str:
    """`hint` with a session in every claim that says none."""
    return _CLAIM.sub(lambda found: "claim(session" + (found[1] or ", "), hint)


def reply_with_session(reply: Reply) -> Reply:
    """`reply` with such a hint, and such a one of what was claimed with it."""
    changed: dict[str, object] = {}
    hint = cast("str | None", getattr(reply, "next", None))
    if hint and _CLAIM.search(hint):
        changed["next"] = with_session(hint)
    if isinstance(reply, Finished) and reply.claimed is not None:
        changed["claimed"] = reply_with_session(reply.claimed)
    return reply.model_copy(update=changed) if changed else reply
