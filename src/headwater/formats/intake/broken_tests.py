"""Tests that failed as tasks: one for all of a file, or of a suite whose file is not known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    stems = _Stems(files)
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
            spec=fit.excerpt(
                fit.spec(f"{len(tests)} failed:", "\n".join(filter(None, [*lines, more]))),
                key,
                report,
            ),
            acceptance=[f"{name} passes" for name in names] if whole else ["all of them pass"],
            priority=_PRIORITY,
            paths=fit.paths([place], key, "path", report)[0] if place in files else [],
            group=GROUP,
            notes="Proposed from the outcome of a test run.",
        )


class _Stems:
    """Files by their paths without the ending, joined by dots."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._by_name: dict[str, dict[str, str]] = {}
        for path in paths:
            stem = path.rpartition(".")[0].replace("/", ".")
            self._by_name.setdefault(stem.rpartition(".")[2], {})[stem] = path

    def ending(self, tail: str) -> list[str]:
        """The paths that end like this."""
        alike = self._by_name.get(tail.rpartition(".")[2], {})
        return [path for stem, path in alike.items() if f".{stem}".endswith(f".{tail}")]


def _place(test: BrokenTest, files: Mapping[str, str], stems: _Stems) -> str:
    """The file of a test; else what its suite is called. A suite often is a file and a class in it,
    joined by dots."""
    if test.file in files:
        return test.file
    parts = test.suite.split(".")
    for count in range(len(parts), 0, -1):
        found = stems.ending(".".join(parts[:count]))
        if len(found) == 1:
            return found[0]
    return test.file or test.suite or "a suite without a name"
