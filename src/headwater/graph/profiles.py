"""Profiles: named sets of policies, for boards that want more safety or more speed.

A profile is applied at once, setting by setting; later changes of single settings are deviations,
which `status` shows. `balanced` is the defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Final, TypeAlias

from headwater.graph.policy import Policy

Settings: TypeAlias = dict[str, int | float | str]

_SAFE: Final[Settings] = {
    "lease_minutes": 30.0,
    "reworks": 3,
    "ageing_minutes": 24 * 60,
    "check_minutes": 0,
    "review": "always",
    "paths": "refuse",
    "evidence": "required",
    "budget_share": 40,
}
"""A second pair of eyes on everything, and no two agents in the same files."""
_THROUGHPUT: Final[Settings] = {
    "lease_minutes": 120.0,
    "reworks": 10,
    "ageing_minutes": 4 * 60,
    "check_minutes": 30,
    "review": "asked",
    "paths": "off",
    "evidence": "optional",
    "budget_share": 100,
}
"""No task waits for a check that nobody asked for; what a silent holder has is taken over."""
_DEFAULT: Final = Policy()
_BALANCED: Final[Settings] = {name: getattr(_DEFAULT, name) for name in _SAFE}

PROFILES: Final[Mapping[str, Settings]] = {
    "safe": _SAFE,
    "balanced": _BALANCED,
    "throughput": _THROUGHPUT,
}


def expanded(settings: Mapping[str, object]) -> dict[str, object]:
    """Settings with those of a profile that they name; what is said beside it wins."""
    name = settings.get("profile")
    chosen = PROFILES.get(name, {}) if isinstance(name, str) else {}
    return {**chosen, **settings}


def deviations(policy: Policy) -> list[str]:
    """The settings that are not as the policy's profile (or, without one, the default) has them."""
    base = {**asdict(_DEFAULT), **PROFILES.get(policy.profile, {}), "profile": policy.profile}
    return [one.name for one in fields(Policy) if getattr(policy, one.name) != base[one.name]]
