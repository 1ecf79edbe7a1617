"""What each hook answers, from a glance at the board; an empty answer has nothing to say.

The texts hold keys, counts, and in quotes agents' names and paths: what agents wrote is data, and
does not become an instruction by way of a hook.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

from headwater.cli.hook.window import Window
from headwater.graph import paths
from headwater.store.glance import Glance, Hold, Seat

_SHOWN: Final = 5
_FILE_ARGUMENTS: Final = ("file_path", "notebook_path")

Answer = Callable[[Glance, Window, Mapping[str, Any]], str]


def session_start(seen: Glance, window: Window, event: Mapping[str, Any]) -> str:
    """What this window holds and how to go on with it: after a start, a resume, a compaction."""
    lines = [_mine(seat, seen) for seat in seen.seats if window.owns(seat)]
    lines += [_left_behind(seat) for seat in seen.seats if _is_left_behind(seat, window)]
    said = [line for line in lines if line]
    if not said:
        return ""
    return _about(event, "SessionStart", additionalContext="\n".join([_HEADING, *said[:_SHOWN]]))


def pre_compact(seen: Glance, window: Window, event: Mapping[str, Any]) -> str:
    """What the summary must keep. Plain text: this event has no output fields of its own, and the
    host adds what is printed to the instructions for the summary."""
    del event
    held = [seat for seat in seen.seats if window.owns(seat) and seat.holds]
    if not held:
        return ""
    kept = "; ".join(f'session "{seat.session}" holds {_names(seat.holds)}' for seat in held)
    return (
        f"Keep in the summary: Headwater {kept}. Afterwards join(session=...) returns leases, "
        "notes and notices, and claim(session=...) the briefing. What was found out so far belongs "
        "into check(note=...)."
    )


def stop(seen: Glance, window: Window, event: Mapping[str, Any]) -> str:
    """Remind once of what is still held; the second stop is let through."""
    if event.get("stop_hook_active"):
        return ""
    held = [hold for seat in seen.seats if window.owns(seat) for hold in seat.holds]
    alive = [hold for hold in held if hold.is_alive]
    if not alive:
        return ""
    reason = (
        f"You still hold {_names(alive)} on the Headwater board. If the work is done: "
        'finish(lease, summary=...). If not: go on, or give it back with outcome "release", '
        '"handoff" or "blocked". If you wait for the user: leave a check(note=...) and stop again.'
    )
    return json.dumps({"decision": "block", "reason": reason})


def pre_tool_use(seen: Glance, window: Window, event: Mapping[str, Any]) -> str:
    """Refuse an edit of a file that another active task owns."""
    if seen.policy.paths == "off":
        return ""
    file = _file_of(event.get("tool_input"))
    owners = list(_owners(seen, window, file)) if file else []
    if not owners:
        return ""
    path, hold, seat = owners[0]
    reason = (
        f"{path} belongs to task {hold.task}, on which {_quoted(seat.label)} is working (its "
        f"paths: {', '.join(map(_quoted, hold.paths[:_SHOWN]))}). Leave the file alone: work on "
        "something else, wait until that task is done, or ask with "
        f'tell(to={_quoted(f"agent:{seat.agent}")}, task="{hold.task}", text=...).'
    )
    return _about(event, "PreToolUse", permissionDecision="deny", permissionDecisionReason=reason)


ANSWERS: Final[dict[str, Answer]] = {
    "session-start": session_start,
    "pre-compact": pre_compact,
    "stop": stop,
    "pre-tool-use": pre_tool_use,
}

_HEADING: Final = "Headwater, the task board that agents share here:"


def _file_of(arguments: object) -> str:
    """The file that a tool is about to change; empty if it names none."""
    given = cast("dict[str, object]", arguments) if isinstance(arguments, dict) else {}
    return next((str(given[name]) for name in _FILE_ARGUMENTS if given.get(name)), "")


def _owners(seen: Glance, window: Window, file: str) -> Iterator[tuple[str, Hold, Seat]]:
    """Every active task of others that owns the file, unless one of our own owns it too."""
    active = [
        (hold, seat)
        for seat in seen.seats
        for hold in seat.holds
        if hold.is_work and hold.is_alive and hold.paths
    ]
    path = window.path_of(file) if active else ""
    fold = bool(seen.policy.paths_fold)
    touching = [(hold, seat) for hold, seat in active if path and _owns(hold, path, fold=fold)]
    if any(window.may_own(seat) for _, seat in touching):
        return
    yield from ((path, hold, seat) for hold, seat in touching)


def _owns(hold: Hold, path: str, *, fold: bool) -> bool:
    parts = tuple((path.casefold() if fold else path).split("/"))
    return any(glob.holds(parts) for glob in paths.readable(hold.paths, fold=fold))


def _mine(seat: Seat, seen: Glance) -> str:
    unread = seen.unread.get(seat.id, 0)
    said: list[str] = []
    if seat.holds:
        said.append(f"holds {_names(seat.holds)}")
    if unread:
        said.append(f"has {unread} unread notice{'' if unread == 1 else 's'}")
    if not said:
        return ""
    return (
        f"- This window's session {_quoted(seat.label)} {' and '.join(said)}. "
        f'join(session="{seat.session}") returns its leases, notes and notices; '
        f'claim(session="{seat.session}") gives the briefing again.'
    )


def _is_left_behind(seat: Seat, window: Window) -> bool:
    return bool(seat.holds) and not window.owns(seat) and window.inherits(seat)


def _left_behind(seat: Seat) -> str:
    return (
        f"- The window of session {_quoted(seat.label)} is gone; it held {_names(seat.holds)} "
        f'here. To go on with that work: join(session="{seat.session}").'
    )


def _quoted(text: str) -> str:
    """What an agent chose, so that nothing in it ends the quotation."""
    return json.dumps(text, ensure_ascii=False)


def _names(holds: list[Hold]) -> str:
    shown = [_name(hold) for hold in holds[:_SHOWN]]
    if len(holds) > _SHOWN:
        shown.append(f"{len(holds) - _SHOWN} more")
    return ", ".join(shown)


def _name(hold: Hold) -> str:
    notes = [] if hold.is_work else ["a review"]
    notes += [] if hold.is_alive else ["its lease ran out"]
    return f"{hold.task} ({', '.join(notes)})" if notes else hold.task


def _about(event: Mapping[str, Any], default: str, **fields: str) -> str:
    name = str(event.get("hook_event_name") or default)
    return json.dumps({"hookSpecificOutput": {"hookEventName": name, **fields}})
