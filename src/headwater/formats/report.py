"""What a reader says about a file: what it kept, mapped and dropped, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from headwater.errors import BadPlan, counted

EXAMPLES = 5
PROBLEM_CHARS = 300


_JOINERS = "\u200c\u200d"
"""Persian, the scripts of India and emoji are spelled with them."""


def printable(text: str, also: str = "") -> str:
    """`text` without what acts on a terminal or turns the direction of writing: white space becomes
    blanks, the rest a replacement character. What is in `also` stays."""
    kept = _JOINERS + also
    return "".join(
        char if char.isprintable() or char in kept else " " if char.isspace() else "\ufffd"
        for char in text
    )


def shown(text: str, limit: int = 80) -> str:
    """Foreign text for a message: one line, printable, bounded."""
    clean = printable(text[: limit + 1])
    return clean if len(text) <= limit else clean[: limit - 3] + "..."


@dataclass
class Report:
    """Every decision of a reader, grouped by sentence, with the tasks that it concerns."""

    format: str
    kept: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    mapped: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    dropped: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def keep(self, what: str, subject: str) -> None:
        self.kept.setdefault(what, []).append(subject)

    def map(self, what: str, subject: str) -> None:
        self.mapped.setdefault(what, []).append(subject)

    def drop(self, what: str, subject: str) -> None:
        self.dropped.setdefault(what, []).append(subject)

    def lines(self) -> list[str]:
        """The report as sentences: "mapped, 8: status in_progress becomes open (a, b, ...)"."""
        return [
            f"{label}, {line}"
            for label, group in (
                ("kept", self.kept),
                ("mapped", self.mapped),
                ("dropped", self.dropped),
            )
            for line in _sentences(group)
        ]

    def losses(self) -> list[str]:
        """What was dropped, as sentences."""
        return _sentences(self.dropped)


def _sentences(group: Mapping[str, list[str]]) -> list[str]:
    return [
        f"{len(subjects)}: {what} ({_examples(subjects)})"
        for what, subjects in sorted(group.items())
    ]


def _examples(subjects: list[str]) -> str:
    some = ", ".join(shown(subject) for subject in subjects[:EXAMPLES])
    return some if len(subjects) <= EXAMPLES else f"{some}, ..."


class Problems:
    """Collects everything that is wrong with a file, so that it is all said at once."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._said: set[str] = set()

    def add(self, where: str, what: str) -> None:
        said = shown(f"{where}: {what}", PROBLEM_CHARS)
        if said not in self._said:
            self._said.add(said)
            self.found.append(said)

    def raise_if_any(self) -> None:
        """Raises: BadPlan, listing every problem."""
        if self.found:
            raise BadPlan(
                f"the plan has {counted(len(self.found), 'problem')}; nothing was imported",
                state={"problems": self.found},
                next="mend the file and import it again",
            )
