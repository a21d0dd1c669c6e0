"""Unsigned workspaces (games, tests): a chain like any other, whose one key lies open in the workspace's folder.

Imports key comments. The comment of the roster's key says so, so that files alone tell it: whoever verifies such a
chain reads UNSIGNED beside the result.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.governance.artifact import ConstitutionVersion
from workbench.governance.keys import parse_public_line
from workbench.governance.roster import RosterEntry

UNSIGNED = "UNSIGNED"
UNSIGNED_PRINCIPAL = 'Operator::"anyone"'


def unsigned_comment(swarm_id: str) -> str:
    """The comment that marks the open key of a swarm."""
    return f"{UNSIGNED} {swarm_id}"


def is_unsigned(version: ConstitutionVersion) -> bool:
    """Whether a key that lies open may vote on what follows ``version``."""
    return open_to_all(version.content.roster)


def open_to_all(roster: Sequence[RosterEntry]) -> bool:
    """Whether a key that lies open is among those of ``roster`` that vote."""
    return any(
        parse_public_line(line)[1].upper().startswith(UNSIGNED)
        for entry in roster
        if entry.votes
        for line in entry.keys
    )
