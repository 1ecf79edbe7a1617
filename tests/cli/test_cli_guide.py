"""What an agent in a shell is told to type, can be typed."""

from __future__ import annotations

import json
import re
from typing import get_args

import pytest
from cli_runs import Cli

from headwater.cli.commands.guide import PLAN, ROLES
from headwater.verbs.work import FinishRequest


@pytest.mark.parametrize("role", ROLES)
def test_the_guide_names_commands_and_options_that_there_are(
    role: str, pages: dict[str, str]
) -> None:
    text = ROLES[role].replace("\\\n", " ")
    named = re.findall(r"headwater ([a-z]+)([^\n]*?)(?=  |\n|$|;|, headwater)", text)
    assert len(named) >= 2
    for verb, rest in named:
        for option in re.findall(r"(--[a-z-]+)", rest):
            assert re.search(rf"{option}[ ,\n]", pages[verb]), (verb, option)
    assert max(map(len, ROLES[role].splitlines())) <= 110


def test_the_guide_and_the_help_name_every_way_to_end_an_attempt(pages: dict[str, str]) -> None:
    outcomes = set(get_args(FinishRequest.model_fields["outcome"].annotation)) - {"done"}
    assert len(outcomes) == 7
    for outcome in outcomes:
        assert re.search(rf"--outcome {outcome} |or {outcome}\b", ROLES["work"]), outcome
        assert outcome in pages["finish"], outcome


def test_it_is_shown_to_workers_unless_another_role_is_named(cli: Cli) -> None:
    assert cli("guide").out == ROLES["work"] + "\n"
    assert cli("guide", "plan").out == ROLES["plan"] + "\n"
    assert cli("guide", "review", "--json").json == {"role": "review", "guide": ROLES["review"]}
    assert "one of: work, plan, review" in cli("guide", "boss", code=1).err


def test_its_plan_can_be_added_and_worked_as_it_says(cli: Cli) -> None:
    plan = PLAN[PLAN.index("{") : PLAN.rindex("}") + 1]
    assert [one["key"] for one in json.loads(plan)["tasks"]] == ["design", "api"]
    added = cli("add", "--file", "-", stdin=plan)
    assert "api needs design" in added.out
    cli("tell", "rules", "- Python 3.11\n- no dependencies")
    cli("join", "--capabilities", "python,docs")
    briefing = cli("claim", "--wait", "600").out
    assert briefing.startswith("design  ")
    assert "  | - Python 3.11\n  | - no dependencies\n" in briefing
    assert "you owe api:\n  | the port\n" in briefing
    cli("check", "--note", "how far I am")
    cli(
        "finish", "--summary", "what there is now", "--critical", "port=8080",
        "--artifact", "code=src/api.py", "--commit", "main@1a2b3c4", "--delivered", "api=8080",
        "--evidence", "1=it names the port", "--claim-next",
    )  # fmt: skip
    cli(
        "rework",
        "design",
        "8080 is taken",
        "--lease",
        cli("check", "--json").json["leases"][0]["lease"],
    )
    cli("finish", "--critical", "port=8081", "--delivered", "api=same", "--lease",
        cli("claim", "--json").json["lease"])  # fmt: skip
    cli("claim")
    cli("finish", "--summary", "served")
    cli("join", "--capabilities", "python", HEADWATER_AGENT="rita")
    assert cli("claim", "--kind", "review", "--wait", "600", HEADWATER_AGENT="rita").code == 0
    cli("finish", "--outcome", "approve", "--notes", "ran it", HEADWATER_AGENT="rita")
    assert "all done" in cli("claim", code=3).out


def test_a_claim_that_finds_nothing_ends_with_a_code_of_its_own(cli: Cli) -> None:
    cli("add", "a")
    assert cli("claim").code == 0
    assert cli("claim", "--json", code=3, HEADWATER_AGENT="other").json["none"]["reason"] == "wait"
    assert cli("finish", "--claim-next").code == 0, "what was asked for first was done"
    assert cli("claim", "--wait", "0.1", code=3).out.startswith("nothing to claim: all done")
