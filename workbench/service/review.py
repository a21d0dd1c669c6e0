"""Review: a draft or a proposal against what is in force, its class, and what stands in the way of proposing it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Literal

from sqlalchemy import Connection

from workbench.analysis.task import Task
from workbench.governance.artifact import ConstitutionVersion, Content, TestCase
from workbench.governance.classes import amendment_class
from workbench.governance.errors import GovernanceError
from workbench.governance.genesis import build_amendment
from workbench.governance.roster import RECOVERY_ROLE, RosterEntry
from workbench.governance.witnesses import ledger_keys
from workbench.language.check import check
from workbench.language.program import Program
from workbench.language.schema_lint import REFUSING
from workbench.service.analysis_jobs import Job
from workbench.service.checked import Checked
from workbench.service.errors import WorkbenchError
from workbench.service.invariant_proofs import InvariantProofs, Kept, Look, Promise
from workbench.service.obstacles import (
    already_proposed,
    draft_obstacles,
    fragile_warnings,
    frozen,
    recovery_out_of_scope,
    refused_schema,
    unchanged,
    vetoed_before,
)
from workbench.service.parts import part_changes
from workbench.service.rules import rule_changes
from workbench.service.session import Session
from workbench.service.unruled import unruled_warnings
from workbench.service.views import UNPROVED, Blocker, Draft, ReviewView
from workbench.service.weighing import OPEN, Weighing, content_digest, row_content
from workbench.store.ledger import read_head
from workbench.store.versions import StoredProposal, proposal_list

_REMEMBERED = 64  # reviews of proposals


class BlockedError(WorkbenchError):
    """A draft that cannot be proposed; ``blockers`` says why, one reason each."""

    def __init__(self, blockers: tuple[Blocker, ...]) -> None:
        what = "; ".join(blocker.message for blocker in blockers)
        super().__init__("the draft cannot be proposed", what, blockers[0].help if blockers else "", "blocked")
        self.blockers = blockers


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be proposed besides the draft's texts, and how. What is ``None`` stays as the parent has it.

    ``again``: it was vetoed, and shall be carried by the quorum of a sensitive amendment.
    """

    roster: Sequence[RosterEntry] | None = field(default=None, repr=False)
    invariants: str | None = None
    proposer: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of a draft as an amendment. ``content`` and ``program`` are ``None`` where there is none.

    ``reproposes``: digest of the vetoed proposal that said the same, where one is to be proposed again.
    """

    cls: Literal["minor", "major", "sensitive", ""]
    reasons: tuple[str, ...]
    procedure: str
    blockers: tuple[Blocker, ...]
    content: Content | None
    program: Program | None
    warnings: tuple[Blocker, ...] = ()
    reproposes: str | None = None
    kept: Kept = field(default_factory=Kept)


class Reviewing:
    """The use cases of Review."""

    def __init__(self, session: Session, weighing: Weighing, invariants: InvariantProofs) -> None:
        self._session = session
        self._weighing = weighing
        self.invariants = invariants
        self._views: OrderedDict[tuple[str, str, str], ReviewView] = OrderedDict()
        self._lock = Lock()

    def review(self, draft: Draft, wanted: Wanted | None = None, task: Task | None = None) -> ReviewView:
        """The draft against what it was begun on: what is in force, or a proposal that is still open.

        With a ``task`` its invariants are proved first, where they are not yet: that may take seconds, and raises
        ``Stopped``. Without, nothing waits: what is not proved yet is a blocker (``invariants_unproved``).
        """
        wants = wanted or Wanted()
        if task is None:
            return self._review(draft, wants, self.invariants.at_once)
        return self.invariants.judged(lambda look: self._review(draft, wants, look), task=task)

    def _review(self, draft: Draft, wanted: Wanted, look: Look) -> ReviewView:
        with self._session.read() as connection:
            active = self._session.laws.checked(connection, read_head(connection).active_digest)
            rows = proposal_list(connection, OPEN)
            after = next((row for row in rows if row.version == draft.base_version), None)
            parent = active if after is None else self._weighing.version(connection, after.digest)
            report = self.report(draft, parent, connection, rows, wanted, look)
        content = parent.version.content
        unsaid = unruled_warnings(draft.english, report.program) if report.program and report.cls else ()
        return ReviewView(
            before_version=parent.version.constitution_version,
            before_cedar=content.cedar_plus_source,
            after_cedar=draft.cedar_plus,
            before_english=content.english_source,
            after_english=draft.english,
            changes=rule_changes(parent.program, report.program) if report.program else (),
            amendment_class=report.cls,
            class_reasons=report.reasons,
            procedure=report.procedure,
            blockers=report.blockers,
            warnings=(*unsaid, *report.warnings),
            after=after.version if after is not None else "",
            parts=part_changes(content, report.content) if report.content else (),
            invariants=report.kept.answers,
            invariant_words=report.kept.words,
        )

    def of_proposal(self, parent: Checked, child: Checked, procedure: str) -> ReviewView:
        """A proposal against the version it amends; ``procedure`` in words. Remembered: screens ask every second.

        Its invariants were proved when it was proposed; ``invariants`` are the answers that this process has seen.
        """
        promise = Promise.of(child.program, child.version.content.invariants)
        kept = self.invariants.known(promise) if promise is not None else None
        view = self._remembered(parent, child, procedure)
        return view if kept is None else replace(view, invariants=kept.answers, invariant_words=kept.words)

    def start(self, draft: Callable[[], Draft]) -> Job[ReviewView]:
        """A review with the proofs that are missing, in a thread of its own; an older one is stopped."""
        return self.invariants.start("review", lambda task: self.review(draft(), task=task))

    def prove(self, child: Checked, task: Task | None = None) -> None:
        """Prove the invariants of a version, so that :meth:`promises` says what came of it. Raises ``Stopped``."""
        promise = Promise.of(child.program, child.version.content.invariants)
        if promise is not None:
            self.invariants.prove(promise, task=task)

    def promises(self, child: Checked) -> tuple[Blocker, ...]:
        """What people should know of a proposal's invariants: what is broken, or that nobody proved them here.

        Apart from :meth:`of_proposal`, because that says the same everywhere. Proves nothing.
        """
        promise = Promise.of(child.program, child.version.content.invariants)
        found = self.invariants.at_once(promise).blockers if promise is not None else ()
        number = child.version.constitution_version
        return tuple(_unproved_here(each, number) if each.code in (UNPROVED, "no_solver") else each for each in found)

    def _remembered(self, parent: Checked, child: Checked, procedure: str) -> ReviewView:
        key = (parent.digest, child.digest, procedure)
        with self._lock:
            found = self._views.get(key)
            if found is not None:
                self._views.move_to_end(key)
                return found
        view = self._of_proposal(parent, child, procedure)
        with self._lock:
            self._views[key] = view
            while len(self._views) > _REMEMBERED:
                self._views.popitem(last=False)
        return view

    @staticmethod
    def _of_proposal(parent: Checked, child: Checked, procedure: str) -> ReviewView:
        before, after = parent.version.content, child.version.content
        report = amendment_class(parent.version, child.version, parent.program, child.program)
        return ReviewView(
            before_version=parent.version.constitution_version,
            before_cedar=before.cedar_plus_source,
            after_cedar=after.cedar_plus_source,
            before_english=before.english_source,
            after_english=after.english_source,
            changes=rule_changes(parent.program, child.program),
            amendment_class=report.cls,
            class_reasons=report.reasons,
            procedure=procedure,
            blockers=(),
            warnings=(
                *unruled_warnings(after.english_source, child.program),
                *fragile_warnings(child.version, child.program),
            ),
            parts=part_changes(before, after),
        )

    def report(
        self,
        draft: Draft,
        parent: Checked,
        connection: Connection,
        waiting: Sequence[StoredProposal],
        wanted: Wanted,
        look: Look,
    ) -> Report:
        """Judge a draft as an amendment of ``parent``; ``waiting`` are the proposals that are open already.

        ``look`` tells what is known of its invariants, and may raise :class:`Unproved`.
        """
        blockers: list[Blocker] = []
        standing = draft.schema == parent.version.content.schema_text
        checked = check(draft.cedar_plus, draft.schema, standing=standing)
        program = checked.program
        errors = [error for error in checked.errors if error.code not in REFUSING]  # a blocker of its own, at its place
        if errors:
            first = errors[0]
            more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
            what = f"line {first.start.line}: {first.message} ({first.code}){more}"
            blockers.append(Blocker("not_clean", what, "correct the text on Author"))
        if not standing:
            blockers += refused_schema(draft.schema)
        content, why = _content(draft, parent.version, wanted)
        blockers += [why] if why else []
        if program is None or content is None:
            return Report("", (), "", tuple(blockers), None, program)
        vetoed = self._vetoed(connection, content)
        child, why = self._child(parent.version, content, wanted, vetoed if wanted.again else None)
        if child is None:
            return Report("", (), "", (*blockers, *([why] if why else [])), None, program)
        judged = amendment_class(parent.version, child, parent.program, program)
        if not judged.cls:
            return Report("", (), "", (unchanged(parent.version), *blockers), None, program)
        promise = Promise.of(program, content.invariants)
        kept = Kept() if promise is None else look(promise)
        blockers += kept.blockers
        blockers += draft_obstacles(draft, parent, program, connection)
        blockers += already_proposed(content, parent.digest, waiting)
        blockers += frozen(parent, child, program) or self._own_key_dropped(child)
        blockers += recovery_out_of_scope(child, parent.version)
        child = child.model_copy(update={"amendment": child.amendment.model_copy(update={"cls": judged.cls})})
        assessment = self._weighing.assess(connection, child, parent)
        if assessment.rejected and not any(blocker.code == "recovery_scope" for blocker in blockers):
            what = f"the roster has too few people for a {judged.cls} amendment ({assessment.procedure.words})"
            blockers.append(Blocker("no_quorum", what, "the roster must grow first"))
        warnings = list(fragile_warnings(child, program))
        if vetoed is not None and not wanted.again:
            warnings.append(vetoed_before())
        if wanted.again and vetoed is None:
            blockers.append(Blocker("never_vetoed", "no proposal with this very text was vetoed", "propose it plainly"))
        return Report(
            judged.cls,
            tuple(judged.reasons),
            assessment.procedure.words,
            tuple(blockers),
            content,
            program,
            tuple(warnings),
            vetoed if wanted.again else None,
            kept,
        )

    @staticmethod
    def _vetoed(connection: Connection, content: Content) -> str | None:
        """The digest of the newest vetoed proposal that says exactly this."""
        rows = reversed(proposal_list(connection, ("vetoed",)))
        named = content_digest(content)
        return next((row.digest for row in rows if row_content(row) == named), None)

    def _child(
        self, parent: ConstitutionVersion, content: Content, wanted: Wanted, reproposes: str | None
    ) -> tuple[ConstitutionVersion | None, Blocker | None]:
        try:
            child = build_amendment(
                parent,
                content,
                cls="sensitive",
                proposed_by=wanted.proposer or _someone(parent),
                created_at=self._session.clock.now(),
                summary="draft",
                reproposes=reproposes,
            )
        except GovernanceError as error:
            return None, Blocker(error.code, error.message, error.help)
        return child, None

    def _own_key_dropped(self, child: ConstitutionVersion) -> list[Blocker]:
        """A roster without the key that this very workspace witnesses with would freeze governance here."""
        try:
            mine = self._session.ledger_key().public
        except WorkbenchError:
            return []  # there is none here that could be dropped
        if mine in ledger_keys(child.content.roster):
            return []
        what = f"the new roster has other ledger keys than this workspace's own, {mine.fingerprint}"
        help = "add the new key to the entry first, put it into `ledger.key`, and then take the old one out"
        return [Blocker("drops_ledger_key", what, help)]


def _content(draft: Draft, parent: ConstitutionVersion, wanted: Wanted) -> tuple[Content | None, Blocker | None]:
    """The content that the draft would have as a version, or why it cannot be one."""
    try:
        cases = tuple(TestCase.of(case) for case in draft.tests)
        update: dict[str, object] = {
            "cedar_plus_source": draft.cedar_plus,
            "english_source": draft.english,
            "schema_text": draft.schema,
            "invariants": draft.invariants,
            "test_cases": cases,
        }
        if wanted.roster is not None:
            update["roster"] = tuple(wanted.roster)
        if wanted.invariants is not None:
            update["invariants"] = wanted.invariants
        plain = {name: getattr(parent.content, name) for name in type(parent.content).model_fields} | update
        return Content(**plain), None
    except GovernanceError as error:
        return None, Blocker(error.code, error.message, error.help)
    except ValueError as error:
        return None, Blocker("value", f"the draft is no valid content: {error}", "correct it on Author")


def _unproved_here(why: Blocker, version: str) -> Blocker:
    help = (
        why.help if why.code == "no_solver" else f"`workbench review {version}` proves them, and so does approving it"
    )
    return Blocker(UNPROVED, "its invariants were not proved here: the proposer's program alone says so", help)


def _someone(parent: ConstitutionVersion) -> str:
    """An ordinary signer, where nobody said yet who proposes."""
    people = (entry.principal for entry in parent.content.roster if entry.votes and entry.role != RECOVERY_ROLE)
    return next(people, parent.proposed_by)
