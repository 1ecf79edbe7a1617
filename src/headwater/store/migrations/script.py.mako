"""${message}"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
% if down_revision is None:

from headwater.store.dialect import append_only, extras
% endif

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
% if down_revision is None:
    for table in (${", ".join('"%s"' % name for name in append_only_tables)}):
        for statement in append_only(op.get_bind().dialect.name, table):
            op.execute(statement)
    for statement in extras(op.get_bind().dialect.name):
        op.execute(statement)
% endif
