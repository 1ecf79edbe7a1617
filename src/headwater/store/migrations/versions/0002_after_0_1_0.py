"""From the tables of version 0.1.0 to those of the next, and what derives from them.

A store that a build in between has made has these tables under the number 0001 (see `released`):
there is only its number to be changed.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import context, op

from headwater.store.migrations.carried import carry
from headwater.store.migrations.released import has_additions

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    inspector = sa.inspect(op.get_bind())

    def columns(table: str) -> list[str]:
        there = inspector.has_table(table)
        return [str(one["name"]) for one in inspector.get_columns(table)] if there else []

    if not has_additions(context.config.attributes.get("place", "the store"), columns):
        _add_columns()
        _add_tables()
        _add_indexes()
        _allow_archiving()
        if op.get_bind().dialect.name == "postgresql":
            _add_to_postgresql()
        carry(op.get_bind())
    op.drop_index("ix_task_open_end", "task")  # one of those builds had that of 0.1.0
    _index(
        "ix_task_open_end",
        "task",
        ["board_id", "state", "id"],
        "(state = 'active' OR state = 'review' OR state = 'held' OR state = 'failed')",
    )


# -- tables ------------------------------------------------------------------------------------


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, BIG, server_default=sa.text("0"), nullable=False)


def _text(name: str, default: str = "") -> sa.Column[Any]:
    return sa.Column(name, TEXT, server_default=default, nullable=False)


def _key(name: str, kind: Any = BIG) -> sa.Column[Any]:
    return sa.Column(name, kind, autoincrement=False, nullable=False)


def _index(
    name: str, table: str, columns: list[str], where: str = "", *, unique: bool = False
) -> None:
    condition = sa.text(where) if where else None
    op.create_index(
        name,
        table,
        columns,
        unique=unique,
        sqlite_where=condition,
        postgresql_where=condition,
    )


def _add_columns() -> None:
    for table, column in (
        ("attempt", _text("account")),
        ("board", _number("pools")),
        ("board", _number("reuse")),
        ("delivery", _number("reused_from_id")),
        ("reading", _number("shown_id")),
        ("reading", _number("soft")),
        ("session", _number("offered")),
        ("task", _text("reuse")),
        ("task", _text("purse")),
        ("task", _number("has_paths")),
        ("task", _number("blocker_id")),
    ):
        op.add_column(table, column)


def _add_tables() -> None:
    op.create_table(
        "access_token",
        sa.Column("id", BIG, nullable=False),
        *(_text("name"), _text("handle"), _text("digest")),
        *(_text("rights", "work"), _text("boards", "[]")),
        *(_number("created_ms"), _number("expires_ms"), _number("revoked_ms")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_token")),
    )
    op.create_table(
        "archive",
        *(_key("board_id"), _key("number"), _text("file")),
        *(_number("first"), _number("until"), _number("events"), _number("images")),
        *(_text("head"), _number("at_ms")),
        sa.PrimaryKeyConstraint("board_id", "number", name=op.f("pk_archive")),
    )
    op.create_table(
        "baseline",
        *(_key("board_id"), sa.Column("kind", TEXT, nullable=False), _key("row_id")),
        *(_text("digest"), _text("image")),
        sa.PrimaryKeyConstraint("board_id", "kind", "row_id", name=op.f("pk_baseline")),
    )
    op.create_table(
        "claimed_path",
        *(_key("board_id"), sa.Column("directory", TEXT, nullable=False)),
        *(_key("own"), _key("task_id")),
        sa.PrimaryKeyConstraint(
            "board_id", "directory", "own", "task_id", name=op.f("pk_claimed_path")
        ),
    )
    op.create_table(
        "fingerprint",
        *(_key("task_id"), _number("board_id"), _number("delivery_id")),
        *(_text("exact"), _text("normalised"), _text("promises", "[]")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_fingerprint")),
    )
    op.create_table(
        "pool",
        *(sa.Column("id", BIG, nullable=False), _number("board_id"), _text("grouping")),
        *(_number("limit_ms"), _number("limit_tokens"), _number("limit_micro_usd")),
        *(_number("spent_ms"), _number("spent_tokens"), _number("spent_micro_usd")),
        *(_number("reserved_ms"), _number("reserved_tokens"), _number("reserved_micro_usd")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool")),
    )
    op.create_table(
        "recall",
        *(sa.Column("id", BIG, nullable=False), _number("board_id"), _number("task_id")),
        *(_text("kind"), _number("source_id"), _number("round"), _text("outcome"), _text("by")),
        *(_number("revision"), _number("at_ms"), _text("head"), _text("body")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall")),
    )
    op.create_table(
        "recalled",
        *(_key("board_id"), _number("revision"), _number("task_id")),
        sa.PrimaryKeyConstraint("board_id", name=op.f("pk_recalled")),
    )


def _add_indexes() -> None:
    _index("uq_access_token_handle", "access_token", ["handle"], unique=True)
    _index("uq_access_token_name", "access_token", ["name"], unique=True)
    _index("ix_claimed_path_task_id", "claimed_path", ["task_id"])
    _index(
        "ix_fingerprint_board_id_normalised_delivery_id",
        "fingerprint",
        ["board_id", "normalised", "delivery_id"],
    )
    _index("ix_notice_board_id_id", "notice", ["board_id", "id"])
    _index("uq_pool_board_id_grouping", "pool", ["board_id", "grouping"], unique=True)
    _index("ix_recall_board_id_revision", "recall", ["board_id", "revision"])
    _index(
        "uq_recall_task_id_kind_source_id", "recall", ["task_id", "kind", "source_id"], unique=True
    )
    _index("ix_session_idle", "session", ["board_id", "seen_ms"], "ended_ms = 0")
    _index("ix_task_blocker", "task", ["board_id", "blocker_id"], "blocker_id > 0")
    queue = ["lane", "bucket", "neg_rank", "soft_pending", "id"]
    queued = "state = 'ready' AND due_ms = 0 AND blocker_id = 0"
    op.drop_index("ix_task_ready", "task")
    _index("ix_task_ready", "task", ["board_id", *queue], queued)
    _index("ix_task_purse", "task", ["board_id", "purse", *queue], f"{queued} AND purse <> ''")


def _allow_archiving() -> None:
    """Events and images may be deleted where an archive has them."""
    archived = (
        "EXISTS (SELECT 1 FROM archive a WHERE a.board_id = OLD.board_id "
        "AND a.until >= OLD.revision"
    )
    replaced = (
        "EXISTS (SELECT 1 FROM image n WHERE n.task_id = OLD.task_id AND n.aspect = OLD.aspect "
        "AND n.revision > OLD.revision AND n.revision <= a.until)"
    )
    moved = {"event": f"{archived})", "image": f"{archived} AND {replaced})"}
    redacting = "EXISTS (SELECT 1 FROM meta WHERE name = 'redacting')"
    if op.get_bind().dialect.name == "sqlite":
        for table, where in moved.items():
            op.execute(f"DROP TRIGGER {table}_no_delete")
            op.execute(
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
                f"WHEN NOT {redacting} AND NOT {where} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    for table in ("event", "image", "delivery", "blob"):
        where = f"TG_OP = 'DELETE' AND {moved[table]}" if table in moved else "FALSE"
        op.execute(
            f"CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql "
            f"AS $$ BEGIN IF NOT {redacting} AND NOT ({where}) THEN "
            f"RAISE EXCEPTION '{table} is append-only'; END IF; "
            "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
        )


def _add_to_postgresql() -> None:
    """The index of full text, room within the pages of tables whose rows change often, and early
    vacuuming of those."""
    op.execute("CREATE TABLE recall_words (id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)")
    op.execute("CREATE INDEX ix_recall_words_words ON recall_words USING gin (words)")
    for table, fill in (("board", 20), ("task", 80), ("session", 70), ("attempt", 80)):
        op.execute(
            f"ALTER TABLE {table} SET (fillfactor = {fill}, "
            "autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)"
        )
