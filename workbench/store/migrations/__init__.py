"""Schema revisions, oldest first. ``REVISIONS`` is what a database file is compared with before Alembic is loaded."""

from __future__ import annotations

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008")
HEAD = REVISIONS[-1]
