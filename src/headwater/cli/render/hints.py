"""The hints of replies and errors speak to agents, who call tools; people type commands.

A hint names calls, as in `claim(wait=45) waits for the next task`. Here each becomes the command
that does the same: `headwater claim --wait 600 waits for the next task`, as a command may wait
longer than a call.
"""

from __future__ import annotations

import re
from typing import Final

from headwater import limits

_POSITIONAL: Final = {
    "add": ("tasks",),
    "split": ("task",),
    "edit": ("task",),
    "rework": ("task", "feedback"),
    "cancel": ("tasks",),
    "claim": ("task",),
    "graph": ("task",),
    "tell": ("to", "text"),
}
"""The arguments that are no options, by verb."""
_KNOWN_HERE: Final = frozenset({"session", "lease", "workspace", "branch", "commit"})
"""What the command finds out by itself."""
_PLACEHOLDER: Final = {"tasks": "KEY", "task": "TASK", "feedback": "FEEDBACK", "text": "TEXT"}
_INSTEAD: Final = {"set": "--spec ...", "append": "--add-spec ...", "cost": "--tokens N"}
"""An option of a command for an argument that holds several of them."""
_LONGEST_CALL: Final = str(limits.WAIT_SECONDS)
_WAIT: Final = "600"
_VERBS: Final = "join|add|split|edit|rework|cancel|claim|check|finish|graph|tell"
_CALL: Final = re.compile(rf"\b({_VERBS})\(((?:[^()]|\([^()]*\))*)\)")
_ARGUMENT: Final = re.compile(r"""(?:"[^"]*"|'[^']*'|\[[^\]]*\]|\{[^}]*\}|[^,])+""")
_MAPPING: Final = re.compile(r"\b(delivered|evidence)=\{([^:{}]+): ([^{}]+)\}")
_CHOICE: Final = re.compile(r'\b(dependents)="(\w+)"')


def as_commands(hint: str) -> str:
    """`hint` with commands in the place of calls."""
    hint = _MAPPING.sub(lambda found: _mapping(*found.groups()), hint)
    hint = _CHOICE.sub(r"--\1 \2", hint)
    return _CALL.sub(lambda found: _command(found[1], found[2]), hint)


def _mapping(name: str, key: str, value: str) -> str:
    return f'--{name} "{key}={value}"'


def _command(verb: str, arguments: str) -> str:
    order = _POSITIONAL.get(verb, ())
    placed: dict[str, str] = {}
    options: list[str] = []
    for found in _ARGUMENT.finditer(arguments):
        part = found[0].strip()
        name, _, value = part.partition("=")
        if name in order:
            placed[name] = _value(value) if value else "..."
        elif name.startswith("--") or name in _INSTEAD:
            options.append(_INSTEAD.get(name, part))
        elif name == "session" and verb == "join":
            options.append(f"--session {_value(value)}")
        elif name == "wait":
            options.append(f"--wait {_WAIT if value == _LONGEST_CALL else value}")
        elif name and name not in _KNOWN_HERE and name != "...":
            option = f"--{name.replace('_', '-')}"
            options.append(option if value in ("", "true") else f"{option} {_value(value)}")
    words = [
        _PLACEHOLDER.get(name, "...") if placed[name] == "..." else placed[name]
        for name in order
        if name in placed
    ]
    if re.search(r"(^|, )\.\.\.$", arguments):
        options.append("...")
    return " ".join(["headwater", verb, *words, *options])


def _value(text: str) -> str:
    """A value as one types it: without the brackets of a call, in quotes if it needs them."""
    bare = text.strip("\"'[]{}")
    return f'"{bare}"' if " " in bare else bare
