"""Servers as their clients meet them: a real uvicorn in a process of its own, a real MCP client."""
