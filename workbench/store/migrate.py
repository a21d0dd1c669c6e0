"""Brings a database to the newest schema revision; loads Alembic only where there is something to do."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from workbench.store.errors import newer
from workbench.store.migrations import HEAD, REVISIONS


def stored_revision(connection: Connection) -> str | None:
    """The revision that the database says it has, or ``None`` for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return None if row is None else str(row[0])


def upgrade(connection: Connection, shown: str) -> bool:
    """Run the missing revisions inside the caller's transaction; whether there were any.

    Raises ``StoreError`` (``store_newer``) for a revision this program does not know; ``shown`` names the database.
    """
    revision = stored_revision(connection)
    if revision == HEAD:
        return False
    if revision is not None and revision not in REVISIONS:
        raise newer(shown, revision)
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return True
