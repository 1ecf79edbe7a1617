"""Who comes in over HTTP: tokens, rights, boards, sessions of one's own, and not too often."""

from __future__ import annotations

import http.client
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from mcp import Client
from server_clients import call, client_with, http_process, lease_s, refused

from headwater import Board
from headwater.errors import BadRequest
from headwater.operations import access
from headwater.server.http import HttpOptions, serve_http
from headwater.server.names import security
from headwater.server.throttle import Throttle
from patience import PATIENCE_S


@dataclass
class House:
    """A running server that demands tokens, with the store behind it."""

    url: str
    board: Board
    tokens: dict[str, str]

    def at(self, path: str) -> str:
        return self.url.removesuffix("/mcp") + path

    @asynccontextmanager
    async def client(
        self, name: str, path: str = "/mcp", mode: str = "auto"
    ) -> AsyncIterator[Client]:
        async with client_with(self.tokens[name], self.at(path), mode) as client:
            yield client


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    db = tmp_path_factory.mktemp("access") / "board.db"
    with Board.open(db) as board:
        Board(board.store, "other")
        tokens = {
            name: access.create(board.store, name, rights, only)[1]
            for name, rights, only in [
                ("planner", "plan", []),
                ("worker", "work", ["default"]),
                ("thief", "work", ["default"]),
                ("watcher", "observe", []),
                ("chief", "admin", []),
                ("founder", "plan", []),
            ]
        }
        with http_process(db, calls_per_second=1000) as (url, _):
            yield House(url, board, tokens)


def post(
    url: str, token: str | None = None, method: str = "POST", **headers: str
) -> tuple[int, dict[str, Any], Any]:
    """An `initialize`, by hand: status, body, headers."""
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "raw", "version": "0"},
        },
    }
    address = urlsplit(url)
    connection = http.client.HTTPConnection(
        address.hostname or "", address.port, timeout=PATIENCE_S
    )
    sent = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        **({"Authorization": f"Bearer {token}"} if token is not None else {}),
        **headers,
    }
    connection.request(method, address.path, json.dumps(body).encode(), sent)
    reply = connection.getresponse()
    try:
        text = reply.read()
        is_json = reply.headers.get_content_type() == "application/json"
        return reply.status, json.loads(text) if text and is_json else {}, reply.headers
    finally:
        connection.close()


@pytest.mark.parametrize("token", [None, "", "x", "hw_000000000000_" + "A" * 43, "a b", "é"])
def test_no_token_or_a_wrong_one_is_told_how_to_get_in(house: House, token: str | None) -> None:
    headers = (
        {} if token is None else {"Authorization": f"Bearer {token}".encode().decode("latin-1")}
    )
    status, body, answered = post(house.url, **headers)
    assert status == 401
    assert body["code"] == "unauthorized"
    assert "headwater token create" in body["next"]
    assert answered["WWW-Authenticate"].startswith('Bearer realm="headwater"')


def test_an_expired_or_revoked_token_opens_nothing_at_once(house: House) -> None:
    _, token = access.create(house.board.store, "short", "work")
    assert post(house.url, token)[0] == 200
    access.revoke(house.board.store, "short")
    assert post(house.url, token)[0] == 401
    shortest_days = 1 / 86_400_000
    _, token = access.create(house.board.store, "brief", "work", days=shortest_days)
    assert post(house.url, token)[0] == 401


def test_a_board_that_is_absent_and_one_that_is_foreign_look_the_same(house: House) -> None:
    foreign = post(house.at("/other/mcp"), house.tokens["worker"])
    absent = post(house.at("/nowhere/mcp"), house.tokens["worker"])
    for_planner = post(house.at("/nowhere/mcp"), house.tokens["planner"])
    assert foreign[:2] == absent[:2] == for_planner[:2]
    assert foreign[0] == 404
    assert post(house.at("/other/mcp"), house.tokens["planner"])[0] == 200


def test_a_board_is_served_whatever_it_is_called(house: House) -> None:
    Board(house.board.store, "Release 2")
    assert post(house.at("/Release%202/mcp"), house.tokens["planner"])[0] == 200
    assert post(house.at("/Release%202/mcp"), house.tokens["worker"])[0] == 404


@pytest.mark.parametrize(
    "path", ["/", "/mcp/x/y", "/..%2f/mcp", "/%00/mcp", "/default/nothing", "//mcp"]
)
def test_other_addresses_lead_nowhere(house: House, path: str) -> None:
    assert post(house.at(path), house.tokens["planner"])[0] in (404, 405)


def test_an_administrator_may_found_a_board(house: House) -> None:
    assert post(house.at("/founded/mcp"), house.tokens["planner"])[0] == 404
    assert post(house.at("/founded/mcp"), house.tokens["chief"])[0] == 200
    assert post(house.at("/founded/mcp"), house.tokens["planner"])[0] == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example"])
@pytest.mark.parametrize(
    ("method", "path", "era"),
    [
        ("POST", "/mcp", "2025-11-25"),
        ("POST", "/mcp", "2026-07-28"),
        ("POST", "/other/mcp", "2026-07-28"),
        ("GET", "/mcp", "2025-11-25"),
        ("DELETE", "/mcp", "2025-11-25"),
        ("GET", "/events", ""),
        ("GET", "/metrics", ""),
    ],
)
def test_a_valid_token_does_not_help_a_foreign_page(
    house: House, host: str, method: str, path: str, era: str
) -> None:
    token, version = house.tokens["planner"], {"MCP-Protocol-Version": era}
    url = house.at(path)
    assert post(url, token, method, Host=host, **version)[0] == 421
    assert post(url, token, method, Origin=f"http://{host}", **version)[0] == 403


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1"])
def test_host_and_origin_are_checked_wherever_it_listens(tmp_path: Path, host: str) -> None:
    with http_process(tmp_path / "board.db", host=host, open_access=True) as (url, _):
        assert post(url)[0] == 200
        assert post(url, Host="evil.example")[0] == 421
        assert post(url, Origin="http://evil.example")[0] == 403


def test_names_of_hosts_are_the_same_in_capitals(tmp_path: Path) -> None:
    with http_process(tmp_path / "board.db", open_access=True, names=["Annes-Mac.local"]) as (
        url,
        _,
    ):
        for host in ("annes-mac.local:80", "ANNES-MAC.local", "LocalHost:80"):
            assert post(url, Host=host)[0] == 200
            assert post(url, Origin=f"HTTP://{host}")[0] == 200
        assert post(url, Host="other.local")[0] == 421


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "tasks.example"])
def test_an_address_that_others_reach_is_known_by_few_names(host: str) -> None:
    settings = security(HttpOptions(host=host, names=("public.example",)))
    assert settings.enable_dns_rebinding_protection
    named = {"127.0.0.1", "localhost", "[::1]", "public.example"}
    own = {"192.0.2.1", "tasks.example"} & {host}
    assert {name for name in settings.allowed_hosts if not name.endswith(":*")} == named | own


async def test_rights_come_from_the_token(house: House, mode: str) -> None:
    async with house.client("watcher", mode=mode) as client:
        assert "tasks" in await call(client, "graph")
        assert (await refused(client, "add", tasks=[{"key": "no"}]))["code"] == "forbidden"
        assert (await refused(client, "join", agent="planner"))["code"] == "forbidden"
    async with house.client("worker", mode=mode) as client:
        me = (await call(client, "join", agent="planner"))["session"]
        assert (await refused(client, "cancel", tasks=["x"]))["code"] == "forbidden"
        assert (await call(client, "claim", session=me))["revision"]
        await call(client, "check", session=me, leave=True)  # what others left is given back


async def test_leases_last_as_long_as_the_board_says(house: House, mode: str) -> None:
    name = f"leases-{mode}"
    Board(house.board.store, name).policy(lease_minutes=5)
    async with house.client("planner", f"/{name}/mcp", mode) as client:
        assert 290 < await lease_s(client) <= 300


async def test_another_credential_can_use_neither_session_nor_lease(
    house: House, mode: str
) -> None:
    key = f"secret-{mode}"
    async with house.client("planner", mode=mode) as planner:
        await call(planner, "add", tasks=[{"key": key}])
    async with (
        house.client("worker", mode=mode) as worker,
        house.client("thief", mode=mode) as thief,
    ):
        me = (await call(worker, "join", agent="ann"))["session"]
        lease = (await call(worker, "claim", session=me, task=key))["lease"]
        absent = await refused(thief, "check", session="s-nobody")
        assert await refused(thief, "check", session=me) == absent
        assert await refused(thief, "claim", session=me) == absent
        stolen = await refused(thief, "finish", lease=lease, summary="mine")
        forged = await refused(thief, "finish", lease=f"{key}#1.AAAAAAAAAAAAAAAA", summary="mine")
        assert stolen == forged
        assert (await call(worker, "finish", lease=lease))["state"] == "done"


async def test_boards_of_one_server_share_nothing(house: House, mode: str) -> None:
    async with (
        house.client("planner", mode=mode) as one,
        house.client("planner", "/other/mcp", mode) as other,
    ):
        await call(one, "add", tasks=[{"key": f"here-{mode}", "spec": "only here"}])
        assert (await refused(other, "graph", view="task", task=f"here-{mode}"))["code"] == (
            "unknown_task"
        )
        me = (await call(one, "join", agent="ann"))["session"]
        assert (await refused(other, "claim", session=me))["code"] == "unknown_session"


async def test_an_older_connection_belongs_to_the_token_that_opened_it(house: House) -> None:
    status, _, answered = post(house.url, house.tokens["worker"])
    assert status == 200
    name = answered["mcp-session-id"]
    hijack = {"mcp-session-id": name, "mcp-protocol-version": "2025-11-25"}
    assert post(house.url, house.tokens["thief"], **hijack)[0] == 404


def test_a_flood_is_told_when_to_come_again(tmp_path: Path) -> None:
    db = tmp_path / "board.db"
    with Board.open(db) as board:
        token = access.create(board.store, "eager", "work")[1]
        calm = access.create(board.store, "calm", "work")[1]
    with http_process(db, calls_per_second=2) as (url, _):
        replies = [post(url, token) for _ in range(14)]
        refusals = [reply for reply in replies if reply[0] == 429]
        assert [reply[0] for reply in replies[:10]] == [200] * 10
        assert refusals
        _, body, answered = refusals[0]
        assert 1 <= int(answered["Retry-After"]) <= 2
        assert body["code"] == "too_many_calls"
        assert "claim(session, wait=45)" in body["next"]
        assert post(url, calm)[0] == 200


def test_strangers_who_guess_are_slowed_down(tmp_path: Path) -> None:
    db = tmp_path / "board.db"
    with Board.open(db) as board:
        token = access.create(board.store, "known", "work")[1]
    with http_process(db, names=["tasks.example"]) as (url, _):
        answers = [post(url, "hw_000000000000_" + "A" * 43)[0] for _ in range(80)]
        assert 429 in answers
        assert set(answers) == {401, 429}
        assert post(url, token)[0] == 200


def test_a_bucket_fills_again_with_time() -> None:
    now = [0.0]
    throttle = Throttle(2, 4, lambda: now[0])
    assert [throttle.wait_s("a") for _ in range(5)] == [0, 0, 0, 0, 0.5]
    assert throttle.wait_s("b") == 0
    now[0] += 0.5
    assert throttle.wait_s("a") == 0
    assert throttle.wait_s("a") == pytest.approx(0.5)
    now[0] += 1000
    assert [throttle.wait_s("a") for _ in range(5)] == [0, 0, 0, 0, 0.5]


def test_a_server_that_nobody_could_enter_does_not_start(tmp_path: Path) -> None:
    options = HttpOptions(port=0)
    with pytest.raises(BadRequest, match="nobody could come in") as nobody:
        serve_http(str(tmp_path / "board.db"), options=options)
    assert "headwater token create" in nobody.value.next
    assert "--open" in nobody.value.next
    with pytest.raises(BadRequest, match="nobody could come in") as beyond:
        serve_http(str(tmp_path / "board.db"), options=HttpOptions(host="192.0.2.1", port=0))
    assert "--open" not in beyond.value.next


def test_half_of_tls_is_refused(tmp_path: Path) -> None:
    options = HttpOptions(port=0, tls_cert="cert.pem")
    with pytest.raises(BadRequest, match="both a certificate and its key"):
        serve_http(str(tmp_path / "board.db"), options=options)


def test_no_token_reaches_the_log(tmp_path: Path) -> None:
    db = tmp_path / "board.db"
    with Board.open(db) as board:
        token = access.create(board.store, "quiet", "work")[1]
    with http_process(db, names=["tasks.example"]) as (url, process):
        post(url, token)
        post(url, token[:-2] + "zz")
        post(f"{url}?token={token}", None)
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
        assert process.stderr is not None
        log = process.stderr.read()
    assert "serving" in log
    assert token[16:30] not in log
