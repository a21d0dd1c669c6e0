"""Writing a proposal's dossier into a file, in a thread; returns where it is and what a vote may name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Written:
    """A dossier on the disk: of the proposal with that digest, at ``path``, with its own ``digest`` (``sha256:…``)."""

    proposal: str
    path: str
    digest: str


def write(workspace: Workspace, proposal: str, folder: Path | None = None) -> Written:
    """Make the dossier and write it into ``folder`` (where the program was started), over one of the same name.

    Raises :class:`WorkbenchError`: ``no_proposal``, and where the file cannot be written.
    """
    from workbench.service.errors import from_os
    from workbench.service.files import write_atomically

    made = workspace.dossiers.make(proposal)
    path = (folder or Path.cwd()) / made.name
    try:
        write_atomically(path, made.data)
    except OSError as error:
        raise from_os(error) from error
    return Written(proposal, str(path), made.digest)
