"""Taking a text out of stored values, so that the log still replays.

In the place of the text stands a tombstone; in the place of a digest of something that held it, the
digest of what is there now, as that of a short text would confirm a guess of it. The same is done
wherever a value is stored, so a row and what the log says of it remain equal. What must not happen
is that the text stands where it is no text: in a number, the name of a field, a task's key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias, cast

from headwater.graph.recall import part
from headwater.graph.replay import Record, records

TOMBSTONE: Final = "[redacted]"
"""What stands in the place of a redacted text."""
_JSON_LEVELS: Final = 2
_DIGEST: Final = re.compile(r"(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{16})(?![0-9a-f])")
"""Of an artifact's content, and of a value."""

_SOUGHT_ONE_BY_ONE: Final = 100
"""So many digests cost less than finding everything in a text that may be one."""

Value: TypeAlias = Any
"""What a JSON text can hold."""


class Secret:
    """The text to take out, as it stands in a text, in JSON, and in JSON inside JSON."""

    def __init__(self, text: str) -> None:
        found = {text, part(text)}
        for _ in range(_JSON_LEVELS):
            found |= {
                json.dumps(form, ensure_ascii=a)[1:-1] for form in found for a in (False, True)
            }
        self.forms = sorted(found, key=len, reverse=True)
        self.digests: dict[str, str] = {}
        """The new digest for each old one."""

    def out_of(self, text: str) -> str:
        """`text` without the secret and without digests of it."""
        text = self.spoken_out_of(text)
        if not self.digests:
            return text
        return _DIGEST.sub(lambda found: self.digests.get(found[0], found[0]), text)

    def spoken_out_of(self, text: str) -> str:
        """`text` without the secret."""
        for form in self.forms:
            text = text.replace(form, TOMBSTONE)
        return text

    def is_in(self, text: str) -> bool:
        """Would `out_of` change it? Quick where it would not."""
        if len(self.digests) > _SOUGHT_ONE_BY_ONE:
            known = any(found in self.digests for found in _DIGEST.findall(text))
        else:
            known = any(old in text for old in self.digests)
        return known or any(form in text for form in self.forms)

    def out_of_value(self, value: Value) -> Value:
        """The same for every text and name in a JSON value.

        Raises:
            ValueError: two names would become one.
        """
        if isinstance(value, str):
            return self.out_of(value)
        if isinstance(value, list):
            return [self.out_of_value(one) for one in cast("list[Value]", value)]
        if isinstance(value, dict):
            named = cast("dict[str, Value]", value)
            left = {self.out_of(name): self.out_of_value(one) for name, one in named.items()}
            if len(left) != len(named):
                raise ValueError("two names would become one")
            return left
        return value


Rule: TypeAlias = Callable[[Secret, str, str], bool]
"""Is what is left of a stored text still of its form? Asked with the text before and after."""


def _free(secret: Secret, before: str, after: str) -> bool:  # noqa: ARG001
    return True


def _json(secret: Secret, before: str, after: str) -> bool:
    """Only texts in it were changed, and names that are anybody's choice."""
    try:
        value = json.loads(before)
    except ValueError:
        return True  # it was none
    try:
        return json.loads(after) == secret.out_of_value(value)
    except ValueError:
        return False


def _named(secret: Secret, before: str, after: str) -> bool:
    """The same, and the names at its top are a program's."""
    return _json(secret, before, after) and _names(before) == _names(after)


def _names(text: str) -> list[list[str]]:
    value = json.loads(text)
    rows = cast("list[Value]", value if isinstance(value, list) else [value])
    return [list(cast("dict[str, Value]", row)) for row in rows if isinstance(row, dict)]


def _purse(secret: Secret, before: str, after: str) -> bool:  # noqa: ARG001
    return before.split(",", 3)[:3] == after.split(",", 3)[:3]


def _reply(secret: Secret, before: str, after: str) -> bool:
    """A reply, behind what tells which call it answers."""
    head, brace, said = before.partition("{")
    start, _, left = after.partition("{")
    return head == start and _named(secret, brace + said, brace + left)


def _image(secret: Secret, before: str, after: str) -> bool:
    """An after-image of a task: an object of its fields, or the list of its edges."""
    if not _named(secret, before, after):
        return False
    was, now = json.loads(before), json.loads(after)
    if isinstance(was, dict):
        return keeps_form(secret, _TASK, cast("Row", was), cast("Row", now))
    edges = zip(cast("list[list[Value]]", was), cast("list[list[Value]]", now), strict=True)
    return all(keeps_form(secret, _EDGE, dict(enumerate(a)), dict(enumerate(b))) for a, b in edges)


def _event(secret: Secret, before: str, after: str) -> bool:
    if not _named(secret, before, after):
        return False
    pairs = zip(records(before), records(after), strict=True)
    return all(_record(secret, was, now) for was, now in pairs)


def _record(secret: Secret, was: Record, now: Record) -> bool:
    rules = _RECORDS.get(was.table, {})
    same = (was.table, was.id) == (now.table, now.id)
    return same and keeps_form(secret, rules, was.values or {}, now.values or {})


def keeps_record(secret: Secret, table: str, before: str, after: str) -> bool:
    """The same question about what an archive has left of a row."""
    if not before or not _named(secret, before, after):
        return not before
    return keeps_form(secret, _RECORDS.get(table, {}), json.loads(before), json.loads(after))


Row: TypeAlias = Mapping[Any, Value]
Rules: TypeAlias = Mapping[Any, Rule]
"""The columns (or fields) of which a text is taken out, and what must be left of each."""

_TASK: Final[Rules] = {
    "title": _free,
    "grouping": _free,
    "purse": _purse,
    "spec": _free,
    "acceptance": _json,
    "paths": _json,
    "budget": _named,
    "feedback": _named,
    "question": _free,
    "note": _free,
}
_EDGE: Final[Rules] = {2: _free, 3: _free, 4: _json}
_ATTEMPT: Final[Rules] = {"reason": _free, "notes": _free, "reply": _reply}
_DELIVERY: Final[Rules] = {
    "summary": _free,
    "critical": _json,
    "artifacts": _named,
    "delivered": _json,
    "evidence": _json,
    "notes": _free,
    "digests": _json,
}
_POOL: Final[Rules] = {"grouping": _free}
_POLICY: Final[Rules] = dict.fromkeys(("rules", "workspace", "branch"), _free)


def _policy(secret: Secret, before: str, after: str) -> bool:
    return _named(secret, before, after) and keeps_form(
        secret, _POLICY, json.loads(before), json.loads(after)
    )


_RECORDS: Final[Mapping[str, Rules]] = {
    "policy": _POLICY,
    "attempt": _ATTEMPT,
    "delivery": _DELIVERY,
    "pool": _POOL,
}
TEXTS: Final[Mapping[str, Mapping[str, Rule]]] = {
    "task": {name: _TASK[name] for name in ("title", "grouping", "purse")},
    "task_text": {
        name: _TASK[name]
        for name in ("spec", "acceptance", "paths", "budget", "feedback", "question", "note")
    },
    "edge": {"expect": _free, "promise": _free, "keys": _json},
    "attempt": _ATTEMPT,
    "delivery": _DELIVERY,
    "reading": {"digests": _json},
    "image": {"image": _image},
    "recall": {"head": _free, "body": _free},
    "event": {"reason": _free, "data": _event},
    "baseline": {"image": _free},
    "blob": {"content": _free},
    "notice": {"body": _free, "data": _json, "topic": _free},
    "idempotency": {"reply": _reply},
    "session": dict.fromkeys(("window_name", "host", "workspace", "branch", "head"), _free),
    "pool": _POOL,
    "board": {"policy": _policy},
}
"""Every column that holds what somebody wrote, by table."""


def keeps_form(secret: Secret, rules: Rules, before: Row, after: Row) -> bool:
    """Is a row still what it was but for its texts? `rules` are those of the table."""
    if before.keys() != after.keys():
        return False
    changed = [name for name, value in before.items() if after[name] != value]
    return all(name in rules and rules[name](secret, before[name], after[name]) for name in changed)
