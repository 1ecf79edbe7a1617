"""Notices on a terminal: what each is about, what somebody can do about it, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from headwater.cli.output import one_line, quoted, say, to_type

if TYPE_CHECKING:
    from headwater.verbs.sessions import Notice

_ANSWER: Final = "for whoever plans: headwater answer {task} TEXT"
_STEPS: Final = {
    "blocked": _ANSWER,
    "held": _ANSWER,
    "review_ready": "headwater claim {task} --kind review",
    "handoff": "headwater claim {task}",
}
"""What somebody can do about a notice."""


def notices(told: list[Notice] | None) -> None:
    for notice in told or []:
        about = f" about {notice.task}" if notice.task else ""
        by = f", from {one_line(notice.by)}" if notice.by else ""
        by += f" to {one_line(notice.to)}" if notice.to else ""
        step = f": {_STEPS[notice.kind].format(task=notice.task)}" if notice.kind in _STEPS else ""
        say(f"notice {notice.id}: {one_line(notice.kind)}{about}{by}{to_type(step)}")
        if notice.text:
            say(quoted(notice.text))
        if notice.data and notice.kind != "inputs_changed":  # which is said above
            say(quoted("\n".join(_fact(*fact) for fact in notice.data.items())))
        if notice.more:
            say(f"  {to_type(notice.more)}")


def _fact(name: str, value: object) -> str:
    if isinstance(value, dict):
        inner = cast("dict[str, object]", value)
        return "\n".join(_fact(f"{name} {part}", one) for part, one in inner.items())
    if isinstance(value, list):
        value = ", ".join(map(str, cast("list[object]", value)))
    return f"{name}: {value}"
