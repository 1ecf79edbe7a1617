"""Who uses the command line, and how its sessions are known."""

from __future__ import annotations

import getpass
from typing import Final

CLI_HOST: Final = "headwater cli"
"""The host that a session of the command line names."""
WINDOW: Final = "cli"
"""The window of a session that an agent's commands share."""


def login() -> str:
    """The agent, where nothing else names it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no name for this user id, as in some containers
        return "someone"
