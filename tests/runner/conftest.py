"""A repository of its own for each test, and worktrees that do not land in the user's cache."""

from __future__ import annotations

from pathlib import Path

import pytest
from repository import Repo, make


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("HEADWATER_RUN", "HEADWATER_DB", "HEADWATER_BOARD", "HEADWATER_AGENT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    return make(tmp_path)
