"""Budgets: what a task wants, what a pool has left, and why a reservation does not fit.

Three units are counted side by side, as integers: milliseconds of work (measured by the server),
tokens, and millionths of a US dollar (both as reported). A limit of 0 is no limit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from headwater.errors import is_word

UNITS: Final = ("minutes", "tokens", "usd")
_SCALE: Final = (60_000, 1, 1_000_000)


Figure: TypeAlias = str | int | float


class Amounts(NamedTuple):
    """So much of each unit."""

    ms: int = 0
    tokens: int = 0
    micro_usd: int = 0

    def plus(self, other: Iterable[int]) -> Amounts:
        return Amounts(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def at_least(self, other: Iterable[int]) -> Amounts:
        """Of each unit the larger."""
        return Amounts(*(max(pair) for pair in zip(self, other, strict=True)))

    def shown(self) -> dict[str, int | float]:
        """By the names and in the units that people and agents use; without zeros."""
        return {
            unit: in_unit(unit, value) for unit, value in zip(UNITS, self, strict=True) if value
        }


NOTHING: Final = Amounts()


def amounts(minutes: float = 0, tokens: int = 0, usd: float = 0) -> Amounts:
    """From the units of people and agents."""
    return Amounts(round(minutes * 60_000), tokens, round(usd * 1_000_000))


def in_unit(unit: str, value: int) -> int | float:
    """A stored amount in the unit that it is shown in: 90_000 ms are 1.5 minutes."""
    scale = _SCALE[UNITS.index(unit)]
    whole, rest = divmod(value, scale)
    return round(value / scale, 3 if unit == "minutes" else 6) if rest else whole


def limit_of(budget: str) -> Amounts:
    """A task's own limit, from its stored JSON."""
    return NOTHING if budget == "{}" else amounts(**json.loads(budget))


def purse_of(group: str, estimate_ms: int, budget: str) -> str:
    """What a claim of a task reserves, and for which group, as one text.

    Tasks of the same purse fit a pool all or none, so the queue is parted by it. A task reserves
    its own limit; of minutes its estimate, where it has no limit.
    """
    limit = limit_of(budget)
    return f"{limit.ms or estimate_ms},{limit.tokens},{limit.micro_usd},{group}"


def read_purse(purse: str) -> tuple[str, Amounts]:
    """The group and the amounts of a purse."""
    ms, tokens, micro_usd, group = purse.split(",", 3)
    return group, Amounts(int(ms), int(tokens), int(micro_usd))


@dataclass(frozen=True, slots=True)
class Excess:
    """One unit of one pool (or of a task's own limit) that does not suffice."""

    pool: str
    """`board`, `group NAME` or `task`."""
    unit: str
    limit: int
    spent: int
    reserved: int = 0
    wanted: int = 0
    share: int = 0
    """Percent of the pool that one task may take, where that is what it exceeds."""

    def figures(self) -> dict[str, Figure]:
        """The facts of a refusal."""
        found: dict[str, Figure] = {"pool": self.pool, "unit": self.unit}
        for name in ("limit", "spent", "reserved", "wanted"):
            found[name] = in_unit(self.unit, getattr(self, name))
        if self.share:
            found["share"] = self.share
        return found

    def sentence(self) -> str:
        limit, spent, reserved, wanted = (
            in_unit(self.unit, value)
            for value in (self.limit, self.spent, self.reserved, self.wanted)
        )
        pool = self.pool if is_word(self.pool.removeprefix("group ")) else "group"
        if self.share:
            return (
                f"it wants {wanted} of the {limit} {self.unit} of the {pool}'s budget; "
                f"one task may take {self.share} %"
            )
        if self.pool == "task":
            return f"it has used {spent} of its own {limit} {self.unit}"
        return (
            f"it wants {wanted} {self.unit}; of the {limit} of the {pool}'s budget "
            f"{spent} are spent and {reserved} reserved"
        )


@dataclass(frozen=True, slots=True)
class Pool:
    """What a board or a group may use."""

    name: str
    limit: Amounts
    spent: Amounts
    reserved: Amounts

    def excess(self, wanted: Amounts, share: int) -> Excess | None:
        """Why `wanted` cannot be reserved here; None if it can. `share` is percent of the pool.

        What is used up lends nothing, not even to a task that says no figure.
        """
        for unit, limit, spent, reserved, want in zip(
            UNITS, self.limit, self.spent, self.reserved, wanted, strict=True
        ):
            if not limit:
                continue
            if share < 100 and want * 100 > limit * share:
                return Excess(self.name, unit, limit, spent, reserved, want, share)
            if spent >= limit or spent + reserved + want > limit:
                return Excess(self.name, unit, limit, spent, reserved, want)
        return None

    def overdrawn(self) -> list[Excess]:
        """The units of which more was used than the limit."""
        return exceeded(self.limit, self.spent, self.name, self.reserved)


def used_up(limit: Amounts, spent: Amounts) -> Excess | None:
    """The first unit of a task's own limit of which nothing is left."""
    found = (one for one in zip(UNITS, limit, spent, strict=True) if one[1] and one[2] >= one[1])
    return next((Excess("task", unit, most, used) for unit, most, used in found), None)


def exceeded(
    limit: Amounts, spent: Amounts, pool: str = "task", reserved: Amounts = NOTHING
) -> list[Excess]:
    """The units of which more was used than the limit of a task, or of a pool."""
    return [
        Excess(pool, unit, most, used, held)
        for unit, most, used, held in zip(UNITS, limit, spent, reserved, strict=True)
        if most and used > most
    ]


@dataclass(frozen=True, slots=True)
class Account:
    """What an attempt reserved, from which pools, and what it used in the end."""

    pools: tuple[int, ...]
    held: Amounts
    spent: Amounts | None = None
    """None while the attempt is open."""

    @classmethod
    def read(cls, stored: str) -> Account:
        values = json.loads(stored)
        spent = values.get("spent")
        return cls(
            tuple(values["pools"]), Amounts(*values["held"]), Amounts(*spent) if spent else None
        )

    def stored(self) -> str:
        values: dict[str, list[int]] = {"pools": [*self.pools], "held": [*self.held]}
        if self.spent is not None:
            values["spent"] = [*self.spent]
        return json.dumps(values)


def spent_of(stored: str) -> list[int] | None:
    """What an attempt used, of each unit, by its stored account; None while it is open, and if it
    has no account."""
    return json.loads(stored).get("spent") if stored else None
