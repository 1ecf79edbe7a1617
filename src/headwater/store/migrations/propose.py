"""Write a migration from the difference between the newest one and `tables`.

    python -m headwater.store.migrations.propose 0002 "what changes"

While nothing is released the first version may be made anew: delete 0001_*.py and propose it again
with the message "first schema". Its triggers come from `tables.APPEND_ONLY`. Format it with ruff.
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
