"""Which keys a window offers to sign with. Asks the service, so it runs in a thread; returns frozen values."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from workbench.service.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.service.views import KeyView
    from workbench.service.workspace import Workspace


def keys_here(workspace: Workspace) -> tuple[KeyView, ...]:
    """The roster's keys that are in files of this machine, then those that only ssh-agent holds (without a path)."""
    found = [key for key in workspace.signing_keys() if key.principal]
    known = {key.fingerprint for key in found}
    with suppress(WorkbenchError):  # no agent, or one that does not answer, offers nothing
        found += [key for key in workspace.key_care.agent_keys() if key.principal and key.fingerprint not in known]
    return tuple(found)
