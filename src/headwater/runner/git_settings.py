"""What every git command of the runner is started with: settings."""

from __future__ import annotations

import os
from typing import Final

_SETTINGS: Final = (
    "commit.gpgsign=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "core.fsmonitor=false",
    "core.quotePath=false",
    "advice.detachedHead=false",
)
QUIET: Final = tuple(word for setting in _SETTINGS for word in ("-c", setting))
"""No pinentry, no repacking behind the back of somebody else's command, and nothing that goes on in
the background: it would keep the locks that it inherits."""
NO_HOOKS: Final = ("-c", f"core.hooksPath={os.devnull}")
SOMEBODY: Final = {
    "GIT_AUTHOR_NAME": "Headwater",
    "GIT_AUTHOR_EMAIL": "headwater@localhost",
    "GIT_COMMITTER_NAME": "Headwater",
    "GIT_COMMITTER_EMAIL": "headwater@localhost",
}
