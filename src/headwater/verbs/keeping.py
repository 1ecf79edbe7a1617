"""What people do to keep a store: the replies of archive and repair. Not tools."""

from __future__ import annotations

from headwater.verbs.base import Reply


class Archived(Reply):
    """Old history is in a file now."""

    file: str
    first: int
    until: int
    """The file holds the events `first` to `until`; `until` is the oldest revision still shown."""
    events: int
    images: int
    """Images of tasks that newer ones had replaced by then."""
    head: str | None = None
    """The hash of the file's last line; the store keeps it, too."""
    dry_run: bool | None = None
    revision: int
    next: str


class Repaired(Reply):
    """What was wrong, and what still is."""

    backup: str | None = None
    """The copy that was made first; none if there was nothing to repair."""
    problems: list[str]
    """What `verify` found before."""
    repaired: int
    """Rows that were changed."""
    left: list[str]
    """What `verify` still finds."""
    revision: int
    next: str
