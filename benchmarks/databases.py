"""A PostgreSQL server for benchmarks, with durable commits, on the disk that is measured."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.measure import Options


@contextmanager
def databases(options: Options) -> Iterator[Any]:
    """The tests' `Databases` on a server of its own, or None where there is no PostgreSQL."""
    sys.path.append(str(Path(__file__).parents[1] / "tests"))
    from postgres_server import DURABLE, Databases, NoPostgres, Server

    for folder in (options.folder, options.folder.parent):
        folder.chmod(0o711)  # as root, the server is another user's
    try:
        server = Server(DURABLE, folder=options.folder)
    except NoPostgres as reason:
        print(f"  skipped: {reason}")
        yield None
        return
    try:
        with closing(Databases(server.url("postgres"))) as found:
            yield found
    finally:
        server.remove()
