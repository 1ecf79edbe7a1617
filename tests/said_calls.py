"""The calls that a hint names: `claim(wait=45) waits`, `finish again with delivered={...}`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_CALL: Final = re.compile(r"(?<![\w.])([a-z_]+)\(")
_COMMAND: Final = re.compile(r"\bheadwater ([a-z]+)((?: (?:--?[a-z-]+|[A-Z]+))*)")
_ARGUMENT: Final = re.compile(r"(?<![\w.])([a-z_]+)=")
_FIELD: Final = re.compile(r"`([a-z_]+)`")
_ENDS: Final = {"(": ")", "[": "]", "{": "}", '"': '"', "'": "'"}


@dataclass(frozen=True)
class Said:
    """A call as a hint writes it. An argument that is only named has an empty value."""

    verb: str
    arguments: tuple[tuple[str, str], ...]
    is_open: bool
    """There is more to say than is written: it ends with `...`."""
    before: str
    """What the hint says before it in the same clause: who may make it, and when."""
    after: str
    """What the hint says that it does."""

    def __str__(self) -> str:
        said = [f"{name}={value}" if value else name for name, value in self.arguments]
        return f"{self.verb}({', '.join(said)}{', ...' if self.is_open else ''})"


def calls_in(hint: str) -> Iterator[Said]:
    """Every call, in the order in which they are named."""
    for found in _CALL.finditer(hint):
        inside = _until(hint, found.end(), ")")
        parts = _parts(hint[found.end() : inside])
        named = tuple(
            (name.strip(), value.strip())
            for name, _, value in (part.partition("=") for part in parts if part != "...")
        )
        before = re.split(r"; |, else | or ", hint[: found.start()])[-1]
        after = re.split(r"; |, else | or (?=\w+\()", hint[inside + 1 :], maxsplit=1)[0]
        yield Said(found[1], named, "..." in parts, before.strip(), after.strip())


def commands_in(hint: str) -> Iterator[tuple[str, list[str]]]:
    """Every command with its options and placeholders."""
    for found in _COMMAND.finditer(hint):
        yield found[1], found[2].split()


def arguments_in(hint: str) -> Iterator[tuple[str, str]]:
    """Arguments outside calls: they are for the call that was made, made again."""
    inside = [
        range(found.start(), _until(hint, found.end(), ")")) for found in _CALL.finditer(hint)
    ]
    for found in _ARGUMENT.finditer(hint):
        if any(found.start() in span for span in inside):
            continue
        value = hint[found.end() : _end_of_value(hint, found.end())]
        yield found[1], value


def fields_in(hint: str) -> list[str]:
    """Names in backquotes: of what stands in this reply, or in the arguments of a call."""
    return _FIELD.findall(hint)


def _parts(text: str) -> list[str]:
    """What stands between the commas of a call."""
    found: list[str] = []
    start = at = 0
    while at <= len(text):
        if at == len(text) or text[at] == ",":
            found.append(text[start:at].strip())
            start = at + 1
        elif text[at] in _ENDS:
            at = _until(text, at + 1, _ENDS[text[at]])
        at += 1
    return [part for part in found if part]


def _until(text: str, at: int, end: str) -> int:
    """Where `end` closes what was opened before `at`."""
    while at < len(text) and text[at] != end:
        if end not in "\"'" and text[at] in _ENDS:
            at = _until(text, at + 1, _ENDS[text[at]])
        at += 1
    return at


def _end_of_value(text: str, at: int) -> int:
    if at < len(text) and text[at] in _ENDS:
        return _until(text, at + 1, _ENDS[text[at]]) + 1
    found = re.compile(r"[^\s,;)]*").match(text, at)
    return found.end() if found else at
