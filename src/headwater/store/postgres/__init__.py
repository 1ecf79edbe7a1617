"""The store on PostgreSQL: for agents on several machines.

How it differs from SQLite: no write path of our own and no ticket, because the database has one.
Each write is a transaction on a pooled connection; it takes its board's row first, so that
revisions, events and commits of a board have one order, while boards go on side by side.
"""
