"""Headwater: several LLM agents on one durable task graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headwater.errors import HeadwaterError

if TYPE_CHECKING:
    from headwater.board import Board

__version__ = "0.1.0"
__all__ = ["Board", "HeadwaterError", "__version__"]


def __getattr__(name: str) -> object:
    """`Board` is imported at its first use: servers answer their first call before that."""
    if name == "Board":
        from headwater.board import Board

        return Board
    raise AttributeError(f"module 'headwater' has no attribute {name!r}")
