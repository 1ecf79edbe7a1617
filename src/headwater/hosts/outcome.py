"""What became of one host's config file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from headwater.errors import HeadwaterError

Action: TypeAlias = Literal[
    "created", "updated", "removed", "unchanged", "printed", "failed", "skipped"
]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one host."""

    host: str
    title: str
    path: Path | None
    """The config file; None where the host has none in that scope."""
    action: Action
    content: str = ""
    """Headwater's entry as a small file of its own: never the user's other settings."""
    backup: Path | None = None
    note: str = ""
    """What the user does next, or why the host was skipped."""
    remark: str = ""
    """What should be known of the file, before it is shared."""
    error: str = ""
    """Why it failed and what to do about it."""


def no_project_file(host: str, title: str) -> Outcome:
    """The host has a file of the user's alone."""
    return Outcome(
        host, title, None, "skipped", note=f"{title} has no project file; use --scope user"
    )


def guarded(plan: Outcome, by_hand: str, act: Callable[[], Outcome]) -> Outcome:
    """What `act` returns, or why it failed; `by_hand` is what the user can do instead."""
    try:
        return act()
    except HeadwaterError as error:
        step = error.next or f"correct {plan.path}, or {by_hand}"
        told = f"{plan.path}: {error.message}. The file was left as it is. Next: {step}."
    except OSError as error:
        step = f"make the file and its directory writable, or {by_hand}"
        told = f"{plan.path}: {error.strerror or error}. Nothing was changed. Next: {step}."
    return Outcome(plan.host, plan.title, plan.path, "failed", error=told)
