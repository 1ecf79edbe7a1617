"""Hooks for Claude Code: what holds is said at the start, after a compaction and before a stop,
and an edit of a file that another active task owns is refused.

A hook must be quick and must never be in the way: it starts without the command line's libraries,
reads the board once, and where anything goes wrong it says so on standard error and lets the host
go on. Exit code 2 would block the host; it is never used.
"""
