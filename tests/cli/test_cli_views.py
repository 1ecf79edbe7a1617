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
