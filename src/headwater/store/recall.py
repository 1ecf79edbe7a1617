"""Full text search behind one interface: FTS5 where SQLite has it, else plain comparison; on
PostgreSQL `postgres/fulltext.py`.

The texts are rows of the table `recall`; an index over them belongs to the database. Rows are
written only through `add` and `drop`, so that the index follows. The index is made by whoever
writes first and can be thrown away at any time: `rebuild` makes it anew from the rows.

Ranking is BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009) with the
head counted four times, then the newest first. A delivery that was replaced by a later one of its
task comes after all others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from headwater.graph.recall import WORDS, part
from headwater.store.dialect import fts5_table
from headwater.store.engine import driver
from headwater.store.queries.build import columns, plain, query
from headwater.store.rows import RecallRow
from headwater.store.sql import Sql
from headwater.store.transaction import Tx

EXPERIENCE: Final = 1 << 40
"""Ids from here on are of deliveries, attempts and feedback; specs and notes have smaller ones. So
the newest experience can be searched at a cost that does not grow with the board."""
END: Final = 1 << 62
STALE: Final = "recall_stale"
"""While `meta` has a row of this name, the index lacks rows that a SQLite without FTS5 wrote."""
REPLACED: Final = (
    "(r.kind = 'delivery' AND r.outcome = 'delivered' AND EXISTS (SELECT 1 FROM recall l "
    "WHERE l.task_id = r.task_id AND l.kind = 'delivery' AND l.source_id > r.source_id "
    "AND l.outcome = 'delivered' AND l.revision <= :newest))"
)
"""Has the text `r` been replaced by a later delivery, as far as the search goes?"""
_MERGED_PAGES: Final = 200
_MERGING: Final = 2
"""Fewer changes than that and a merge has found nothing to do."""
_EXACT_CHARS: Final = 2
_PLAIN_WORDS: Final = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows of a board to find, and which part of them: `count` after the first `skip`."""

    board_id: int
    words: list[str]
    newest: int
    """Only rows of revisions up to this one."""
    skip: int
    count: int
    every: bool
    """Rows with every word, or with any."""

    @property
    def page(self) -> dict[str, int]:
        """What every statement that finds rows is given beside the words."""
        return {
            "board_id": self.board_id,
            "newest": self.newest,
            "skip": self.skip,
            "count": self.count,
        }


class FullText(Protocol):
    """How texts are found. `words` are those of `headwater.graph.recall.words_of`."""

    name: str
    note: str
    """What a reader should know about this way of searching; empty if nothing."""

    def prepare(self, tx: Tx) -> None:
        """Make sure that what is written from here on will be found."""
        ...

    def add(self, tx: Tx, row_id: int, head: str, body: str) -> None:
        """Index a row that was just inserted."""
        ...

    def drop(self, tx: Tx, row: RecallRow) -> None:
        """Forget a row that is about to be deleted."""
        ...

    def rebuild(self, tx: Tx) -> None:
        """Make the index anew from the rows."""
        ...

    def tidied(self, tx: Tx, *, begun: bool) -> bool:
        """Let no word of dropped rows remain within the index, a portion at a time. False if more
        is left: to be called again, then with `begun`."""
        ...

    def find(self, tx: Tx, asked: Asked) -> list[RecallRow]:
        """The rows that are asked for, best first."""
        ...

    def recent(
        self, tx: Tx, board_id: int, words: list[str], *, first: int, count: int
    ) -> list[RecallRow]:
        """Rows with any of the words and ids from `first` on, the largest first. Not ranked, and
        only words as they are: to rank, or to find words by their beginning, an index has to go
        through all that ever had them."""
        ...

    def problems(self, tx: Tx) -> list[str]:
        """Where the index does not agree with the rows. Needs a transaction that may write."""
        ...


_HAS_FTS5 = plain("SELECT count(*) FROM pragma_module_list WHERE name = 'fts5'")
_HAS_INDEX = plain("SELECT count(*) FROM sqlite_schema WHERE name = 'recall_fts'")
_CHANGES = plain("SELECT total_changes()")
_IS_STALE = plain(f"SELECT count(*) FROM meta WHERE name = '{STALE}'")
_SET_STALE = plain(f"INSERT INTO meta (name, value) VALUES ('{STALE}', '1') ON CONFLICT DO NOTHING")
_UNSET_STALE = plain(f"DELETE FROM meta WHERE name = '{STALE}'")


def has_fts5(tx: Tx) -> bool:
    """Does this SQLite know FTS5?"""
    return bool(tx.number(_HAS_FTS5))


def full_text(tx: Tx) -> FullText:
    """The best way to search that this database offers."""
    if tx.dialect == "postgresql":
        from headwater.store.postgres.fulltext import TEXT_VECTORS

        return TEXT_VECTORS
    return FTS5 if has_fts5(tx) else PLAIN


def has_index(tx: Tx) -> bool:
    """Does the store have a full-text index, whether or not this SQLite can read it?"""
    return bool(tx.number(_HAS_INDEX))


class Fts5:
    """SQLite's full-text index, over the rows of `recall` as its external content."""

    name = "FTS5"
    note = ""

    _MAKE = plain(fts5_table("recall_fts", "recall", ("head", "body")))
    _REBUILD = plain("INSERT INTO recall_fts (recall_fts) VALUES ('rebuild')")
    _CHECK = plain("INSERT INTO recall_fts (recall_fts, rank) VALUES ('integrity-check', 1)")
    _ADD = plain("INSERT INTO recall_fts (rowid, head, body) VALUES (:id, :head, :body)")
    _DROP = plain(
        "INSERT INTO recall_fts (recall_fts, rowid, head, body) "
        "VALUES ('delete', :id, :head, :body)"
    )
    # What is dropped is only marked so, until the segments that hold it are merged.
    _MERGE = plain("INSERT INTO recall_fts (recall_fts, rank) VALUES ('merge', :pages)")
    # CROSS JOIN and the plus signs keep SQLite from asking the index text by text. The texts of the
    # rows that are shown are read, and not of all that match.
    _FIND = query(
        f"SELECT {columns(RecallRow, 'r')} FROM ("
        f"SELECT r.id AS id, {REPLACED} AS replaced, bm25(recall_fts, 4.0, 1.0) AS score, "
        "r.at_ms AS at_ms FROM recall_fts "
        "CROSS JOIN recall r WHERE r.id = recall_fts.rowid AND recall_fts MATCH :words "
        "AND +r.board_id = :board_id AND +r.revision <= :newest "
        "ORDER BY 2, 3, 4 DESC, 1 DESC LIMIT :count OFFSET :skip) x "
        "CROSS JOIN recall r WHERE r.id = x.id "
        "ORDER BY x.replaced, x.score, x.at_ms DESC, x.id DESC",
        RecallRow,
    )

    _RECENT = query(
        f"SELECT {columns(RecallRow, 'r')} FROM recall_fts "
        "CROSS JOIN recall r WHERE r.id = recall_fts.rowid AND recall_fts MATCH :words "
        "AND recall_fts.rowid >= :first AND +r.board_id = :board_id "
        "ORDER BY recall_fts.rowid DESC LIMIT :count",
        RecallRow,
    )

    def prepare(self, tx: Tx) -> None:
        if not has_index(tx) or tx.number(_IS_STALE):
            self.rebuild(tx)

    def add(self, tx: Tx, row_id: int, head: str, body: str) -> None:
        tx.run(self._ADD, id=row_id, head=head, body=body)

    def drop(self, tx: Tx, row: RecallRow) -> None:
        tx.run(self._DROP, id=row.id, head=row.head, body=row.body)

    def rebuild(self, tx: Tx) -> None:
        if not has_index(tx):
            tx.run(self._MAKE)
        tx.run(self._REBUILD)
        tx.run(_UNSET_STALE)

    def tidied(self, tx: Tx, *, begun: bool) -> bool:
        if not has_index(tx):
            return True
        before = tx.number(_CHANGES)
        tx.run(self._MERGE, pages=_MERGED_PAGES if begun else -_MERGED_PAGES)
        return tx.number(_CHANGES) - before < _MERGING

    def find(self, tx: Tx, asked: Asked) -> list[RecallRow]:
        if not asked.words or not has_index(tx):
            return []
        phrases = (_phrase(word) for word in asked.words[:WORDS])
        wanted = (" AND " if asked.every else " OR ").join(phrases)
        return tx.all(self._FIND, words=wanted, **asked.page)

    def recent(
        self, tx: Tx, board_id: int, words: list[str], *, first: int, count: int
    ) -> list[RecallRow]:
        if not words or not has_index(tx):
            return []
        wanted = " OR ".join(_phrase(word, exact=True) for word in words[:WORDS])
        return tx.all(self._RECENT, words=wanted, board_id=board_id, first=first, count=count)

    def problems(self, tx: Tx) -> list[str]:
        if not has_index(tx) or tx.number(_IS_STALE):
            return []
        try:
            tx.run(self._CHECK)
        except driver().error as error:
            if "SQLITE_CORRUPT" in str(getattr(error, "sqlite_errorname", "")):
                return ["the full-text index does not agree with its texts"]
            raise
        return []


def _phrase(word: str, *, exact: bool = False) -> str:
    """A word as FTS5 takes it whatever it contains: quoted; a longer one may go on."""
    quoted = part(word).replace('"', '""')
    return f'"{quoted}"' + ("*" if len(word) > _EXACT_CHARS and not exact else "")


def _compared(number: int, *, every: bool) -> str:
    """Does a row contain that word? One that is not given counts for nothing."""
    found = " OR ".join(
        f"{text} LIKE :{form}{number} ESCAPE '\\'"
        for form, texts in (
            ("word", ("r.head", "r.body")),
            ("folded", ("lower(r.head)", "lower(r.body)")),
        )
        for text in texts
    )
    return f"(:word{number} {'=' if every else '<>'} '' {'OR' if every else 'AND'} ({found}))"


def _compare(*, every: bool) -> Sql[RecallRow]:
    words = (_compared(number, every=every) for number in range(_PLAIN_WORDS))
    return query(
        f"SELECT {columns(RecallRow, 'r')} FROM recall r WHERE r.board_id = :board_id "
        f"AND r.revision <= :newest AND ({(' AND ' if every else ' OR ').join(words)}) "
        f"ORDER BY {REPLACED}, r.at_ms DESC, r.id DESC LIMIT :count OFFSET :skip",
        RecallRow,
    )


_NEWEST = query(
    f"SELECT {columns(RecallRow)} FROM recall WHERE id >= :first AND +board_id = :board_id "
    "ORDER BY id DESC",
    RecallRow,
)
_COMPARE = {every: _compare(every=every) for every in (True, False)}


class Plain:
    """Comparison text by text, newest first: for a SQLite that lacks FTS5."""

    name = "plain comparison"
    note = "this SQLite has no FTS5: words are compared as they are, newest first"

    def prepare(self, tx: Tx) -> None:
        if has_index(tx):
            tx.run(_SET_STALE)

    def add(self, tx: Tx, row_id: int, head: str, body: str) -> None:
        pass

    def drop(self, tx: Tx, row: RecallRow) -> None:
        pass

    def rebuild(self, tx: Tx) -> None:
        self.prepare(tx)

    def tidied(self, tx: Tx, *, begun: bool) -> bool:  # noqa: ARG002
        return True

    def find(self, tx: Tx, asked: Asked) -> list[RecallRow]:
        if not asked.words:
            return []
        given: dict[str, str] = {}
        for n in range(_PLAIN_WORDS):
            word = part(asked.words[n]) if n < len(asked.words) else ""
            given[f"word{n}"] = like(word)
            given[f"folded{n}"] = like(ascii_lower(word))
        return tx.all(_COMPARE[asked.every], **asked.page, **given)

    def recent(
        self, tx: Tx, board_id: int, words: list[str], *, first: int, count: int
    ) -> list[RecallRow]:
        rows = tx.all(_NEWEST, board_id=board_id, first=first)
        folded = [part(word).lower() for word in words]
        texts = ((row, f"{row.head}\n{row.body}".lower()) for row in rows)
        return [row for row, text in texts if any(word in text for word in folded)][:count]

    def problems(self, tx: Tx) -> list[str]:  # noqa: ARG002
        return []


def like(text: str) -> str:
    """A LIKE pattern (escape character `\\`) for a text that may stand anywhere."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%" if text else ""


def ascii_lower(text: str) -> str:
    """Lower case for ASCII letters only, which is what SQLite's lower() does."""
    return "".join(char.lower() if char.isascii() else char for char in text)


FTS5, PLAIN = Fts5(), Plain()
