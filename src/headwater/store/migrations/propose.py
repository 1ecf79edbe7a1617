"""Write a migration from the difference between the newest one and `tables`.

    python -m headwater.store.migrations.propose 0003 "what changes"

Say in it, too, what the rows of older stores get, set `schema.HEAD`, format it with ruff, and add
it to the digests in `tests/store/test_store_upgrade.py`: stores are made by it as soon as it is on
the main branch, so it is never edited again, nor what it imports from this folder. The next one
leads on from it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine


def configuration() -> Config:
    """Alembic's settings; they live in the package, so there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


def main(version: str, message: str) -> None:
    config = configuration()
    with create_engine("sqlite://").connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        command.revision(config, message, autogenerate=True, rev_id=version)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
