"""Advice: which way to run Headwater, as a table; and commands that exist."""

from __future__ import annotations

import re

import pytest

from headwater.errors import BadRequest
from headwater.graph.advice import HTTP_AGENTS, HTTP_MACHINES, STDIO_AGENTS, advise

TABLE = [
    (1, 1, "stdio"),
    (STDIO_AGENTS, 1, "stdio"),
    (STDIO_AGENTS + 1, 1, "http"),
    (HTTP_AGENTS, 1, "http"),
    (HTTP_AGENTS + 1, 1, "postgresql"),
    (2, 2, "http"),
    (STDIO_AGENTS + 1, 2, "http"),
    (HTTP_AGENTS, HTTP_MACHINES, "http"),
    (HTTP_MACHINES + 1, HTTP_MACHINES + 1, "postgresql"),
    (HTTP_AGENTS + 1, 2, "postgresql"),
]


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(("agents", "machines", "way"), TABLE)
def test_the_way_follows_from_agents_and_machines_and_never_from_a_shared_disk(
    agents: int, machines: int, way: str, shared: bool
) -> None:
    found = advise(agents, machines, shared_disk=shared)
    assert found.way == way
    assert found.reasons
    assert ("Headwater refuses such a store" in found.refused) == shared


@pytest.mark.parametrize(("agents", "machines"), [(0, 1), (1, 0), (-1, 1), (2, 3)])
def test_numbers_that_make_no_sense_are_refused(agents: int, machines: int) -> None:
    with pytest.raises(BadRequest):
        advise(agents, machines)


def test_a_server_for_other_machines_is_told_to_use_tls_and_tokens() -> None:
    for agents in (4, HTTP_AGENTS + 1):
        lines = [line for _, line in advise(agents, 3).commands]
        assert any("--tls-cert" in line and "--host 0.0.0.0" in line for line in lines)
        roles = re.findall(r"token create .*--role (\w+)", "\n".join(lines))
        assert roles == ["plan", "work"]  # else nobody could bring a plan in
        assert any("--url https://" in line for line in lines)


def test_a_server_for_one_machine_stays_on_it() -> None:
    lines = [line for _, line in advise(STDIO_AGENTS + 1).commands]
    assert not [line for line in lines if "0.0.0.0" in line]
