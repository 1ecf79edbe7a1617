"""The Python API: `Board`, a thin face over the operations.

    from headwater import Board

    board = Board.open()
    me = board.join(agent="builder")
    job = board.claim(session=me.session, wait=30)
    if job.none is None:
        board.finish(lease=job.lease, summary="built", critical={"artifact": "dist/app.whl"})

The methods are named as the tools and take the same arguments; replies are models with the same
names as attributes. A board may be used from many threads. Every method raises `HeadwaterError`.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import TYPE_CHECKING, Unpack

from headwater.board.agents import AgentVerbs
from headwater.board.people import PeopleVerbs

if TYPE_CHECKING:
    from headwater.worker import AsyncJob, Job, Options

__all__ = ["Board"]


class Board(AgentVerbs, PeopleVerbs):
    """One board of a store, for one caller."""

    def work(self, session: str = "", **options: Unpack[Options]) -> AbstractContextManager[Job]:
        """Claim for the time of a `with` block, renew meanwhile, finish or fail at its end."""
        from headwater.worker import work

        return work(self, session, **options)

    def work_async(
        self, session: str = "", **options: Unpack[Options]
    ) -> AbstractAsyncContextManager[AsyncJob]:
        """`work` for an `async with` block."""
        from headwater.worker import work_async

        return work_async(self, session, **options)
