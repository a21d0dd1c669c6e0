"""Servers: REST and the event stream (``app``), MCP tools (``tools``), the listening socket (``listening``).

Faces: they translate between a protocol and the service, and decide nothing. Fail closed: whatever goes wrong is
answered as a refusal. ``workbench serve --compat`` serves ``workbench.compat.normsync`` alone, behind the same guard.
FastAPI, uvicorn and mcp are imported here only, and only when a server starts.
"""
