"""What a board allows: the policy, with its defaults and bounds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache

from headwater import limits
from headwater.errors import BadRequest


@dataclass(frozen=True, slots=True)
class Policy:
    """Settings of one board."""

    lease_minutes: float = limits.LEASE_MINUTES
    """How long a lease lasts without renewal, where the host does not renew it by itself."""
    reworks: int = limits.REWORKS
    """Rounds that may be asked for or reopened automatically before the task is held."""
    releases: int = limits.RELEASES_PER_ROUND
    """Releases in one round after which the task is held."""
    ageing_minutes: int = limits.AGEING_MINUTES
    """Waiting this long in the queue is worth one step of priority."""
    avoid_minutes: int = limits.AVOID_MINUTES
    """How long a session is not offered again what it gave back, while there is other work."""
    backoff_first_ms: int = limits.BACKOFF_FIRST_MS
    backoff_most_ms: int = limits.BACKOFF_MOST_MS
    leases_per_session: int = 1
    paths: str = "warn"
    """Tasks whose paths overlap an active one's: warn the worker, refuse the claim, or off."""
    paths_fold: int = 1
    """1: paths that differ in case alone are the same file, as on macOS and Windows; 0: they are
    two."""
    evidence: str = "optional"
    """Must `finish(done)` answer each acceptance item with evidence?"""
    review: str = "asked"
    """Which tasks are reviewed that do not say it themselves: those that ask for it, or always."""
    release_on: str = "accepted"
    """What frees the dependents of a task: that it is accepted, or that it is merged, too."""
    recall: str = "off"
    """`hints` puts lines about earlier, similar work into briefings."""
    budget_share: int = 100
    """The most that one task may take of a budget pool, in percent."""
    check_minutes: int = 0
    """A holder that made no call for so long may be taken over by anybody; 0: by planners only."""
    workspace: str = ""
    """The workspace that workers must stand in; empty is any."""
    branch: str = ""
    """The branch that workers must stand on; empty is any."""
    profile: str = ""
    """The profile that the settings were last taken from."""

    def changed(self, values: Mapping[str, object]) -> Policy:
        """This policy with some settings replaced.

        Raises:
            BadRequest: for an unknown setting, a wrong type or a value out of bounds.
        """
        known = {field.name: field for field in fields(Policy)}
        clean: dict[str, int | float | str] = {}
        for name, value in values.items():
            if name not in known:
                raise BadRequest(
                    f"no policy {name!r}", next=f"policies: {', '.join(sorted(known))}"
                )
            clean[name] = _word(name, value) if name in _WORDS else _figure(name, value)
        return replace(self, **clean)  # pyright: ignore[reportArgumentType]

    def bucket(self, ready_ms: int, priority: int) -> int:
        """Where a task stands in the queue by how long it has been ready: lower is earlier."""
        return ready_ms // (self.ageing_minutes * 60_000) - priority

    def as_json(self) -> str:
        """Only what differs from the defaults, so that better defaults reach old boards."""
        default = asdict(Policy())
        return json.dumps({k: v for k, v in asdict(self).items() if v != default[k]})


_SHOWN = "headwater policy shows all settings"


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
