"""`headwater hook EVENT`: the host's JSON on standard input, the answer on standard output."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, Final, cast

from headwater import checkout
from headwater.cli.hook import answers
from headwater.cli.hook.window import Window
from headwater.errors import HeadwaterError
from headwater.store.glance import Glance, glance

_USAGE: Final = f"usage: headwater hook {'|'.join(answers.ANSWERS)} [--db FILE] [--board NAME]"


def run(arguments: list[str]) -> int:
    """Answer one event. The exit code is 0 for an answer, also for none; 1 for a wrong call."""
    options = dict(zip(arguments[1::2], arguments[2::2], strict=False))
    known = len(arguments) % 2 == 1 and options.keys() <= {"--db", "--board"}
    if not known or arguments[0] not in answers.ANSWERS:
        sys.stderr.write(_USAGE + "\n")
        return 1
    try:
        answer = _answer(arguments[0], _event(), options)
    except (HeadwaterError, OSError, ValueError, RuntimeError) as error:  # Runtime: a link circle
        sys.stderr.write(f"headwater hook: {error}\n")
        return 0
    if answer:
        sys.stdout.write(answer + "\n")
    return 0


def _event() -> dict[str, Any]:
    found: object = json.loads(sys.stdin.buffer.read() or b"{}")
    if not isinstance(found, dict):
        raise ValueError("the host's event is no JSON object")
    return cast("dict[str, Any]", found)


def _answer(name: str, event: dict[str, Any], options: dict[str, str]) -> str:
    cwd = Path(str(event.get("cwd") or Path.cwd()))
    project = Path(os.environ.get("CLAUDE_PROJECT_DIR") or cwd)
    board = options.get("--board") or os.environ.get("HEADWATER_BOARD", "").strip() or "default"
    seen = _look(options.get("--db", ""), project, board)
    if seen is None:
        return ""
    return answers.ANSWERS[name](seen, Window(project, cwd), event)


def _look(db: str, project: Path, board: str) -> Glance | None:
    named = db or os.environ.get("HEADWATER_DB", "").strip()
    if named:
        path = named.removeprefix("sqlite:///")
        return None if "://" in path else glance(Path(path).expanduser(), board)
    tree = checkout.find(project)
    folder = tree.common / "headwater" if tree else project / ".headwater"
    if not (tree.is_ours if tree else checkout.is_ours(folder)):
        from headwater.store.location import default_path

        return glance(default_path(project), board)  # git knows whether that user is trusted
    return glance(folder / "board.db", board)
