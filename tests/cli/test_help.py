"""What --help shows."""

from __future__ import annotations

import re
import shlex

import pytest
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
    taken, _, where = shared.partition(" (")
    assert re.findall(r"--\w+", taken) == ["--db", "--board", "--json", "--agent", "--session"]
    assert where == "see headwater --help)\n"


def test_a_zero_is_not_taken_for_an_option_left_out(cli: Cli) -> None:
    assert "attempts: Input should be greater" in cli("add", "a", "--attempts", "0", code=1).err
    assert "limit: Input should be" in cli("graph", "--limit", "0", code=1).err


def test_examples_are_commands_that_would_be_understood(pages: dict[str, str]) -> None:
    seen = 0
    for name, page in pages.items():
        examples = page.partition("Examples:\n")[2].partition("\n\n")[0].replace("\\\n", "")
        for words in (shlex.split(line, comments=True) for line in examples.splitlines()):
            own = words[: words.index("--")] if "--" in words else words
            assert own[:2] == ["headwater", name]
            for option in (word for word in own if word.startswith("-")):
                assert re.search(rf"^  (-\w, )?{option}\b|, {option}\b", page, re.MULTILINE), own
            seen += 1
    assert seen > 20


def test_every_option_says_what_it_is_for(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        records = re.split(r"^  (?=-)", page.partition("Options:")[2], flags=re.MULTILINE)[1:]
        assert not [one for one in records if len(re.split(r"\s{2,}", one.strip())) < 2], name


COMPLETED = [
    ("headwater exp", "export"),
    ("headwater export --fo", "--format"),
    ("headwater export --format m", "mermaid"),
    ("headwater token r", "revoke"),
    ("headwater finish --outcome b", "blocked"),
    ("headwater serve --transport h", "http"),
]


@pytest.mark.parametrize(("typed", "offered"), COMPLETED)
def test_a_shell_completes_commands_options_and_their_words(
    cli: Cli, typed: str, offered: str
) -> None:
    """Standard input is no terminal here, as in zsh."""
    asked = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    assert cli(_HEADWATER_COMPLETE="complete_bash", **asked).out.split() == [offered]
