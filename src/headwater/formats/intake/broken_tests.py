"""Tests that failed as tasks: one for all of a file, or of a suite whose file is not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from headwater import limits
from headwater.formats import fit
from headwater.formats.intake.outcome import BrokenTest
from headwater.formats.keys import map_keys
from headwater.formats.report import Report
from headwater.verbs.importing import ImportedTask

GROUP: Final = "tests"
_PRIORITY: Final = 10
_SHOWN: Final = 40
_NAME_CHARS: Final = 150


def propose(
    files: Mapping[str, str], broken: Sequence[BrokenTest], report: Report
) -> Iterator[ImportedTask]:
    """A task for each place where tests failed."""
    stems = {path.rpartition(".")[0].replace("/", "."): path for path in files}
    places: dict[str, list[BrokenTest]] = {}
    for test in broken:
        places.setdefault(_place(test, files, stems), []).append(test)
    keys = map_keys(f"tests-{place.replace('/', '-')}" for place in places)
    for place, tests in places.items():
        key = keys[f"tests-{place.replace('/', '-')}"]
        report.keep("tests that failed", f"{place}: {len(tests)}")
        names = list(dict.fromkeys(fit.line(test.name)[:_NAME_CHARS] for test in tests))
        lines = [f"- {fit.line(one.name)[:_NAME_CHARS]}: {one.said}" for one in tests[:_SHOWN]]
        more = f"- and {len(tests) - _SHOWN} more" if len(tests) > _SHOWN else ""
        whole = len(names) <= limits.ACCEPTANCE_ITEMS
        yield ImportedTask(
            key=key,
            title=fit.title(f"Tests of {place} pass", key, report)[0],
            spec=fit.spec(f"{len(tests)} failed:", "\n".join(filter(None, [*lines, more]))),
            acceptance=[f"{name} passes" for name in names] if whole else ["all of them pass"],
            priority=_PRIORITY,
            paths=fit.paths([place], key, "path", report)[0] if place in files else [],
            group=GROUP,
            notes="Proposed from the outcome of a test run.",
        )


def _place(test: BrokenTest, files: Mapping[str, str], stems: Mapping[str, str]) -> str:
    """The file of a test; else what its suite is called. A suite often is a file and a class in it,
    joined by dots."""
    if test.file in files:
        return test.file
    parts = test.suite.split(".")
    for count in range(len(parts), 0, -1):
        tail = ".".join(parts[:count])
        found = [path for stem, path in stems.items() if stem == tail or stem.endswith(f".{tail}")]
        if len(found) == 1:
            return found[0]
    return test.file or test.suite or "a suite without a name"
