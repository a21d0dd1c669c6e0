"""Drafts carry origins: which reading a person chose for a sentence, and which model helped with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. Of drafts before it nobody was asked about readings, so there is nothing to fill in."""
    op.add_column("drafts", sa.Column("origins", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Take the column away; the sentences so read are ambiguous again, where their rules do not stand."""
    op.drop_column("drafts", "origins")
