"""Real proxies, configured as docs/operations.md says, in front of a real server."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.request import Request, urlopen

import anyio
import anyio.to_thread
import pytest
from mcp import Client, MCPError
from server_clients import call, client_with, http_process, payload, until_waiting
from test_server_access import post

from headwater.operations import access
from headwater.store.store import Store
from patience import PATIENCE_S

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
MODULES: Final = Path("/usr/lib/apache2/modules")
"""Where Debian puts Apache's."""
NGINX_DEFAULTS: Final = "location / { proxy_pass http://127.0.0.1:8765; }"
NGINX_PREFIX: Final = "location /headwater/ { proxy_pass http://127.0.0.1:8765/; }"


def nginx(block: str, folder: Path, port: int) -> tuple[str, list[str]]:
    places = "".join(
        f"{what}_temp_path {folder}/{what};"
        for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = (
        f"daemon off; pid {folder}/pid; error_log {folder}/errors; events {{}}\n"
        f"http {{ access_log off; {places}\n"
        f"server {{ listen 127.0.0.1:{port};\n{block}\n}} }}\n"
    )
    return config, ["-e", f"{folder}/errors", "-c"]


def haproxy(block: str, _folder: Path, port: int) -> tuple[str, list[str]]:
    front = (
        "defaults\n    timeout connect 5s\n    timeout client 50s\n"
        f"frontend all\n    mode http\n    bind 127.0.0.1:{port}\n    default_backend headwater\n"
    )
    return f"{front}{block}\n", ["-db", "-f"]


def apache2(block: str, folder: Path, port: int) -> tuple[str, list[str]]:
    if not MODULES.is_dir():
        pytest.skip(f"Apache's modules are not in {MODULES}")
    modules = "".join(
        f"LoadModule {name}_module {MODULES}/mod_{name}.so\n"
        for name in ("mpm_event", "authz_core", "proxy", "proxy_http")
    )
    config = (
        f"{modules}ServerRoot {folder}\nServerName localhost\nListen 127.0.0.1:{port}\n"
        f"PidFile {folder}/pid\nErrorLog {folder}/errors\nMutex file:{folder} default\n"
        f"User nobody\nGroup nogroup\n{block}\n"
    )
    return config, ["-DFOREGROUND", "-f"]


def caddy(block: str, _folder: Path, port: int) -> tuple[str, list[str]]:
    config = f"{{\n admin off\n auto_https off\n}}\n:{port} {{\n bind 127.0.0.1\n {block}\n}}\n"
    return config, ["run", "--adapter", "caddyfile", "--config"]


Program = Callable[[str, Path, int], tuple[str, list[str]]]


def documented(language: str, number: int = 0) -> str:
    return re.findall(rf"```{language}\n(.+?)```", PAGE.read_text(), re.DOTALL)[number]


SETUPS: Final[dict[str, tuple[Program, str, str]]] = {
    "nginx": (nginx, documented("nginx"), ""),
    "nginx, its defaults": (nginx, NGINX_DEFAULTS, ""),
    "nginx, a prefix": (nginx, NGINX_PREFIX, "/headwater"),
    "haproxy": (haproxy, documented("haproxy"), ""),
    "apache": (apache2, documented("apache"), ""),
    "caddy": (caddy, documented("caddy"), ""),
}


@dataclass(frozen=True)
class Place:
    """A server, and its URL from in front of the proxy."""

    direct: str
    url: str
    passes_host_on: bool
    notices_who_leaves: bool
    breaks_off: bool
    """Caddy 2.6 now and then ends the answer to a handshake, as docs/operations.md says."""

    @asynccontextmanager
    async def client(self, mode: str) -> AsyncIterator[Client]:
        async with AsyncExitStack() as stack:
            try:
                client = await stack.enter_async_context(Client(self.url, mode=mode))
            except* MCPError:
                if not self.breaks_off:
                    raise
                client = await stack.enter_async_context(Client(self.url, mode=mode))
            yield client

    def open_events(self, after: int | None = None) -> http.client.HTTPResponse:
        seen = {} if after is None else {"Last-Event-ID": str(after)}
        address = self.url.replace("/mcp", "/events")
        return urlopen(Request(address, headers=seen), timeout=PATIENCE_S)  # ours


def next_id(events: http.client.HTTPResponse) -> int:
    while not (line := events.readline()).startswith(b"id: "):
        assert line, "the stream has ended"
    return int(line.removeprefix(b"id: "))


def installed(program: Program) -> str:
    found = shutil.which(program.__name__, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    return found or pytest.skip(f"{program.__name__} is not installed")


@pytest.fixture(scope="module", params=SETUPS)
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    program, block, prefix = SETUPS[request.param]
    found = installed(program)
    folder = tmp_path_factory.mktemp("proxy")
    often = "import headwater.server.waiting as waiting; waiting.PROGRESS_EVERY_S = 0.2\n"
    options = {"open_access": True, "names": ["tasks.example"]}
    with http_process(folder / "board.db", prelude=often, **options) as (url, _):
        port = free_port()
        address = url.partition("//")[2].removesuffix("/mcp")
        config, arguments = program(block.replace("127.0.0.1:8765", address), folder, port)
        (folder / "config").write_text(config)
        with running([found, *arguments, str(folder / "config")], folder, port):
            passes_host_on = "defaults" not in request.param and not prefix
            yield Place(
                url,
                f"http://127.0.0.1:{port}{prefix}/mcp",
                passes_host_on,
                notices_who_leaves=program is not apache2,
                breaks_off=program is caddy and version_of(found).startswith("2.6."),
            )


@contextmanager
def running(command: list[str], home: Path, port: int) -> Iterator[None]:
    """A proxy."""
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(home)},
    ) as process:
        try:
            until_open(port, process)
            yield
        finally:
            process.terminate()


def version_of(program: str) -> str:
    said = subprocess.run([program, "version"], capture_output=True, text=True, check=True)
    return said.stdout.removeprefix("v")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return bound.getsockname()[1]


def until_open(port: int, process: subprocess.Popen[bytes]) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while True:
        assert process.poll() is None, "the proxy does not run"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < until_s
            time.sleep(0.05)
        else:
            return


async def test_a_waiting_claim_tells_how_it_goes_and_is_answered(place: Place, mode: str) -> None:
    async with Client(place.direct) as other, place.client(mode) as client:
        me = (await call(client, "join", agent="ann"))["session"]
        task = {"key": f"t-{mode}"}

        async def add_it(_done: float, _total: float | None, message: str | None) -> None:
            """Once the client was told, so that nothing is kept back until there is more."""
            await call(other, "add", tasks=[task], request=f"{message} {mode}")

        with anyio.fail_after(PATIENCE_S):
            result = await client.call_tool(
                "claim", {"session": me, "wait": 45}, progress_callback=add_it
            )
        assert payload(result)["task"] == task["key"]


async def test_a_client_that_goes_away_is_noticed(place: Place, mode: str) -> None:
    if not place.notices_who_leaves:
        pytest.skip("this proxy notices it with what it next has to write: after 15 or 30 seconds")
    async with Client(place.direct) as other:
        me = (await call(other, "join", agent="ann"))["session"]
        with anyio.fail_after(PATIENCE_S):
            async with anyio.create_task_group() as tasks:

                async def claim() -> None:
                    async with place.client(mode) as client:
                        await client.call_tool("claim", {"session": me, "wait": 45})

                tasks.start_soon(claim)
                await until_waiting(place.direct, 1)
                tasks.cancel_scope.cancel()
            await until_waiting(place.direct, 0)


async def test_who_follows_a_resource_is_told(place: Place) -> None:
    async with (
        Client(place.direct) as other,
        Client(place.url) as client,
        client.listen(resource_subscriptions=["headwater://graph"]) as told,
    ):
        await call(other, "add", tasks=[{"key": "followed"}])
        with anyio.fail_after(PATIENCE_S):
            await anext(aiter(told))


async def test_an_event_arrives_at_once_and_a_reader_goes_on_where_it_was(place: Place) -> None:
    async with Client(place.direct) as other:
        with await anyio.to_thread.run_sync(place.open_events) as live:
            await call(other, "add", tasks=[{"key": "told"}])
            newest = await anyio.to_thread.run_sync(next_id, live)
        with await anyio.to_thread.run_sync(place.open_events, newest - 1) as again:
            assert await anyio.to_thread.run_sync(next_id, again) == newest


def test_the_name_that_a_client_calls_reaches_the_server(place: Place) -> None:
    if not place.passes_host_on:
        pytest.skip("as it is set up here, this proxy puts a name of its own into Host")
    assert post(place.url, Host="tasks.example")[0] == 200
    assert post(place.url, Host="somewhere.else")[0] == 421


@pytest.mark.parametrize("program", [nginx, haproxy])
async def test_each_client_of_several_servers_stays_with_one(
    program: Program, mode: str, tmp_path: Path
) -> None:
    found = installed(program)
    with Store.open(tmp_path / "board.db") as store:
        tokens = [access.create(store, f"agent{number}", "plan")[1] for number in range(4)]
    port = free_port()
    options = {"host": "127.0.0.1"}
    with (
        http_process(tmp_path / "board.db", **options) as (one, _),
        http_process(tmp_path / "board.db", **options) as (two, _),
    ):
        several = documented(program.__name__, 1)
        for name, url in (("10.0.0.1:8765", one), ("10.0.0.2:8765", two)):
            several = several.replace(name, url.partition("//")[2].removesuffix("/mcp"))
        if program is nginx:
            location = documented("nginx").replace("127.0.0.1:8765", "headwater")
            config, arguments = nginx(location, tmp_path, port)
            config = config.replace("server {", several + "server {", 1)
        else:
            config, arguments = program(several, tmp_path, port)
        (tmp_path / "config").write_text(config)
        with running([found, *arguments, str(tmp_path / "config")], tmp_path, port):
            for token in tokens:
                async with client_with(token, f"http://127.0.0.1:{port}/mcp", mode) as client:
                    for _ in range(4):
                        await call(client, "join", agent="ann")
