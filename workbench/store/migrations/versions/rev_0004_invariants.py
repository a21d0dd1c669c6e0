"""Drafts carry invariants: what a constitution must never permit, or always."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. No draft before it had invariants, for no version could have any: nothing proved them."""
    op.add_column("drafts", sa.Column("invariants", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Take the column away, and with it what was written there."""
    op.drop_column("drafts", "invariants")
