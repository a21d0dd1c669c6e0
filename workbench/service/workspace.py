"""The Workspace: the one object that every face talks to.

Thin: each method hands over to the use case it belongs to. Light to import: the database, the engine and the
governance are loaded by :meth:`Workspace.open`, never before. Every method may be called from any thread, and raises
:class:`~workbench.service.errors.WorkbenchError` for what a person should be told.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

from workbench.service.clock import Clock, SystemClock
from workbench.service.errors import WorkbenchError, store_errors
from workbench.service.views import (
    Bucket,
    CheckView,
    CompileView,
    Credential,
    Draft,
    EventDetail,
    EventRow,
    KeyView,
    ProposalView,
    Recorded,
    ReviewView,
    RuleView,
    SignerSpec,
    Status,
    TestRun,
    Verification,
    VersionView,
)

if TYPE_CHECKING:
    from workbench.analysis.task import Task
    from workbench.engine.request import Request
    from workbench.service.governing_views import SignWith
    from workbench.service.heard import Heard
    from workbench.service.session import Session

__all__ = ["Credential", "Recorded", "SignerSpec", "Workspace"]

Only = Literal["all", "violations", "allow", "deny", "hold"]


class Workspace:
    """An open workspace. Make one with :meth:`open` or :meth:`create`; close it when done."""

    def __init__(self, session: Session) -> None:
        """For :meth:`open`."""
        from workbench.service.uses import Uses

        uses = Uses(session)
        self._session, self._uses = session, uses
        self._drafting, self._amending = uses.drafting, uses.amending
        self._deciding, self._watching, self._overview = uses.deciding, uses.watching, uses.overview
        self._directories, self.casebook, self.pulse = uses.directories, uses.casebook, uses.pulse
        self.overlays, self.cases, self.timeline, self.spoken = uses.overlays, uses.cases, uses.timeline, uses.spoken
        self.norms, self.norm_reports, self.norm_import = uses.norms, uses.norm_reports, uses.norm_import
        self.audit, self.credentials, self.notices = uses.audit, uses.credentials, uses.notices
        self.amending, self.dossiers, self.reviewing = uses.amending, uses.dossiers, uses.reviewing
        self.groups, self.agents, self.finding = uses.groups, uses.agents, uses.finding
        self.drafting, self.shadowing, self.analysing = uses.drafting, uses.shadowing, uses.analysing
        self.acknowledging, self.key_care, self.backups = uses.acknowledging, uses.key_care, uses.backups
        self.vocabulary, self.trying, self.replaying = uses.vocabulary, uses.trying, uses.replaying
        self._tick_lock = Lock()
        self._announced = self._overview.how_many()

    # ---- life --------------------------------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        location: str | Path,
        *,
        sample: str = "support-swarm",
        profile: str = "demo",
        signer_keys: Sequence[SignerSpec] = (),
        key_path: str | Path | None = None,
        passphrase: str = "",
        keys: Sequence[tuple[Path, str]] = (),
        swarm_id: str = "",
        clock: Clock | None = None,
        database: str = "",
        supersedes: str = "",
        invariants: str | None = None,
        task: Task | None = None,
    ) -> Workspace:
        """Make a workspace and open it; where anything fails, nothing was made.

        ``demo`` makes its own two keys. ``solo`` signs with ``key_path`` and ``passphrase``; where that file does not
        exist (or none is named: inside the workspace) a new encrypted key is made. ``team`` takes ``signer_keys`` (who
        may sign) and ``keys`` (files with passphrases that sign the first version). ``database``: the URL of an empty
        database on a server, where the record is not to be a file in the folder.
        ``unsigned``: its key lies open in it. ``supersedes``: the last digest of a chain of ``swarm_id`` without keys.
        ``invariants``: what the first version must be proved to keep; ``task``: to stop that, and to see how far it is.
        """
        from workbench.service.creating import Plan, create
        from workbench.service.keys import remember_keys

        own = ((Path(key_path).expanduser(), passphrase),) if key_path is not None else ()
        plan = Plan(sample, profile, tuple(signer_keys), (*own, *keys), swarm_id, passphrase, database=database,
                    supersedes=supersedes, invariants=invariants, task=task)  # fmt: skip
        place = Path(location).expanduser()
        create(place, plan, clock or SystemClock())
        remember_keys((path for path, _ in plan.keys), place)
        return cls.open(place, clock=clock)

    @classmethod
    def open(cls, location: str | Path, *, clock: Clock | None = None, busy_seconds: float = 5.0) -> Workspace:
        """Open a workspace; steps that became due meanwhile are taken.

        Raises :class:`WorkbenchError`: ``store_missing``, ``store_locked``, ``store_corrupt``, ``store_read_only``,
        ``store_full``, ``store_newer``.
        """
        from workbench.service.databases import locate
        from workbench.service.session import Session
        from workbench.store.database import Database
        from workbench.store.directory import setting

        place = Path(location).expanduser()
        with store_errors():
            database = Database.open(locate(place), busy_seconds=busy_seconds)
            try:
                with database.read() as connection:
                    swarm_id, profile = setting(connection, "swarm_id"), setting(connection, "profile")
                session = Session(place, database, clock or SystemClock(), swarm_id, profile)
                session.start()
                workspace = cls(session)
                workspace._catch_up()
            except BaseException:
                database.close()
                raise
        return workspace

    def _catch_up(self) -> None:
        """Take the steps that are due; a workspace that cannot (its ledger key is lost) may still be looked at."""
        try:
            self._uses.tick()
        except WorkbenchError as error:
            if error.code.startswith("store_"):
                raise

    def close(self) -> None:
        """Close the database. Safe to call twice."""
        self._uses.close()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def location(self) -> Path:
        """The workspace's folder."""
        return self._session.location

    @property
    def swarm_id(self) -> str:
        """The swarm that this workspace governs."""
        return self._session.swarm_id

    @property
    def badge(self) -> str:
        """``DEMO``, ``SOLO`` or the empty string; shown on every screen."""
        return self._session.badge

    def recording(self) -> Path | None:
        """The recorded actions of the sample that a demo was made from; ``None`` for other workspaces."""
        if self._session.profile != "demo":
            return None
        from workbench.service.samples import load_sample
        from workbench.store.directory import setting

        with self._session.read() as connection:
            name = setting(connection, "sample")
        return load_sample(name).actions

    # ---- what is in force --------------------------------------------------------------------------------------------

    def status(self) -> Status:
        """The Overview's facts."""
        return self._overview.status()

    def tick(self) -> tuple[VersionView, ...]:
        """Take the steps that are due; the versions that came into force since the last tick, whoever did it."""
        self._uses.tick()
        with self._tick_lock:
            activated = self._overview.since(self._announced)
            self._announced += len(activated)
        return activated

    def version(self, version: str | None = None) -> VersionView:
        """A version of the chain by number or digest; the one in force where none is named."""
        return self._overview.version(version)

    def versions(self) -> tuple[VersionView, ...]:
        """Every version that is or was in force, genesis first."""
        return self._overview.versions()

    def rules(self, version: str | None = None) -> tuple[RuleView, ...]:
        """The rules of a version, in source order."""
        return self._overview.rules(version)

    def verify(self) -> Verification:
        """Check the chain, every ledger entry, and the store against both. Takes time on a long ledger."""
        return self.audit.verify()

    # ---- deciding and watching ---------------------------------------------------------------------------------------

    def decide(
        self,
        request: Request,
        *,
        credential: Credential,
        entities: Sequence[Any] = (),
        facts: Mapping[str, Any] | None = None,
        at: datetime | None = None,
        heard: Heard | None = None,
    ) -> Recorded:
        """Decide and record; answered once that is on the disk. Raises only where nothing was recorded: then deny.
        ``entities``: the caller's, in Cedar's JSON form; ``facts``, ``heard`` (tool calls): of a *trusted* source."""
        return self._deciding.decide(request, credential=credential, entities=entities, facts=facts, at=at, heard=heard)

    def high_water(self) -> int:
        """The newest decision's ``seq``, 0 when there is none."""
        return self._watching.high_water()

    def events(self, after: int, before: int | None = None, limit: int = 128) -> tuple[EventRow, ...]:
        """The first ``limit`` decisions with ``after < seq < before``, ascending."""
        return self._watching.events(after, before, limit)

    def last_events(self, limit: int = 128) -> tuple[EventRow, ...]:
        """The newest decisions, ascending."""
        return self._watching.last_events(limit)

    def event_ids(self, only: Only = "all", after: int = 0) -> array[int]:
        """``seq`` of every matching decision after ``after``, ascending, as ``array('q')``."""
        return self._watching.event_ids(only, after)

    def rows(self, ids: Iterable[int]) -> tuple[EventRow, ...]:
        """The decisions of these ``seq``, in that order; unknown ones are left out."""
        return self._watching.rows(ids)

    def event(self, seq: int) -> EventDetail:
        """One decision in full."""
        return self._watching.event(seq)

    def rates(self, buckets: int = 60, width_seconds: float = 1.0) -> tuple[Bucket, ...]:
        """Decisions by the time they were recorded, oldest slice first; the last one holds the present."""
        return self.pulse.rates(buckets, width_seconds)

    def violations(self, limit: int = 50) -> tuple[EventRow, ...]:
        """The newest violations, newest first."""
        return self._watching.violations(limit)

    # ---- the draft ---------------------------------------------------------------------------------------------------

    def draft(self) -> Draft:
        """The working text."""
        return self._drafting.draft()

    def save_draft(
        self,
        *,
        english: str | None = None,
        cedar_plus: str | None = None,
        schema: str | None = None,
        tests: Sequence[Mapping[str, Any]] | None = None,
        invariants: str | None = None,
        revision: int,
    ) -> Draft:
        """Save the parts given, written on ``revision``. ``stale_draft`` when another was saved; nothing is lost."""
        return self._drafting.save(
            english=english, cedar_plus=cedar_plus, schema=schema, tests=tests, invariants=invariants, revision=revision
        )

    def reset_draft(self) -> Draft:
        """Begin again from what is in force; the text stays in :meth:`draft_history`."""
        return self._drafting.reset()

    def draft_history(self, limit: int = 50) -> tuple[Draft, ...]:
        """Earlier revisions, newest first."""
        return self._drafting.history(limit)

    def check(self, cedar_plus: str, revision: int = 0, schema: str | None = None) -> CheckView:
        """Diagnostics of a text, and its rules where it is clean. Saves nothing."""
        return self._drafting.check(cedar_plus, revision, schema)

    def compile_english(self, english: str, *, cedar_plus: str | None = None) -> CompileView:
        """Compile sentences into Cedar+ and tests, and save them into the draft."""
        return self._drafting.compile_english(english, cedar_plus=cedar_plus)

    def run_tests(self) -> TestRun:
        """The draft's tests on both engines."""
        return self._drafting.run_tests()

    def confirm_test(self, name: str, reviewed_by: str) -> Draft:
        """A person confirms what a test expects; the empty string takes that back."""
        return self._drafting.confirm_test(name, reviewed_by)

    def set_expectation(self, name: str, expect: str) -> Draft:
        """Correct what a test expects (``allow``, ``deny``, ``hold``); its confirmation falls."""
        return self._drafting.set_expectation(name, expect)

    def add_tests(self, cases: Sequence[Mapping[str, Any]]) -> Draft:
        """Add test cases to the draft."""
        return self._drafting.add_tests(cases)

    def remove_test(self, name: str) -> Draft:
        """Take a test out of the draft."""
        return self._drafting.remove_test(name)

    def review(self, task: Task | None = None) -> ReviewView:
        """The draft against what is in force, its class, what is in the way of proposing it; with ``task``: proved."""
        return self.reviewing.review(self._drafting.draft(), task=task)

    # ---- amendments --------------------------------------------------------------------------------------------------

    def propose(self, summary: str, *, proposer: str) -> ProposalView:
        """Propose the draft. Raises ``BlockedError`` (code ``blocked``, with ``.blockers``), ``unknown_proposer``."""
        return self.proposal(self._amending.propose(self._drafting.draft(), summary, proposer))

    def proposals(self, open_only: bool = False) -> tuple[ProposalView, ...]:
        """Proposals, oldest first."""
        return self._overview.proposals(open_only=open_only)

    def proposal(self, digest: str) -> ProposalView:
        """One proposal by its digest."""
        return self._overview.proposal(digest)

    def vote(
        self,
        digest: str,
        *,
        using: SignWith | None = None,
        key_path: str | Path = "",
        passphrase: str = "",
        verdict: Literal["approve", "reject"] = "approve",
        comment: str = "",
        dossier: str = "",
        task: Task | None = None,
    ) -> ProposalView:
        """Sign a vote ``using`` a key file or a key of ssh-agent; ``key_path`` and ``passphrase`` name a file shorter.

        Raises :class:`WorkbenchError`: ``no_proposal``, ``not_open``, ``already_voted``, ``no_key_file``,
        ``not_a_key``, ``unknown_key``, ``demo_key``, ``passphrase_needed``, ``wrong_passphrase``, ``key_suspended``,
        ``key_revoked``, and what ``vote_checks.require_promises`` and ``signers.open_signer_with`` say.
        """
        from workbench.service.governing_views import SignWith
        from workbench.service.keys import remember_keys

        how = using or SignWith(str(key_path), passphrase)
        self._amending.vote(digest, using=how, verdict=verdict, comment=comment, dossier=dossier, task=task)
        remember_keys([Path(how.key_path).expanduser()] if how.key_path else [], self.location)
        return self.proposal(digest)

    def import_vote(self, envelope_json: str, task: Task | None = None) -> ProposalView:
        """Take a vote that was signed elsewhere (a DSSE envelope)."""
        return self.proposal(self._amending.import_vote(envelope_json, task))

    def export_vote(self, digest: str, principal: str) -> str:
        """A recorded vote as a DSSE envelope."""
        return self._amending.export_vote(digest, principal)

    def signing_keys(self) -> tuple[KeyView, ...]:
        """The key files of this machine; those that the roster in force knows come first."""
        return self._overview.signing_keys()

    def demo_passphrase(self) -> str:
        """The passphrase of the demo's keys, to be shown; empty for every other workspace."""
        if self._session.profile != "demo":
            return ""
        from workbench.service.creating import DEMO_PASSPHRASE

        return DEMO_PASSPHRASE

    # ---- the directory -----------------------------------------------------------------------------------------------

    def entities(self) -> tuple[Mapping[str, Any], ...]:
        """The believed entities, in Cedar's JSON form."""
        return self._directories.entities()

    def load_entities(self, entities: Sequence[Mapping[str, Any]]) -> int:
        """Add or replace believed entities; how many. A ledger entry."""
        return self._directories.load(entities)

    def remove_entities(self, uids: Iterable[str]) -> int:
        """Forget believed entities; how many were known. A ledger entry."""
        return self._directories.remove(uids)

    def set_fact(self, attribute: str, value: Any, *, principal: str = "") -> None:
        """Vouch for a context attribute marked ``@source``, of one principal or of all. A ledger entry."""
        self._directories.set_fact(attribute, value, principal)
