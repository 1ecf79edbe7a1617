"""What an agent puts in for the placeholders of a hint, from the reply and from its own call."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from headwater.errors import HeadwaterError
from headwater.operations.caller import Caller
from headwater.verbs.base import Reply, Request
from said_calls import Said

Facts = dict[str, Any]
Outcome = Reply | HeadwaterError
TEXTS: Final = {"feedback", "text", "note", "notes", "summary", "reason"}


@dataclass
class Heard:
    """A call, its answer, and one hint of it."""

    request: Request
    caller: Caller
    session: str
    """Whose call it was, as far as that is known."""
    window: str
    """How that session's window calls itself."""
    facts: Facts
    """The reply or the error, or the part of it that the hint stands in."""
    hint: str

    def __str__(self) -> str:
        said = self.request.model_dump(exclude_defaults=True)
        return f"  hint: {self.hint}\n  call: {self.request.verb} {said}\n  answer: {self.facts}"


def subjects(heard: Heard, said: Said | None, command: str = "") -> list[Facts]:
    """What the hint speaks of: items of the reply, or the reply itself."""
    facts = heard.facts
    if facts.get("view") == "stuck":
        return [_with_part(one, said) for one in facts["stuck"] if _is_meant(one, said, command)]
    if facts.get("view") == "deliveries" and command:
        mergeable = [one for one in facts["deliveries"] if one.get("gate") == "merge"]
        return [one for one in mergeable if "pending" not in one]
    for name in ("tasks", "hits", "agents"):
        if facts.get("view") and facts.get(name):
            return [facts[name][0]]
    none = facts.get("none")
    if none and ((said and said.verb in ("rework", "cancel")) or command == "merged"):
        gate = "merge" if command else None
        return [one for one in none.get("blocked_by", []) if one.get("gate") == gate]
    if said and ("task", "PART") in said.arguments:
        parts = facts.get("parts") or [one["key"] for one in facts.get("children", [])]
        return [{"task": part} for part in parts[:1]]
    return [facts]


def _is_meant(item: Facts, said: Said | None, command: str) -> bool:
    """Is a hint of the view `stuck` about this item?"""
    why, has_parts = item["why"], "parts" in item
    if command:
        return why == "to_be_merged"
    assert said is not None
    if said.verb == "edit":
        return why == "upstream_cancelled"
    if ("task", "PART") in said.arguments:
        return has_parts
    if said.verb == "rework":
        return why == ("failed" if "failed" in said.after else "held") and not has_parts
    return True


def _with_part(item: Facts, said: Said | None) -> Facts:
    is_part = said is not None and ("task", "PART") in said.arguments
    return item | ({"task": item["parts"][0]} if is_part else {})


def filled(heard: Heard, said: Said, subject: Facts) -> Facts | None:
    """The arguments of a call, or None where one of them cannot be known."""
    given: Facts = {}
    for name, value in said.arguments:
        given[name] = value_of(heard, said.verb, name, value, subject)
        if given[name] is None:
            return None
    if said.verb in ("claim", "check") and not {"session", "lease"} & given.keys():
        given["session"] = _session(heard)
    return given | _rest(heard, said, given) if said.is_open else given


def value_of(heard: Heard, verb: str, name: str, said: str, subject: Facts) -> Any:
    """The value of one argument: as it is said, or what is meant by a placeholder."""
    if said.isdigit():
        return int(said)
    if said in ("true", "false"):
        return said == "true"
    if said[:1] in ('"', "'") and not re.search(r"\b[A-Z_]{2,}\b", said):
        return said[1:-1]
    if name in TEXTS:
        return "because"
    if name == "drop_needs" and '"' in said:
        return re.findall(r"[\w.-]+", said)
    if name == "tasks":
        return [subject["task"]] if verb == "cancel" else [{"key": "one-more"}]
    return _known(heard, name, subject)


def _known(heard: Heard, name: str, subject: Facts) -> Any:
    facts = heard.facts
    items = facts.get("missing") or []
    owed: list[Facts] = [one for one in items if isinstance(one, dict)]
    found: Facts = {
        "session": _session(heard),
        "lease": _lease(heard),
        "task": next(iter(facts.get("keys", [])), None) or _task(heard, subject),
        "set": {"title": "another title"},
        "cost": {"tokens": 10**6, "usd": 9.5},
        "drop_needs": [subject["upstream"]] if "upstream" in subject else None,
        "dependents": "cancel",
        "delivered": {one["to"]: "as promised" for one in owed if "promise" in one},
        "critical": dict.fromkeys(key for one in owed for key in one.get("keys", [])),
        "evidence": {str(one).partition(":")[0]: "seen" for one in items},
        "agent": getattr(heard.request, "agent", "") or "ann",
        "parent": facts.get("session"),
        "to": f"agent:{subject.get('agent', 'somebody')}",
        "window": heard.window,
        "workspace": facts.get("wanted", {}).get("workspace", "/somewhere"),
        "branch": facts.get("wanted", {}).get("branch", "side"),
        "commit": "c0ffee",
    }
    return found.get(name)


def _session(heard: Heard) -> str | None:
    if heard.facts.get("code") == "unknown_session":
        return None  # one that another join listed
    return heard.facts.get("session") or heard.session or None


def _lease(heard: Heard) -> str | None:
    mine = heard.facts.get("lease") or getattr(heard.request, "lease", "")
    return mine or next((one["lease"] for one in heard.facts.get("leases", [])), None)


def _task(heard: Heard, subject: Facts) -> str | None:
    return subject.get("task") or subject.get("key") or getattr(heard.request, "task", "") or None


def _rest(heard: Heard, said: Said, given: Facts) -> Facts:
    """What `...` leaves to whoever makes the call, as far as the reply says it."""
    facts = heard.facts
    match said.verb:
        case "finish":
            owes: list[Facts] = facts.get("owes", [])
            owed = [one["to"] for one in owes if one.get("promise")]
            rest: Facts = {"summary": "made", "delivered": dict.fromkeys(owed, "as promised")}
            rest["critical"] = {key: "a value" for one in owes for key in one.get("keys", [])}
            if "evidence" in given:
                items = range(1, len(facts.get("acceptance", [])) + 1)
                rest["evidence"] = {str(number): "seen" for number in items}
            return rest
        case "tell":
            return {"text": "because"}
        case "edit":
            return {"set": {"title": "another title"}}
        case _:
            return {}
