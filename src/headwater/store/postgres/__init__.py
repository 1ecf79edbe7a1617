"""The store on PostgreSQL: for agents on several machines.

How it differs from SQLite: no write path of our own and no ticket, because the database has one.
Each write is a transaction on a pooled connection; it takes its board's row first, so that
revisions, events and commits of a board have one order, while boards go on side by side.
"""

from headwater.errors import StoreError

try:
    import psycopg  # noqa: F401  # pyright: ignore[reportUnusedImport]
except ImportError as missing:
    raise StoreError(
        "a PostgreSQL store needs psycopg, which is not installed",
        next="install it: pip install 'headwater[postgres]'",
    ) from missing
