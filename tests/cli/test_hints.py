"""The hints of the one set of verbs, as a person at a terminal reads them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_runs import Cli

import headwater
from headwater.cli.render.hints import as_commands

SOURCE = Path(headwater.__file__).parent

HINTS = {
    "claim(wait=45) waits for the next task": "headwater claim --wait 600 waits for the next task",
    'graph(view="task", task="a") shows it': "headwater graph a --view task shows it",
    "rework(task, feedback=ANSWER) answers": "headwater rework TASK ANSWER answers",
    'rework(task="a", feedback=...) opens': "headwater rework a FEEDBACK opens",
    "join(session=..., take=true) takes it": "headwater join --session ... --take takes it",
    "finish(lease, outcome='reject', notes='what is wrong')": (
        'headwater finish --outcome reject --notes "what is wrong"'
    ),
    "finish(lease, evidence={ITEM or number: what shows it}, ...) answers": (
        'headwater finish --evidence "ITEM or number=what shows it" ... answers'
    ),
    "finish again with delivered={CONSUMER: text}": (
        'finish again with --delivered "CONSUMER=text"'
    ),
    'edit(task="a", set={...}) changes it': "headwater edit a --spec ... changes it",
    'dependents="cancel" cancels them': "--dependents cancel cancels them",
    'tell(to="planners", ...) if wrong': "headwater tell planners ... if wrong",
    "claim() for other work; claim(wait=45) until b is over": (
        "headwater claim for other work; headwater claim --wait 600 until b is over"
    ),
    "headwater status shows who holds what": "headwater status shows who holds what",
}


@pytest.mark.parametrize("hint", HINTS)
def test_a_call_of_a_hint_becomes_the_command_that_does_it(hint: str) -> None:
    assert as_commands(hint) == HINTS[hint]


def _hints() -> Iterator[str]:
    """Every value of `next=` in the package, with KEY for what is put into it."""
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "next":
                yield from _texts(node.value)


def _texts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.JoinedStr):
        yield "".join(
            str(one.value) if isinstance(one, ast.Constant) else "KEY" for one in node.values
        )
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    else:
        for inner in ast.iter_child_nodes(node):
            yield from _texts(inner)


def test_every_hint_names_options_that_its_command_has(pages: dict[str, str]) -> None:
    seen = 0
    for hint in set(_hints()):
        shown = as_commands(hint)
        assert not re.search(r"\b(join|add|edit|claim|check|finish|graph|rework)\(", shown), shown
        if shown == hint:
            continue
        for verb, rest in re.findall(r"headwater ([a-z]+)((?: +\S+)*?)(?=$|[;:]| [a-z])", shown):
            seen += 1
            page = pages[verb]
            for option in re.findall(r"(--[a-z-]+)", rest):
                assert re.search(rf"{option}[ ,\n]", page), (verb, option, shown)
    assert seen > 20


def test_an_error_at_the_terminal_says_which_command_to_type(cli: Cli) -> None:
    cli("add", "a")
    assert "next: headwater graph --view list\n" in cli("claim", "b", code=1).err
    cli("add", "b", "--needs", "a", "--promise", "a=the list")
    cli("claim")
    refused = cli("finish", "--summary", "x", code=1)
    assert 'next: finish again with --delivered "CONSUMER=text"' in refused.err
    as_json = cli("finish", "--summary", "x", "--json", code=1).json
    assert as_json["next"].startswith("finish again with delivered={CONSUMER: text}")


def test_who_gets_no_task_is_told_what_to_do(cli: Cli) -> None:
    cli("add", "a")
    cli("claim", "--agent", "other")
    shown = cli("claim", code=3).out
    assert shown.startswith("nothing to claim: what is left waits")
    assert "next: headwater claim --wait 600 waits for the next task\n" in shown


def test_a_hint_names_the_store_and_board_that_were_options(cli: Cli, tmp_path: Path) -> None:
    here = ("--db", str(tmp_path / "my plans.db"), "--board", "b")
    place = f"headwater --db '{tmp_path}/my plans.db' --board b "
    assert f"next: {place}graph shows the plan\n" in cli("add", "a", *here).out
    assert f"next: {place}graph --view list\n" in cli(*here, "claim", "x", code=1).err
    cli("claim", *here, "--agent", "other")
    assert (
        f"next: {place}claim --wait 600 waits for the next task\n"
        in cli("claim", *here, code=3).out
    )
    assert "next: headwater graph shows the plan\n" in cli("add", "a").out


def test_a_hint_names_the_agent_that_was_an_option_so_that_its_session_is_found(cli: Cli) -> None:
    cli("add", "a")
    claimed = cli("claim", "--agent", "zoe k").out
    check, finish = re.findall(r"headwater --agent 'zoe k' (check|finish)", claimed)
    assert "holds a" in cli("--agent", "zoe k", check, "--note", "half").out
    assert "a  done" in cli("--agent", "zoe k", finish, "--summary", "x").out


def test_a_hint_repeats_no_url_which_may_hold_a_password(cli: Cli) -> None:
    refused = cli("status", "--db", "postgresql://me:hush@127.0.0.1:1/none", code=1).err
    assert "next: " in refused
    assert "hush" not in refused
