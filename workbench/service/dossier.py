"""The dossier of a proposal: everything a signer should have read, as one file whose digest goes into the vote.

It tells of the proposal alone, not of the votes or the time, and of what the analyses answer about it. Its bytes follow
from the proposal, the release of this program, and those answers, which stand in the file as data. The answers alone
can come out otherwise: the solver may name other witnesses (one of another release, and the same one after other
questions), and a slower machine may leave open what this one decides. Nothing is therefore kept of a dossier, and no
file is believed: :meth:`Dossiers.check` takes one that is, byte for byte, the page of this proposal with the answers in
it, if each of them is confirmed here (``dossier_answers``). One that was made without the solver tells less, and is
taken only where there is none either.
What was not looked into is said as plainly as what was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench import __version__
from workbench.analysis.coverage import Covered, coverage
from workbench.analysis.task import NO_SOLVER_HELP, Task
from workbench.analysis.words import Voice
from workbench.governance.artifact import ConstitutionVersion
from workbench.governance.assessment import Assessment
from workbench.governance.canonical import sha256_hex
from workbench.governance.english import compiles_to
from workbench.governance.procedures import duration_words
from workbench.governance.times import format_time
from workbench.service.analysis_memory import Remembered
from workbench.service.analysis_subjects import Subject, invariants_of
from workbench.service.analyst import Analyst
from workbench.service.checked import Checked
from workbench.service.dossier_answers import Answers, answers, from_text, unconfirmed
from workbench.service.dossier_meaning import DATA, tell_data, tell_difference, tell_open, tell_proofs, voice_of
from workbench.service.dossier_mutants import Noticed, tell_tested, unasked
from workbench.service.dossier_page import Page, Tone, folded_in
from workbench.service.errors import WorkbenchError
from workbench.service.judging import spoken_cases
from workbench.service.parts import roster_lines
from workbench.service.review import Reviewing
from workbench.service.session import PROPOSALS, Session
from workbench.service.testing import run_cases
from workbench.service.views import ReviewView, RuleChange, RuleView, TestResult, TestRun
from workbench.service.weighing import Weighing
from workbench.store import versions as store

MAX_DOSSIER = 64 * 1024 * 1024
NOT_HERE = "whom the roster does not have"


@dataclass(frozen=True, slots=True)
class Dossier:
    """The file: ``name`` to save it under, its bytes, and their ``digest`` (``sha256:…``). ``proofs``: whether it tells
    of any; it does not where the solver is not installed."""

    name: str
    version: str
    digest: str
    data: bytes
    proofs: bool = True


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the page is made of, but for the answers of the analyses."""

    parent: Checked
    child: Checked
    before: Subject
    after: Subject
    count: Assessment
    review: ReviewView
    run: TestRun
    cases: Sequence[Mapping[str, Any]]
    covered: Sequence[Covered]


class Dossiers:
    """The use cases of ``dossier``."""

    def __init__(
        self, session: Session, reviewing: Reviewing, weighing: Weighing, analyst: Analyst | None = None
    ) -> None:
        self._session = session
        self._reviewing = reviewing
        self._weighing = weighing
        self._analyst = analyst or Analyst(Remembered())

    def make(self, digest: str, task: Task | None = None) -> Dossier:
        """The dossier of a proposal. May take long; ``task``: to stop it, and to be told how far it is.

        Raises :class:`WorkbenchError` (``no_proposal``) and ``Stopped``.
        """
        facts = self._facts(digest)
        return _dossier(facts, self._answers(facts, task), task)

    def check(self, digest: str, data: bytes, task: Task | None = None) -> str:
        """The digest of a dossier that someone has read, for their vote. May take as long as :meth:`make`.

        Raises :class:`WorkbenchError`: ``dossier_mismatch`` (not of this proposal, changed, or of another release),
        ``no_solver`` (it tells of proofs, which nobody can repeat here), ``dossier_unproved`` (it was made without the
        solver that there is here), ``dossier_unconfirmed`` (it says what is not so here).
        """
        facts = self._facts(digest)
        theirs = _answers_in(data)
        made = _dossier(facts, theirs, task)
        number = made.version
        if made.data != data:
            raise WorkbenchError(
                "that is not the dossier of this proposal",
                f"its digest is sha256:{sha256_hex(data)}, and no dossier of version {number} has it",
                f"it was changed, or made of another version or by another release: `workbench dossier {number}`",
                "dossier_mismatch",
            )
        ours = self._answers(facts, task)
        if theirs is not None and ours is None:
            what = "it tells of proofs, and the solver that could confirm them is not installed here"
            hint = f"{NO_SOLVER_HELP}; or read the one that is made here, without proofs: `workbench dossier {number}`"
            raise WorkbenchError("the dossier cannot be confirmed", what, hint, "no_solver")
        if theirs is None and ours is not None:
            what = "it was made where there is no solver, and tells of no proofs; here there is one"
            raise WorkbenchError(
                "the dossier tells too little", what, f"read the one made here: `workbench dossier {number}`",
                "dossier_unproved",
            )  # fmt: skip
        if theirs is not None and ours is not None and theirs != ours:
            why = unconfirmed(theirs, ours, facts.before, facts.after)
            if why:
                hint = f"read the one that is made here: `workbench dossier {number}`"
                raise WorkbenchError("the dossier is not confirmed here", why, hint, "dossier_unconfirmed")
        return made.digest

    def _facts(self, digest: str) -> _Facts:
        with self._session.read() as connection:
            row = store.proposal(connection, digest)
            if row is None:
                raise WorkbenchError("no such proposal", f"there is no proposal `{digest}`", "", "no_proposal")
            child = self._weighing.version(connection, digest)
            parent = self._weighing.version(connection, row.parent_digest)
            unsigned = child.version.with_signatures(()).with_activation(None)
            count = self._weighing.assess(connection, unsigned, parent)
        review = self._reviewing.of_proposal(parent, child, count.procedure.words)
        written = [case.to_mapping() for case in child.version.content.test_cases]
        cases = spoken_cases(written, child.program.schema)
        people = frozenset(entry.principal for entry in child.version.content.roster)
        run, covered = run_cases(child.program, cases, people=people), coverage(child.program, cases)
        return _Facts(parent, child, _subject(parent), _subject(child), count, review, run, cases, covered)

    def _answers(self, facts: _Facts, task: Task | None) -> Answers | None:
        return answers(self._analyst, facts.before, facts.after, task, cases=facts.cases)


def _subject(checked: Checked) -> Subject:
    name, program = checked.version.constitution_version, checked.program
    invariants = invariants_of(name, checked.version.content.invariants, checked.schema, program.by_id)
    return Subject(name, program, invariants)


def _answers_in(data: bytes) -> Answers | None:
    """What a dossier says of proofs; ``None`` where it says nothing, or nothing that can be read: its bytes then differ
    from those of every page that is made."""
    text = folded_in(data, DATA)
    if text is None:
        return None
    try:
        return from_text(text)
    except ValueError:
        return None


def _dossier(facts: _Facts, found: Answers | None, task: Task | None = None) -> Dossier:
    number, digest = facts.child.version.constitution_version, facts.child.digest
    tested = unasked(facts.child.program, facts.cases, task or Task()) if found is None else found.tested
    data = _page(facts, found, tested).to_bytes()
    return Dossier(file_name(number, digest), number, f"sha256:{sha256_hex(data)}", data, found is not None)


def file_name(number: str, digest: str) -> str:
    """What a dossier is called: by the proposal's version and the beginning of its ``digest``."""
    return f"dossier-{number}-{digest.partition(':')[2][:12]}.html"


def _page(facts: _Facts, found: Answers | None, tested: Noticed) -> Page:
    version = facts.child.version
    voice = voice_of(facts.before, facts.after)
    page = Page(f"Dossier: {version.swarm_id} {version.constitution_version}")
    page.heading(f"Version {version.constitution_version} of {version.swarm_id}", 1)
    if version.amendment.summary:
        page.quote(version.amendment.summary)
    _what(page, facts)
    tell_difference(page, found, voice)
    _rules(page, facts.review.changes)
    tell_proofs(page, found, voice, facts.before, facts.after)
    _texts(page, facts)
    _tests(page, facts)
    _confirmed(page, facts)
    _undecided(page, facts, found, voice, tested)
    tell_data(page, found)
    _by_hand(page, version, facts.child.digest)
    return page


def _what(page: Page, facts: _Facts) -> None:
    version, count = facts.child.version, facts.count
    page.heading("What is proposed")
    page.facts(
        [
            ("digest", facts.child.digest),
            ("follows", f"{version.parent_version}, {version.parent_digest}"),
            ("proposed by", version.proposed_by),
            ("made at", format_time(version.created_at)),
            ("class", version.amendment.cls),
            ("procedure", f"{count.procedure.name}: {count.procedure.words}"),
            ("expires", f"{format_time(count.expires_at)}, where it has no quorum by then"),
        ]
    )
    if count.kind:
        page.say(_KINDS[count.kind].format(version.amendment.reproposes), "wait")
    page.heading("Why this class", 3)
    page.points(facts.review.class_reasons)
    page.heading("Seats", 3)
    page.table(
        ("who is asked", "may be filled by"),
        [((seat.requirement, ""), (", ".join(seat.may_fill) or "nobody", "")) for seat in count.seats],
    )
    wait = duration_words(count.procedure.timelock_seconds) if count.procedure.timelock_seconds else "no time"
    page.say(f"Each person fills one seat. Between the quorum and coming into force passes: {wait}.")
    if facts.review.warnings:
        page.heading("To be aware of", 3)
        page.points([warning.message for warning in facts.review.warnings])


_KINDS = {
    "revert": "This goes back to what the version before its parent said; within 72 hours that needs no timelock.",
    "recovery": "This is a recovery: it changes the roster only, and any signer whom it leaves alone can veto it.",
    "reproposal": "This says again what was vetoed as {}: it needs the quorum of a sensitive amendment, and cannot be "
    "vetoed once it has that.",
}


def _rules(page: Page, changes: Sequence[RuleChange]) -> None:
    page.heading("Rules")
    count = _counted(len(changes), "rule")
    page.say(f"{count} added, removed or changed. The paraphrase is made from the rule itself.")
    for change in changes:
        page.heading(f"{change.change}: {change.rule.kind} {change.rule.id}", 3)
        if change.before is not None:
            page.say("before", "dim")
            _rule(page, change.before)
            page.say("after", "dim")
        _rule(page, change.rule)


def _rule(page: Page, rule: RuleView) -> None:
    page.say(rule.paraphrase)
    page.facts(
        [
            ("English beside it", rule.english or "none"),
            ("stage", "observed, does not bind" if rule.stage == "observe" else "enforced"),
        ]
    )
    page.code(rule.cedar_plus)


def _texts(page: Page, facts: _Facts) -> None:
    before, after = facts.parent.version.content, facts.child.version.content
    page.heading("Text, line by line")
    for title, old, new in (
        ("Cedar+", before.cedar_plus_source, after.cedar_plus_source),
        ("English", before.english_source, after.english_source),
        ("Schema", before.schema_text, after.schema_text),
        ("Invariants", before.invariants, after.invariants),
        ("Roster", roster_lines(before.roster), roster_lines(after.roster)),
    ):
        page.heading(title, 3)
        page.difference(old, new)


def _tests(page: Page, facts: _Facts) -> None:
    page.heading("Tests")
    run = facts.run
    page.say(
        f"{_counted(len(run.results), 'test case')}: {len(run.results) - run.failed} pass, {run.failed} fail; "
        f"the two engines differ on {run.disagreements}; a person confirmed what {run.reviewed} expect."
    )
    old = {case.name: case for case in facts.parent.version.content.test_cases}
    new = {case.name: case for case in facts.child.version.content.test_cases}
    rows: list[Sequence[tuple[str, Tone]]] = []
    for result in run.results:
        stood = old.get(result.name)
        news = "new" if stood is None else "" if stood == new[result.name] else "changed"
        rows.append(
            (
                (result.name, ""),
                (result.expect, ""),
                (result.ours, "good" if result.passed else "bad"),
                (result.cedar or "cannot say", "good" if result.engines_agree else "bad"),
                (result.reviewed_by or _elsewhere(result), "" if result.reviewed_by else "wait"),
                (news, "wait"),
            )
        )
    page.table(("test", "expects", "our engine", "Cedar", "confirmed by", ""), rows)
    fresh = [case for name, case in new.items() if old.get(name) != case]
    page.heading("New and changed test cases, in full", 3)
    if not fresh:
        page.say("none", "dim")
    for case in fresh:
        asked = case.request
        page.say(f"{case.name}: {case.expect}{f' by {case.procedure}' if case.procedure else ''}")
        page.code(f"{asked.principal} {asked.action} {asked.resource}\n{asked.context}\n{case.entities}")
    gone = [f"{name}, confirmed by {case.reviewed_by or 'nobody'}" for name, case in old.items() if name not in new]
    page.heading("Test cases that are gone", 3)
    page.points(gone, "none")


def _elsewhere(result: TestResult) -> str:
    return f"{result.reviewed_elsewhere}, {NOT_HERE}" if result.reviewed_elsewhere else "nobody"


def _confirmed(page: Page, facts: _Facts) -> None:
    page.heading("Who confirmed what")
    cases = facts.child.version.content.test_cases
    people = sorted({case.reviewed_by for case in cases if case.reviewed_by})
    here = {entry.principal for entry in facts.child.version.content.roster}
    rows: list[Sequence[tuple[str, Tone]]] = [
        (
            (person if person in here else f"{person}, {NOT_HERE}", "" if person in here else "wait"),
            (", ".join(case.name for case in cases if case.reviewed_by == person), ""),
        )
        for person in people
    ]
    bare = [case.name for case in cases if not case.reviewed_by]
    if bare:
        rows.append((("nobody", "wait"), (", ".join(bare), "")))
    if rows:
        page.table(("who", "confirmed that these tests expect what is right"), rows)
    else:
        page.say("There are no test cases that anyone could have confirmed.", "dim")
    page.say("A name stands there as the proposer wrote it; votes, which are signed, are not part of a dossier.", "dim")


def _undecided(page: Page, facts: _Facts, found: Answers | None, voice: Voice, tested: Noticed) -> None:
    page.heading("What this does not show")
    tell_open(page, found, voice)
    unread = [
        f"{change.rule.kind} {change.rule.id}: “{change.rule.english}”"
        for change in facts.review.changes
        if change.change != "removed" and change.rule.english and not _read(facts, change)
    ]
    page.heading("English that only a person can compare with its rule", 3)
    if unread:
        page.say("The built-in compiler does not read these sentences as the rules that they stand beside.", "dim")
    page.points(unread, "none: it reads every sentence beside an added or changed rule as that rule")
    page.heading("Without English beside them", 3)
    bare = [change.rule for change in facts.review.changes if change.change != "removed" and not change.rule.english]
    page.points([f"{rule.kind} {rule.id}" for rule in bare], "none")
    page.heading("What the tests show", 3)
    page.say("That the tests pass shows what these requests come to, and nothing about any other.")
    tell_tested(page, tested, facts.covered)
    page.heading("What Cedar cannot be asked", 3)
    held = sum(result.cedar is None for result in facts.run.results)
    page.say(f"{_counted(held, 'test')} end in a hold or a refused request, which Cedar does not know.")


def _read(facts: _Facts, change: RuleChange) -> bool:
    rule = next(rule for rule in facts.child.program.rules if rule.id == change.rule.id)
    return compiles_to(rule.english, rule, facts.child.schema)


def _by_hand(page: Page, version: ConstitutionVersion, digest: str) -> None:
    number = version.constitution_version
    file = f"{PROPOSALS}/{number}-{digest.partition(':')[2][:12]}.yaml"
    page.heading("To repeat by hand")
    page.points(
        [
            f"The same file again: `workbench dossier {number} -o again.html`, then `sha256sum` of both. "
            f"It was made by workbench {__version__}; another release may word it otherwise.",
            f"The differences: `workbench review {number}`, or any difference tool on `{file}` and the parent's file.",
            "The digest: SHA-256 over the RFC 8785 bytes of everything above `signatures` in that file.",
            "The chain that it continues: `workbench verify PATH --genesis DIGEST`, with a digest from another source.",
            f"The tests: `workbench draft reset --to {number}`, then `workbench draft test`.",
            f"Your vote with this dossier in it: `workbench approve {number} --dossier FILE`.",
        ]
    )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
