"""Recovery: what the roster's role ``recovery`` may do when the ordinary signers cannot or must not sign any more.

Imports the artifact's models. An amendment is a recovery exactly when its proposer stands in the parent's roster as
``recovery``. It may change the roster only; it needs a majority of all ``recovery`` entries of the parent's roster
(M of N with M = N // 2 + 1), and waits 14 days, in which any other signer whom it leaves as they are can veto it. In
all other amendments these entries neither fill a seat nor reject nor veto.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.governance.artifact import ConstitutionVersion, Content
from workbench.governance.errors import GovernanceError
from workbench.governance.procedures import EXPIRY_SECONDS, AmendmentProcedure, has_role
from workbench.governance.roster import RECOVERY_ROLE, RosterEntry
from workbench.language.ast import Require

RECOVERY_TIMELOCK_SECONDS = 14 * 86_400


def holders(roster: Sequence[RosterEntry]) -> tuple[str, ...]:
    """The principals of the role ``recovery``."""
    return tuple(entry.principal for entry in roster if entry.role == RECOVERY_ROLE)


def is_recovery(version: ConstitutionVersion, judge: ConstitutionVersion) -> bool:
    """Whether ``version`` is proposed by a ``recovery`` entry of its parent ``judge``; a first version never is."""
    return not version.is_genesis and version.proposed_by in holders(judge.content.roster)


def check_scope(version: ConstitutionVersion, parent: ConstitutionVersion) -> None:
    """Raises :class:`GovernanceError` (``recovery_scope``) where a recovery changes anything but the roster."""
    changed = [
        name
        for name in Content.model_fields
        if name != "roster" and getattr(version.content, name) != getattr(parent.content, name)
    ]
    if version.schema_version != parent.schema_version:
        changed.append("schema_version")
    if changed or version.content.roster == parent.content.roster:
        what = f"it changes `{changed[0]}`" if changed else "it does not change the roster"
        raise GovernanceError(
            "recovery_scope",
            f"a recovery may change the roster only, and {what}",
            "propose the rest as an ordinary signer, once the roster has been recovered",
        )


def recovery_procedure(roster: Sequence[RosterEntry]) -> AmendmentProcedure:
    """A majority of the ``recovery`` entries, after 14 days."""
    return AmendmentProcedure(
        name="recovery",
        cls="sensitive",
        requires=(Require(len(holders(roster)) // 2 + 1, has_role(RECOVERY_ROLE)),),
        timelock_seconds=RECOVERY_TIMELOCK_SECONDS,
        timeout_seconds=EXPIRY_SECONDS,
        own=False,
    )
