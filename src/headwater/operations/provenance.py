"""Who filled the fields of a task: an import, or somebody on the board. Read from the log.

A plan that is imported again without a field that it once had takes back what an import has put
there, and nothing that somebody here has written since.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from headwater.graph.images import REQUESTED, SPEC_FIELDS, SPEC_TEXTS
from headwater.operations.images import compact
from headwater.operations.structure import HARD
from headwater.operations.work import Work
from headwater.store.queries import tasks
from headwater.store.queries.export import AUTHORS, Authored

REASON: Final = "imported again"
"""The reason of the edits that an import makes."""


class Author(Enum):
    """Who wrote what stands in a field that an import has filled once, or may have."""

    IMPORT = "import"
    BOARD = "board"
    ARCHIVED = "archived"


def authors(work: Work, keys: Iterable[str]) -> dict[str, dict[str, Author]]:
    """Of each task: the fields that an import filled once, and who wrote what is there now.

    A hard upstream is the field `hard KEY`, the contract with it `contract KEY`.
    """
    rows = work.tx.all(AUTHORS, board_id=work.board.id, keys=compact(sorted(keys)))
    upstreams = {edge[0] for row in rows if row.aspect == "edges" for edge in json.loads(row.image)}
    named: list[tuple[int, str]] = work.tx.all(tasks.KEYS_BY_IDS, ids=compact(sorted(upstreams)))
    names = dict(named)
    walks: dict[str, _Walk] = {}
    for row in rows:
        walks.setdefault(row.key, _Walk()).step(row, names)
    return {key: walk.found for key, walk in walks.items()}


@dataclass
class _Walk:
    """Through the log of one task, from its first image on."""

    found: dict[str, Author] = field(default_factory=dict[str, Author])
    _there: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def step(self, row: Authored, names: Mapping[int, str]) -> None:
        said = _edges(row.image, names) if row.aspect == "edges" else _fields(row.image)
        before = self._there.get(row.aspect, {})
        author = _author(row)
        for name in before.keys() | said.keys():
            if before.get(name) == said.get(name):
                continue
            if author != Author.BOARD or name in self.found:
                self.found[name] = author
        self._there[row.aspect] = said


def _author(row: Authored) -> Author:
    if not row.kind:
        return Author.ARCHIVED
    imported = row.kind == "imported" or (row.kind == "edited" and row.reason == REASON)
    return Author.IMPORT if imported else Author.BOARD


def _fields(image: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(image)
    return {
        REQUESTED.get(name, name): said[name]
        for name in (*SPEC_FIELDS, *SPEC_TEXTS)
        if name in said
    }


def _edges(image: str, names: Mapping[int, str]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for upstream_id, kind, *contract in json.loads(image):
        if kind == HARD and upstream_id in names:
            said[f"hard {names[upstream_id]}"] = True
            said[f"contract {names[upstream_id]}"] = contract
    return said
