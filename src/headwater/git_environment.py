"""The environment of every git command that Headwater starts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

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
