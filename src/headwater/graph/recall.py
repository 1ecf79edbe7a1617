"""What can be searched for: the texts of a board, and how the words of a query are read.

Scripts that are written without blanks (Chinese, Japanese, Thai ...) are parted character by
character, so that any run of them is found inside a longer one; other words by their beginning.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

BODY_CHARS: Final = 32_000
"""Of one text so much is searched, from its beginning."""
WORDS: Final = 32
"""Of one query so many words count."""
_PART: Final = "\u200b"
_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3100-\u312f"
    "\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_EACH: Final = re.compile(f"(?<=[{_UNSPACED}])(?=.)|(?<=.)(?=[{_UNSPACED}])")
_SENTENCE_WORD: Final = re.compile(rf"[{_UNSPACED}]+|\w+")
_COMMON_TEXT: Final = (
    "about add after all also and any are been before being between both but can could does each "
    "every for from get had has have her here his how into its just like make made may more most "
    "must need needs new not now one only other our out over own same see set shall should some "
    "such task than that the their them then there these they this those too two under until upon "
    "use used uses very via want was way were what when where which while who why will with "
    "without would yet you your"
)
_COMMON: Final = frozenset(_COMMON_TEXT.split())
_LEAST_CHARS: Final = 3


class Doc(NamedTuple):
    """A text that can be found, and where it comes from."""

    kind: str
    """spec, note, delivery, attempt or feedback."""
    source_id: int
    head: str
    body: str
    round: int = 0
    outcome: str = ""
    by: str = ""
    revision: int = 0
    at_ms: int = 0


def doc(head: str, body: Iterable[str], **where: Any) -> Doc:
    """A document of what is said, without what is empty, parted for the index."""
    said = "\n".join(one for one in body if one)[:BODY_CHARS]
    return Doc(head=part(head), body=part(said), **where)


def part(text: str) -> str:
    """`text` with a mark between the characters of unspaced scripts, and without NUL."""
    plain = text.replace(_PART, "").replace("\x00", " ")
    return plain if plain.isascii() else _EACH.sub(_PART, plain)


def whole(text: str) -> str:
    """What `part` was given."""
    return text.replace(_PART, "")


def words_of(query: str) -> list[str]:
    """The words of a query that can match at all, each once. Never fails."""
    plain = query.encode(errors="ignore").decode().replace("\x00", " ").replace(_PART, "")
    found = (word for word in plain.split() if any(char.isalnum() for char in word))
    return list(dict.fromkeys(found))[:WORDS]


def telling_of(words: Iterable[str]) -> list[str]:
    """Of the words of a query those that tell something alone: by them a text is found that lacks
    the others."""
    return [word for word in words if telling_words(word) or _is_number(word)]


def _is_number(word: str) -> bool:
    return len(word) >= _LEAST_CHARS and word.isdigit()


def telling_words(*texts: str) -> list[str]:
    """The words by which similar work may be found: not the short and common ones."""
    found: dict[str, None] = {}
    for text in texts:
        for match in _SENTENCE_WORD.finditer(text[:BODY_CHARS]):
            word = match[0].lower()
            long = len(word) >= _LEAST_CHARS or (len(word) > 1 and not word.isascii())
            if long and word not in _COMMON and not word.isdigit():
                found.setdefault(word)
                if len(found) == WORDS:
                    return list(found)
    return list(found)


def likest(words: Sequence[str], texts: Sequence[str], least: int) -> list[int]:
    """Which of the texts share at least so many of these (lower case) words, best first.

    A word counts the more, the fewer of the texts have it; of equal ones the earlier is better.
    """
    folded = [text.lower() for text in texts]
    shared = [[word for word in words if word in text] for text in folded]
    spread = Counter(word for found in shared for word in found)
    scores = [sum(math.log1p(len(texts) / spread[word]) for word in found) for found in shared]
    fitting = [at for at, found in enumerate(shared) if found and len(found) >= least]
    return sorted(fitting, key=lambda at: (-round(scores[at], 6), at))


def strings(value: Any) -> Iterator[str]:
    """Names and texts inside a JSON value, outermost first."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            for name, inner in reversed(list(item.items())):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
                stack += [inner, str(name)]  # pyright: ignore[reportUnknownArgumentType]
        elif isinstance(item, list):
            stack += reversed(item)  # pyright: ignore[reportUnknownArgumentType]
        elif isinstance(item, str):
            yield item
        elif item is not None and not isinstance(item, bool):
            yield str(item)


def in_json(stored: str) -> str:
    """The words in stored JSON, on one line."""
    return " ".join(strings(json.loads(stored))) if len(stored) > len("{}") else ""
