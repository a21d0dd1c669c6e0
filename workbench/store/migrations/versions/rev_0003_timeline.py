"""An index over what the ledger holds besides decisions, so that History is paged by key however many those are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index; SQLite and PostgreSQL both leave the decisions out of it."""
    besides = sa.text("kind <> 'decision'")
    op.create_index("ix_ledger_happenings", "ledger", ["seq", "kind"], sqlite_where=besides, postgresql_where=besides)


def downgrade() -> None:
    """Drop the index; nothing else knows of it."""
    op.drop_index("ix_ledger_happenings", "ledger")
