"""`python -m benchmarks [NAME...] [--quick] [--json FILE]`: measure, and print a table."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import Final

from benchmarks import (
    additions,
    age,
    machine,
    makespan,
    over_http,
    peers,
    postgres,
    postgres_peers,
    processes,
    protocol,
    scale,
    soak,
    throughput,
    wake,
)
from benchmarks.measure import Figures, Options, Result

Benchmark = Callable[[Options], list[Result]]

BENCHMARKS: Final[Mapping[str, Benchmark]] = {
    "one-thread": throughput.one_thread,
    "threads": throughput.threads,
    "processes": processes.processes,
    "postgres": postgres.postgres,
    "scale": scale.claim_and_finish,
    "scale-rules": scale.with_every_rule,
    "age": age.age,
    "add": additions.add_hold,
    "import": additions.importing,
    "wake": wake.wake,
    "makespan": makespan.makespan,
    "latency": protocol.latency,
    "startup": protocol.startup,
    "sizes": protocol.sizes,
    "http-latency": over_http.latency,
    "http-crowd": over_http.crowd,
    "http-gone": over_http.gone,
}
ON_REQUEST: Final[Mapping[str, Benchmark]] = {
    "peers": peers.peers,
    "postgres-peers": postgres_peers.postgres_peers,
    "soak": soak.soak,
}
"""Run only when they are named: peers are installed from the network, `soak` takes long."""
_EVERY: Final[Mapping[str, Benchmark]] = {**BENCHMARKS, **ON_REQUEST}


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for; 1 if a bar was missed."""
    asked = _parser().parse_args(arguments)
    names = asked.names or list(BENCHMARKS)
    unknown = [name for name in names if name not in _EVERY]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(_EVERY)}")
        return 2
    with tempfile.TemporaryDirectory(prefix="headwater-bench-", dir=asked.folder) as folder:
        facts = machine.facts(Path(folder))
        print(" ".join(f"{name}={value}" for name, value in facts.items()), flush=True)
        cache = Path(asked.folder or folder)
        chart = Path(asked.chart) if asked.chart else None
        results = [
            one
            for name in names
            for one in _run(name, Options(Path(folder) / name, cache, asked.quick, chart))
        ]
    print()
    print(table(results))
    if asked.json:
        found = {"machine": facts, "quick": asked.quick, "results": [r.as_dict() for r in results]}
        Path(asked.json).write_text(json.dumps(found, indent=2) + "\n")
    return int(any(result.passed is False for result in results))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"{', '.join(BENCHMARKS)} (these are the default); {', '.join(ON_REQUEST)}",
    )
    parser.add_argument("--quick", action="store_true", help="few repetitions: rough figures")
    parser.add_argument("--json", metavar="FILE", help="write everything measured to FILE too")
    parser.add_argument("--chart", metavar="SVG", help="where `makespan` draws its chart")
    parser.add_argument(
        "--folder",
        metavar="DIR",
        help="where to make the stores: decides which disk is measured; installed peers stay there",
    )
    return parser


def _run(name: str, options: Options) -> list[Result]:
    options.folder.mkdir()
    begun = perf_counter()
    results = _EVERY[name](options)
    print(f"\n{name} ({perf_counter() - begun:.0f} s)", flush=True)
    shown: Figures = {}
    for result in results:
        fresh = {key: value for key, value in result.raw.items() if shown.get(key) != value}
        shown |= result.raw
        if fresh:
            print("  " + " ".join(f"{key}={value}" for key, value in fresh.items()), flush=True)
    print(table(results), flush=True)  # a later one may fail
    return results


def table(results: list[Result]) -> str:
    """Measure, result, bar and verdict, in columns."""
    rows = [("measure", "result", "bar", "pass")]
    for one in results:
        bar = "" if one.bar is None else f"{one.sense} {one.bar:g}"
        verdict = {True: "yes", False: "NO", None: "-"}[one.passed]
        value = f"{one.value:,.2f}" if one.value < 100 else f"{one.value:,.0f}"
        unit = "" if one.unit == "ratio" else f" {one.unit}"
        rows.append((one.measure, value + unit, bar, verdict))
    widths = [max(len(row[at]) for row in rows) for at in range(4)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


if __name__ == "__main__":
    sys.exit(main())
