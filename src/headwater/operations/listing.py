"""What is cut in replies and in the log, and says so, and what is said once: an agent pays for all
that it reads."""

from __future__ import annotations

from collections.abc import Iterable

from headwater import limits
from headwater.graph.briefing import CUT, cut


def line(text: str) -> str:
    """A text within the bound of a line."""
    return text if len(text) <= limits.LINE_CHARS else f"{text[: limits.LINE_CHARS]}{CUT}"


def told(text: str) -> str:
    """A text within the bound of a notice whose reader works by it, or answers it."""
    return cut(text, limits.NOTICE_TEXT_BYTES)


def first_keys(keys: list[str], of: str, said: list[str]) -> list[str]:
    """So many as a reply lists; `said` gets a sentence about the rest, which names the field."""
    rest = len(keys) - limits.KEYS_SHOWN
    if rest <= 0:
        return keys
    said.append(f'{of}: {rest} more not listed; graph(view="list", state=...) pages them')
    return keys[: limits.KEYS_SHOWN]


def by_text(said: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each text once, with the names of all to whom it is said: `a, b`."""
    found: dict[str, list[str]] = {}
    for name, text in said:
        found.setdefault(text, []).append(name)
    return {text: ", ".join(names) for text, names in found.items()}
