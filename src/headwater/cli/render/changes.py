"""`headwater diff`: what is different between two revisions, a line a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from headwater import limits
from headwater.cli.output import clean, console, figure, one_line, say
from headwater.cli.render.sentences import setting
from headwater.cli.render.tree import STYLES
from headwater.errors import counted

if TYPE_CHECKING:
    from headwater.board import Board

LATELY: Final = 20
"""Revisions that are looked back on if none is given."""
_SHORT: Final = 80
"""Characters of a setting that is shown whole."""
_BEFORE: Final = 20
"""Of what two long ones have in common, so much is shown."""


def gather(board: Board, since: int, until: int) -> dict[str, Any]:
    """All pages of the difference. `since` -1 is lately, `until` 0 is now.

    Raises:
        BadRequest: the revisions are not in order, not reached, or archived.
    """
    until = until or board.revision()
    since = _lately(board, until) if since < 0 else since
    items: list[dict[str, Any]] = []
    settings: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = board.graph("diff", since=since, at=until, limit=limits.PAGE, cursor=cursor)
        items += page.diff
        settings += page.settings or []
        cursor = page.cursor or ""
        if not cursor:
            break
    found: dict[str, Any] = {"view": "diff", "since": since, "until": until, "diff": items}
    return found | ({"settings": settings} if settings else {})


def _lately(board: Board, until: int) -> int:
    """`LATELY` before `until`, or as far back as the store goes since its last archive."""
    from headwater.store.queries import archive

    last = board.store.read(lambda tx: tx.one(archive.NEWEST, board_id=board.id))
    return max(0, until - LATELY, min(last.until, until) if last else 0)


def show_settings(settings: list[dict[str, Any]]) -> None:
    """What people changed of the board's settings, a line each."""
    for one in settings:
        say(f"* {one_line(_setting(one), 500)}")


def show(found: dict[str, Any]) -> None:
    """Added tasks with `+`, changed ones with `~`: from which state to which, and what else.
    Settings of the board with `*`."""
    from rich.text import Text

    items: list[dict[str, Any]] = found["diff"]
    settings: list[dict[str, Any]] = found.get("settings", [])
    added = sum(1 for item in items if item.get("added"))
    counts = [f"{added} added, {len(items) - added} changed"] if items else []
    counts += [counted(len(settings), "setting")] if settings else []
    say(
        f"revision {found['since']} to {found['until']}: "
        + (", ".join(counts) or "nothing is different")
    )
    width = max((len(item["key"]) for item in items), default=0)
    out = console()
    for item in items:
        state = str(item.get("state") or "")
        mark = "+" if item.get("added") else "~"
        key = clean(f"{item['key']:<{width}}")
        line = Text(f"{mark} ", "dim").append(key, STYLES.get(state, ""))
        line.append(f"  {clean('; '.join(_facts(item)))}")
        out.print(line, soft_wrap=True)
    show_settings(settings)


def _setting(item: dict[str, Any]) -> str:
    if item["setting"] == "paused":
        return "paused" if item["now"] else "resumed"
    if item["setting"] == "policy":
        was, now = (setting(one) for one in _where_they_differ(item["was"], item["now"]))
        return f"policy {item['name']}: {was} -> {now}"
    pool = f"of group {item['group']}" if item.get("group") else "of the board"
    was, now = (figure(item[when]) if item[when] else "no limit" for when in ("was", "now"))
    return f"budget {pool}, {item['name']}: {was} -> {now}"


def _where_they_differ(was: object, now: object) -> tuple[object, object]:
    """Both values. Of long texts that begin or end with the same, what is between, and some words
    before it."""
    if not (isinstance(was, str) and isinstance(now, str)) or max(len(was), len(now)) <= _SHORT:
        return was, now
    same = _same_at_the_start(was, now)
    start = was.rfind(" ", 0, max(0, same - _BEFORE)) + 1
    end = _same_at_the_start(was[same:][::-1], now[same:][::-1])
    lead, trail = "... " if start else "", " ..." if end > _BEFORE else ""
    until = end if trail else 0
    old, new = (f"{lead}{one[start : len(one) - until]}{trail}" for one in (was, now))
    return old, new


def _same_at_the_start(one: str, other: str) -> int:
    """How many characters."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (left, right) in pairs if left != right), min(len(one), len(other)))


def _facts(item: dict[str, Any]) -> list[str]:
    if item.get("added"):
        return [str(item["state"]), *([one_line(str(item["title"]))] if item.get("title") else [])]
    facts: list[str] = []
    if item.get("state"):
        facts.append(f"{item['was']} -> {item['state']}")
    if item.get("round"):
        facts.append(f"round {item['round']}")
    if item.get("delivered"):
        facts.append("a new delivery")
    if item.get("changed"):
        facts.append(f"other {', '.join(item['changed'])}")
    for name, verb in (("needs_added", "needs now"), ("needs_dropped", "needs no longer")):
        if item.get(name):
            facts.append(f"{verb} {', '.join(item[name])}")
    if item.get("contracts_changed"):
        facts.append("other contracts")
    return facts
