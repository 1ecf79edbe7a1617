"""Short replies as a few lines of prose."""

from __future__ import annotations

import json
from collections import defaultdict
from shlex import quote
from typing import Final

from headwater.cli.output import figure, one_line, quoted, say, say_next, show_columns, to_type
from headwater.cli.render.notices import notices
from headwater.errors import counted
from headwater.verbs.importing import ImportReply
from headwater.verbs.people import PersonReply
from headwater.verbs.plan import (
    AddReply,
    CancelReply,
    EditReply,
    ReworkReply,
    SplitReply,
)
from headwater.verbs.sessions import JoinReply
from headwater.verbs.work import CheckReply, Finished, TellReply

EDGES_SHOWN = 20
_NEEDS = " needs "


def minutes(number: float) -> str:
    return f"{figure(number)} minute{'' if number == 1 else 's'}"


def setting(value: object) -> str:
    """The value of a policy."""
    return f"{value:.12g}" if isinstance(value, float) else one_line(str(value)) or "(none)"


def listed(keys: list[str], most: int = 12) -> str:
    """Keys for a sentence: the first ones and how many more there are."""
    shown = ", ".join(one_line(key) for key in keys[:most])
    return shown if len(keys) <= most else f"{shown} and {len(keys) - most} more"


def _tail(warnings: list[str] | None, hint: str = "") -> None:
    """Warnings, and the command to go on with: the reply's own `next` speaks to agents."""
    for warning in warnings or []:
        say(f"warning: {one_line(warning, 400)}")
    if hint:
        say_next(hint)


def added(reply: AddReply) -> None:
    for task in reply.tasks:
        reused = f", reused from {task.reused_from}" if task.reused_from else ""
        say(f"added {task.key}  {task.state}{reused}")
    _edges(reply.edges)
    _tail(reply.warnings, "headwater graph shows the plan")


def _edges(edges: list[str]) -> None:
    """`api needs design`: what one task needs, on one line; any other sentence as it is."""
    needs = defaultdict[str, list[str]](list)
    others: list[str] = []
    for edge in edges:
        key, is_need, upstream = edge.partition(_NEEDS)
        if is_need:
            needs[key].append(upstream)
        else:
            others.append(edge)
    for key in list(needs)[:EDGES_SHOWN]:
        say(f"  {key}{_NEEDS}{listed(sorted(needs[key], key=_is_qualified))}")
    if len(needs) > EDGES_SHOWN:
        say(f"  and {counted(len(needs) - EDGES_SHOWN, 'more task')} with what they need")
    for sentence in others[:EDGES_SHOWN]:
        say(f"  {sentence}")


def _is_qualified(upstream: str) -> bool:
    """Whether it is soft, or a candidate: those come last."""
    return " (" in upstream


def split(reply: SplitReply) -> None:
    say(f"{reply.task} is split into {listed([child.key for child in reply.children])}")
    _edges(reply.edges)
    _tail(reply.warnings, reply.next)


def edited(reply: EditReply) -> None:
    what = ", ".join(reply.changed) if reply.changed else "nothing changed"
    say(f"{reply.task}  {reply.state}  version {reply.version}: {what}")
    _edges(reply.edges or [])
    _tail(reply.warnings, reply.next)


def reworked(reply: ReworkReply) -> None:
    say(f"{reply.task}  {reply.state}  round {reply.round}")
    for label, keys in (
        ("wait for it", reply.waiting),
        ("are being worked on and were told", reply.active),
        ("are done and will be looked at again", reply.done),
    ):
        if keys:
            say(f"  {label}: {listed(keys)}")
    _edges(reply.edges or [])
    _tail(reply.warnings, reply.next)


def cancelled(reply: CancelReply) -> None:
    say(f"cancelled: {listed(reply.cancelled) or 'nothing'}")
    if reply.spared:
        say(f"  done already, left as they are: {listed(reply.spared)}")
    if reply.released:
        say(f"  no longer need them: {listed(reply.released)}")
    _tail(reply.warnings, reply.next)


_RULES = {
    "set": "its rules hold for all tasks of the board",
    "kept": "the board keeps its own rules, which are others: --update takes those of the plan",
}


def imported(reply: ImportReply, into: str = "") -> None:
    verb = "would add" if reply.dry_run else "added"
    states = ", ".join(f"{count} {state}" for state, count in reply.states.items() if count)
    many = f"{counted(reply.added, 'task')} and {counted(reply.edges, 'edge')}"
    say(f"{verb} {many} ({states or 'nothing'})")
    if reply.skipped:
        say(f"  on the board already, left as they are: {reply.skipped}")
    if reply.updated:
        say(f"{'would update' if reply.dry_run else 'updated'} {listed(reply.updated)}")
    for field, keys in (reply.cleared or {}).items():
        say(f"  cleared, because the plan says it no more: {field} of {listed(keys)}")
    for left in reply.left or []:
        say(f"  {left.task}: {left.field} stays as it is: {one_line(left.why)}")
    if reply.absent:
        say(f"  in the plan no more, left as they are: {listed(reply.absent)}")
        say("    (headwater cancel KEY gives one up)")
    if reply.rules:
        say(f"  {_RULES[reply.rules]}")
    step = "the same without --dry-run" if reply.dry_run else "headwater status"
    named = f" --board {quote(into)}" if into and not reply.dry_run else ""
    _tail(reply.warnings, step + named)


def joined(reply: JoinReply) -> None:
    """The session that the agent's commands share."""
    _joined(reply)
    if reply.leases:
        say_next("headwater claim gives its briefing again")
    elif going_on := goes_on(reply):
        say_next(f"{going_on}; else headwater claim")
    else:
        say_next("headwater claim")


def goes_on(reply: JoinReply) -> str:
    """How to go on with what an earlier session of the agent holds, if one holds something."""
    for earlier in reply.resumable or []:
        return (
            f"if you are {earlier.agent}, too, "
            f"headwater join --session {earlier.session} goes on with {listed(earlier.holds)}"
        )
    return ""


def joined_apart(reply: JoinReply) -> None:
    _joined(reply)
    say_next("commands that are to use it need --session, or HEADWATER_SESSION")


def _joined(reply: JoinReply) -> None:
    how = "resumed" if reply.resumed else "joined"
    say(f"{how} as {reply.agent}")
    say(f"session: {reply.session}")
    for held in reply.leases:
        say(f"holds {held.task}  lease {held.lease}  {seconds(held.expires_in_s)} left")
    for other in reply.resumable or []:
        say(
            f"could resume {other.session}  {one_line(other.window or other.workspace or '')}  "
            f"holds {listed(other.holds) or 'nothing'}  "
            f"last seen {seconds(other.last_seen_s)} ago"
        )
    notices(reply.notices)


def checked(reply: CheckReply) -> None:
    for held in reply.leases:
        say(f"holds {held.task}  lease {held.lease}  {seconds(held.expires_in_s)} left")
    if not reply.leases:
        say("holds nothing")
    for lost in reply.lost or []:
        who = f" ({one_line(lost.by)})" if lost.by else ""
        say(f"lost {lost.task}: {one_line(lost.why)}{who} {one_line(lost.reason or '')}".rstrip())
    for change in reply.inputs or []:
        old, new = (one_line(json.dumps(it, ensure_ascii=False)) for it in (change.old, change.new))
        say(f"input changed: {change.task}.{one_line(change.key)}: {old} -> {new}")
    notices(reply.notices)
    if reply.left:
        say("the session has ended")
    _tail(reply.warnings, reply.next)


_IN_REVIEW: Final = {
    "done": "delivered, in review",
    "amend": "amended, in review",
    "approve": "approved, not done yet",
    "release": "given back, in review",
}
"""What a finish did that leaves its task there, by outcome."""


def _ended(outcome: str, state: str) -> str:
    """What the finish did, and where the task is now."""
    if outcome == state:
        return state
    if state == "review" and outcome in _IN_REVIEW:
        return _IN_REVIEW[outcome]
    if outcome == "reject":
        return f"sent back, {state}"
    return f"not accepted, {state}" if outcome == "done" else f"{state}  ({outcome})"


def finished(reply: Finished) -> None:
    say(f"{reply.task}  {_ended(reply.outcome, reply.state)}")
    if reply.unblocked:
        say(f"  unblocked: {listed(reply.unblocked)}")
    if reply.reopened:
        say(f"  reopened, as what they read has changed: {listed(reply.reopened)}")
    if reply.told:
        say(f"  told about changed inputs: {listed(reply.told)}")
    if reply.as_before:
        say(f"  as before: {listed(reply.as_before)}")
    if reply.claimed is not None:
        from headwater.cli.render import briefing

        stands, _, _ = reply.next.rpartition("; ")
        if stands:
            say(f"  {to_type(stands)}")
        _tail(reply.warnings)
        say()
        briefing.show(reply.claimed)
        return
    _tail(reply.warnings, reply.next or "headwater claim")


def told(reply: TellReply) -> None:
    count = "" if reply.reached is None else f", for {counted(reply.reached, 'session')} here now"
    if reply.id is None:
        say("in every briefing from now on:")
        say(quoted(reply.rules or ""))
        say_next(reply.next)
        return
    say(f"notice {reply.id} to {one_line(reply.to)}{count}")
    say_next(reply.next)


def by_person(reply: PersonReply) -> None:
    if reply.task:
        say(f"{reply.task}  {reply.state or ''}".rstrip())
    elif reply.state == "paused":
        say("paused: nobody is given a task until `headwater resume`")
    elif reply.state:
        say("open: agents can claim")
    if reply.unblocked:
        say(f"  unblocked: {listed(reply.unblocked)}")
    if reply.changed is not None:
        say(
            f"removed from {counted(reply.changed, 'place')}"
            if reply.changed
            else "it is nowhere here"
        )
        say_next(reply.next)
    for name, value in sorted((reply.policy or {}).items()):
        say(f"  {name} = {setting(value)}")
    _tail(reply.warnings)


def settings(reply: PersonReply) -> None:
    """All policies of a board, with what they say."""
    from headwater.graph.policy import SAYS

    policy = dict(sorted((reply.policy or {}).items()))
    rules = str(policy.pop("rules", ""))
    columns = [[f"{name} = {setting(value)}", SAYS[name]] for name, value in policy.items()]
    show_columns([*columns, ["rules:" if rules else "rules = (none)", SAYS["rules"]]])
    if rules:
        say(quoted(rules))


def seconds(count: float) -> str:
    """A duration as people say it: 45 s, 12 min, 3 h 20 min, 2 d."""
    whole = max(0, round(count))
    if whole < 120:
        return f"{whole} s"
    minutes = whole // 60
    if minutes < 120:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{hours // 24} d"
