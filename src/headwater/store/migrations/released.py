"""What 0002 adds to the tables of version 0.1.0, and whether a store has it already.

Between the two, builds from the sources made these tables in place and left the number at 0001. So
the number alone does not tell which of the two a store is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from headwater.errors import StoreMismatch

ADDED: Final[dict[str, tuple[str, ...]]] = {
    "access_token": ("handle",),
    "archive": ("until",),
    "attempt": ("account",),
    "baseline": ("digest",),
    "board": ("pools", "reuse"),
    "claimed_path": ("own",),
    "delivery": ("reused_from_id",),
    "fingerprint": ("exact",),
    "pool": ("reserved_ms",),
    "reading": ("shown_id", "soft"),
    "recall": ("head",),
    "recalled": ("revision",),
    "session": ("offered",),
    "task": ("reuse", "purse", "has_paths", "blocker_id"),
}
"""By table the columns; of a table that is new as a whole, one of them."""
_RELEASED: Final = {"meta": ("value",), "session": ("process",), "task": ("ord",)}
"""0.1.0 has these; some builds before it had not all of them."""


def has_additions(place: str, columns: Callable[[str], Iterable[str]]) -> bool:
    """Whether a store that stands at 0001 has all of `ADDED`; else it has none of it.

    `columns`: those of a table, nothing if there is no such table.
    Raises StoreMismatch for a store that is neither.
    """
    found = {table: set(columns(table)) for table in ADDED | _RELEASED}
    lost, missing = _without(_RELEASED, found), _without(ADDED, found)
    if not lost and (not missing or len(missing) == sum(map(len, ADDED.values()))):
        return not missing
    gone = [*lost, *missing]
    raise StoreMismatch(
        f"{place} was made by a build that was never released, or is no store of Headwater's: its "
        f"tables are those of no version ({gone[0]} is missing)",
        next="go on with the build that made it; for this one name another file: --db or "
        "HEADWATER_DB",
        state={"schema": "0001", "missing": gone[:10]},
    )


def _without(wanted: dict[str, tuple[str, ...]], found: dict[str, set[str]]) -> list[str]:
    """Which of the columns are not there."""
    return [
        f"{table}.{column}"
        for table, names in wanted.items()
        for column in names
        if column not in found[table]
    ]
