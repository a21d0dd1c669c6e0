"""What a principal may at a server: act, read what others did, vouch. Asked anew for each request. Not for faces: they
ask ``Workspace.credentials``.

Who signs here stands in the roster in force with a key that is not held: such a principal need not be in the directory,
and its token reads what others did. Only an *operator's* may also vouch, for facts and for what was heard, and never
one of a type that acts: nobody is to be the source of what it is judged by. Rotating a key changes nothing for a token;
once every key of a signer is suspended or revoked, or the signer has left the roster, its token proves nobody, unless
the directory knows the principal: then it is an agent's like others.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from workbench.engine.request import as_uid
from workbench.governance.roster import RosterEntry
from workbench.service.belief import principal_types
from workbench.service.checked import Checked
from workbench.service.errors import WorkbenchError
from workbench.service.key_care import refuse_held
from workbench.store import directory as directory_store

OPERATOR_ROLE = "operator"


@dataclass(frozen=True, slots=True)
class Standing:
    """A principal in a workspace. ``role``: under which it signs, else empty; ``acts``: whether some action takes its
    type as principal; ``listed``: whether the directory has it."""

    principal: str
    role: str
    acts: bool
    listed: bool

    @property
    def vouches(self) -> bool:
        """Whether its token may hand in facts and what was heard, as a trusted gateway does."""
        return self.role == OPERATOR_ROLE and not self.acts


def standing_of(connection: Connection, law: Checked, principal: str) -> Standing:
    """The standing of a principal (a uid, spelled as uids are written) under ``law``."""
    uid = as_uid(principal)
    entry = roster_entry(law, principal)
    role = entry.role if entry is not None and held_error(connection, entry) is None else ""
    listed = directory_store.knows(connection, uid.type, uid.id)
    return Standing(principal, role, uid.type in principal_types(law.schema), listed)


def roster_entry(law: Checked, principal: str) -> RosterEntry | None:
    """The place of a principal in the roster in force; none for the ledger's own witness, which is nobody."""
    return next((entry for entry in law.version.content.roster if entry.votes and entry.principal == principal), None)


def held_error(connection: Connection, entry: RosterEntry) -> WorkbenchError | None:
    """What holds the last key of a signer whose keys are all suspended or revoked; ``None`` where one is not."""
    held: WorkbenchError | None = None
    for key in entry.public_keys:
        try:
            refuse_held(connection, key.fingerprint)
        except WorkbenchError as error:
            held = error
        else:
            return None
    return held
