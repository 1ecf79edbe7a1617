"""Typed access to the fields of a foreign JSON object. A wrong type is a problem, and reads as
empty, so that everything that is wrong with a file is found in one go."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from headwater.formats.plan import Place
from headwater.formats.report import Problems, Report, shown

_NOTHING: tuple[object, ...] = (None, "", 0, False, "{}", [], {})
_HALF: Final = re.compile(r"[\ud800-\udfff]")
"""Of a pair in UTF-16, which JSON can hold."""


@dataclass(frozen=True)
class Fields:
    """The fields of one object; `path` is where it stands within `place`."""

    values: Mapping[str, object]
    place: Place
    problems: Problems
    path: str = ""

    @property
    def itself(self) -> Place:
        """Where the object stands, for what is wrong with it as a whole."""
        return Place(self.place.file, item=self.path.rstrip("."))

    def wrong(self, name: str, what: str) -> None:
        self.problems.add(f"{self.place}, field {shown(self.path + name)}", what)

    def text(self, name: str, *, required: bool = False) -> str:
        value = self.values.get(name)
        if isinstance(value, str) and (value or not required):
            if not _HALF.search(value):
                return value
            self.wrong(name, "half a character is no text")
            return ""
        if required or value is not None:
            self.wrong(name, "text is expected" if value is not None else "missing")
        return ""

    def word(self, name: str) -> str:
        """A text, or a whole number as a text: ids are either."""
        value = self.values.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.text(name, required=True)

    def number(self, name: str, default: int, low: int, high: int | None = None) -> int:
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and value >= low:
            if high is None or value <= high:
                return value
            self.wrong(name, f"{value} is more than {high}")
        else:
            self.wrong(name, f"a whole number, at least {low}, is expected")
        return default

    def flag(self, name: str) -> bool:
        value = self.values.get(name)
        if value is not None and not isinstance(value, bool):
            self.wrong(name, "true or false is expected")
        return value is True

    def items(self, name: str, *, required: bool = False) -> list[object]:
        value = self.values.get(name)
        if isinstance(value, list):
            if required and not value:
                self.wrong(name, "at least one is expected")
            return cast("list[object]", value)
        if required or value is not None:
            self.wrong(name, "a list is expected" if value is not None else "missing")
        return []

    def words(self, name: str) -> list[str]:
        """A list of texts; whole numbers become texts."""
        found: list[str] = []
        for index, item in enumerate(self.items(name)):
            if isinstance(item, str) or (isinstance(item, int) and not isinstance(item, bool)):
                found.append(str(item))
            else:
                self.wrong(f"{name}[{index}]", "text is expected")
        return found

    def row(self, name: str) -> Fields:
        """An object within this one; an empty one if it is missing, which is a problem."""
        value = self.values.get(name)
        if not isinstance(value, dict):
            self.wrong(name, "an object is expected" if value is not None else "missing")
            value = {}
        return self._inner(cast("dict[str, object]", value), name)

    def rows(self, name: str, *, required: bool = False) -> Iterator[Fields]:
        """The objects in a list."""
        for index, item in enumerate(self.items(name, required=required)):
            where = f"{name}[{index}]"
            if isinstance(item, dict):
                yield self._inner(cast("dict[str, object]", item), where)
            else:
                self.wrong(where, "an object is expected")

    def _inner(self, values: dict[str, object], name: str) -> Fields:
        return Fields(values, self.place, self.problems, f"{self.path}{name}.")

    def others(self, used: Collection[str]) -> list[str]:
        """The names of fields that say something and that nobody reads."""
        return [n for n, value in self.values.items() if n not in used and value not in _NOTHING]

    def drop_others(self, used: Collection[str], report: Report, subject: str) -> None:
        for name in self.others(used):
            report.drop(f"field {shown(name)}: no place for it", subject)


class NamedTwice(ValueError):
    """A JSON object has two members of one name, of which one would be lost."""


def document(text: str) -> object:
    """`text` as JSON.

    Raises:
        ValueError, RecursionError: it is not JSON, or none of which everything can be kept.
    """
    return json.loads(text, object_pairs_hook=_each_once)


def _each_once(members: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(members)
    if len(found) != len(members):
        count = Counter(name for name, _ in members)
        twice = next(name for name, times in count.items() if times > 1)
        raise NamedTwice(f"the field {shown(twice)} is there twice in one object")
    return found


def parsed(text: str, place: Place, problems: Problems) -> object:
    """`text`, which begins at `place`, as JSON; None and a problem with its line if it is not."""
    try:
        return document(text)
    except json.JSONDecodeError as error:
        line = error.lineno + place.line - 1
        problems.add(f"{place.file}, line {line}", f"not JSON at column {error.colno}: {error.msg}")
    except NamedTwice as error:
        problems.add(str(place), str(error))
    except (ValueError, RecursionError):
        problems.add(str(place), "not JSON that can be read: a number too long, or nested too deep")
    return None
