"""The views of `headwater graph` and the history, as a person or a pipe reads them."""

from __future__ import annotations

from cli_runs import Cli


def test_what_is_said_to_several_consumers_is_shown_once(cli: Cli) -> None:
    cli("add", "a")
    for key in "bcd":
        cli("add", key, "--promise", "a=the port")
    cli("claim", "a")
    cli("finish", "--summary", "x", "--delivered", "b=use 80", "--delivered", "c=use 80",
        "--delivered", "d=use 81")  # fmt: skip
    assert "    b, c: use 80\n    d: use 81\n" in cli("graph", "a", "--view", "task").out


def test_the_history_on_a_pipe_is_a_line_an_event_without_padding(cli: Cli) -> None:
    reason = f"the plan {'has changed, and ' * 20}nobody needs it"
    cli("add", "a")
    cli("add", "b-with-a-long-key")
    cli("cancel", "a", "--reason", reason)
    events = cli("history", "--json").json["events"]
    when = [str(event["at"])[:19].replace("T", " ") for event in events]
    assert cli("history").out.splitlines() == [
        f"1  added  local  {when[0]}  a",
        f"2  added  local  {when[1]}  b-with-a-long-key",
        f"3  cancelled  local  {when[2]}  a  reason: {reason}",
    ]


def test_of_long_rules_the_part_that_differs_is_shown(cli: Cli) -> None:
    cli("add", "a")
    before = f"Build on main. {'Test each file that you touch. ' * 20}"
    cli("policy", f"rules={before}Name no tool.")
    since = cli("status", "--json").json["revision"]
    cli("policy", f"rules={before}Name every tool. {'x ' * 100}")
    shown = cli("diff", str(since)).out.splitlines()[-1]
    assert shown.startswith("* policy rules: ... ")
    was, now = shown.split(" -> ")
    assert was.endswith("that you touch. Name no tool.")
    assert "that you touch. Name every tool. x x" in now
    assert cli("graph", "--view", "diff", "--since", str(since)).out.splitlines()[-1] == shown


def test_short_settings_are_shown_whole(cli: Cli) -> None:
    cli("add", "a")
    cli("policy", "rules=Name no tool.", "lease_minutes=5")
    shown = cli("diff", "1").out
    assert "* policy rules: (none) -> Name no tool.\n" in shown
    cli("policy", f"rules=Name no tool. {'Test what you touch. ' * 5}The end of it.")
    until = cli("status", "--json").json["revision"]
    cli("policy", f"rules=Name one tool. {'Test what you touch. ' * 5}The end of it.")
    shown = cli("diff", str(until)).out.splitlines()[-1]
    assert shown == "* policy rules: Name no ... -> Name one ..."
