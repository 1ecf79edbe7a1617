"""Logs of a server: one JSON object a line on stderr. Stdout belongs to the protocol."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import Final

from headwater import limits

LEVEL_VARIABLE: Final = "HEADWATER_LOG"
"""debug, info, warning or error, for Headwater's own messages; info if unset."""


class JsonLines(logging.Formatter):
    """Whatever a message contains, and however much, it stays on its line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage()[: limits.LOG_CHARS],
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True)


def configure() -> None:
    """Log to stderr, unless the program that serves has its own idea."""
    root = logging.getLogger()
    if root.handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    level = logging.getLevelNamesMapping().get(os.environ.get(LEVEL_VARIABLE, "info").upper())
    logging.getLogger("headwater").setLevel(logging.INFO if level is None else level)
