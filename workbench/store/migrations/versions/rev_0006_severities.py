"""Decisions list how bad a violation is, so that the feed need not open every payload to tell."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. No rule said how bad it is to break it before, so that every violation was as bad as `warn`."""
    op.add_column("decisions", sa.Column("severity", sa.Text(), nullable=False, server_default=""))
    op.execute("UPDATE decisions SET severity = 'warn' WHERE violation")


def downgrade() -> None:
    """Take the column away; the ledger's entries go on saying it."""
    op.drop_column("decisions", "severity")
