"""Inside a server under test: hold a step of the board between its commit and its reply.

No time is involved: the step waits for pipes in a folder that the test shares with the server.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread

from headwater.board import Board


def install(place: str) -> None:
    """In the server: the next step of each verb for which the folder has a flag is held."""
    folder, step, step_at_once = Path(place), Board.step, Board.step_at_once

    def only_if_not_held(board: Board, request: Any, caller: Any = None) -> Any:
        if (folder / request.verb).exists():
            return None  # then it takes a thread, where it can be held
        return step_at_once(board, request, caller)

    def held(board: Board, request: Any, caller: Any = None) -> Any:
        reply = step(board, request, caller)
        try:
            (folder / request.verb).unlink()
        except FileNotFoundError:
            return reply
        (folder / "committed").open("w").close()
        (folder / "go").open().close()
        return reply

    Board.step = held  # type: ignore[method-assign]
    Board.step_at_once = only_if_not_held  # type: ignore[method-assign]


class Hold:
    """In the test: the other end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in ("committed", "go"):
            os.mkfifo(folder / name)

    @property
    def prelude(self) -> str:
        """Code that a server runs first."""
        here = str(Path(__file__).parent)
        return (
            f"import sys; sys.path.insert(0, {here!r}); "
            f"import held_step; held_step.install({str(self._folder)!r})\n"
        )

    def next(self, verb: str) -> None:
        (self._folder / verb).touch()

    async def committed(self) -> None:
        """Until the server holds a step whose change is committed."""
        await anyio.to_thread.run_sync(lambda: (self._folder / "committed").open().close())

    async def release(self) -> None:
        await anyio.to_thread.run_sync(lambda: (self._folder / "go").open("w").close())
