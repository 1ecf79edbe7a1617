"""Which files a task touches: a few forms of glob, and whether two of them can meet.

A path is relative to the root of the repository, with `/` between its parts. The forms:

    src/app.py        that file; of a directory, everything below it (as git's pathspecs)
    src/**            everything below the directory (`src/` is another spelling of it)
    src/*             the files of the directory itself
    src/*.py          those with that ending
    src/**/*.py       those with that ending, at any depth
    **                everything in the repository (`.` is another spelling of it)

Only `*` is special: brackets are letters, as in `app/[id]/page.tsx`. Every form is a directory, a
range of depths below it and an ending, so whether two of them have a path in common is decided
exactly, without a list of files.

Where the file system folds case (macOS, Windows), `fold` compares case-folded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from headwater import limits

FORMS = "dir/file.py, dir/, dir/*, dir/*.py, dir/**, dir/**/*.py, **"
_ANY_DEPTH = limits.TEXT_BYTES
"""More parts than any path has."""
_DRIVE = re.compile(r"[A-Za-z]:")
_BRACES = re.compile(r"\{[^{}/]*,[^{}/]*\}")


@dataclass(frozen=True, slots=True)
class Glob:
    """The paths that begin with `parts`, go on for `least` to `most` parts, and end in `ending`."""

    parts: tuple[str, ...]
    least: int
    most: int
    ending: str

    def __str__(self) -> str:
        if self.least == 0:
            return "/".join(self.parts)
        last = [f"*{self.ending}"] if self.ending or self.most == 1 else []
        deep = ["**"] if self.most > 1 else []
        return "/".join([*self.parts, *deep, *last])

    @property
    def folded(self) -> Glob:
        """As a file system sees it that folds case."""
        parts = tuple(part.casefold() for part in self.parts)
        return Glob(parts, self.least, self.most, self.ending.casefold())

    def holds(self, path: tuple[str, ...]) -> bool:
        """Is this path, given in parts, one of those?"""
        depth = len(path) - len(self.parts)
        return (
            self.least <= depth <= self.most
            and path[: len(self.parts)] == self.parts
            and path[-1].endswith(self.ending)
        )

    def meets(self, other: Glob) -> bool:
        """Is there a path that both hold?"""
        if len(self.parts) > len(other.parts):
            return other.meets(self)
        below = len(other.parts)
        if other.parts[: len(self.parts)] != self.parts:
            return False
        if other.least == 0 and self.holds(other.parts):
            return True  # the path that `other` names
        # If at all, they meet right below the directory of `other`, too.
        return below < len(self.parts) + self.most and (
            self.ending.endswith(other.ending) or other.ending.endswith(self.ending)
        )


@lru_cache(maxsize=4096)
def parse(text: str, *, fold: bool = False) -> Glob:
    """The glob that `text` spells.

    Raises:
        ValueError: if it is none of the forms; the message says why and names them.
    """
    problem = _problem(text)
    if problem:
        raise ValueError(f"{problem}; paths are relative to the repository, in the forms {FORMS}")
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if parts and text.endswith(("/", "/.")) and parts[-1] != "**":  # a directory, and what is in it
        parts.append("**")
    glob = _glob(parts or ["**"])
    if glob is None:
        raise ValueError(
            f"`*` stands only at the beginning of the last name, and `**` only for the directories "
            f"before it; the forms are {FORMS}"
        )
    return glob.folded if fold else glob


def normal(text: str) -> str:
    """The usual spelling of a glob.

    Raises:
        ValueError: if it is none of the forms.
    """
    return str(parse(text))


def overlap(one: str, other: str, *, fold: bool = False) -> bool:
    """Have two globs a path in common?

    Raises:
        ValueError: if either is none of the forms.
    """
    return parse(one, fold=fold).meets(parse(other, fold=fold))


def readable(texts: Iterable[str], *, fold: bool = False) -> list[Glob]:
    """The globs of a list from the store; what is none of the forms is passed over."""
    found: list[Glob] = []
    for text in texts:
        try:
            found.append(parse(text, fold=fold))
        except ValueError:
            continue
    return found


def _problem(text: str) -> str:
    if not text.strip():
        return "an empty path"
    if "\x00" in text:
        return "a path with NUL"
    if "\\" in text:
        return "a path with a backslash (write `/`)"
    if text.startswith(("/", "~")) or _DRIVE.match(text):
        return "an absolute path"
    if ".." in text.split("/"):
        return "a path with `..`"
    if text.startswith("!"):
        return "an exclusion"
    if "?" in text or _BRACES.search(text):
        return "a pattern with `?` or `{a,b}`"
    return ""


def _glob(parts: list[str]) -> Glob | None:
    """What normalised parts spell, or None if that is none of the forms."""
    *before, last = parts
    if not any("*" in part for part in parts):
        return Glob(tuple(parts), 0, _ANY_DEPTH, "")
    most = 1
    if last == "**":
        last, most = "*", _ANY_DEPTH
    if before and before[-1] == "**":
        before, most = before[:-1], _ANY_DEPTH
    if last[0] != "*" or "*" in last[1:] or any("*" in part for part in before):
        return None
    return Glob(tuple(before), 1, most, last[1:])


def condense(files: Iterable[str], most: int) -> list[str]:
    """At most `most` globs that hold all the files, as close as directories of one depth allow.

    A name that no glob can spell is stood for by the directory it lies in.
    """
    texts = sorted({_spelled(file) for file in files})
    depth = max((text.count("/") for text in texts), default=0)
    while len(texts) > most:
        texts = sorted({_cut_off(text, depth) for text in texts})
        depth -= 1
    return texts


def _spelled(file: str) -> str:
    if _names_itself(file):
        return file
    parts = file.split("/")
    above = ("/".join(parts[:depth]) for depth in range(len(parts) - 1, 0, -1))
    return next((f"{folder}/**" for folder in above if _names_itself(folder)), "**")


def _names_itself(text: str) -> bool:
    """Whether the text, read as a glob, is that file or directory."""
    return "*" not in text and bool(readable([text]))


def _cut_off(text: str, depth: int) -> str:
    """The glob of the directory at that depth, if the text goes deeper."""
    parts = text.split("/")
    return text if len(parts) <= depth else "/".join([*parts[:depth], "**"])
