"""Making versions: the first of a chain, and the next.

Imports the artifact's models. A genesis is self-signed: it needs the approvals that its own amendment procedure asks
for a *sensitive* amendment (the strictest it knows), from its own roster, and no timelock. Everything it says is new,
so its class is ``sensitive``.
"""

from __future__ import annotations

from datetime import datetime

from workbench.governance.artifact import (
    Amendment,
    AmendmentClassName,
    ConstitutionVersion,
    Content,
)
from workbench.governance.versions import rank

SCHEMA_VERSION = "concord-cedar-plus-v1"
FIRST_VERSION = "1.0.0"


def build_genesis(
    *,
    swarm_id: str,
    content: Content,
    proposed_by: str,
    created_at: datetime,
    summary: str,
    english: str = "",
    version: str = FIRST_VERSION,
    supersedes: str | None = None,
) -> ConstitutionVersion:
    """The first version of a constitution, without votes. Raises :class:`ArtifactError`.

    ``supersedes``: the last digest of a chain that nobody can sign for any more; the new one is pinned anew.
    """
    return ConstitutionVersion(
        constitution_version=version,
        swarm_id=swarm_id,
        parent_version=None,
        parent_digest=None,
        schema_version=SCHEMA_VERSION,
        proposed_by=proposed_by,
        created_at=created_at,
        content=content,
        amendment=Amendment(cls="sensitive", summary=summary, english=english),
        supersedes=supersedes,
    )


def build_amendment(
    parent: ConstitutionVersion,
    content: Content,
    *,
    cls: AmendmentClassName,
    proposed_by: str,
    created_at: datetime,
    summary: str,
    english: str = "",
    version: str | None = None,
    reproposes: str | None = None,
) -> ConstitutionVersion:
    """The next version after ``parent``, without votes; ``cls`` is what ``classes.amendment_class`` found.

    ``version`` defaults to :func:`next_version`; ``reproposes`` names the vetoed version that this one is again.
    Raises :class:`ArtifactError`.
    """
    return ConstitutionVersion(
        constitution_version=version or next_version(parent.constitution_version, cls),
        swarm_id=parent.swarm_id,
        parent_version=parent.constitution_version,
        parent_digest=parent.digest,
        schema_version=parent.schema_version,
        proposed_by=proposed_by,
        created_at=created_at,
        content=content,
        amendment=Amendment(cls=cls, summary=summary, english=english, reproposes=reproposes),
    )


def next_version(version: str, cls: AmendmentClassName) -> str:
    """The number after ``version``: a minor amendment raises the last part, a major the middle, a sensitive the first.

    The next after a pre-release is the release it prepared. Raises :class:`ArtifactError` (``version``).
    """
    (first, middle, last), released, _ = rank(version)
    if not released:
        return f"{first}.{middle}.{last}"
    match cls:
        case "minor":
            return f"{first}.{middle}.{last + 1}"
        case "major":
            return f"{first}.{middle + 1}.0"
        case "sensitive":
            return f"{first + 1}.0.0"
