"""What an issue has no field for, as the last lines of its description, where it is read again.

paths: src/api/**
group: server
capabilities: python            which of the labels are capabilities
expected of design: the paths   a contract; a text of several lines is a string of JSON
promised by design: all of them
keys of design: endpoints, port                     or a list of JSON, if one has a comma
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final, cast

from pydantic import ValidationError

from headwater.formats.plan import STAND_IN
from headwater.verbs.importing import ImportedTask

ISSUE: Final = ("issue_type", "labels", "external_ref")
"""The other way round: fields of an issue that are the last lines of a task's spec."""
_CONTRACT: Final = {"expected of": "expect", "promised by": "promise", "keys of": "keys"}
_TASK: Final = ("paths", "group", "capabilities", *(rf"{one} \S+" for one in _CONTRACT))


def written(task: ImportedTask, group: str) -> str:
    """The lines of a task; `group` is empty where it follows from its parent."""
    return "\n".join(f"{name}: {value}" for name, value in _of(task, group) if value)


def _of(task: ImportedTask, group: str) -> Iterator[tuple[str, str]]:
    yield from (("paths", path) for path in task.paths)
    yield "group", _on_one_line(group)
    yield "capabilities", ", ".join(task.capabilities)
    for one in task.contracts:
        yield f"expected of {one.task}", _on_one_line(one.expect)
        yield f"promised by {one.task}", _on_one_line(one.promise)
        yield f"keys of {one.task}", _in_a_list(one.keys)


def read(description: str) -> tuple[str, dict[str, Any]]:
    """A description without such lines at its end, and the fields of a task that they are. Lines
    that cannot be fields stay text."""
    rest, lines = taken(description, _TASK)
    fields: dict[str, Any] = {}
    contracts: dict[str, dict[str, Any]] = {}
    for name, value in lines:
        about, _, task = name.rpartition(" ")
        if about:
            part = _CONTRACT[about]
            found = _listed(value) if part == "keys" else _whole(value)
            contracts.setdefault(task, {"task": task})[part] = found
        elif name == "group":
            fields[name] = _whole(value)
        else:
            fields.setdefault(name, []).extend([value] if name == "paths" else _words(value))
    if contracts:
        fields["contracts"] = list(contracts.values())
    try:
        ImportedTask.model_validate({"key": STAND_IN, **fields, "paths": []})
    except ValidationError:
        return description, {}
    return rest, fields


def taken(text: str, names: Collection[str]) -> tuple[str, list[tuple[str, str]]]:
    """`text` without its last paragraph, and the lines of that as names and values, if each is
    one of `names` (patterns) with a value."""
    rest, _, last = text.rstrip().rpartition("\n\n")
    line = re.compile(rf"({'|'.join(names)}): (.*\S)\s*")
    found = [line.fullmatch(one) for one in last.split("\n")]
    lines = [(match[1], match[2]) for match in found if match]
    return (rest, lines) if len(lines) == len(found) else (text, [])


def _words(value: str) -> list[str]:
    return [word.strip() for word in value.split(",")]


def _in_a_list(words: Sequence[str]) -> str:
    plain = ", ".join(words)
    fits = _words(plain) == [*words] and not plain.startswith("[")
    return plain if fits or not words else json.dumps(words, ensure_ascii=False)


def _listed(value: str) -> list[str]:
    try:
        found: object = json.loads(value) if value.startswith("[") else None
    except ValueError:
        found = None
    return cast("list[str]", found) if isinstance(found, list) else _words(value)


def _on_one_line(text: str) -> str:
    plain = text == text.strip() and not text.startswith('"') and len(text.splitlines()) < 2
    return text if plain else json.dumps(text, ensure_ascii=False)


def _whole(value: str) -> str:
    try:
        found: object = json.loads(value) if value.startswith('"') else value
    except ValueError:
        return value
    return found if isinstance(found, str) else value
