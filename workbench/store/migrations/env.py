"""Alembic's environment: runs the revisions on the connection that ``store.migrate`` hands over."""

from __future__ import annotations

from alembic import context

from workbench.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # the caller's transaction holds the whole upgrade
    render_as_batch=True,
)
context.run_migrations()
