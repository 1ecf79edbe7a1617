"""Work inside an `async with` block."""

from __future__ import annotations

import asyncio

import anyio
import anyio.lowlevel
import pytest
from worker_hands import state, tried

from headwater import Board
from headwater.errors import HeadwaterError
from headwater.verbs.work import Lost
from patience import PATIENCE_S, WOKEN_S


async def test_a_block_claims_and_finishes_with_what_was_delivered(board: Board) -> None:
    board.add([{"key": "a"}])
    async with board.work_async(agent="ann") as job:
        await job.note("half way")
        job.deliver(summary="built")
    assert job.ended is not None
    assert job.ended.state == "done"


async def test_waiting_blocks_no_other_task_of_the_loop(board: Board) -> None:
    async def work() -> None:
        async with board.work_async(agent="ann", wait=45) as job:
            assert job.briefing.task == "a"

    with anyio.fail_after(WOKEN_S):
        async with anyio.create_task_group() as group:
            group.start_soon(work)
            await anyio.lowlevel.checkpoint()
            await anyio.to_thread.run_sync(lambda: board.add([{"key": "a"}]))
    assert state(board, "a") == "done"


async def test_a_wait_ends_with_the_reason(board: Board) -> None:
    async with board.work_async(agent="ann", wait=0.05) as job:
        assert job.none is not None
        assert (job.none.reason, job.lease) == ("empty", "")


async def test_an_exception_fails_the_attempt_and_is_raised_as_it_is(board: Board) -> None:
    board.add([{"key": "a"}])
    with pytest.raises(ValueError, match="no"):
        async with board.work_async(agent="ann"):
            raise ValueError("no")
    assert tried(board, "a") == [("failed", "ValueError: no")]


async def test_a_cancelled_scope_gives_the_task_back(board: Board) -> None:
    board.add([{"key": "a"}])
    with anyio.CancelScope() as scope:
        async with board.work_async(agent="ann"):
            scope.cancel()
            await anyio.sleep_forever()
    assert state(board, "a") == "ready"
    assert board.graph("agents").agents in (None, [])


async def test_a_cancelled_asyncio_task_gives_the_task_back(board: Board) -> None:
    board.add([{"key": "a"}])
    begun = asyncio.Event()

    async def work() -> None:
        async with board.work_async(agent="ann"):
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert state(board, "a") == "ready"


@pytest.mark.parametrize("native", [False, True])
async def test_a_cancelled_claim_leaves_no_lease(
    board: Board, monkeypatch: pytest.MonkeyPatch, native: bool
) -> None:
    """The thread that claims cannot be stopped: what it gets is given back."""
    board.add([{"key": "a"}])
    me = board.join("ann").session
    real, claiming, go_on = board.claim, asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(*arguments: object, **named: object) -> object:
        loop.call_soon_threadsafe(claiming.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(PATIENCE_S)
        return real(*arguments, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(board, "claim", slow)
    scope = anyio.CancelScope()

    async def work() -> None:
        with scope:
            async with board.work_async(me):
                await anyio.sleep_forever()

    task = asyncio.create_task(work())
    await claiming.wait()
    if native:
        task.cancel()
    else:
        scope.cancel()
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.wait([task])
    tick = board.feed.tick
    while not any(outcome for outcome, _ in tried(board, "a")):
        tick = await anyio.to_thread.run_sync(board.feed.wait, tick, PATIENCE_S)
    assert [outcome for outcome, _ in tried(board, "a")] == ["undone" if native else "released"]
    assert state(board, "a") == "ready"
    assert board.check(session=me).leases == []


async def test_a_lost_lease_is_awaited_and_can_cancel_a_scope(board: Board) -> None:
    board.add([{"key": "a"}])
    seen: list[Lost] = []
    with anyio.fail_after(PATIENCE_S):
        async with board.work_async(agent="ann") as job:
            with anyio.CancelScope() as scope:
                job.cancelled.add_callback(seen.append)
                job.cancelled.add_callback(lambda _: scope.cancel())
                await anyio.to_thread.run_sync(lambda: board.cancel(["a"], reason="obsolete"))
                await anyio.sleep_forever()
            await job.cancelled.wait()
            assert job.cancelled.is_set()
            with pytest.raises(HeadwaterError, match="over"):
                job.raise_if_cancelled()
    assert [one.reason for one in seen] == ["obsolete"]
    assert state(board, "a") == "cancelled"


async def test_a_job_can_be_ended_inside_the_block(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}, {"key": "c"}])
    me = board.join("ann").session
    async with board.work_async(me, task="a") as job:
        assert (await job.finish(summary="x")).state == "done"
    async with board.work_async(me, task="b") as job:
        await job.fail("cannot")
    async with board.work_async(me, task="c") as job:
        await job.release()
    assert [state(board, key) for key in "abc"] == ["done", "ready", "ready"]
