"""Teams for tests: people with plain key files, a workspace whose first version they signed, and their votes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from workbench.governance.keys import generate_key, public_line, serialize_private
from workbench.governance.roster import RosterEntry
from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.keys import read_public_line, write_new_key
from workbench.service.views import ProposalView, SignerSpec
from workbench.service.workspace import Workspace

RULE = """
@id("no-email-outside")
@english("Agents must never share customer email addresses with external services.")
forbid (principal, action == Action::"share_external", resource)
when { resource.tags.contains("email") };
"""
OTHER = (
    RULE.replace("no-email-outside", "no-pii-outside").replace('"email"', '"pii"').replace("email addresses", "data")
)
HOUR = 3_600


def who(name: str) -> str:
    return f'Operator::"{name}"'


def key(folder: Path, name: str) -> Path:
    """The key file of a person, made when it is first asked for. Not encrypted: opening those takes its time."""
    path = folder / "keys-of-people" / name
    if not path.exists():
        made = generate_key()
        write_new_key(path, made, serialize_private(made, None), name)
    return path


def entry(folder: Path, name: str, role: str) -> RosterEntry:
    return RosterEntry(principal=who(name), role=role, keys=(read_public_line(key(folder, name)),))


def fresh_line() -> str:
    return public_line(generate_key(), "fresh")


TEAM = (("ana", "operator"), ("bob", "operator"), ("sam", "supervisor"), ("sue", "supervisor"))


def team(folder: Path, clock: FrozenClock, people: Sequence[tuple[str, str]] = TEAM, **more: str) -> Workspace:
    """A workspace under the default procedures; everyone who may signs the first version."""
    specs = [SignerSpec(who(name), role, read_public_line(key(folder, name))) for name, role in people]
    keys = [(key(folder, name), "") for name, role in people if role != "recovery"]
    return Workspace.create(
        folder / "team", profile="team", signer_keys=specs, keys=keys, clock=clock, swarm_id="swarm-team", **more
    )


def write(workspace: Workspace, rule: str = RULE) -> None:
    """Add a rule to the draft."""
    draft = workspace.draft()
    workspace.save_draft(cedar_plus=draft.cedar_plus + rule, revision=draft.revision)


def votes(
    workspace: Workspace, folder: Path, proposal: ProposalView | str, *names: str, verdict: str = "approve"
) -> ProposalView:
    """Everyone named votes; how the proposal then stands."""
    digest = proposal if isinstance(proposal, str) else proposal.version.digest
    for name in names:
        workspace.vote(digest, key_path=key(folder, name), verdict=verdict)  # type: ignore[arg-type]
    return workspace.proposal(digest)


def refused(code: str) -> AbstractContextManager[pytest.ExceptionInfo[WorkbenchError]]:
    return pytest.raises(WorkbenchError, check=lambda error: error.code == code)


def kinds(workspace: Workspace) -> list[str]:
    """The notices that wait, oldest first."""
    from sqlalchemy import select

    from workbench.store.tables import notices

    with workspace._session.read() as connection:
        return [str(kind) for (kind,) in connection.execute(select(notices.c.kind).order_by(notices.c.id))]
