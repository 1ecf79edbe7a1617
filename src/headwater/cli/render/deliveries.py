"""What is delivered, for whoever merges: a paragraph a task, a line a commit."""

from __future__ import annotations

from typing import Any, Final

from headwater import limits
from headwater.cli.output import one_line, say
from headwater.errors import counted

_GATES: Final = {
    "review": "waits for a review",
    "inputs": "an input is done again",
    "approved": "approved, an input is done again",
    "merge": "to be merged",
}
_NAMED: Final = ("made_at", "merged", "artifacts", "critical", "reused_from", "superseded_by")


def show(items: list[dict[str, Any]]) -> None:
    """Commits are whole, however long: they are there to be copied."""
    width = max(len(item["task"]) for item in items)
    for item in items:
        stands = _GATES.get(item.get("gate", ""), item["state"])
        at = str(item["at"])[:19].replace("T", " ")
        say(f"{item['task']:<{width}}  {stands}  round {item['round']}  {item.get('by', '')}  {at}")
        if item.get("pending"):
            say(f"  {counted(item['pending'], 'upstream')} to be done again before it")
        for commit in item.get("commits", []):
            say(f"  commit {one_line(commit, limits.LINE_CHARS)}")
        for name in _NAMED:
            if item.get(name):
                named = item[name] if isinstance(item[name], str) else ", ".join(item[name])
                say(f"  {name.replace('_', ' ')}: {one_line(named, limits.LINE_CHARS)}")
