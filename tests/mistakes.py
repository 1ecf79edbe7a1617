"""Calls that are mostly wrong: each of what an agent gets wrong in earnest."""

from __future__ import annotations

from typing import Any


def mistakes(
    key: str, other: str, new: str, *, lease: str, session: str, gone: str
) -> list[tuple[str, dict[str, Any]]]:
    """By a session, with any lease, about any two tasks; `new` is no task yet, and `gone` is a
    session that is over, or never was."""
    return [
        ("claim", {"session": session, "task": "nobody"}),
        ("claim", {"session": gone}),
        ("claim", {"session": session, "task": key, "kind": "review"}),
        ("check", {"lease": lease}),
        ("check", {"lease": lease, "note": "late", "leave": True}),
        ("check", {"session": "s-nobody"}),
        ("finish", {"lease": lease, "summary": "late", "outcome": "done"}),
        ("finish", {"lease": lease, "outcome": "approve"}),
        ("finish", {"lease": lease, "outcome": "blocked"}),
        ("finish", {"lease": lease, "delivered": {key: "x"}, "summary": "x"}),
        ("finish", {"lease": lease, "evidence": {"99": "x"}, "summary": "x"}),
        ("finish", {"lease": lease, "artifacts": [{"name": "empty"}]}),
        ("edit", {"task": key}),
        ("edit", {"task": key, "drop_needs": [other]}),
        ("edit", {"task": key, "add_needs": [key]}),
        ("edit", {"task": key, "lease": lease, "set": {"title": "mine"}}),
        ("edit", {"task": key, "set": {"title": "x"}, "expect_version": 999}),
        ("split", {"task": key, "into": [{"key": other}]}),
        ("split", {"task": key, "into": [{"key": new, "answers": ["nobody"]}]}),
        ("split", {"task": key, "into": [{"key": new, "needs": [key]}]}),
        ("split", {"task": key, "lease": lease, "into": [{"key": new}]}),
        ("rework", {"task": key, "feedback": "x", "lease": lease}),
        ("rework", {"task": "nobody", "feedback": "x"}),
        ("cancel", {"tasks": [key], "expect_version": 999}),
        ("tell", {"to": "everyone", "text": "x"}),
        ("tell", {"to": "agent:ghost", "text": "x"}),
        ("tell", {"to": "agent:agent-1", "text": "x", "task": key}),
        ("add", {"tasks": [{"key": key}]}),
        ("add", {"tasks": [{"key": new, "needs": ["nobody"]}]}),
        ("add", {"tasks": [{"key": new, "needs": [key], "before": [key]}]}),
        ("join", {"session": gone}),
    ]
