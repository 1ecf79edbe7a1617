"""What a `postgresql://` URL says: where the database is, and how to treat it.

Headwater's own parameters stand in the query beside libpq's, or in the environment:

    postgresql://headwater@db.example/plans?sslmode=verify-full&pool_size=20

The environment's names begin with HEADWATER_PG_: HEADWATER_PG_POOL_SIZE=20.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from headwater.errors import StoreError

_PREFIX: Final = "HEADWATER_PG_"
_HOST: Final = r"(?:\[[^\]@]*\]|[^][@:,/]*)(?::\d*)?"
_PLACE: Final = re.compile(
    rf"postgres(?:ql)?://(?:[^/@]*@)?(?P<hosts>{_HOST}(?:,{_HOST})*)(?:/(?P<name>[^/@]*))?\Z"
)


@dataclass(frozen=True)
class Settings:
    """A database and the bounds of its use. Times are seconds."""

    conninfo: str
    """libpq's connection URI, with the password if the URL has one."""
    shown: str
    """The same for people: no password, and of the parameters only which server and tables."""
    pool_size: int = 10
    """Connections for operations and reads, at most; the change feed has one more."""
    connect_timeout: int = 5
    statement_timeout: int = 30
    idle_timeout: int = 30
    """How long a writing transaction may do nothing, as when its client has died."""

    @classmethod
    def of(cls, url: str) -> Settings:
        """Read a URL.

        Raises:
            StoreError: for one that cannot be read, or a setting that is no positive number.
        """
        head, _, query = url.partition("?")
        place = _PLACE.match(head)
        if place is None:
            raise StoreError(
                "the PostgreSQL URL cannot be read",
                next="write postgresql://USER@HOST:PORT/DATABASE; encode special characters as %XX",
            )
        pairs = (pair.partition("=") for pair in query.split("&") if pair)
        kept = {name: value for name, _, value in pairs}
        own = {name: _number(name, kept.pop(name, "")) for name in _OWN}
        # Put together as it was written: libpq has rules of its own for what a URL is.
        conninfo = f"{head}?{'&'.join(map('='.join, kept.items()))}".removesuffix("?")
        host = unquote(kept.get("host", "")) or place["hosts"]
        name = unquote(place["name"] or kept.get("dbname", ""))
        which = "&".join(f"{part}={kept[part]}" for part in _WHICH if part in kept)
        shown = f"postgresql://{host}/{name}?{which}".removesuffix("?")
        return cls(conninfo, shown, **{name: value for name, value in own.items() if value})


_WHICH: Final = ("port", "service", "options")
_OWN: Final = ("pool_size", "connect_timeout", "statement_timeout", "idle_timeout")


def _number(name: str, given: str) -> int:
    text = given or os.environ.get(_PREFIX + name.upper(), "")
    if text and not (text.isdecimal() and 0 < int(text) < 1_000_000):
        raise StoreError(f"{name} of the PostgreSQL URL must be a positive whole number")
    return int(text or 0)
