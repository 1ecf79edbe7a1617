"""A worker of Cascade 0.4.14, through its Python client.

A claim of Cascade returns a token that the next claim or finish of anybody makes stale, and a
worker with a stale token can neither finish, nor release, nor claim. So the tokens are forged: any
number above the graph's counter is accepted. With `--own-tokens` they are not.
"""
# Runs in Cascade's own environment, where its types can be found.
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from cascade import CascadeClient, Contract, ErrorCode, Result
from crew import Busy, Stuck, serve

_FORGED = 2**62


class Cascade:
    """A graph in a folder of JSON files, which it does not sync to the disk."""

    pause_s = 0.005

    def __init__(self, *, own_tokens: bool) -> None:
        self._own_tokens = own_tokens
        self._client: CascadeClient
        self._agent = ""
        self._left: dict[str, Any] = {}
        """What the last claim that found nothing said about the others."""

    def build(self, store: str, tasks: list[dict[str, Any]]) -> None:
        specs = [
            {
                "node_id": one["key"],
                "deps": {
                    need: Contract("records to read", f"data of {need}") for need in one["needs"]
                },
            }
            for one in tasks
        ]
        _ensure(CascadeClient(_path(store)).add_batch(specs))

    def open(self, store: str, agent: str) -> None:
        self._client = CascadeClient(_path(store))
        self._agent = agent
        self._left = {}

    def claim(self) -> tuple[str, Any] | None:
        result = self._client.claim(self._agent)
        if result.code == ErrorCode.NO_READY_TASKS:
            self._left = result.data
            return None
        data = _ensure(result)
        owed = [one["to_node"] for one in data["task_info"].get("promises", [])]
        return data["task_id"], (data["token"] if self._own_tokens else _FORGED, owed)

    def finish(
        self, key: str, proof: Any, summary: str, critical: dict[str, Any], *, last: bool
    ) -> None:
        del last
        token, owed = proof
        delivered = dict.fromkeys(owed, f"data/{key}/records.jsonl")
        _ensure(
            self._client.complete(
                key,
                agent_id=self._agent,
                token=token,
                summary=summary,
                critical=critical,
                deliverables=delivered,
            )
        )

    def over(self) -> bool:
        return self._left == {"pending": 0}

    def close(self) -> None:
        pass


def _ensure(result: Result) -> dict[str, Any]:
    if result.success:
        return result.data
    if result.code == ErrorCode.STALE_TOKEN:
        raise Stuck(result.message)
    contended = result.code == ErrorCode.INTERNAL_ERROR and "lock" in result.message
    if contended or result.code == ErrorCode.LOCK_CONTENTION:
        raise Busy(result.message)
    raise RuntimeError(f"{result.code}: {result.message}")


def _path(store: str) -> Path:
    return Path(store) / "cascade"


if __name__ == "__main__":
    serve(Cascade(own_tokens="--own-tokens" in sys.argv))
