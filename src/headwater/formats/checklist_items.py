"""The items of Markdown checklists: `- [ ] Title`, nested by indentation, with a few fields.

## Release                          the heading is the group
1. [x] Design the API {#api}        numbered: each after the one before; {#api} is its key
2. [ ] Build it (needs: api, docs)
   estimate: 90m                    a field on a line of its own
   What it has to do, in words.     anything else is the spec
   - [ ] The parser                 a part of it
- [ ] T012 Test it (depends on T011)   an id or a label may stand for the item
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from headwater.formats import fit
from headwater.formats.markdown import Block, scan
from headwater.formats.plan import Place
from headwater.formats.report import Report, shown

FIELDS: Final = ("needs", "soft", "estimate", "priority", "capabilities", "paths")
_ITEM: Final = re.compile(
    r"(?P<indent>\s*)(?P<mark>[-*+]|\d{1,9}[.)])\s+\[(?P<box>[ xX/-])\]\s+(?P<text>.*\S)"
)
_HEADING: Final = re.compile(r" {0,3}#{1,6}\s+(\S.*)")
_KEY: Final = re.compile(r"\{#([^{}\s]+)\}$")
_INLINE: Final = re.compile(rf"\((?P<name>{'|'.join(FIELDS)}):(?P<value>[^()]*)\)$")
_FIELD: Final = re.compile(rf"(?:[-*+]\s+)?(?P<name>{'|'.join(FIELDS)}):\s*(?P<value>.*)$")
_DEPENDS: Final = re.compile(r"\(depends on:? ([^()]+)\)$", re.IGNORECASE)
_LABEL: Final = re.compile(
    r"(?:\*\*([^*]{1,40}?):?\*\*:?|`([^`\s]{1,40})`:|([A-Za-z][\w.-]{0,31}):"
    r"|([A-Z]{1,6}-?\d{1,6})|(\d{1,4}(?:\.\d{1,4}){0,4})\.?)\s+\S"
)
_TAB: Final = 4


@dataclass
class Item:
    """One checklist item, as the file has it."""

    place: Place
    title: str
    box: str
    group: str
    numbered: bool
    indent: int
    parent: Item | None = None
    after: Item | None = None
    """The numbered item before it, in the same list."""
    key: str = ""
    """What the file says that it is."""
    name: str = ""
    """The key that it is given."""
    label: str = ""
    """What its title begins with, if others may mean that by it: `T012 ...`, `parser: ...`."""
    depends: str = ""
    """What it says at its end in so many words: `(depends on T012, T013)`."""
    fields: dict[str, str] = field(default_factory=dict[str, str])
    text: list[str] = field(default_factory=list[str])

    @property
    def state(self) -> str:
        return {"x": "done", "X": "done", "-": "cancelled"}.get(self.box, "open")

    @property
    def finished(self) -> bool:
        return self.state != "open"


def is_checklist(text: str) -> bool:
    """Whether there is a checklist item outside of fenced blocks."""
    return any(_ITEM.match(line) for _, line in scan(text).prose)


def items(name: str, text: str, report: Report) -> list[Item]:
    """Every item, in the order of the file. What is none and belongs to none is reported."""
    reader = _Reader(name, report)
    document = scan(text)
    blocks = deque(document.blocks)
    for number, line in document.prose:
        while blocks and blocks[0].line <= number:
            reader.take_block(blocks.popleft())
        reader.take(number, line.expandtabs(_TAB))
    for block in blocks:
        reader.take_block(block)
    return reader.found


class _Reader:
    def __init__(self, name: str, report: Report) -> None:
        self.found: list[Item] = []
        self._name = name
        self._report = report
        self._group = ""
        self._open: list[Item] = []
        """The last item and those that it lies in."""

    def take(self, number: int, line: str) -> None:
        match = _ITEM.match(line)
        heading = _HEADING.match(line)
        indent = len(line) - len(line.lstrip())
        if match:
            self._item(number, match)
        elif heading:
            self._open = []
            self._group = fit.line(heading[1].rstrip("# "))
            self._report.map("a heading becomes the group of its items", shown(self._group))
        elif not line.strip():
            if self._open and self._open[-1].text:
                self._open[-1].text.append("")
        else:
            self._leave(indent)
            if self._open:
                self._below(self._open[-1], line.strip())
            else:
                self._report.drop("text that belongs to no item", f"line {number}: {line.strip()}")

    def take_block(self, block: Block) -> None:
        """A fenced block is text of the item that it stands in, as it is."""
        fence = block.opening.lstrip()
        margin = block.opening.removesuffix(fence)
        self._leave(len(margin.expandtabs(_TAB)))
        if not self._open:
            self._report.drop("a fenced block that belongs to no item", f"line {block.line - 1}")
            return
        lines = [line.removeprefix(margin) for line in block.text.split("\n")]
        self._open[-1].text += [fence, *lines, fence[: len(fence) - len(fence.lstrip(fence[0]))]]

    def _leave(self, indent: int) -> None:
        """Close the items in which nothing that is indented so far can stand."""
        while self._open and self._open[-1].indent >= indent:
            self._open.pop()

    def _item(self, number: int, match: re.Match[str]) -> None:
        indent = len(match["indent"])
        before: Item | None = None
        while self._open and self._open[-1].indent >= indent:
            last = self._open.pop()
            before = last if last.indent == indent else None
        item = Item(
            place=Place(self._name, number),
            title=match["text"],
            box=match["box"],
            group=self._group,
            numbered=match["mark"][0].isdigit(),
            indent=indent,
            parent=self._open[-1] if self._open else None,
        )
        if item.numbered and before is not None and before.numbered:
            item.after = before
        self._read_title(item)
        self._open.append(item)
        self.found.append(item)

    def _read_title(self, item: Item) -> None:
        """Take the fields and the key off the end of the title."""
        title, end = item.title, len(item.title)
        while True:
            if found := _from_last("(", _INLINE, title, end):
                self._field(item, found["name"], found["value"])
            elif not item.key and (found := _from_last("{", _KEY, title, end)):
                item.key = found[1]
            else:
                break
            end = found.start()
            while end and title[end - 1].isspace():
                end -= 1
        item.title = title[:end]
        if depends := _from_last("(", _DEPENDS, title, end):
            item.depends = depends[1]
        if label := _LABEL.match(item.title):
            item.label = next(name for name in label.groups() if name)

    def _below(self, item: Item, line: str) -> None:
        match = _FIELD.match(line)
        if match:
            self._field(item, match["name"], match["value"])
        else:
            item.text.append(line)

    def _field(self, item: Item, name: str, value: str) -> None:
        joined = [item.fields[name]] if item.fields.get(name) else []
        item.fields[name] = ", ".join([*joined, value.strip()])


def _from_last(mark: str, pattern: re.Pattern[str], text: str, end: int) -> re.Match[str] | None:
    """The match that ends the first `end` characters of a text and holds one `mark`, its first."""
    start = text.rfind(mark, 0, end)
    return pattern.match(text, start, end) if start >= 0 else None
