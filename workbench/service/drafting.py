"""The draft: the working text with every revision kept, compiled from English and checked as it is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from workbench.analysis.expecting import FIELDS, case_key
from workbench.governance.artifact import ConstitutionVersion
from workbench.governance.wording import text_of
from workbench.language.check import check
from workbench.language.program import CheckResult, Program
from workbench.service.analysis_subjects import check_invariants
from workbench.service.assisting import Assisting
from workbench.service.clock import moment
from workbench.service.draft_revisions import DraftRevisions
from workbench.service.draft_rows import of_version, row_of, stored_texts, version_texts
from workbench.service.errors import WorkbenchError
from workbench.service.following import Following
from workbench.service.origins import Origins, choices_of, of_standing, read_origins
from workbench.service.rules import rule_views
from workbench.service.session import Session
from workbench.service.testing import run_cases
from workbench.service.views import CheckView, CompileView, Draft, TestRun
from workbench.service.weighing import OPEN, Weighing
from workbench.service.writing import Writing, readable_schema, sentence_view
from workbench.store import drafts, versions
from workbench.store.ledger import LedgerHead, read_head

if TYPE_CHECKING:
    from workbench.authoring.sentence_memory import SentenceMemory

Tests = Sequence[Mapping[str, Any]]
EXPECTATIONS = ("allow", "deny", "hold")


class Drafting:
    """The use cases of Author and Tests."""

    def __init__(self, session: Session, weighing: Weighing) -> None:
        self._session = session
        self._weighing = weighing
        self._following = Following(session)
        self._sentences: SentenceMemory | None = None
        self.writing = Writing(self, session.location)
        self.assisting = Assisting(self)
        self.revisions = DraftRevisions(session, self)

    @property
    def sentences(self) -> SentenceMemory:
        """What was compiled in this process; made when it is first needed, because the dictionaries come with it."""
        if self._sentences is None:
            from workbench.authoring.sentence_memory import SentenceMemory

            self._sentences = SentenceMemory()
        return self._sentences

    # ---- the text ----------------------------------------------------------------------------------------------------

    def draft(self) -> Draft:
        """The newest saved revision; where nothing was written since a version came into force, its text."""
        with self._session.read() as connection:
            return self.standing(connection, read_head(connection))

    def save(
        self,
        *,
        english: str | None = None,
        cedar_plus: str | None = None,
        schema: str | None = None,
        tests: Tests | None = None,
        invariants: str | None = None,
        origins: Origins | None = None,
        revision: int,
    ) -> Draft:
        """Save the parts given as a new revision; ``revision`` is the one they were written on.

        An origin whose sentence no longer stands as it was is let go. Raises :class:`WorkbenchError` (``stale_draft``)
        when another text was saved meanwhile; the text given is then kept in the history, and nothing is lost.
        """

        def change(draft: Draft) -> Draft:
            said = draft.english if english is None else text_of(english)
            return replace(
                draft,
                english=said,
                origins=of_standing(draft.origins if origins is None else origins, said),
                cedar_plus=draft.cedar_plus if cedar_plus is None else text_of(cedar_plus),
                schema=draft.schema if schema is None else text_of(schema),
                tests=draft.tests if tests is None else tuple(tests),
                invariants=draft.invariants if invariants is None else text_of(invariants),
            )

        return self._change(change, revision)

    def reset(self, to: str = "") -> Draft:
        """Begin again from what is in force, or from the open proposal with the digest ``to``.

        The text that stood stays in the history. Raises :class:`WorkbenchError`: ``no_proposal``, ``not_open``.
        """
        with self._session.write() as connection:
            head = read_head(connection)
            standing = self.standing(connection, head)
            fresh = of_version(self._base(connection, head, to), standing.revision + 1, self._session.now(head))
            drafts.add(connection, fresh)
            return self.view_of(connection, head, fresh)

    def rebase(self, to: str = "") -> Draft:
        """Keep the text, and say that it was written on what is in force, or on the open proposal ``to``.

        For texts that hold what is new there already; review shows what would be undone. Raises as :meth:`reset`.
        """
        with self._session.write() as connection:
            head = read_head(connection)
            standing = self.standing(connection, head)
            base = self._base(connection, head, to)
            moved = row_of(
                replace(standing, revision=standing.revision + 1, base_version=base.constitution_version),
                "saved",
                self._session.now(head),
            )
            drafts.add(connection, moved)
            return self.view_of(connection, head, moved)

    def _base(self, connection: Connection, head: LedgerHead, to: str) -> ConstitutionVersion:
        if not to or to == head.active_digest:
            return self._session.laws.checked(connection, head.active_digest).version
        row = versions.proposal(connection, to)
        if row is None:
            raise WorkbenchError("no such proposal", f"there is no proposal `{to}`", "", "no_proposal")
        if row.state not in OPEN:
            what = f"version {row.version} is {row.state}"
            hint = "a draft is written on what is in force, or on an open proposal"
            raise WorkbenchError("it cannot be built on", what, hint, "not_open")
        return self._weighing.version(connection, to).version

    def history(self, limit: int) -> tuple[Draft, ...]:
        """The newest revisions, those that lost a race included, newest first."""
        with self._session.read() as connection:
            head = read_head(connection)
            return tuple(self._view(connection, head, stored) for stored in drafts.history(connection, limit))

    def moment(self) -> str:
        """The present as the ledger believes it, RFC 3339."""
        return moment(self._session.now(self._session.head())).isoformat(timespec="seconds").replace("+00:00", "Z")

    def _change(self, change: Callable[[Draft], Draft], revision: int | None) -> Draft:
        """Save what ``change`` makes of the draft; with ``revision`` only if that is the newest."""
        with self._session.write() as connection:
            head = read_head(connection)
            standing = self.standing(connection, head)
            wanted = change(standing)
            if wanted == standing and revision in (None, standing.revision):
                return standing
            stale = revision is not None and revision != standing.revision
            number = standing.revision if stale else standing.revision + 1
            new = row_of(replace(wanted, revision=number), "stale" if stale else "saved", self._session.now(head))
            drafts.add(connection, new)
            saved = self.view_of(connection, head, new)
        if stale:
            raise WorkbenchError(
                "the draft was changed elsewhere",
                f"this text was written on revision {revision}, but revision {saved.revision} has been saved since",
                "your text is kept in the draft's history; load the newest revision and bring your change over",
                "stale_draft",
            )
        return saved

    def standing(self, connection: Connection, head: LedgerHead) -> Draft:
        """The draft as it stands in this transaction."""
        stored = drafts.current(connection)
        active = self._session.laws.checked(connection, head.active_digest).version
        if stored is None:
            return self.view_of(connection, head, of_version(active, 0, head.last_at))
        if self._following.left_behind(connection, head, stored):
            return self.view_of(connection, head, of_version(active, stored.revision, stored.saved_at))
        return self.view_of(connection, head, stored)

    def named(self, connection: Connection, version: str) -> ConstitutionVersion | None:
        """The version with a name, checked; ``None`` where there is none."""
        found = versions.by_name(connection, version)
        return None if found is None else self._session.laws.checked(connection, found.digest).version

    def view_of(self, connection: Connection, head: LedgerHead, stored: drafts.StoredDraft) -> Draft:
        """The newest revision for faces."""
        draft = self._view(connection, head, stored)
        return replace(draft, behind=self._following.behind(connection, head, stored)) if draft.changed else draft

    def _view(self, connection: Connection, head: LedgerHead, stored: drafts.StoredDraft) -> Draft:
        active = self._session.laws.checked(connection, head.active_digest).version
        return Draft(
            english=stored.english,
            cedar_plus=stored.cedar_plus,
            schema=stored.schema_text,
            tests=tuple(json.loads(stored.tests)),
            revision=stored.revision,
            base_version=stored.base_version,
            saved_at=moment(stored.saved_at),
            changed=stored_texts(stored) != version_texts(active),
            invariants=stored.invariants,
            origins=read_origins(stored.origins),
        )

    # ---- English and Cedar+ ------------------------------------------------------------------------------------------

    def check(self, cedar_plus: str, revision: int = 0, schema: str | None = None) -> CheckView:
        """Diagnostics of a text under ``schema`` (the draft's where none is given); nothing is saved."""
        return check_view(self._checked(cedar_plus, self.draft().schema if schema is None else schema), revision)

    def check_invariants(self, text: str, revision: int = 0, schema: str | None = None) -> CheckView:
        """Diagnostics of invariants under ``schema`` (the draft's where none is given); nothing is saved or proved.

        Raises :class:`WorkbenchError` (``bad_schema``).
        """
        return check_view(
            check_invariants(text, readable_schema(self.draft().schema if schema is None else schema)), revision
        )

    def _checked(self, cedar_plus: str, schema: str) -> CheckResult:
        """As review will judge it: the linter has no say about the schema in force, only about another."""
        with self._session.read() as connection:
            active = self._session.laws.checked(connection, read_head(connection).active_digest).version
        return check(cedar_plus, schema, standing=schema == active.content.schema_text)

    def compile_english(self, english: str, *, cedar_plus: str | None = None) -> CompileView:
        """Compile ``english`` onto ``cedar_plus`` (the draft's where none is given), and save what came of it.

        Nothing is saved where no sentence compiled or stands already. An ambiguous sentence compiles by the reading
        that a person chose for it (``origins``). Raises :class:`WorkbenchError`:
        ``stale_draft`` when the draft was changed meanwhile, ``bad_schema``.
        """
        from workbench.authoring.document import compile_document  # the dictionaries load when they are first needed

        standing = self.draft()
        text = text_of(english)
        source = standing.cedar_plus if cedar_plus is None else text_of(cedar_plus)
        schema = readable_schema(standing.schema)
        chosen = choices_of(standing.origins)
        result = compile_document(text, schema, source, choices=chosen, memory=self.sentences)
        checked = check(result.cedar_plus, schema)
        new_tests = _named_apart(result.tests, standing.tests)
        saved = standing
        if any(sentence.status in ("compiled", "kept") for sentence in result.sentences):
            saved = self.save(
                english=text,
                cedar_plus=result.cedar_plus,
                tests=[*standing.tests, *new_tests],
                revision=standing.revision,
            )
        views = rule_views(checked.program) if checked.program else ()
        return CompileView(
            revision=saved.revision,
            sentences=tuple(map(sentence_view, result.sentences)),
            cedar_plus=result.cedar_plus,
            new_rules=tuple(view for view in views if view.id in result.new_ids),
            new_tests=tuple(new_tests),
            diagnostics=result.diagnostics,
            draft=saved,
        )

    # ---- tests -------------------------------------------------------------------------------------------------------

    def run_tests(self) -> TestRun:
        """The draft's test cases on both engines. Raises :class:`WorkbenchError` (``not_clean``)."""
        draft, program = self.clean()
        return run_cases(program, draft.tests, revision=draft.revision, people=self.people())

    def people(self) -> frozenset[str]:
        """The principals of the roster in force: those whose word on a test counts here."""
        with self._session.read() as connection:
            active = self._session.laws.checked(connection, read_head(connection).active_digest).version
        return frozenset(entry.principal for entry in active.content.roster)

    def clean(self) -> tuple[Draft, Program]:
        """The draft with its checked rules. Raises :class:`WorkbenchError` (``not_clean``)."""
        draft = self.draft()
        checked = self._checked(draft.cedar_plus, draft.schema)
        if checked.program is None:
            first = checked.errors[0]
            raise WorkbenchError(
                "the draft is not clean",
                f"line {first.start.line}: {first.message} ({first.code})",
                "correct it on Author, then run the tests again",
                "not_clean",
            )
        return draft, checked.program

    def confirm_test(self, name: str, reviewed_by: str) -> Draft:
        """A person says that a test expects the right thing. An empty ``reviewed_by`` takes it back."""
        return self.change_test(name, lambda case: _without(case, "reviewed_by", reviewed_by))

    def set_expectation(self, name: str, expect: str) -> Draft:
        """Correct what a test expects; its confirmation falls, because another answer was confirmed."""
        if expect not in EXPECTATIONS:
            raise WorkbenchError(
                "no such outcome", f"`{expect}` is not an outcome", "use allow, deny or hold", "bad_expectation"
            )

        def correct(case: Mapping[str, Any]) -> Mapping[str, Any]:
            changed = _without(case, "reviewed_by", "") | {"expect": expect, "origin": "corrected"}
            for key in ("procedure", "procedures", "requires") if expect != "hold" else ():
                changed = _without(changed, key, "")
            return changed

        return self.change_test(name, correct)

    def add_tests(self, cases: Tests) -> Draft:
        """Add test cases; names that are taken get a number."""
        return self._change(lambda draft: replace(draft, tests=(*draft.tests, *_named_apart(cases, draft.tests))), None)

    def remove_test(self, name: str) -> Draft:
        """Take a test out of the draft."""
        return self.change_test(name, lambda _: None)

    def change_test(self, name: str, change: Callable[[Mapping[str, Any]], Mapping[str, Any] | None]) -> Draft:
        """Put what ``change`` makes of a test in its place; ``None`` takes it out. Raises ``WorkbenchError``."""

        def apply(draft: Draft) -> Draft:
            if all(case.get("name") != name for case in draft.tests):
                raise WorkbenchError("no such test", f"the draft has no test `{name}`", "", "no_test")
            made = (change(case) if case.get("name") == name else case for case in draft.tests)
            return replace(draft, tests=tuple(case for case in made if case is not None))

        return self._change(apply, None)


def check_view(result: CheckResult, revision: int = 0) -> CheckView:
    """A check's result for faces."""
    rules = rule_views(result.program) if result.program else ()
    return CheckView(revision, result.diagnostics, rules, clean=result.program is not None)


def _without(case: Mapping[str, Any], key: str, value: str) -> dict[str, Any]:
    """The case with ``key`` set to ``value``, or without it where that is empty."""
    kept = {name: item for name, item in case.items() if name != key}
    return kept | {key: value} if value else kept


def _told(case: Mapping[str, Any]) -> set[str]:
    """What a case expects: fields beside the outcome, and the outcome, which for a proposal is as good as any."""
    fields = {name for name in FIELDS if case.get(name) and name != "procedure"}
    return {*fields, "proposal" if case.get("origin") == "generated" else f"is {case.get('expect')}"}


def _named_apart(cases: Iterable[Mapping[str, Any]], standing: Tests) -> list[Mapping[str, Any]]:
    """Those of ``cases`` that ask what none does yet, or expect more of it, or, a person's, something else."""
    taken = {str(case.get("name")) for case in standing}
    asked: dict[str, set[str]] = {}
    for case in standing:
        asked.setdefault(case_key(case), {"proposal"}).update(_told(case))
    added: list[Mapping[str, Any]] = []
    for case in cases:
        if _told(case) <= asked.get(case_key(case), set()):
            continue
        asked.setdefault(case_key(case), {"proposal"}).update(_told(case))
        name, number = str(case.get("name") or "test"), 1
        while name in taken:
            number += 1
            name = f"{case.get('name') or 'test'} ({number})"
        taken.add(name)
        added.append({**case, "name": name})
    return added
