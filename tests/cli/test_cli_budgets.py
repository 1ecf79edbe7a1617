"""The commands about budgets, profiles and advice."""

from __future__ import annotations

import shlex

from cli_runs import Cli

from headwater.graph.advice import advise


def test_a_budget_is_set_shown_and_part_of_the_status(cli: Cli) -> None:
    assert "no budgets" in (cli("add", "a", "--estimate", "20") and cli("budget").out)
    cli("budget", "--minutes", "60")
    cli("budget", "--group", "docs", "--usd", "2.5")
    cli("claim", "a")
    shown = cli("budget").out.splitlines()
    assert shown[0].split()[:2] == ["board", "minutes"]
    assert "0 of 60 spent" in shown[0]
    assert "20 reserved, 40 left" in shown[0]
    assert shown[1].startswith("group docs")
    status = cli("status").out
    assert "Budget\n  board" in status
    assert cli("status", "--json").json["budget"] == [
        {"limit": {"minutes": 60}, "spent": {}, "reserved": {"minutes": 20}},
        {"group": "docs", "limit": {"usd": 2.5}, "spent": {}, "reserved": {}},
    ]


def test_large_figures_are_written_in_full(cli: Cli) -> None:
    cli("add", "a")
    cli("budget", "--group", "docs", "--tokens", "2000000")
    assert "0 of 2,000,000 spent" in cli("budget").out
    cli("policy", "backoff_most_ms=3600000")
    assert "policy: backoff_most_ms=3600000\n" in cli("status").out


def test_what_is_over_budget_is_said_with_the_figures(cli: Cli) -> None:
    cli("add", "a", "--estimate", "20")
    cli("budget", "--minutes", "10")
    assert "\n  pool board, unit minutes, limit 10, spent 0, " in cli("claim", code=3).out
    assert "1 ready, but the board's budget of 10 minutes" in cli("status").out
    assert cli("claim", "a", "--json", code=1).json["wanted"] == 20


def test_a_cost_is_reported_with_a_check(cli: Cli) -> None:
    cli("add", "a")
    cli("claim", "a")
    cli("budget", "--tokens", "5")
    assert cli("check", "--tokens", "100", "--json").json["leases"]


def test_a_profile_and_what_deviates_from_it_are_part_of_the_status(cli: Cli) -> None:
    cli("add", "a")
    assert "policy: defaults" in cli("status").out
    cli("policy", "--profile", "safe", "lease_minutes=45")
    assert "policy: profile safe, except lease_minutes=45\n" in cli("status").out
    found = cli("status", "--json").json
    assert (found["profile"], found["policy_changed"]) == ("safe", ["lease_minutes"])


def test_advice_is_the_way_the_reasons_and_commands(cli: Cli) -> None:
    said = cli("advise", "--agents", "8", "--machines", "3", "--shared-disk").out
    assert said.startswith("One HTTP server owns a SQLite file")
    assert "because 3 machines cannot share a SQLite file" in said
    assert "no: a shared disk does not help" in said
    found = cli("advise", "--agents", "4", "--json").json
    assert found["way"] == "stdio"
    assert found["commands"][0]["run"] == "headwater bootstrap --host detected"
    assert "at least one agent" in cli("advise", "--agents", "0", code=1).err


def test_every_command_that_is_advised_can_be_typed(cli: Cli) -> None:
    """Each option that advice names is one of that command's options."""
    known = {name: cli(*name.split(), "--help").out for name in ("serve", "bootstrap", "status")}
    for pair in ("token create", "db upgrade"):
        known[pair] = cli(*pair.split(), "--help").out
    for agents, machines in ((1, 1), (60, 1), (8, 3), (500, 40)):
        for _, line in advise(agents, machines).commands:
            program, *words = shlex.split(line)
            if program == "export":
                continue
            command = " ".join(words[:2]) if words[0] in ("token", "db") else words[0]
            options = [word for word in words if word.startswith("--")]
            assert [one for one in options if one not in known[command]] == [], line
