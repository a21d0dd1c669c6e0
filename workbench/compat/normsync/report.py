"""Norms and violations as JSON, as Markdown, and as a table on a terminal (specification §7).

Imports the records; Rich only when a table is printed. JSON and Markdown are byte for byte normsync's (Markdown does
not escape ``|``). The table is not: normsync reads names as Rich markup, so that an agent could colour, hide or link
what it is accused of. Here every character is shown, control characters by their code.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.compat.normsync.norm import NormViolation, WorldNorm

if TYPE_CHECKING:
    from rich.console import Console

_ID_SHOWN = 8  # characters
_DESCRIPTION_SHOWN = 60


def to_json(norms: Sequence[WorldNorm], violations: Sequence[NormViolation] | None = None) -> str:
    """Norms, and violations unless they are None, as JSON indented by 2, ASCII only."""
    told: dict[str, Any] = {
        "norms": [norm.to_dict() for norm in norms],
        "norm_count": len(norms),
        "active_count": sum(1 for norm in norms if norm.active),
    }
    if violations is not None:
        told["violations"] = [violation.to_dict() for violation in violations]
        told["violation_count"] = len(violations)
        told["has_violations"] = len(violations) > 0
    return json.dumps(told, indent=2)


def to_markdown(norms: Sequence[WorldNorm], violations: Sequence[NormViolation] | None = None) -> str:
    """A report with a table of norms and one of violations, each left out where there is none."""
    lines = ["# normsync Report", "", f"**Active norms:** {sum(1 for norm in norms if norm.active)}", ""]
    if norms:
        lines += [
            "## Norms",
            "",
            "| Name | Scope | Condition | Prohibited | Active |",
            "|------|-------|-----------|-----------|--------|",
        ]
        lines += [f"| {n.name} | {n.scope} | {n.condition} | {n.prohibited} | {n.active} |" for n in norms]
        lines.append("")
    if violations:
        lines += [
            "## Violations",
            "",
            "| Agent | Norm | Description | Severity |",
            "|-------|------|-------------|----------|",
        ]
        lines += [f"| {v.agent_id} | {v.norm_name} | {v.description} | {v.severity} |" for v in violations]
    return "\n".join(lines)


def _shown(value: object) -> str:
    """A text in which nothing can act on a terminal: control and direction-changing characters by their code."""
    return "".join(
        char if unicodedata.category(char) not in ("Cc", "Cf", "Cs") else f"\\u{ord(char):04x}" for char in str(value)
    )


def print_violations(violations: Sequence[NormViolation], console: Console | None = None) -> None:
    """Print violations as a Rich table, or that there are none."""
    from rich.console import Console as Terminal
    from rich.table import Table
    from rich.text import Text

    out = console if console is not None else Terminal()
    if not violations:
        out.print("[green]No violations found.[/green]")
        return
    table = Table(title="Norm Violations", header_style="bold red")
    table.add_column("ID", style="dim")
    for heading in ("Agent", "Norm", "Description", "Severity"):
        table.add_column(heading)
    for v in violations:
        cells = (v.id[:_ID_SHOWN], v.agent_id, v.norm_name, v.description[:_DESCRIPTION_SHOWN], v.severity)
        table.add_row(*(Text(_shown(cell)) for cell in cells))
    out.print(table)
