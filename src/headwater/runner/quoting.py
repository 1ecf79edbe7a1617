"""What others wrote, in a prompt: each line marked, so that none of it can be taken for the
prompt's own words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from headwater.runner.record import ACTOR

_SAID_AS = {"local": "a person", ACTOR: "the run"}
"""Those that the board knows, and that have no session: a person at the command line."""


def quoted(text: str) -> str:
    """What somebody else wrote, each line marked."""
    return "\n".join(f"> {line}" for line in text.splitlines())


def fields(facts: Mapping[str, JsonValue]) -> str:
    """`name: value` lines; the lines that continue a value are indented."""
    return "\n".join(_field(name, value) for name, value in facts.items())


def _field(name: str, value: JsonValue) -> str:
    if isinstance(value, dict):
        return f"{name}:\n  {_indented(fields(value))}"
    if isinstance(value, list) and not all(isinstance(one, str) for one in value):
        return f"{name}:\n" + "\n".join(f"  - {_in_one_line(one)}" for one in value)
    if isinstance(value, list):
        return f"{name}: {', '.join(map(str, value))}"
    return f"{name}: {_indented(value if isinstance(value, str) else as_json(value))}"


def _in_one_line(value: JsonValue) -> str:
    if not isinstance(value, dict):
        return as_json(value)
    return ", ".join(
        f"{name}: {one if isinstance(one, str) else as_json(one)}" for name, one in value.items()
    )


def _indented(text: str) -> str:
    return "\n  ".join(text.splitlines())


def as_json(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False)


def author(name: object) -> str:
    """Who wrote something."""
    return _SAID_AS.get(str(name), str(name or "somebody"))


def one_line(text: str) -> str:
    """A title, whatever it is made of."""
    return " ".join(text.split())


def first_of(names: Sequence[str], most: int, between: str = ", ") -> str:
    """The first names, and how many more there are."""
    more = len(names) - most
    return between.join(names[:most]) + (f" and {more} more" if more > 0 else "")
