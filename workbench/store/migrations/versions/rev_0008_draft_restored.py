"""Draft revisions say which older one they brought back, so that undoing and redoing go on after a restart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. No revision before it was brought back by undoing: there is nothing to fill in."""
    op.add_column("drafts", sa.Column("restored", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Take the column away; the texts stay, and undoing begins from the newest of them."""
    op.drop_column("drafts", "restored")
