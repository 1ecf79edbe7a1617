"""For programs that do not speak MCP: events as they happen, health and figures."""

from __future__ import annotations

import http.client
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import anyio
import pytest
from held_step import Hold
from mcp import Client
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from server_clients import call, http_process, in_another_process, refused, stream
from starlette.types import Message, Scope
from test_server_access import post

from headwater import Board, limits
from headwater.operations import access
from headwater.server.board_servers import BoardServer
from headwater.server.events import serve_events
from headwater.server.keys import OPEN
from headwater.server.service import Service
from patience import PATIENCE_S


def get(url: str, path: str, **headers: str) -> tuple[int, str]:
    with stream(url, path, **headers) as reply:
        return reply.status, reply.read().decode()


def events(reply: http.client.HTTPResponse, count: int) -> list[tuple[int, dict[str, Any]]]:
    """The next events: id and data. Comments (pings) are skipped."""
    found: list[tuple[int, dict[str, Any]]] = []
    name = 0
    while len(found) < count:
        line = reply.readline().decode().strip()
        if line.startswith("id:"):
            name = int(line[3:])
        elif line.startswith("data:"):
            found.append((name, json.loads(line[5:])))
    return found


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "board.db"


@pytest.fixture
def url(db: Path) -> Iterator[str]:
    with Board.open(db) as board:
        board.add([{"key": "first"}, {"key": "second"}])
    with http_process(db) as (url, _):
        yield url


def test_events_of_another_process_arrive_with_their_revision(url: str, db: Path) -> None:
    with stream(url, "/events?since=0", Accept="text/event-stream") as reply:
        assert reply.status == 200
        assert reply.headers.get_content_type() == "text/event-stream"
        (first,) = events(reply, 1)
        in_another_process(db, "board.add([{'key': 'third'}])")
        (second,) = events(reply, 1)
    assert first[0] == first[1]["revision"]
    assert second[0] == first[0] + 1
    assert second[1]["kind"] == "added"


def test_an_event_stays_on_its_line_whatever_was_said(url: str, db: Path) -> None:
    said = "no\u2028data: {}\u2029id: 9\x85event: x\ndata: \U000e0041"
    with Board.open(db) as board:
        board.add([{"key": "third", "review": True}])
        job = board.claim(board.join("ann").session, "third")
        board.finish(str(job.lease), summary="made")
        job = board.claim(board.join("bob").session, "third")
        board.finish(str(job.lease), outcome="reject", notes=said)
    with stream(url, "/events?since=0&kinds=rejected") as reply:
        assert [reply.readline().strip() for _ in range(2)] == [b": after revision 0", b""]
        lines = [reply.readline().decode().removesuffix("\r\n") for _ in range(3)]
    assert [line.splitlines() for line in lines] == [[line] for line in lines]
    (data,) = [line for line in lines if line.startswith("data: ")]
    assert json.loads(data[6:])["reason"] == said


def test_without_a_revision_the_stream_begins_with_what_comes_next(url: str, db: Path) -> None:
    with stream(url, "/events") as reply:
        assert reply.readline().strip() == b": after revision 1"  # proxies pass on what has a body
        in_another_process(db, "board.cancel(['first'], reason='not needed')")
        ((_, event),) = events(reply, 1)
    assert (event["kind"], event["reason"]) == ("cancelled", "not needed")


def test_a_client_that_was_cut_off_goes_on_where_it_was(url: str, db: Path) -> None:
    in_another_process(db, "[board.add([{'key': f't{n}'}]) for n in range(5)]")
    with stream(url, "/events?since=0") as reply:
        before = events(reply, 3)
    with stream(url, "/events", **{"Last-Event-ID": str(before[-1][0])}) as reply:
        after = events(reply, 3)
    assert [one[0] for one in before + after] == [1, 2, 3, 4, 5, 6]


def test_more_events_than_a_page_holds_arrive_all(url: str, db: Path) -> None:
    count = limits.PAGE + 7
    in_another_process(db, f"[board.tell('all', 'x') for _ in range({count})]")
    with stream(url, "/events?since=1") as reply:
        assert [one[0] for one in events(reply, count)] == list(range(2, count + 2))


def test_a_stream_tells_only_what_was_asked_for(url: str, db: Path) -> None:
    with stream(url, "/events?kinds=cancelled") as reply:
        in_another_process(db, "board.add([{'key': 'noise'}]); board.cancel(['first'])")
        ((_, event),) = events(reply, 1)
        assert event["kind"] == "cancelled"
    with stream(url, "/events?task=second") as reply:
        in_another_process(db, "board.tell('all', 'x'); board.cancel(['second'])")
        ((_, event),) = events(reply, 1)
        assert event["task"] == "second"


@pytest.mark.parametrize(
    ("path", "headers", "said"),
    [
        ("/events?since=x", {}, "revisions"),
        ("/events?since=-1", {}, "revisions"),
        ("/events", {"Last-Event-ID": "1; DROP"}, "revisions"),
        ("/events?since=99", {}, "revision 99 is not there yet: the board is at 1"),
        ("/events?nothing=1", {}, "filters: since, task, kinds"),
        ("/events?task=absent", {}, "no task"),
        ("/events?kinds=finished,finnished", {}, "no such kind: 'finnished'"),
    ],
)
def test_a_bad_filter_is_refused_with_what_would_do(
    url: str, path: str, headers: dict[str, str], said: str
) -> None:
    status, body = get(url, path, **headers)
    assert status == 400
    assert said in body


def test_another_method_is_refused_as_all_else_is(url: str) -> None:
    status, refusal, headers = post(url.removesuffix("/mcp") + "/events")
    assert (status, refusal["code"], headers["Allow"]) == (405, "bad_request", "GET")
    assert "since" in refusal["next"]


def test_a_stream_from_an_archived_revision_is_refused_and_one_from_its_end_is_not(
    url: str, db: Path
) -> None:
    in_another_process(db, "[board.tell('all', 'x') for _ in range(4)]; board.archive(before=4)")
    status, body = get(url, "/events?since=1")
    assert status == 410
    refusal = json.loads(body)
    assert refusal["code"] == "archived"
    last = int(refusal["error"].split()[3])
    with stream(url, "/events", **{"Last-Event-ID": str(last)}) as reply:
        ((revision, _),) = events(reply, 1)
    assert revision == last + 1
    assert get(url, f"/events?since={last - 1}")[0] == 410


async def test_a_slow_read_of_the_store_for_a_stream_holds_up_nobody(tmp_path: Path) -> None:
    hold = Hold(tmp_path)
    with http_process(tmp_path / "board.db", prelude=hold.prelude) as (url, _):

        def first_event() -> int:
            with stream(url, "/events?since=0") as reply:
                return events(reply, 1)[0][0]

        async with Client(url) as client, anyio.create_task_group() as tasks:
            await call(client, "add", tasks=[{"key": "first"}])
            hold.next("graph")
            tasks.start_soon(anyio.to_thread.run_sync, first_event)
            await hold.committed()
            assert (await anyio.to_thread.run_sync(get, url, "/health/live"))[0] == 200
            await call(client, "add", tasks=[{"key": "second"}])
            await hold.release()


async def test_a_client_that_does_not_read_is_left_in_a_sentence(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("headwater.server.events.UNREAD_S", 0.05)
    (await service.boards.get()).add([{"key": "first"}])
    server = BoardServer("default", service, StreamableHTTPSessionManager(service.adapter.server))
    scope: Scope = {
        "type": "http", "method": "GET", "path": "/events", "query_string": b"since=0",
        "headers": [],
    }  # fmt: skip

    async def receive() -> Message:
        return await anyio.sleep_forever()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            await anyio.sleep_forever()

    with anyio.fail_after(PATIENCE_S):
        await serve_events(server, OPEN, scope, receive, send)
    assert "does not read its events" in caplog.text


def test_the_server_stops_with_an_open_stream(db: Path) -> None:
    with http_process(db) as (url, process), stream(url, "/events") as reply:
        assert reply.status == 200
        process.terminate()
        assert process.wait(PATIENCE_S) == 0


def test_a_token_opens_the_streams_and_figures_of_its_boards_only(db: Path) -> None:
    with Board.open(db) as board:
        Board(board.store, "other")
        narrow = access.create(board.store, "narrow", "observe", ["default"])[1]
        wide = access.create(board.store, "wide", "observe")[1]
    with http_process(db, names=["tasks.example"]) as (url, _):
        for path in ("/events", "/metrics"):
            assert get(url, path)[0] == 401
        key = {"Authorization": f"Bearer {narrow}"}
        assert get(url, "/other/events?since=x", **key)[0] == 404
        assert get(url, "/default/events?since=x", **key)[0] == 400
        assert get(url, "/metrics", **key)[0] == 404
        status, figures = get(url, "/metrics", Authorization=f"Bearer {wide}")
        assert status == 200
        assert 'headwater_tasks{board="other",state="ready"} 0.0' in figures


async def test_figures_count_calls_and_tasks_and_name_no_text(url: str) -> None:
    async with Client(url) as client:
        await call(client, "add", tasks=[{"key": "third", "title": "A SECRET TITLE"}])
        await refused(client, "graph", view="task", task="absent")
        figures = (await anyio.to_thread.run_sync(get, url, "/metrics"))[1]
    assert 'headwater_calls_total{board="default",outcome="ok",verb="add"} 1.0' in figures
    assert 'outcome="unknown_task",verb="graph"} 1.0' in figures
    assert 'headwater_tasks{board="default",state="ready"} 3.0' in figures
    assert 'headwater_call_seconds_count{verb="add"} 1.0' in figures
    assert "SECRET" not in figures


def test_health_says_whether_the_store_can_be_read(url: str, db: Path) -> None:
    assert get(url, "/health")[0] == 200
    assert get(url, "/health/live")[0] == 200
    db.rename(db.with_name("gone"))
    status, body = get(url, "/health/ready")
    assert status == 503
    assert "unavailable" in body
    assert get(url, "/health/live")[0] == 200


async def test_health_says_what_calls_fail_with(db: Path) -> None:
    with Board.open(db) as board:
        board.add([{"key": "first"}])
    with http_process(db) as (url, process):
        async with Client(url) as client:
            me = (await call(client, "join", agent="ann"))["session"]
            with closing(sqlite3.connect(db)) as other:
                other.execute("ALTER TABLE attempt RENAME TO elsewhere")
            for _ in range(2):
                assert (await refused(client, "claim", session=me))["code"] == "store_corrupt"
            status, body = await anyio.to_thread.run_sync(get, url, "/health/ready")
        process.terminate()
        _, log = await anyio.to_thread.run_sync(process.communicate)
    assert status == 200, "what can be read is read"
    assert json.loads(body)["status"] == "calls fail with store_corrupt"
    said = [json.loads(line) for line in log.splitlines()]
    [trouble] = [one for one in said if one["level"] == "warning"]
    assert trouble["message"].startswith("calls fail with store_corrupt: ")
    assert [one["message"] for one in said][-2:] == ["SIGTERM: stopping", "stopped"]


async def test_one_session_cannot_wait_without_end(url: str) -> None:
    async with Client(url) as client:
        me = (await call(client, "join", agent="ann", capabilities=["none"]))["session"]
        replies: list[str] = []

        async def wait() -> None:
            result = await client.call_tool("check", {"session": me, "wait": 3})
            replies.append("error" if result.is_error else "ok")

        async with anyio.create_task_group() as tasks:
            for _ in range(limits.WAITS_PER_SESSION + 1):
                tasks.start_soon(wait)
    assert sorted(replies) == ["error"] + ["ok"] * limits.WAITS_PER_SESSION
