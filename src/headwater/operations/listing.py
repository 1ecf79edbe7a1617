"""Lists of tasks in replies: an agent pays for each key that it reads."""

from __future__ import annotations

from headwater import limits


def first_keys(keys: list[str], of: str, said: list[str]) -> list[str]:
    """So many as a reply lists; `said` gets a sentence about the rest, which names the field."""
    rest = len(keys) - limits.KEYS_SHOWN
    if rest <= 0:
        return keys
    said.append(f'{of}: {rest} more not listed; graph(view="list", state=...) pages them')
    return keys[: limits.KEYS_SHOWN]
