"""A norm store of normsync's as a server: opened with a clear error, and served over stdio as that package does."""

from __future__ import annotations

from pathlib import Path

from workbench.compat.normsync.registry import NormRegistry, StoreUnusableError, open_registry
from workbench.service.errors import WorkbenchError


def open_store(db: Path | None) -> NormRegistry:
    """The store at ``db``, made where it is missing; in memory where none is named.

    Raises :class:`WorkbenchError` (``bad_norm_store``).
    """
    try:
        return open_registry("" if db is None else str(db.expanduser()))
    except StoreUnusableError as error:
        raise WorkbenchError(
            "the norm store cannot be used", f"`{db}`: {error}", "name another file", "bad_norm_store"
        ) from None


def serve_store(db: Path) -> None:
    """MCP over stdio on the store at ``db`` until the client closes stdin. Raises :class:`WorkbenchError`."""
    import anyio

    from workbench.compat.normsync.mcp_server import compat_server, run_stdio
    from workbench.server.stdio import log_to_stderr

    registry = open_store(db)
    log_to_stderr()
    try:
        anyio.run(run_stdio, compat_server(registry))
    finally:
        registry.close()
