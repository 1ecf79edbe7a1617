"""Full text search on PostgreSQL: a `tsvector` for each row of `recall`, under a GIN index.

Words are found and folded here, not by a text search configuration of the server: what counts as a
letter and what its lower case is depends there on the database's locale. Case and accents do not
count, as with SQLite's FTS5. Ranking is `ts_rank` with the head counted four times, then the newest
first, and what was replaced after all others.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from headwater.graph.recall import WORDS, part
from headwater.store.queries import recall as queries
from headwater.store.queries.build import columns, plain, query
from headwater.store.recall import REPLACED, Asked
from headwater.store.rows import RecallRow
from headwater.store.transaction import Tx

_WORD: Final = re.compile(r"[^\W_]+")
_WORD_CHARS: Final = 500
_POSITIONS: Final = 16_000
"""PostgreSQL counts no further."""
_EXACT_CHARS: Final = 2
_CHUNK: Final = 500


class TextVectors:
    """The index, in the table `recall_words` beside `recall`."""

    name = "tsvector"
    note = ""

    _ADD = plain("INSERT INTO recall_words (id, words) VALUES (:id, CAST(:words AS tsvector))")
    _DROP = plain("DELETE FROM recall_words WHERE id = :id")
    _CLEAR = plain("DELETE FROM recall_words")
    _FIND = query(
        f"SELECT {columns(RecallRow, 'r')} FROM recall_words w JOIN recall r ON r.id = w.id "
        "WHERE w.words @@ CAST(:words AS tsquery) AND r.board_id = :board_id "
        "AND r.revision <= :newest "
        f"ORDER BY {REPLACED}, "
        "ts_rank('{0.1, 0.2, 0.25, 1.0}', w.words, CAST(:words AS tsquery), 1) DESC, "
        "r.at_ms DESC, r.id DESC LIMIT :count OFFSET :skip",
        RecallRow,
    )
    _RECENT = query(
        f"SELECT {columns(RecallRow, 'r')} FROM recall_words w JOIN recall r ON r.id = w.id "
        "WHERE w.words @@ CAST(:words AS tsquery) AND w.id >= :first AND r.board_id = :board_id "
        "ORDER BY r.id DESC LIMIT :count",
        RecallRow,
    )
    _STRAY = plain(
        "SELECT count(*) FROM recall_words w FULL JOIN recall r ON r.id = w.id "
        "WHERE r.id IS NULL OR w.id IS NULL"
    )
    _DIFFERS = plain(
        "SELECT count(*) FROM recall_words WHERE id = :id AND words <> CAST(:words AS tsvector)"
    )

    def prepare(self, tx: Tx) -> None:
        """The table is part of the schema."""

    def add(self, tx: Tx, row_id: int, head: str, body: str) -> None:
        tx.run(self._ADD, id=row_id, words=_vector(head, body))

    def drop(self, tx: Tx, row: RecallRow) -> None:
        tx.run(self._DROP, id=row.id)

    def rebuild(self, tx: Tx) -> None:
        tx.run(self._CLEAR)
        for row in _every(tx):
            self.add(tx, row.id, row.head, row.body)

    def tidied(self, tx: Tx, *, begun: bool) -> bool:  # noqa: ARG002
        return True

    def find(self, tx: Tx, asked: Asked) -> list[RecallRow]:
        wanted = _wanted(asked.words, " & " if asked.every else " | ")
        return tx.all(self._FIND, words=wanted, **asked.page) if wanted else []

    def recent(
        self, tx: Tx, board_id: int, words: list[str], *, first: int, count: int
    ) -> list[RecallRow]:
        if not (wanted := _wanted(words, " | ", exact=True)):
            return []
        return tx.all(self._RECENT, words=wanted, board_id=board_id, first=first, count=count)

    def problems(self, tx: Tx) -> list[str]:
        agrees = not tx.number(self._STRAY)
        for text in _every(tx):
            differs = tx.number(self._DIFFERS, id=text.id, words=_vector(text.head, text.body))
            agrees = agrees and not differs
        return [] if agrees else ["the full-text index does not agree with its texts"]


def _every(tx: Tx) -> Iterator[RecallRow]:
    after = 0
    while rows := tx.all(queries.PAGE, after=after, count=_CHUNK):
        yield from rows
        after = rows[-1].id


def _words(text: str) -> list[str]:
    """The words of a text, without case and accents."""
    if text.isascii():
        folded = text.lower()
    else:
        apart = unicodedata.normalize("NFD", text)
        bare = "".join(char for char in apart if unicodedata.category(char) != "Mn")
        folded = unicodedata.normalize("NFC", bare).casefold()
    return [word[:_WORD_CHARS] for word in _WORD.findall(folded)]


def _vector(head: str, body: str) -> str:
    """A `tsvector` in PostgreSQL's own notation: each word with its places, those of the head
    marked A."""
    places: dict[str, list[str]] = {}
    first = _words(head)
    for number, word in enumerate([*first, *_words(body)][:_POSITIONS]):
        marks = places.setdefault(word, [])
        if len(marks) < 255:  # it keeps no more of one word
            marks.append(f"{number + 1}A" if number < len(first) else f"{number + 1}")
    return " ".join(f"'{word}':{','.join(marks)}" for word, marks in places.items())


def _wanted(words: list[str], together: str, *, exact: bool = False) -> str:
    """Words as a `tsquery`; empty if none of them has a letter or a digit."""
    phrases = (_phrase(word, exact=exact) for word in words[:WORDS])
    return together.join(filter(None, phrases))


def _phrase(word: str, *, exact: bool) -> str:
    """A word of a query as a `tsquery`: its parts one after the other; a longer one may go on."""
    parts = [f"'{one}'" for one in _words(part(word))]
    if parts and len(word) > _EXACT_CHARS and not exact:
        parts[-1] += ":*"
    return f"({' <-> '.join(parts)})" if parts else ""


TEXT_VECTORS: Final = TextVectors()
