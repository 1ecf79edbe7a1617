"""Who works: sessions, what they shall not be offered, and what they are told."""

from __future__ import annotations

from sqlalchemy import Index, text

from headwater.store.tables.base import Table, integer, key_integer, row_id, text_column


class Session(Table, table=True):
    id: int | None = row_id()
    board_id: int = integer()
    token: str = text_column()
    credential: str = text_column()
    agent: str = text_column()
    capabilities: str = text_column("[]")
    parent_id: int = integer()
    window_name: str = text_column()
    host: str = text_column()
    workspace: str = text_column()
    branch: str = text_column()
    head: str = text_column()
    """The commit it stood on when it joined."""
    process: str = text_column()
    """The host process in which it lives, where that is known (see `processes`)."""
    epoch: int = integer(1)
    """+1 whenever another window takes the session over."""
    lease_ms: int = integer()
    renewed: int = integer()
    """1 while the server that it lives in renews its leases in the background."""
    cursor: int = integer()
    """The newest notice that it is known to have received."""
    offered: int = integer()
    """The newest notice in its last reply, which may have been lost on the way."""
    avoid_until_ms: int = integer()
    created_ms: int = integer()
    seen_ms: int = integer()
    ended_ms: int = integer()

    __table_args__ = (
        Index("uq_session_token", "token", unique=True),
        Index("ix_session_board_id_credential_agent", "board_id", "credential", "agent"),
        Index(
            "ix_session_idle",
            "board_id",
            "seen_ms",
            sqlite_where=text("ended_ms = 0"),
            postgresql_where=text("ended_ms = 0"),
        ),
    )


class Avoid(Table, table=True):
    """Tasks that a session gave back and shall not be offered again for a while."""

    session_id: int = key_integer()
    task_id: int = key_integer()
    until_ms: int = integer()


class Notice(Table, table=True):
    """Something addressed to a session, agent, capability, group or topic."""

    id: int | None = row_id()
    board_id: int = integer()
    target: str = text_column()
    kind: str = text_column()
    task: str = text_column()
    topic: str = text_column()
    by: str = text_column()
    body: str = text_column()
    data: str = text_column("{}")
    revision: int = integer()
    at_ms: int = integer()

    __table_args__ = (
        Index("ix_notice_board_id_target_id", "board_id", "target", "id"),
        Index("ix_notice_board_id_id", "board_id", "id"),
    )
