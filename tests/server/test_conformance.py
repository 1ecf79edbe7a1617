"""The official conformance suite against a real HTTP server (opt-in: it is installed from npm)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from server_clients import http_process

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(600)]

SUITE = "@modelcontextprotocol/conformance@0.2.0-alpha.12"
NODE = "node@24"
"""The suite needs a newer node than most machines have; npm has one."""
SCENARIOS = [
    "server-initialize",
    "server-session-lifecycle",
    "ping",
    "tools-list",
    "resources-list",
    "prompts-list",
    "dns-rebinding-protection",
    "server-sse-multiple-streams",
    "caching",
    "http-header-validation",
    "sep-2164-resource-not-found",
]
"""Without those of subscriptions: they follow a resource that only the suite's own example server
has, and what is no resource is refused here."""
NEED_TOOLS_OF_THE_SUITE = {
    "sep-2575-server-rejects-undeclared-capability",
    "sep-2575-missing-capability-http-400",
    "sep-2575-http-server-no-independent-requests-on-stream",
    "sep-2575-server-no-log-without-loglevel",
}
"""They call tools by names that only the suite's own example server has."""
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command that runs a scenario."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("conformance")
    install = ["npm", "install", "--no-audit", "--no-fund", SUITE, NODE]
    subprocess.run(install, cwd=folder, check=True, capture_output=True, timeout=500)
    modules = folder / "node_modules"
    program = modules / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
    return [str(modules / ".bin" / "node"), str(program), "server"]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with http_process(tmp_path_factory.mktemp("store") / "board.db") as (url, _):
        yield url


def run(suite: list[str], url: str, scenario: str) -> tuple[int, str]:
    done = subprocess.run(
        [*suite, "--url", url, "--scenario", scenario],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )
    return done.returncode, ANSI.sub("", done.stdout + done.stderr)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_of_the_suite_passes(suite: list[str], url: str, scenario: str) -> None:
    code, said = run(suite, url, scenario)
    assert code == 0, said[-4000:]
    assert re.search(r"Passed: [1-9]\d*/\d+, 0 failed", said), said[-4000:]


def test_the_stateless_protocol_holds_where_it_can_be_tested(
    suite: list[str], url: str, tmp_path: Path
) -> None:
    _, said = run(suite, url, "server-stateless")
    failed = set(re.findall(r"\[([a-z0-9-]+) *\] FAILURE", said))
    passed = re.findall(r"\[([a-z0-9-]+) *\] SUCCESS", said)
    assert len(passed) >= 24, said[-4000:]
    assert failed <= NEED_TOOLS_OF_THE_SUITE
