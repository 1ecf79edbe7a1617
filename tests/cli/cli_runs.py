"""A finished run of the command, as the fixture `cli` returns it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Ran:
    """A finished run of `headwater`."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The answer of a `--json` run: one line, nothing else."""
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)


Cli = Callable[..., Ran]
