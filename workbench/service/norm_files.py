"""An existing ``.normsync/norms.db``, as ``--db`` names one: checked, reported, compared. The file stays as it is but
for the violations that a check finds, which are stored as the program that made the file stores them.

Imports the compatible package and the reports; no workspace. Nothing here makes a file: a gate that finds no database
must not pass, and so must not make an empty one either.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from workbench.compat.normsync import (
    AgentAction,
    AgentCompliance,
    NormConflict,
    NormMonitor,
    NormStore,
    NormViolation,
    WorldNorm,
    agent_compliance_report,
    detect_norm_conflicts,
)
from workbench.compat.normsync.reading import NormsDatabaseError, read_norms_db
from workbench.norms.reporting import Report, ReportedNorm, ReportedViolation
from workbench.service.errors import WorkbenchError

TITLE = "normsync Report"
MISSING = "No database found."
_MISSING_CODE = "norms_db_missing"


class NormFile:
    """What a norms.db holds at the moment that it is opened: all of it was read, and nothing written."""

    def __init__(self, path: Path, *, words: str = MISSING) -> None:
        """``words``: what is said where there is no such file.

        Raises :class:`WorkbenchError`: ``norms_db_missing``, ``norms_db_unreadable``, ``norms_db_not_sqlite``,
        ``norms_db_not_norms``, ``norms_db_damaged``.
        """
        self.path = path.expanduser()
        try:
            self.data = read_norms_db(self.path)
        except NormsDatabaseError as error:
            if error.code == _MISSING_CODE:
                raise WorkbenchError(words, "", f"{error.message}: {error.help}", error.code) from error
            raise WorkbenchError("the norms.db cannot be read", error.message, error.help, error.code) from error

    @property
    def active(self) -> list[WorldNorm]:
        """The norms in force, in the order of the file."""
        return [norm for norm in self.data.norms if norm.active]

    def report(self, since: float | None = None, severities: Sequence[str] = ()) -> Report:
        """All norms, and the violations from ``since`` (seconds since 1970) on, newest first.

        ``severities``: of these only, where any are named.
        """
        kept = [
            _violation(each)
            for each in self._newest_first()
            if (since is None or each.timestamp >= since) and (not severities or each.severity in severities)
        ]
        return Report([_norm(norm) for norm in self.data.norms], kept, title=TITLE, place=shown_place(self.path))

    def check(
        self, agent: str, action: str, location: str = "", target: str = "", faction: str = "", *, at: float
    ) -> tuple[ReportedViolation, ...]:
        """What an action at ``at`` (seconds since 1970) violates; stored in the file.

        Raises :class:`WorkbenchError`: ``not_text``, ``norms_db_busy``, ``norms_db_unwritable``.
        """
        try:
            asked = AgentAction(agent, action, location, target=target, faction=faction, timestamp=at)
        except UnicodeEncodeError as error:
            what = "the action is told with half a character in it (a lone surrogate)"
            raise WorkbenchError("not text", what, "pass UTF-8", "not_text") from error
        found = list(NormMonitor(self.active).check(asked))
        if not found:
            return ()
        try:
            with closing(NormStore(str(self.path))) as store:
                for violation in found:
                    store.save_violation(violation)
        except sqlite3.Error as error:
            raise _unwritten(self.path, error) from error
        return tuple(_violation(each) for each in found)

    def compliance(self, agent: str | None = None) -> list[AgentCompliance]:
        """As ``normsync compliance`` counts it, of an agent or of every one in the file, the worst first.

        A norms.db keeps no actions, only what violated: so the "actions" are the violations' texts, and the rate says
        nothing of what an agent did besides.
        """
        violations = self._newest_first()
        agents = [agent] if agent is not None else list(dict.fromkeys(each.agent_id for each in violations))
        monitor = NormMonitor(self.active)
        acts = [AgentAction(each.agent_id, each.description, timestamp=each.timestamp) for each in violations]
        reports = [agent_compliance_report(monitor, each, acts) for each in agents]
        return sorted(reports, key=lambda each: (each.compliance_rate, each.agent_id))

    def conflicts(self) -> list[NormConflict]:
        """The three kinds that normsync knows, among the active norms."""
        return detect_norm_conflicts(self.active)

    def _newest_first(self) -> list[NormViolation]:
        return sorted(self.data.violations, key=lambda each: each.timestamp, reverse=True)


def shown_place(path: Path) -> str:
    """A file as a report names it: from where the program runs, or by its name alone where it lies elsewhere."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except (OSError, ValueError):
        return path.name


def _unwritten(path: Path, error: Exception) -> WorkbenchError:
    title = "the violations were not stored"
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        return WorkbenchError(title, f"`{path}`: {error}", "another program holds it; try again", "norms_db_busy")
    return WorkbenchError(title, f"`{path}`: {error}", "make the file and its folder writable", "norms_db_unwritable")


def _norm(norm: WorldNorm) -> ReportedNorm:
    return ReportedNorm(
        id=norm.id,
        name=norm.name,
        description=norm.description,
        condition=norm.condition,
        prohibited=norm.prohibited,
        scope=norm.scope,
        active=norm.active,
        priority=norm.priority,
    )


def _violation(found: NormViolation) -> ReportedViolation:
    return ReportedViolation(
        id=found.id,
        norm_id=found.norm_id,
        norm_name=found.norm_name,
        action_id=found.action_id,
        agent_id=found.agent_id,
        description=found.description,
        severity=found.severity or "warn",
        timestamp=found.timestamp if math.isfinite(found.timestamp) else 0.0,
    )
