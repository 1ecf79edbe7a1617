"""What a board allows: the policy, with its defaults and bounds."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import lru_cache
from typing import Final, TypeVar

from headwater import limits
from headwater.errors import BadRequest

T = TypeVar("T")


def _setting(default: T, says: str) -> T:
    return field(default=default, metadata={"says": says})


@dataclass(frozen=True, slots=True)
class Policy:
    """Settings of one board, each with what it says."""

    lease_minutes: float = _setting(
        limits.LEASE_MINUTES, "how long a lease lasts that no host renews by itself"
    )
    reworks: int = _setting(
        limits.REWORKS, "rounds, asked for or automatic, after which a task is held for a person"
    )
    releases: int = _setting(
        limits.RELEASES_PER_ROUND,
        "times that a task may be given back in a round before it is held",
    )
    ageing_minutes: int = _setting(
        limits.AGEING_MINUTES, "waiting so long in the queue is worth one step of priority"
    )
    avoid_minutes: int = _setting(
        limits.AVOID_MINUTES, "how long a session is not offered again what it gave back"
    )
    backoff_first_ms: int = _setting(
        limits.BACKOFF_FIRST_MS, "pause before a failed task is tried again; each next is doubled"
    )
    backoff_most_ms: int = _setting(limits.BACKOFF_MOST_MS, "the longest such pause")
    leases_per_session: int = _setting(
        1, "tasks that one session may hold at a time, and as many reviews"
    )
    paths: str = _setting(
        "warn", "tasks whose paths overlap an active one's: warn the worker, refuse the claim, off"
    )
    paths_fold: int = _setting(
        1, "1: paths that differ in case alone are one file, as on macOS and Windows; 0: two"
    )
    evidence: str = _setting("optional", "optional or required: a proof for each acceptance item")
    review: str = _setting(
        "asked", "tasks that another agent must approve: those that ask for it (asked), or always"
    )
    release_on: str = _setting(
        "accepted", "what frees the dependents: the task is accepted, or merged, too"
    )
    recall: str = _setting("off", "hints: lines about earlier, similar work in briefings; or off")
    budget_share: int = _setting(100, "percent of a budget pool that one task may take")
    check_minutes: int = _setting(
        0, "silence after which anybody may take a task over; 0: planners only"
    )
    workspace: str = _setting("", "the folder that workers must stand in; nothing: any")
    branch: str = _setting("", "the branch that workers must stand on; nothing: any")
    rules: str = _setting("", "what holds for all tasks: it stands in every briefing")
    profile: str = _setting(
        "", "the profile that the settings were last taken from: safe, balanced, throughput"
    )

    def changed(self, values: Mapping[str, object]) -> Policy:
        """This policy with some settings replaced.

        Raises:
            BadRequest: for an unknown setting, a wrong type or a value out of bounds.
        """
        known = {one.name for one in fields(Policy)}
        clean: dict[str, int | float | str] = {}
        for name, value in values.items():
            if name not in known:
                raise BadRequest(
                    f"no policy {name!r}", next=f"policies: {', '.join(sorted(known))}"
                )
            clean[name] = _checked(name, value)
        return replace(self, **clean)  # pyright: ignore[reportArgumentType]

    def bucket(self, ready_ms: int, priority: int) -> int:
        """Where a task stands in the queue by how long it has been ready: lower is earlier."""
        return ready_ms // (self.ageing_minutes * 60_000) - priority

    def as_json(self) -> str:
        """Only what differs from the defaults, so that better defaults reach old boards."""
        default = asdict(Policy())
        return json.dumps({k: v for k, v in asdict(self).items() if v != default[k]})


SAYS: Final[dict[str, str]] = {one.name: one.metadata["says"] for one in fields(Policy)}
"""What each setting says."""
_SHOWN = "headwater policy shows all settings"
_NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")


def _checked(name: str, value: object) -> int | float | str:
    if name == "rules":
        return _text(name, value)
    return _word(name, value) if name in _WORDS else _figure(name, value)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or _NO_TEXT.search(value):
        raise BadRequest(f"policy {name} is a text")
    size = len(value.encode())
    if size > limits.RULES_BYTES:
        raise BadRequest(
            f"the {name} of a board are {size} bytes; the limit is {limits.RULES_BYTES}, as every "
            "briefing has them",
            next="say the rest in a file or a finished task, and name that in them",
        )
    return value.strip()


def _figure(name: str, value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadRequest(f"policy {name} is a number", next=_SHOWN)
    low, high = _BOUNDS[name]
    if not low <= value <= high:
        raise BadRequest(f"policy {name} lies between {low:g} and {high:g}", next=_SHOWN)
    return float(value) if name == "lease_minutes" else int(value)


def _word(name: str, value: object) -> str:
    allowed = _WORDS[name]
    if not isinstance(value, str):
        raise BadRequest(
            f"policy {name} is a word" + (f": {', '.join(allowed)}" if allowed else "")
        )
    if allowed and value not in allowed:
        words = ", ".join(word or "nothing" for word in allowed)
        raise BadRequest(f"policy {name} is one of: {words}", next=_SHOWN)
    if len(value) > limits.LINE_CHARS or not value.isprintable():
        raise BadRequest(f"policy {name} is one line of at most {limits.LINE_CHARS} characters")
    return value


_BOUNDS: dict[str, tuple[float, float]] = {
    "lease_minutes": (1 / 6, 24 * 60),
    "reworks": (0, 1000),
    "releases": (1, 1000),
    "ageing_minutes": (1, 365 * 24 * 60),
    "avoid_minutes": (0, 24 * 60),
    "backoff_first_ms": (0, 24 * 3_600_000),
    "backoff_most_ms": (0, 24 * 3_600_000),
    "leases_per_session": (1, 64),
    "paths_fold": (0, 1),
    "budget_share": (1, 100),
    "check_minutes": (0, 24 * 60),
}
_WORDS: dict[str, tuple[str, ...]] = {
    "paths": ("warn", "refuse", "off"),
    "evidence": ("optional", "required"),
    "review": ("asked", "always"),
    "release_on": ("accepted", "merged"),
    "recall": ("off", "hints"),
    "workspace": (),
    "branch": (),
    "profile": ("", "safe", "balanced", "throughput"),
}
"""What a setting that is a word may be; empty is any line."""


@lru_cache(maxsize=256)
def policy_of(stored: str) -> Policy:
    """The policy behind a board's stored JSON."""
    return Policy().changed(json.loads(stored))
