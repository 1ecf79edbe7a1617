"""Headwater's hooks in the settings of Claude Code: written, brought up to date, taken out again.

Each event holds a list of groups (an optional matcher for tools, and the commands to run). Others'
groups are left alone; ours are known by their command.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Final, cast

from headwater.hosts import json_edit, jsonc
from headwater.hosts.host import Connection, Place, Scope
from headwater.hosts.jsonc import Json

TITLE: Final = "Claude Code hooks"
EXAMPLE: Final = ".claude/settings.json"
NEXT_STEP: Final = "restart Claude Code; /hooks lists them"

_EVENTS: Final = {
    "SessionStart": "session-start",
    "PreCompact": "pre-compact",
    "Stop": "stop",
    "PreToolUse": "pre-tool-use",
}
_MATCHERS: Final = {"PreToolUse": "Edit|Write|MultiEdit|NotebookEdit"}
_SECONDS: Final = 10
"""After so long the host goes on without an answer."""
_MARK: Final = " # headwater"
"""Ends a command in which the word does not occur, so that it is known again."""
_NAMES: Final = "|".join(_EVENTS.values())
_OURS: Final = re.compile(rf"headwater.* hook ({_NAMES})( |$)| hook ({_NAMES})( .*)?{_MARK}$")


def file(scope: Scope, place: Place) -> Path:
    """The settings of the project, or of the user."""
    if scope == "project":
        return place.project / ".claude" / "settings.json"
    return place.variable("CLAUDE_CONFIG_DIR", place.home / ".claude") / "settings.json"


def added(text: str, connection: Connection) -> str:
    """`text` with the hooks in it; `text` itself if they are there already.

    Raises `ConfigSyntaxError` and `ConfigShape`.
    """
    for event in _EVENTS:
        wanted = _group(event, connection)
        mine = [group for group in _groups(text, event) if _without_ours(group) != group]
        if not (len(mine) == 1 and json_edit.same(mine[0], wanted)):
            text = json_edit.append_item(_cleared(text, event), ("hooks", event), wanted)
    return text


def removed(text: str) -> str:
    """`text` without the hooks, and without what is empty now. Raises as `added` does."""
    for event in _EVENTS:
        text = _cleared(text, event)
    return text


def put_again(text: str, since: str) -> str:
    """`text` with the hooks that `since` holds, as `added` adds them. Raises as `added` does."""
    for event in _EVENTS:
        for group in _groups(since, event):
            if _without_ours(group) is None:
                text = json_edit.append_item(text, ("hooks", event), group)
    return text


def present(text: str) -> bool:
    """Whether any of the hooks is there. Raises `ConfigSyntaxError`."""
    return any(_without_ours(group) != group for event in _EVENTS for group in _groups(text, event))


def snippet(connection: Connection) -> str:
    """The hooks alone, as a whole small file."""
    return added("", connection)


def _group(event: str, connection: Connection) -> dict[str, Json]:
    *program, last = connection.command
    named = {"--db": connection.db, "--board": connection.board}
    options = [word for name, value in named.items() if value for word in (name, value)]
    base = program if last == "serve" and program else [*program, last]
    command = shlex.join([*base, "hook", _EVENTS[event], *options])
    if not _OURS.search(command):
        command += _MARK
    run: dict[str, Json] = {"type": "command", "command": command, "timeout": _SECONDS}
    matcher: dict[str, Json] = {"matcher": _MATCHERS[event]} if event in _MATCHERS else {}
    return {**matcher, "hooks": [run]}


def _groups(text: str, event: str) -> list[Json]:
    root = jsonc.parse(text)
    node = root.members.get("hooks") if root else None
    node = node.members.get(event) if node else None
    return cast("list[Json]", node.value) if node and isinstance(node.value, list) else []


def _cleared(text: str, event: str) -> str:
    """`text` without our hooks of that event, and without what that leaves empty."""
    path = ("hooks", event)
    groups = _groups(text, event)
    rest = [_without_ours(group) for group in groups]
    gone = [at for at, group in enumerate(groups) if group is not None and rest[at] is None]
    left = [group for at, group in enumerate(rest) if at not in gone]
    if len(gone) + sum(group in groups for group in left) < len(groups):
        text = json_edit.set_member(text, path, left)  # other commands stood beside ours
    else:
        for at in reversed(gone):
            text = json_edit.remove_item(text, path, at)
    if gone:
        text = json_edit.remove_empty(json_edit.remove_empty(text, path), path[:1])
    return text


def _without_ours(group: Json) -> Json:
    """A group without our commands; None if it had no others."""
    if not isinstance(group, dict) or not isinstance(group.get("hooks"), list):
        return group
    commands = cast("list[Json]", group["hooks"])
    others = [one for one in commands if not _is_ours(one)]
    if len(others) == len(commands):
        return group
    return {**group, "hooks": others} if others else None


def _is_ours(command: Json) -> bool:
    return isinstance(command, dict) and bool(_OURS.search(str(command.get("command", ""))))
