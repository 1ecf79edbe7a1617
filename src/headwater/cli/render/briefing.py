"""A briefing as a page. What agents wrote stands behind a bar, with its author."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from shlex import quote
from typing import Final

from pydantic import JsonValue

from headwater import limits
from headwater.cli.output import one_line, quoted, say, say_next
from headwater.cli.render import nothing
from headwater.cli.render.hints import as_commands
from headwater.cli.render.sentences import listed, notices, seconds
from headwater.errors import counted
from headwater.operations.listing import by_text
from headwater.verbs.work import Briefing, Delivery, Salvage, Upstream

_END = "headwater finish --summary ... at the end"
_STAYS = (
    "of that, a summary, values and artifacts that your finish does not say anew stay; "
    "--delivered CONSUMER=same"
)
_WHOLE_ID: Final = re.compile(r"\b[0-9a-f]{40}(?:[0-9a-f]{24})?\b")
_DIGITS: Final = 12
_LEFT_OUT_CHARS: Final = 1_000
"""Names of tasks, and the commands behind them."""
_ENDED: Final = {"waits": "given back until more upstreams are done"}
"""How an attempt ended, where its outcome alone does not say it."""
_ENDS = {
    "review": "headwater finish --outcome approve, or --outcome reject --notes ... with the reason"
}


def show(reply: Briefing) -> None:
    """Print the briefing, or why there is none."""
    if reply.none is not None:
        nothing.show(reply.none)
        if reply.notices:
            say("you are told, which ends a wait:")
        notices(reply.notices)
        say_next(reply.next)
    elif reply.lease is None:  # a repeated call, and what it claimed at first is over
        say_next(reply.next)
    else:
        _head(reply)
        _context(reply)
        notices(reply.notices)
        say_next(f"headwater check --note ... meanwhile, {_ENDS.get(reply.kind or '', _END)}")


def _head(reply: Briefing) -> None:
    title = f"  {one_line(reply.title)}" if reply.title else ""
    say(f"{reply.task}{title}")
    if reply.already_holding:
        say("you hold this already; again:")
    attempt = f"attempt {reply.attempt} of {reply.attempts}" if reply.attempt else ""
    left = f"{seconds(reply.expires_in_s)} left" if reply.expires_in_s is not None else ""
    kind = f"{reply.kind or ''}{_looks(reply)}"
    facts = [kind, f"round {reply.round}" if reply.round else "", attempt, left]
    say("  ".join(filter(None, facts)))
    say(f"lease: {reply.lease}")
    _quoted("spec", reply.spec)
    if reply.acceptance:
        say("acceptance:")
        for number, item in enumerate(reply.acceptance, 1):
            say(f"  {number}. {one_line(item, 400)}")
    _quoted("rules of this board", reply.rules)
    if reply.paths:
        say(f"paths: {listed(reply.paths)}")
    for near in reply.neighbours or []:
        say(f"also in these files: {one_line(near.by)} for {near.task}, {listed(near.paths)}")


def _looks(reply: Briefing) -> str:
    """Of a review: how often the task was sent back, as far as is shown."""
    ended = reply.tried or []
    rejected = sum(one.kind == "review" and one.outcome == "rejected" for one in ended)
    return f" after {counted(rejected, 'rejection')}" if rejected and reply.kind == "review" else ""


def _context(reply: Briefing) -> None:
    """For a reviewer what is to be judged goes before what it was made from."""
    reviews = reply.kind == "review"
    for item in reply.feedback or []:
        by = one_line(str(item.get("by") or "someone"))
        what = "answer" if item.get("answers") else "feedback"
        _quoted(f"{'earlier ' if item.get('earlier') else ''}{what} from {by}", item.get("text"))
    if reviews:
        _before(reply)
    for upstream in reply.upstream or []:
        _upstream(upstream, is_whole=not reply.more)
    for conflict in reply.conflicts or []:
        name, _, givers = conflict.rpartition(": ")
        said = f"{one_line(name)} ({givers})"
        say(f"different values of one key, perhaps each its own: {said}")
    who = "it owes" if reviews else "you owe"
    if not reply.owes and reply.kind == "work":
        say("you owe nothing")
    for owed in reply.owes or []:
        say(f"{who} {owed.to}:")
        _bar(owed.promise)
        if owed.expect:
            say("  which expects:")
            _bar(owed.expect)
        if owed.keys:
            say(f"  which relies on the keys: {listed(owed.keys)}")
    _experience(reply)
    if not reviews:
        _before(reply)
    if reply.more:
        say("left out for brevity:")
        for left in reply.more:
            say(f"  {one_line(as_commands(left), _LEFT_OUT_CHARS)}")


def _before(reply: Briefing) -> None:
    """What earlier attempts came to, and what was delivered."""
    for past in reply.tried or []:
        by = f" by {one_line(past.by)}" if past.by else ""
        place = f", at {one_line(past.left_at)}" if past.left_at else ""
        text = past.reason or past.notes
        what = "reviewed" if past.kind == "review" else "tried"
        how = _ENDED.get(past.outcome, past.outcome)
        say(f"{what} before{by}, {how}{place}{':' if text else ''}")
        _bar(text)
    if reply.note:
        _quoted("note left while working on it", reply.note)
    if reply.edited is not None:
        by = f" by {one_line(reply.edited.by)}" if reply.edited.by else ""
        since = "the work under review" if reply.kind == "review" else "the last attempt"
        was = f"headwater graph {reply.task} --view task --at {reply.edited.since}"
        say(f"changed{by} since {since} began: {listed(reply.edited.changed)} (before: {was})")
        _bar(reply.edited.reason)
    for salvage in reply.salvage or []:
        _delivery("left behind", reply.task or "", salvage)
    if reply.delivery is not None and reply.kind == "review":
        _made("to review", reply.task or "", reply.delivery)
    elif reply.delivery is not None:
        _made("delivered before", reply.task or "", reply.delivery)
        say(_STAYS)


def _experience(reply: Briefing) -> None:
    for hint in reply.hints or []:
        by = f" by {one_line(hint.by)}" if hint.by else ""
        _quoted(f"from earlier work, {hint.task}{by}, {hint.outcome}", hint.text)


def _upstream(entry: Upstream, *, is_whole: bool) -> None:
    facts = [
        f"from {entry.task}",
        f"by {one_line(entry.by)}" if entry.by else "",
        f"reused from {entry.reused_from}" if entry.reused_from else "",
        f"{entry.distance} steps away" if entry.distance > 1 else "",
        "soft" if entry.soft else "",
        one_line(entry.state or "") if entry.state not in (None, "done") else "",
        "of an earlier round" if entry.stale else "",
    ]
    said = entry.delivered or entry.summary or entry.critical or entry.artifacts or entry.also
    is_silent = is_whole and not said and entry.state in (None, "done")
    say("  ".join(filter(None, facts)) + (":" if said or is_silent or entry.expect else ""))
    if entry.expect:
        say("  expected of it:")
        _bar(entry.expect)
    if is_silent:
        say("  nothing was said")
    if entry.delivered:
        say(f"  said to {entry.said_to or 'you'}:")
        _bar(entry.delivered)
    if entry.summary and (entry.delivered or entry.expect):
        say("  summary:")
    _bar(entry.summary)
    if entry.earlier:
        say(f"  in round {entry.earlier.round} it said:")
        _bar(entry.earlier.summary)
    if entry.remarks:
        say(f"  {one_line(entry.remarks.by or 'somebody')} approved it and remarks:")
        _bar(entry.remarks.text)
    _values(entry.critical)
    if entry.also:
        say(f"  also, in no contract: {one_line(', '.join(entry.also))}")
    _artifacts(entry.task, entry.artifacts or [])


def _made(label: str, task: str, delivery: Delivery) -> None:
    origin = f", reused from {one}" if (one := delivery.reused_from) else ""
    origin += f", at {one_line(place)}" if (place := delivery.made_at) else ""
    _delivery(label, task, delivery, origin)
    for said, to in by_text((delivery.delivered or {}).items()).items():
        _quoted(f"it says to {to}", said)
    for item, shown in (delivery.evidence or {}).items():
        _quoted(f"evidence for {one_line(item, 400)}", shown)
    if delivery.no_evidence:
        say(f"no evidence for acceptance: {', '.join(map(str, delivery.no_evidence))}")


def _delivery(label: str, task: str, delivery: Salvage, origin: str = "") -> None:
    whole = f" for {delivery.task}" if delivery.task else ""
    whole += f" in round {delivery.round}" if delivery.round else ""
    say(f"{label}{whole} by {one_line(delivery.by or 'someone')}{origin}:")
    _bar(delivery.summary)
    _values(delivery.critical)
    _artifacts(delivery.task or task, delivery.artifacts or [])
    _bar(delivery.notes)


def _values(critical: dict[str, JsonValue] | None) -> None:
    for name, value in (critical or {}).items():
        whole = json.dumps(value, ensure_ascii=False)
        say(f"  {one_line(name)} = {one_line(whole, limits.CRITICAL_BYTES)}")


def _artifacts(task: str, artifacts: Iterable[dict[str, JsonValue]]) -> None:
    """What is committed in one place is named together: that is what one merges."""
    committed = defaultdict[str, list[str]](list)
    for artifact in artifacts:
        name, place = str(artifact.get("name")), artifact.get("path") or artifact.get("uri")
        if commit := artifact.get("commit"):
            committed[_short(str(commit))].append(f"{name} {place}" if place else name)
        else:
            reads = f"headwater graph {task} --artifact {quote(name)}"
            say(f"  artifact {one_line(name)}: {one_line(str(place or reads), 400)}")
    for commit, names in committed.items():
        say(f"  at {one_line(commit)}: {one_line(', '.join(names), 400)}")


def _short(commit: str) -> str:
    """A commit as git takes it, without the digits that tell it from no other."""
    return _WHOLE_ID.sub(lambda found: found[0][:_DIGITS], commit)


def _quoted(label: str, text: object) -> None:
    if text:
        say(f"{label}:")
        _bar(str(text))


def _bar(text: str | None) -> None:
    if text:
        say(quoted(text))
