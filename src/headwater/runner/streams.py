"""Two streams of one plan: its first batches, and the rest, side by side.

As cast-parallel does it, the second stream does not wait for the first: whoever splits a manifest
after a batch says that what follows does not build on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from headwater.formats.adm import GROUP
from headwater.verbs.importing import ImportedTask

Pick: TypeAlias = Callable[[Sequence[str]], list[str]]
"""Chooses among the ready tasks those that a worker takes, the first one first."""


def batches_of(tasks: Sequence[ImportedTask]) -> tuple[tuple[str, int], ...]:
    """The number of each task's batch, in the order of the plan. Their groups are `batch-ID`; where
    an id is no number, the batches count in the order in which they come."""
    ids = {task.key: task.group[len(GROUP) :] for task in tasks if task.group.startswith(GROUP)}
    numbers = {id: at for at, id in enumerate(dict.fromkeys(ids.values()), start=1)}
    if all(id.isdecimal() for id in numbers):
        numbers = {id: int(id) for id in numbers}
    return tuple((key, numbers[id]) for key, id in ids.items())


def is_first(batches: Mapping[str, int], key: str, split: int) -> bool:
    """Whether a task is of the batches 1 to `split`; one of no batch is not."""
    return 0 < batches.get(key, 0) <= split


def side_by_side(tasks: Sequence[ImportedTask], split: int) -> list[ImportedTask]:
    """The tasks of a manifest, those after batch `split` without the needs that only the order of
    its batches gave them."""
    batches = dict(batches_of(tasks))
    return [
        task
        if is_first(batches, task.key, split)
        else task.model_copy(
            update={"needs": [up for up in task.needs if not is_first(batches, up, split)]}
        )
        for task in tasks
    ]


def picks(batches: Sequence[tuple[str, int]], split: int) -> tuple[Pick, Pick]:
    """What the workers of either stream take, in the order of the plan."""
    numbers = dict(batches)
    order = {key: at for at, key in enumerate(numbers)}

    def stream(*, first: bool) -> Pick:
        def pick(ready: Sequence[str]) -> list[str]:
            mine = [key for key in ready if is_first(numbers, key, split) == first]
            return sorted(mine, key=lambda key: order.get(key, len(order)))

        return pick

    return stream(first=True), stream(first=False)
