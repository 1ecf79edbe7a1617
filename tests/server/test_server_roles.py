"""Who may what over HTTP: each tool, resource, prompt and address, for each role and in both eras.

What there is, the server is asked for: what has no rule here makes a test fail.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final, get_args
from urllib.parse import urlsplit

import pytest
from mcp import Client
from server_clients import client_with, http_process, payload
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from headwater import Board
from headwater.operations import access
from headwater.operations.caller import Caller, Rights
from headwater.server import http_app
from headwater.server.http import HttpOptions
from patience import PATIENCE_S

ROLES: Final[tuple[Rights, ...]] = get_args(Rights)
NEEDED: Final[dict[str, Rights]] = {
    "join": "work",
    "add": "plan",
    "split": "plan",
    "edit": "plan",
    "rework": "plan",
    "cancel": "plan",
    "claim": "work",
    "check": "work",
    "finish": "work",
    "graph": "observe",
    "tell": "work",
}
"""The least role that may call a tool."""
OWN_TASK: Final = ("split", "edit", "rework")
"""What it takes the role `work` alone for, with the lease of one's own task."""
RESOURCES: Final = {
    "headwater://graph",
    "headwater://graph.mmd",
    "headwater://history",
    "headwater://sessions",
    "headwater://task/{key}",
    "headwater://task/{key}/artifacts/{name}",
    "headwater://history{?since,limit}",
}
"""Every role may read all of them."""
PROMPTS: Final = {"orchestrate", "work", "review"}
"""Every role may have them: they say nothing of a board."""
PUBLIC: Final = {"/health", "/health/ready", "/health/live"}
"""Addresses that ask for no token."""
GUARDED: Final = {"/mcp", "/events", "/metrics"}
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post", "X")
ERAS: Final = ("2026-07-28", "2025-11-25", "2024-11-05", "")


@dataclass
class House:
    """A running server that asks for tokens, with the store behind it."""

    url: str
    board: Board
    tokens: dict[str, str]
    numbers: Iterator[int] = field(default_factory=count)

    def ask(self, method: str, path: str, token: str = "", era: str = "") -> tuple[int, str, bytes]:
        """Status, demand for a token, and body. Each from another address: strangers are slowed
        down."""
        number = next(self.numbers)
        headers = {
            "X-Forwarded-For": f"192.0.{number // 200}.{number % 200}",
            "Accept": "application/json, text/event-stream",
            **({"Authorization": f"Bearer {token}"} if token else {}),
            **({"MCP-Protocol-Version": era} if era else {}),
        }
        place = urlsplit(self.url)
        with closing(http.client.HTTPConnection(place.netloc, timeout=PATIENCE_S)) as connection:
            connection.request(method, path, headers=headers)
            reply = connection.getresponse()
            streams = reply.headers.get_content_type() == "text/event-stream"
            body = b"" if streams else reply.read()
            return reply.status, reply.headers.get("WWW-Authenticate", ""), body


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    db = tmp_path_factory.mktemp("roles") / "board.db"
    with Board.open(db) as board:
        tokens = {role: access.create(board.store, role, role)[1] for role in ROLES}
        Board(board.store, "other")
        tokens["narrow"] = access.create(board.store, "narrow", "admin", ["other"])[1]
        tokens["revoked"] = access.create(board.store, "revoked", "admin")[1]
        access.revoke(board.store, "revoked")
        shortest_days = 1 / 86_400_000
        tokens["expired"] = access.create(board.store, "old", "admin", days=shortest_days)[1]
        tokens["wrong"] = "hw_000000000000_" + "A" * 43
        tokens["none"] = ""
        with http_process(db, calls_per_second=1000) as (url, _):
            yield House(url, board, tokens)


class Scene:
    """A board of its own on which a role can try every tool, with a task of its own."""

    def __init__(self, house: House, role: Rights, name: str) -> None:
        self.url = house.url.replace("/mcp", f"/{name}/mcp")
        self.board = Board(house.board.store, name)
        first, *others = ({"key": key} for key in ("done", "free", "spare"))
        self.board.add([first, {"key": "held", "needs": ["done"]}, *others])
        eve = self.board.join(agent="eve").session
        self.board.finish(lease=self.board.claim(session=eve, task="done").lease or "")
        # Under the role's own credential, so that what is refused is refused for the role alone.
        mine = Board(house.board.store, name, Caller(f"token:{role}", "work"))
        self.session = mine.join(agent="ann").session
        self.lease = mine.claim(session=self.session, task="held").lease or ""
        self.second = mine.join(agent="ben").session

    def calls(self, task: str = "", done: str = "") -> dict[str, dict[str, Any]]:
        """Each tool with arguments that are right, but perhaps for the tasks that they name."""
        return {
            "join": {"agent": "cleo"},
            "add": {"tasks": [{"key": "new"}]},
            "claim": {"session": self.second, "task": task or "free"},
            "check": {"session": self.session},
            "tell": {"to": "all", "text": "hello"},
            "graph": {"view": "task", "task": task or "free"},
            "edit": {"task": task or "spare", "set": {"title": "Spare"}},
            "split": {"task": task or "spare", "into": [{"key": "part"}]},
            "cancel": {"tasks": [task or "part"], "dependents": "cancel"},
            "rework": {"task": done or "done", "feedback": "again"},
            "finish": {"lease": self.lease, "outcome": "release"},
        }

    def with_lease(self, lease: str) -> dict[str, dict[str, Any]]:
        """The tools that take a lease."""
        return {
            "check": {"lease": lease},
            "edit": {"task": "held", "set": {"title": "Held"}, "lease": lease},
            "rework": {"task": "done", "feedback": "again", "lease": lease},
            "split": {"task": "held", "into": [{"key": "half"}], "lease": lease},
            "finish": {"lease": lease},
        }

    def with_session(self, session: str) -> dict[str, dict[str, Any]]:
        """The tools that take a session."""
        takers = ("add", "claim", "check", "tell", "edit", "split", "cancel", "rework")
        calls = self.calls()
        return {name: {**calls[name], "session": session} for name in takers} | {
            "join": {"session": session, "take": True}
        }


async def answer(client: Client, name: str, arguments: dict[str, Any]) -> tuple[bool, Any]:
    """Whether a call was refused, and its reply."""
    result = await client.call_tool(name, arguments)
    return result.is_error, payload(result)


def may(role: Rights, needed: Rights) -> bool:
    return ROLES.index(role) >= ROLES.index(needed)


async def test_whatever_there_is_has_a_rule(house: House, mode: str) -> None:
    async with client_with(house.tokens["observe"], house.url, mode) as client:
        tools = (await client.list_tools()).tools
        listed = {str(one.uri) for one in (await client.list_resources()).resources}
        listed |= {
            one.uri_template for one in (await client.list_resource_templates()).resource_templates
        }
        prompts = (await client.list_prompts()).prompts
    assert {tool.name for tool in tools} == NEEDED.keys()
    assert listed == RESOURCES
    assert {prompt.name for prompt in prompts} == PROMPTS
    scene = Scene(house, "plan", f"rules-{mode}")
    assert scene.calls().keys() == NEEDED.keys()
    for argument, tried in (
        ("lease", scene.with_lease("").keys()),
        ("session", scene.with_session("").keys()),
    ):
        taking = {tool.name for tool in tools if argument in tool.input_schema["properties"]}
        assert taking == tried, argument


def test_every_address_has_a_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Starlette] = []

    def keep(_servers: object, app: Starlette, *_: object) -> int:
        made.append(app)
        return 0

    monkeypatch.setattr(http_app, "_serve", keep)
    http_app.run(str(tmp_path / "board.db"), "", HttpOptions(open_access=True), None)
    (app,) = made
    pages = {route.path for route in app.routes if isinstance(route, Route)}
    (gate,) = [route.app for route in app.routes if isinstance(route, Mount)]
    assert pages | {f"/{name}" for name in vars(gate)["_endpoints"]} == PUBLIC | GUARDED
    assert len(app.routes) == len(pages) + 1


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_may_what_its_rule_says_and_no_more(
    house: House, mode: str, role: Rights
) -> None:
    scene = Scene(house, role, f"{role}-{mode}")
    async with client_with(house.tokens[role], scene.url, mode) as client:
        for name, arguments in scene.calls().items():
            before = scene.board.revision()
            refused, reply = await answer(client, name, arguments)
            assert refused != may(role, NEEDED[name]), (name, reply)
            if refused:
                assert reply["code"] == "forbidden"
                assert f"needs the right {NEEDED[name]!r}" in reply["error"]
                assert scene.board.revision() == before


@pytest.mark.parametrize("role", ROLES)
async def test_a_lease_lets_who_may_work_change_its_own_task(
    house: House, mode: str, role: Rights
) -> None:
    for name in OWN_TASK:
        scene = Scene(house, role, f"{role}-{mode}-{name}")
        before = scene.board.revision()
        async with client_with(house.tokens[role], scene.url, mode) as client:
            refused, reply = await answer(client, name, scene.with_lease(scene.lease)[name])
        assert refused != may(role, "work"), (name, reply)
        if refused:
            assert reply["code"] == "forbidden"
            assert scene.board.revision() == before


@pytest.mark.parametrize("role", ROLES)
async def test_what_is_absent_is_refused_like_what_is_foreign(
    house: House, mode: str, role: Rights
) -> None:
    scene = Scene(house, role, f"{role}-{mode}-foreign")
    stranger = Board(house.board.store, scene.board.name, Caller("token:nobody", "work"))
    theirs = stranger.join(agent="dan").session
    lease = stranger.claim(session=theirs, task="free").lease or ""
    key = lease.partition("#")[0]
    forged = (f"{key}#1.AAAAAAAAAAAAAAAA", f"{key}#9.AAAAAAAAAAAAAAAA", "none#1.AAAAAAAAAAAAAAAA")
    async with client_with(house.tokens[role], scene.url, mode) as client:
        for name, arguments in scene.with_lease(lease).items():
            found = await answer(client, name, arguments)
            assert found[0], (name, found)
            for token in forged:
                assert await answer(client, name, {**arguments, "lease": token}) == found
        for name, arguments in scene.with_session(theirs).items():
            found = await answer(client, name, arguments)
            assert found[0], (name, found)
            assert await answer(client, name, {**arguments, "session": "s-nobody"}) == found
        for name, arguments in scene.calls("absent", "absent").items():
            _, reply = await answer(client, name, arguments)
            if not may(role, NEEDED[name]):
                assert reply["code"] == "forbidden", (name, reply)
            assert stranger.check(lease=lease).leases, name


@pytest.mark.parametrize("role", ROLES)
async def test_every_role_reads_all_of_its_board(house: House, mode: str, role: Rights) -> None:
    scene = Scene(house, role, f"{role}-{mode}-reads")
    lease = scene.board.claim(session=scene.board.join().session, task="spare").lease or ""
    scene.board.finish(lease=lease, artifacts=[{"name": "report", "text": "all is well"}])
    named = {"{key}": "spare", "{name}": "report", "{?since,limit}": "?since=1&limit=2"}
    async with client_with(house.tokens[role], scene.url, mode) as client:
        for uri in sorted(RESOURCES):
            for part, value in named.items():
                uri = uri.replace(part, value)
            assert (await client.read_resource(uri)).contents
        for name in PROMPTS:
            assert (await client.get_prompt(name)).messages


@pytest.mark.parametrize("credential", ["none", "wrong", "revoked", "expired"])
def test_without_a_good_token_nothing_but_health_is_answered(house: House, credential: str) -> None:
    paths = [*GUARDED, "/default/mcp", "/other/events", "/nowhere/mcp", "/nothing", "/", "//mcp"]
    token = house.tokens[credential]
    answers = {
        (status, demand, b"" if method == "HEAD" else body)
        for path in paths
        for method in METHODS
        for era in ERAS
        for status, demand, body in [house.ask(method, path, token, era)]
        if method != "HEAD" or status != 401
    }
    assert len(answers) == 1, answers
    ((status, demand, body),) = answers
    assert status == 401
    assert demand.startswith("Bearer realm=")
    assert json.loads(body)["code"] == "unauthorized"


@pytest.mark.parametrize("path", sorted(PUBLIC))
def test_health_is_told_to_everybody_alike(house: House, path: str) -> None:
    found = {house.ask("GET", path, token) for token in house.tokens.values()}
    assert len(found) == 1
    assert {status for status, _, _ in found} == {200}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("what", ["mcp", "events"])
def test_a_token_for_another_board_meets_nothing(house: House, what: str, method: str) -> None:
    for era in ERAS:
        token = house.tokens["narrow"]
        foreign = house.ask(method, f"/{what}", token, era)
        assert foreign[0] == 404
        assert foreign == house.ask(method, f"/default/{what}", token, era)
        assert foreign == house.ask(method, f"/nowhere/{what}", token, era)
        assert foreign == house.ask(method, f"/nowhere/{what}", house.tokens["plan"], era)


def test_figures_are_for_tokens_of_all_boards(house: House) -> None:
    nothing = house.ask("GET", "/nothing", house.tokens["narrow"])
    assert house.ask("GET", "/metrics", house.tokens["narrow"]) == nothing
    for role in ROLES:
        assert house.ask("GET", "/metrics", house.tokens[role])[0] == 200
        assert house.ask("GET", "/events", house.tokens[role])[0] == 200
