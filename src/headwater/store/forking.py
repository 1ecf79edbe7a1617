"""What happens to open stores when the process forks.

A child that inherits SQLite's books believes it holds locks which only its parent has, even on a
connection of its own. So everything is closed before the fork, and both sides open it again when
they need it. `subprocess` does not fork in this sense; `multiprocessing` with `fork` does.
"""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet


class Forkable(Protocol):
    """A store, as seen from here."""

    def before_fork(self) -> None: ...
    def after_fork_in_parent(self) -> None: ...
    def after_fork_in_child(self) -> None: ...


_open: WeakSet[Forkable] = WeakSet()


def watch(store: Forkable) -> None:
    """Tell `store` when the process forks, as long as it lives."""
    _open.add(store)


def forget(store: Forkable) -> None:
    """A store that is closed has nothing to do at a fork."""
    _open.discard(store)


def _before() -> None:
    for store in list(_open):
        store.before_fork()


def _in_parent() -> None:
    for store in list(_open):
        store.after_fork_in_parent()


def _in_child() -> None:
    for store in list(_open):
        store.after_fork_in_child()


os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)
