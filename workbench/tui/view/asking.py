"""How agents come to ask for decisions: one sentence for every screen that has none yet. Pure; imports nothing.

A test holds that the command line has every command that it names.
"""

from __future__ import annotations

HOW = "`workbench serve` and `workbench mcp` let agents ask; `workbench decide` asks once"
LINES = HOW.replace("; ", ";\n")
"""The same on two lines."""
