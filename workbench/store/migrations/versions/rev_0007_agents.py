"""An index by agent, so that compliance is counted without opening every decision."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_NAME = "ix_decisions_agent_seq"


def upgrade() -> None:
    """Add the index. It holds all that compliance asks of a decision that violates nothing."""
    op.create_index(_NAME, "decisions", ["agent", "seq", "violation"])


def downgrade() -> None:
    """Take the index away; compliance is then counted over the whole table, with the same result."""
    op.drop_index(_NAME, table_name="decisions")
