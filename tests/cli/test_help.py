"""What --help shows."""

from __future__ import annotations

import re

from cli_runs import Cli

from headwater.cli.sections import SECTIONS


def test_every_command_stands_in_one_section_and_its_line_is_whole(pages: dict[str, str]) -> None:
    names = " ".join(SECTIONS.values()).split()
    assert sorted(names) == sorted(filter(None, pages))
    lines = pages[""].split("Begin:")[1]
    assert re.findall(r"^  ([a-z]+)  ", lines, re.MULTILINE) == names
    assert "..." not in lines


def test_options_say_what_they_take_and_only_defaults_that_mean_something(
    pages: dict[str, str],
) -> None:
    for page in pages.values():
        assert not re.search(r"^  (-\w, )?--\S+ <(str|int|float|list)", page, re.MULTILINE), page
        assert "[default: 0]" not in page
        assert "[[" not in page
        assert not re.search(r"<(str|int|float|list)", page), page


def test_what_every_command_takes_stands_below_what_this_one_takes(pages: dict[str, str]) -> None:
    own, _, shared = pages["claim"].partition("Options of every command:")
    assert "--take-over" in own
    assert "--session" not in own
    assert re.findall(r"--\w+", shared) == ["--db", "--board", "--json", "--agent", "--session"]


def test_a_zero_is_not_taken_for_an_option_left_out(cli: Cli) -> None:
    assert "attempts: Input should be greater" in cli("add", "a", "--attempts", "0", code=1).err
    assert "limit: Input should be" in cli("graph", "--limit", "0", code=1).err
