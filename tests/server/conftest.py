"""Fixtures for the tests of the server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from mcp import Client

from headwater.server.identity import StdioIdentity
from headwater.server.opening import LazyBoard, open_board
from headwater.server.service import Service


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "board.db"


@pytest.fixture
async def service(db: Path) -> AsyncIterator[Service]:
    """A server as it stands behind stdio, on a store of its own."""
    service = Service(
        LazyBoard(lambda: open_board(str(db))), StdioIdentity(agent="", rights="plan"), "0"
    )
    yield service
    service.stop()
    await service.boards.close()


@pytest.fixture(params=["auto", "legacy"])
def mode(request: pytest.FixtureRequest) -> str:
    """Both protocol eras: 2026-07-28, and the handshake before it."""
    return request.param


@pytest.fixture
async def client(service: Service, mode: str) -> AsyncIterator[Client]:
    """A client in the same process."""
    async with Client(service.adapter.server, mode=mode) as connected:
        yield connected
