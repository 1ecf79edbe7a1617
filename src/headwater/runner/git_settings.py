"""What every git command of the runner is started with: settings and environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

_SETTINGS: Final = (
    "commit.gpgsign=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "core.fsmonitor=false",
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
_LOCAL: Final = frozenset({
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_ATTR_SOURCE",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
})  # fmt: skip
"""Variables that would send a command to another repository or index, as inside a hook."""


def environment(base: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment without what points git at another repository."""
    found = {name: text for name, text in (base or os.environ).items() if name not in _LOCAL}
    found["GIT_TERMINAL_PROMPT"] = "0"
    found["LC_ALL"] = "C.UTF-8"
    return found
