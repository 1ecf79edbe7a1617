"""Calls that wait, over real changes by other processes and real cancellations."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest
from mcp import Client, MCPError
from server_clients import (
    call,
    client_with,
    http_process,
    in_another_process,
    refused,
    stdio_server,
    until_waiting,
)

from headwater import Board, limits
from headwater.operations import access
from headwater.server import waiting
from headwater.server.service import Service
from patience import PATIENCE_S, WOKEN_S

ADD = "board.add([{'key': 'late'}])"


async def change(db: Path, code: str) -> None:
    await anyio.to_thread.run_sync(in_another_process, db, code)


async def woken(waiting: Any, meanwhile: Any) -> dict[str, Any]:
    """What a call that waits answers soon after something else was done; nothing if it does not."""
    reply: dict[str, Any] = {}

    async def wait() -> None:
        reply.update(await waiting)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        await meanwhile
        tasks.cancel_scope.deadline = anyio.current_time() + WOKEN_S
    return reply


async def test_a_waiting_claim_is_woken_by_another_process(client: Client, db: Path) -> None:
    await call(client, "graph")
    job = await woken(call(client, "claim", wait=45), change(db, ADD))
    assert job["task"] == "late"


async def test_a_waiting_claim_over_http_is_woken_by_another_process(tmp_path: Path) -> None:
    db = tmp_path / "board.db"
    with http_process(db) as (url, _):
        async with Client(url) as client:
            me = (await call(client, "join", agent="ann"))["session"]
            job = await woken(call(client, "claim", session=me, wait=45), change(db, ADD))
            assert job["task"] == "late"


async def test_a_waiting_check_is_woken_by_a_notice(client: Client, db: Path) -> None:
    me = (await call(client, "join", agent="ann"))["session"]
    news = await woken(
        call(client, "check", session=me, wait=45), change(db, "board.tell('all', 'stand up')")
    )
    assert news["notices"][0]["text"] == "stand up"


async def test_a_waiting_history_is_woken_by_another_process(client: Client, db: Path) -> None:
    since = (await call(client, "graph"))["revision"]
    news = await woken(call(client, "graph", view="history", since=since, wait=45), change(db, ADD))
    assert [one["kind"] for one in news["events"]] == ["added"]


async def test_a_waiting_diff_is_woken_by_what_it_shows_alone(
    client: Client, service: Service, db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = (await call(client, "graph"))["revision"]
    board = await service.boards.get()
    steps: list[str] = []
    step = board.step

    def counted(request: Any, caller: Any = None) -> Any:
        steps.append(request.verb)
        return step(request, caller)

    monkeypatch.setattr(board, "step", counted)
    code = f"[board.join(agent=str(n)) for n in range(50)]; board.tell('all', 'so'); {ADD}"
    news = await woken(call(client, "graph", view="diff", since=since, wait=45), change(db, code))
    assert [one["key"] for one in news["diff"]] == ["late"]
    assert steps.count("graph") == 2  # at the beginning and at the end


@pytest.mark.parametrize("over", ["stdio", "http"])
async def test_a_wait_for_changes_is_woken_behind_a_transport(tmp_path: Path, over: str) -> None:
    db = tmp_path / "board.db"
    with http_process(db) if over == "http" else nullcontext(("", None)) as (url, _):
        async with Client(url or stdio_server(db)) as client:
            since = (await call(client, "graph"))["revision"]
            asked = {"view": "diff", "since": since, "wait": 45}
            news = await woken(call(client, "graph", **asked), change(db, ADD))
            assert [one["key"] for one in news["diff"]] == ["late"]


async def test_whoever_reads_without_a_session_waits_at_few_places(
    client: Client, service: Service, db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "WAITS_PER_SESSION", 2)
    asked = {"view": "history", "since": (await call(client, "graph"))["revision"], "wait": 45}
    with anyio.fail_after(PATIENCE_S):
        async with anyio.create_task_group() as tasks:
            for _ in range(2):
                tasks.start_soon(partial(call, client, "graph", **asked))
            while service.waiting < 2:
                await call(client, "graph")
            error = await refused(client, "graph", **asked)
            assert error["code"] == "limit_exceeded"
            await change(db, ADD)


async def test_whoever_reads_with_another_token_has_places_of_its_own(tmp_path: Path) -> None:
    db = tmp_path / "board.db"
    with Board.open(db) as board:
        many, one = [access.create(board.store, name, "observe")[1] for name in ("many", "one")]
    asked = {"view": "history", "since": 0, "wait": 45}
    with http_process(db, calls_per_second=1000) as (url, _):
        async with (
            client_with(many, url) as crowd,
            client_with(one, url) as other,
            anyio.create_task_group() as tasks,
        ):
            for _ in range(limits.WAITS_PER_SESSION):
                tasks.start_soon(partial(call, crowd, "graph", **asked))
            await until_waiting(url, limits.WAITS_PER_SESSION, many)
            assert (await refused(crowd, "graph", **asked))["code"] == "limit_exceeded"
            assert (await call(other, "graph", **asked | {"wait": 0.1}))["events"] == []
            await change(db, ADD)


async def test_a_wait_ends_at_its_deadline_with_the_reason(client: Client) -> None:
    started = anyio.current_time()
    reply = await call(client, "claim", wait=0.3)
    assert reply["none"]["reason"] == "empty"
    assert 0.3 <= anyio.current_time() - started < PATIENCE_S


async def test_a_wait_ends_when_a_backoff_is_due_without_anybody_calling(
    client: Client, db: Path
) -> None:
    await change(db, "board.policy(backoff_first_ms=400)")
    await call(client, "add", tasks=[{"key": "a"}])
    me = (await call(client, "join", agent="ann"))["session"]
    job = await call(client, "claim", session=me)
    await call(client, "finish", lease=job["lease"], outcome="failed", notes="flaky")
    other = (await call(client, "join", agent="bob"))["session"]
    with anyio.fail_after(WOKEN_S):
        again = await call(client, "claim", session=other, wait=45)
    assert again["task"] == "a"


async def test_a_long_wait_reports_progress(
    client: Client, db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "PROGRESS_EVERY_S", 0.1)
    reports: list[tuple[float, float | None]] = []
    enough = anyio.Event()

    async def note(done: float, total: float | None, _message: str | None) -> None:
        reports.append((done, total))
        if len(reports) == 3:
            enough.set()

    with anyio.fail_after(PATIENCE_S):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(
                partial(client.call_tool, "claim", {"wait": 45}, progress_callback=note)
            )
            await enough.wait()
            await change(db, ADD)
    assert [total for _, total in reports] == [45] * len(reports)
    assert sorted(reports) == reports


async def test_all_who_wait_share_one_subscription_that_ends_with_the_last_of_them(
    client: Client, service: Service, db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crew = [(await call(client, "join", agent="ann"))["session"] for _ in range(2)]
    feed = (await service.boards.get()).feed
    subscribe, open_ones, all_ones = feed.subscribe, list[Any](), list[Any]()

    def counted(callback: Any) -> Any:
        stop = subscribe(callback)
        open_ones.append(callback)
        all_ones.append(callback)
        return lambda: (stop(), open_ones.remove(callback))

    monkeypatch.setattr(feed, "subscribe", counted)
    with anyio.fail_after(PATIENCE_S):
        async with anyio.create_task_group() as tasks:
            for session in crew:
                tasks.start_soon(partial(call, client, "claim", session=session, wait=45))
            while service.changes.watchers < len(crew):
                await call(client, "graph")
            assert len(open_ones) == 1
            await change(db, "board.add([{'key': 'a'}, {'key': 'b'}])")
    assert (len(open_ones), len(all_ones)) == (0, 1)


async def test_no_more_calls_wait_than_the_board_has_places_for(
    client: Client, service: Service, db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "WAITS_IN_ALL", 2)
    crew = [(await call(client, "join", agent="ann"))["session"] for _ in range(3)]
    with anyio.fail_after(PATIENCE_S):
        async with anyio.create_task_group() as tasks:
            for session in crew[:2]:
                tasks.start_soon(partial(call, client, "claim", session=session, wait=45))
            while service.changes.watchers < 2:
                await call(client, "graph")
            refused = await client.call_tool("claim", {"session": crew[2], "wait": 45})
            assert refused.is_error
            assert "2 calls wait on this board already" in str(refused.content)
            await change(db, "board.add([{'key': key} for key in 'abc'])")
    assert (await call(client, "claim", session=crew[2], wait=45))["lease"]


async def test_a_new_call_passes_those_whom_a_change_has_woken(
    client: Client, service: Service, db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crew = [(await call(client, "join", agent="ann"))["session"] for _ in range(60)]
    board = await service.boards.get()
    step, asked, held = board.step, list[str](), list[str]()
    all_wait, some_held, go = threading.Event(), threading.Event(), threading.Event()

    def hold(request: Any, caller: Any = None) -> Any:
        if request.verb == "claim" and all_wait.is_set():
            held.append(request.session)
            if len(held) == waiting.WOKEN_AT_ONCE:
                some_held.set()
            assert go.wait(PATIENCE_S)
        reply = step(request, caller)
        if request.verb == "claim":
            asked.append(request.session)
            if len(asked) == len(crew):
                all_wait.set()
        return reply

    monkeypatch.setattr(board, "step", hold)
    with anyio.fail_after(PATIENCE_S):
        async with anyio.create_task_group() as tasks:
            for session in crew:
                tasks.start_soon(partial(call, client, "claim", session=session, wait=45))
            assert await anyio.to_thread.run_sync(all_wait.wait, PATIENCE_S)
            await change(db, "board.add([{'key': f't{n}'} for n in range(60)])")
            assert await anyio.to_thread.run_sync(some_held.wait, PATIENCE_S)
            assert (await call(client, "graph", view="list"))["tasks"]
            assert len(held) == waiting.WOKEN_AT_ONCE
            go.set()


async def test_changes_that_bring_no_work_do_not_step_a_waiting_claim(
    client: Client, service: Service, db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await change(db, "board.add([{'key': 'a'}]); board.claim(board.join('ann').session)")
    await call(client, "graph")
    board = await service.boards.get()
    steps: list[str] = []
    step = board.step

    def counted(request: Any, caller: Any = None) -> Any:
        steps.append(request.verb)
        return step(request, caller)

    monkeypatch.setattr(board, "step", counted)
    reply = await woken(
        call(client, "claim", wait=1.5),
        change(db, "[board.join(agent=str(n)) for n in range(50)]"),
    )
    assert reply["none"]["reason"] == "wait"
    assert steps.count("claim") == 2  # at the beginning and at the end


async def test_a_waiting_check_writes_its_note_once(
    client: Client, service: Service, db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = (await call(client, "join", agent="ann"))["session"]
    await call(client, "add", tasks=[{"key": "a"}])
    await call(client, "claim", session=me)
    board = await service.boards.get()
    notes: list[str] = []
    step = board.step

    def seen(request: Any, caller: Any = None) -> Any:
        notes.extend([request.note] if request.verb == "check" else [])
        return step(request, caller)

    monkeypatch.setattr(board, "step", seen)
    await woken(
        call(client, "check", session=me, note="half", wait=45),
        change(db, "board.tell('all', 'stand up')"),
    )
    assert notes[0] == "half"
    assert len(notes) >= 2
    assert not any(notes[1:])


async def test_a_waiting_check_says_at_once_what_it_could_not_keep(client: Client) -> None:
    me = (await call(client, "join", agent="ann"))["session"]
    reply = await call(client, "check", session=me, note="half", wait=45)
    assert reply["warnings"][0].startswith("not kept: note")


async def test_a_cancelled_wait_leaves_no_lease(client: Client, db: Path) -> None:
    await call(client, "graph")
    with anyio.move_on_after(0.3):
        await client.call_tool("claim", {"wait": 45})
    await change(db, ADD)
    listed = await call(client, "graph")
    assert [task["state"] for task in listed["tasks"]] == ["ready"]


async def test_a_stdio_client_that_gives_up_waiting_holds_nothing(tmp_path: Path) -> None:
    db = tmp_path / "board.db"
    async with Client(stdio_server(db)) as client:
        with pytest.raises(MCPError):
            await client.call_tool("claim", {"wait": 45}, read_timeout_seconds=0.5)
        await change(db, ADD)
        assert (await call(client, "graph"))["counts"] == {"ready": 1}
