"""``norm add | list | repeal | revisions | history`` with ``--db``: the same on a norms.db, in the words of the program
that such files come from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.failures import MisusedError
from workbench.cli.output import one_line, utc
from workbench.cli.session import Session

if TYPE_CHECKING:
    from workbench.norms import Norm


def add_to_file(session: Session, db: Path, norm: Norm, why: str, draft: bool, severity: str, replace: bool) -> None:
    """``norm add NAME DESCRIPTION CONDITION PROHIBITED --db``."""
    from workbench.service.norm_file_writing import add_norm

    if draft or severity != "warn":
        option = "--draft" if draft else "--severity"
        raise MisusedError("not in a norms.db", f"a norms.db has nothing for {option}", "leave it out")
    added = add_norm(db, norm, why=why, replacing=replace)
    if not session.show(added):
        session.out.line(f"Added norm: {one_line(norm.name)} (id={norm.id})")
        for gone in added.replaced:
            session.out.line(f"Repealed norm: {one_line(gone.name)} (id={gone.id})")


def repeal_in_file(session: Session, db: Path, id: str, why: str) -> None:
    """``norm repeal ID --db``."""
    from workbench.service.norm_file_writing import repeal_norm

    gone = repeal_norm(db, id, why=why)
    if not session.show(gone):
        session.out.line(f"Repealed norm: {one_line(gone.name)} (id={gone.id})")


def list_file(session: Session, db: Path, everything: bool) -> None:
    """``norm list --db``."""
    from workbench.service.norm_file_writing import norms_of

    found = norms_of(db, everything=everything)
    if session.show({"norms": found}):
        return
    if not found:
        session.out.line("No norms." if everything else "No active norms.")
        return
    rows = [
        (each.id, each.name, each.scope, str(each.priority), each.condition, each.prohibited, str(each.active))
        for each in found
    ]
    session.out.table(("ID", "Name", "Scope", "Priority", "Condition", "Prohibited", "Active"), rows)


def revisions_of_file(session: Session, db: Path, limit: int) -> None:
    """``norm revisions --db``."""
    from workbench.service.norm_file_writing import revisions_of

    found = revisions_of(db)[:limit]
    if session.show({"revisions": [each.to_dict() for each in found]}):
        return
    if not found:
        session.out.line("No revisions found.")
        return
    rows = [(each.id, each.norm_id[:8], each.revision_type, each.reason) for each in found]
    session.out.table(("ID", "Norm ID", "Type", "Reason"), rows)


def history_of_file(session: Session, db: Path, name: str) -> None:
    """``norm history NAME --db``."""
    from datetime import UTC, datetime

    from workbench.service.norm_file_writing import history_of

    found = history_of(db, name)
    if session.show({"versions": found}):
        return
    if not found:
        session.out.line("No versions were recorded.")
        return
    rows = [
        (str(each.version), each.norm_id, _when(each.changed_at, datetime, UTC), each.changed_by, each.change_reason)
        for each in found
    ]
    session.out.table(("Version", "Norm ID", "When", "Who", "Why"), rows)


def _when(seconds: float, datetime: Any, zone: Any) -> str:
    try:
        return utc(datetime.fromtimestamp(seconds, zone))
    except (ValueError, OverflowError, OSError):
        return "—"  # what somebody wrote there is no time
