"""A version of the constitution with its digest and checked program. Pure; made once for each version."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.governance.artifact import ConstitutionVersion
from workbench.governance.canonical import sha256_hex
from workbench.language.check import check
from workbench.language.program import Program
from workbench.language.schema import Schema
from workbench.service.errors import WorkbenchError


@dataclass(frozen=True, slots=True)
class Checked:
    """A version with its digest and checked program. ``schema_digest``: SHA-256 of the schema text, hex."""

    version: ConstitutionVersion
    digest: str
    program: Program
    schema: Schema
    schema_digest: str


def check_version(version: ConstitutionVersion) -> Checked:
    """Check a version's rules. Raises :class:`WorkbenchError` (``not_clean``) when they are not.

    What the schema linter refuses is refused before anyone votes on a version (in review, and where a workspace is
    made); here it would only stop what is in force already.
    """
    result = check(version.content.cedar_plus_source, version.content.schema_text, standing=True)
    if result.program is None or result.program.schema is None:
        first = result.errors[0]
        raise WorkbenchError(
            "the constitution is not clean",
            f"version {version.constitution_version}, line {first.start.line}: {first.message} ({first.code})",
            "this version cannot be in force; restore the workspace from a backup",
            "not_clean",
        )
    schema_digest = sha256_hex(version.content.schema_text.encode())
    return Checked(version, version.digest, result.program, result.program.schema, schema_digest)


def changed_in_store(what: str, digest: str, code: str = "version_changed") -> WorkbenchError:
    """What is said where the store holds another text under ``digest`` than the one that has it."""
    return WorkbenchError(
        "a version was changed in the store",
        f"{what} no longer has the digest `{digest}`",
        "restore the workspace from a backup",
        code,
    )
