"""Advice for who plans: new tasks that touch the same files while nothing says which comes first.

It is found in the call alone; nothing of the board is read.
"""

from __future__ import annotations

from itertools import islice
from typing import Final

from headwater.graph.shared_files import shared_files
from headwater.operations.draft import Draft

_SHOWN: Final = 5
_LOOKED_AT: Final = 300
"""Tasks of one call, the first ones: no advice is worth more."""


def unordered(draft: Draft, *, fold: bool) -> list[str]:
    """A warning for each of the first such pairs."""
    paths = {spec.key: spec.paths for spec in draft.specs if spec.paths}
    first = dict(islice(paths.items(), _LOOKED_AT))
    found, _ = shared_files(first, draft.needs, fold=fold)
    said = [
        f"{pair.one} and {pair.other} touch some of the same files, and neither waits for the "
        "other: they may be worked on at once"
        for pair in found[:_SHOWN]
    ]
    more = ["more tasks of this call touch the same files"] if len(found) > _SHOWN else []
    return said + more
