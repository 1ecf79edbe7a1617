"""The store: durable state on SQLite or PostgreSQL, opened for all threads of this process."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Self, TypeVar

from headwater import limits
from headwater.clock import Clock
from headwater.store.feed import ChangeFeed
from headwater.store.lease_key import LeaseKey
from headwater.store.location import file_of, is_postgres
from headwater.store.transaction import Tx

T = TypeVar("T")


class Store(ABC):
    """Durable state: `write` runs an operation in a transaction, `read` a query on a snapshot."""

    examined: ClassVar[str]
    """What `integrity_check` has found if it finds no problem, as a part of a sentence."""

    def __init__(self, place: str, path: Path, feed: ChangeFeed) -> None:
        """Use `Store.open`."""
        self.place = place
        """Where it is, as people may read it: a path, or a URL without its password."""
        self.path = path
        """Its file; for a database the name beside which files about it are kept."""
        self.feed = feed
        self.lease_key = LeaseKey()

    @staticmethod
    def open(
        url: str | Path,
        *,
        clock: Clock | None = None,
        create: bool = True,
        busy_s: float = limits.STORE_BUSY_SECONDS,
    ) -> Store:
        """Open the store at a path, `sqlite:///path` or `postgresql://...`.

        A file is created, or its schema upgraded, if need be; a database wants
        `headwater db upgrade` for both.

        `clock`: by default the machine's for a file, the database's own for PostgreSQL.
        `busy_s`: how long a write may wait for others before StoreBusy.
        Raises StoreError (or StoreUnavailable, StoreCorrupt, StoreMismatch, StoreBusy).
        """
        if is_postgres(url):
            from headwater.store.postgres.store import PostgresStore

            return PostgresStore.at(str(url), clock=clock, busy_s=busy_s)
        from headwater.store.sqlite import SqliteStore

        return SqliteStore.at(file_of(url), clock=clock, create=create, busy_s=busy_s)

    @abstractmethod
    def write(self, operation: Callable[[Tx], T]) -> T:
        """Run `operation` in a transaction of its own and return when it is durable.

        Raises what it raised, after undoing what it wrote (unless the error `keeps_changes`).
        """

    def at_once(self, operation: Callable[[Tx], T]) -> T | None:
        """`write`, if it need not wait for anybody and hardly for the disk, so that a thread with
        other duties may do it. None: it has not begun. `operation` must return something."""
        del operation
        return None

    @abstractmethod
    def read(self, query: Callable[[Tx], T]) -> T:
        """Run `query` on a snapshot. It may not write, and should be short."""

    @abstractmethod
    def describe(self) -> dict[str, str]:
        """For `doctor`: which database this is, and why it is safe."""

    @abstractmethod
    def integrity_check(self) -> list[str]:
        """What is wrong with the database itself; nothing if it is as `examined` says."""

    @abstractmethod
    def backup(self, to: Path) -> None:
        """Write a consistent copy to the file `to`, while others go on writing.

        Raises StoreError.
        """

    @abstractmethod
    def close(self) -> None:
        """Finish what is under way and close. Idempotent."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
