"""`headwater status`: one screen about a board."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from headwater.cli.output import one_line, say, say_next, show_columns
from headwater.cli.render.sentences import seconds, setting
from headwater.errors import counted

if TYPE_CHECKING:
    from headwater.board import Board
    from headwater.cli.invocation import Invocation
    from headwater.runner.standing import Standing

STUCK_SHOWN = 8
HELD_SHOWN = 12
SESSIONS_SHOWN = 8


def collect(board: Board, run: Invocation) -> dict[str, Any]:
    """The facts of the screen, as `--json` prints them."""
    from dataclasses import asdict

    from headwater.graph.policy import policy_of
    from headwater.graph.profiles import deviations
    from headwater.graph.states import STATES
    from headwater.operations.overview import now
    from headwater.runner.standing import standing

    moment = board.store.read(lambda tx: now(tx, run.board))
    if moment is None:
        return nothing(run)
    row = moment.board
    policy = policy_of(row.policy)
    stuck = board.graph(view="stuck").as_dict()
    agents = board.graph(view="agents").as_dict()
    ran = standing(Path.cwd(), str(run.location), run.board)
    facts = {
        "store": run.shown,
        "board": run.board,
        "revision": row.revision,
        "paused": bool(row.paused),
        "counts": {state: getattr(row, state) for state in STATES if getattr(row, state)},
        "active": [
            {
                "task": node.key,
                "title": node.title,
                "agent": node.holder or "",
                "kind": "review" if node.state == "review" else "work",
                "since_s": max(0, (moment.now_ms - node.since_ms) // 1000) if node.since_ms else 0,
                "estimate_s": node.estimate_ms // 1000 if node.state == "active" else 0,
                "lease_s": (node.lease_until_ms - moment.now_ms) // 1000,
                "renewed": bool(node.renewed),
            }
            for node in moment.held
        ],
        "next": [{"task": node.key, "title": node.title} for node in moment.upcoming],
        "stuck": stuck.get("stuck", []),
        "stuck_cut": "note" in stuck,
        "agents": agents.get("agents", []),
        "agents_cut": "cursor" in agents,
        "budget": [pool.model_dump(exclude_none=True) for pool in moment.pools],
        "policy": asdict(policy),
        "profile": policy.profile,
        "policy_changed": deviations(policy),
    }
    if ran is not None:
        _with_run(facts, ran, board)
    return facts


def _with_run(facts: dict[str, Any], ran: Standing, board: Board) -> None:
    """What only the run knows: whether it lives, where its workers are, and what resolves what."""
    from headwater.runner.conflicts import resolving
    from headwater.verbs.sessions import RUN_WINDOW

    if ran.alive or ran.died:
        facts["run"] = ran.as_dict()
    for entry in facts["agents"]:
        if entry.get("window") == RUN_WINDOW + ran.record.name and entry["holds"]:
            entry |= ran.place(entry["holds"][0]["task"])
    for item in facts["stuck"][:STUCK_SHOWN]:
        if item["why"] == "to_be_merged":
            resolver = resolving(board, item["task"])
            item |= {"resolved_by": resolver} if resolver else {}


def nothing(run: Invocation) -> dict[str, Any]:
    """The facts where no task was ever added."""
    return {"store": run.shown, "board": run.board, "counts": {}}


def show(facts: dict[str, Any]) -> None:
    """Print the screen."""
    counts: dict[str, int] = facts["counts"]
    name = "" if facts["board"] == "default" else f"board {one_line(facts['board'])}: "
    if not counts:
        say(f"{name}no tasks yet")
        say(f"store: {facts['store']}")
        say_next("headwater import FILE, headwater add KEY --title ..., or let an agent plan")
        return
    total = sum(counts.values())
    say(
        f"{name}{counted(total, 'task')}: "
        + ", ".join(f"{n} {state}" for state, n in counts.items())
    )
    if facts["paused"]:
        say("PAUSED: nobody can claim; `headwater resume` lets them")
    if "run" in facts:
        _section("Run", _run(facts["run"]), 3)
    _section("Working now", [_working(entry) for entry in facts["active"]], HELD_SHOWN)
    upcoming = [[one_line(t["task"]), one_line(t["title"], 60)] for t in facts["next"]]
    left = counts.get("ready", 0) - len(upcoming)
    _section("Next", upcoming, len(upcoming), left)
    run_is_alive = bool(facts.get("run", {}).get("alive"))
    stuck = [_obstacle(item, run_is_alive=run_is_alive) for item in facts["stuck"]]
    _section("Stuck", stuck, STUCK_SHOWN, is_cut=facts["stuck_cut"])
    _budgets(facts["budget"])
    standing = [_standing(entry) for entry in facts["agents"] if entry.get("workspace")]
    _section("Who is where", standing, SESSIONS_SHOWN, is_cut=facts["agents_cut"])
    say()
    there = counted(len(facts["agents"]), "agent session")
    there = f"more than {there}" if facts["agents_cut"] else there
    say(f"{there} seen lately or at work, revision {facts['revision']}")
    say(f"policy: {_policy(facts)}")
    say(f"store: {facts['store']}")


def _run(ran: dict[str, Any]) -> list[list[str]]:
    name = f"{ran['name']}, merging into {ran['base']}"
    rows: list[list[str]] = []
    if ran["alive"]:
        rows.append([name, f"{counted(ran['alive'], 'runner')} at work"])
    if ran["died"]:
        how = "a runner that works goes on" if ran["alive"] else "headwater run --resume goes on"
        rows.append([name, f"{counted(ran['died'], 'runner')} died: {how}"])
    return [*rows, ["logs", str(ran["logs"])]]


def _standing(entry: dict[str, Any]) -> list[str]:
    """The session, its branch (or that its head was detached), the commit of its join, and its
    workspace."""
    branch = str(entry.get("branch") or "")
    commit = str(entry.get("commit_at_join") or "")[:8]
    at = branch or (commit and "detached")
    at += f", joined at {commit}" if commit else ""
    return [
        one_line(str(entry["session"]), 40),
        one_line(at or "no branch", 60),
        one_line(str(entry["workspace"]), 400),
        f"seen {seconds(entry['seen_s'])} ago",
    ]


def _working(entry: dict[str, Any]) -> list[str]:
    lease, estimate = entry["lease_s"], entry["estimate_s"]
    renewed = "by itself" if entry["renewed"] else "by its calls"
    return [
        one_line(entry["task"]),
        one_line(entry["agent"], 40),
        f"{'reviewing ' if entry['kind'] == 'review' else ''}for {seconds(entry['since_s'])}"
        + (f", {seconds(estimate)} estimated" if estimate else ""),
        f"lease {seconds(lease)}, renewed {renewed}"
        if lease > 0
        else f"lease ran out {seconds(-lease)} ago",
    ]


def _budgets(pools: list[dict[str, Any]]) -> None:
    if not pools:
        return
    from headwater.cli.render.budgets import show_pools
    from headwater.verbs.people import BudgetPool

    say()
    say("Budget")
    show_pools([BudgetPool.model_validate(pool) for pool in pools], lead="  ")


_WHY = {
    "paused": "the board is paused",
    "held": "needs an answer: headwater answer {task} TEXT, if it is yours to decide",
    "failed": "failed: headwater rework {task} FEEDBACK, or cancel it",
    "upstream_cancelled": "needs {upstream}, which was cancelled: edit --drop-needs, or rework it",
    "over_budget": "{ready} ready, but the {pool}'s budget of {limit} {unit} has too little left",
    "no_session": "no agent here has its capabilities: {capabilities}",
    "nobody_here": "{ready} ready, but no agent is connected: headwater bootstrap",
    "kept_for": "handed to {agent}, which is not here; for {in_s} s more kept for it",
    "needs_review": "waits for a reviewer: headwater claim {task}",
    "no_reviewer": "nobody here may review it, after {not_by}; you may: headwater claim {task}, "
    "then finish --outcome approve",
    "to_be_merged": "accepted, to be merged: by headwater run --resume, or by you, "
    "then headwater merged {task}",
    "paths_busy": "{parked} ready, waiting for the files of {blocker}, which {holder} works on",
    "backoff": "{ready} ready, but waiting after a failure; the first for {in_s} s more",
    "quiet": "{holder} works on it and has made no call for {seen_s} s",
    "slow": "{holder} has worked on it for {minutes} min, {estimate:g} min were estimated",
    "lease_expired": "its lease ran out with {holder}; the next claim takes it back",
}


_MERGED_BY_THE_RUN = "accepted; the run merges it"
_RESOLVED = "accepted, but does not merge: {resolved_by} is to resolve it"


def _obstacle(item: dict[str, Any], *, run_is_alive: bool) -> list[str]:
    facts = {name: _listed(value) for name, value in item.items()}
    sentence = _WHY.get(str(item.get("why")), str(item.get("why", "")).replace("_", " "))
    if "resolved_by" in item:
        sentence = _RESOLVED
    elif item.get("why") == "to_be_merged" and run_is_alive:
        sentence = _MERGED_BY_THE_RUN
    why = sentence.format(**facts)
    waiting = item.get("waiting")
    if isinstance(waiting, int) and waiting:
        why += f" ({waiting} wait{'s' if waiting == 1 else ''} for it)"
    said = item.get("question") or item.get("reason")
    return [one_line(str(item.get("task", ""))), one_line(why, 120), one_line(str(said or ""), 80)]


def _listed(value: object) -> object:
    if isinstance(value, list):
        return ", ".join(str(part) for part in cast("list[object]", value))
    return value


def _section(
    heading: str, rows: list[list[str]], most: int, more: int = 0, *, is_cut: bool = False
) -> None:
    """So many of the rows, and how many there are besides; `is_cut`: these are not all rows."""
    if not rows:
        return
    say()
    say(heading)
    show_columns([[f"  {first}", *rest] for first, *rest in rows[:most]])
    hidden = max(len(rows) - most, 0) + max(more, 0)
    if hidden:
        say(f"  and {'more than ' if is_cut else ''}{hidden} more")
    elif is_cut:
        say("  and perhaps more")


def _policy(facts: dict[str, Any]) -> str:
    """The profile, and what deviates from it; without one, what deviates from the defaults."""
    changed = ", ".join(
        "rules (headwater policy shows them)"
        if name == "rules"
        else f"{name}={setting(facts['policy'][name])}"
        for name in facts["policy_changed"]
    )
    if not facts["profile"]:
        return changed or "defaults"
    return f"profile {facts['profile']}" + (f", except {changed}" if changed else "")
