"""Review: a draft or a proposal against what is in force, its class, and what stands in the way of proposing it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from workbench.engine.entities import Entities, EntityError
from workbench.governance.artifact import ConstitutionVersion, Content, TestCase, load_yaml
from workbench.governance.assessment import assess
from workbench.governance.classes import amendment_class
from workbench.governance.errors import GovernanceError
from workbench.governance.genesis import build_amendment
from workbench.governance.procedures import amendment_procedure
from workbench.language.check import check
from workbench.language.program import Program
from workbench.service.errors import WorkbenchError
from workbench.service.law import Checked
from workbench.service.rules import rule_changes
from workbench.service.session import Session
from workbench.service.testing import run_cases
from workbench.service.views import Blocker, Draft, ReviewView
from workbench.store import directory as directory_store
from workbench.store.ledger import read_head
from workbench.store.versions import proposal_list


class BlockedError(WorkbenchError):
    """A draft that cannot be proposed; ``blockers`` says why, one reason each."""

    def __init__(self, blockers: tuple[Blocker, ...]) -> None:
        what = "; ".join(blocker.message for blocker in blockers)
        super().__init__("the draft cannot be proposed", what, blockers[0].help if blockers else "", "blocked")
        self.blockers = blockers


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of a draft as an amendment. ``content`` and ``program`` are ``None`` where there is none."""

    cls: Literal["minor", "major", "sensitive", ""]
    reasons: tuple[str, ...]
    procedure: str
    blockers: tuple[Blocker, ...]
    content: Content | None
    program: Program | None


class Reviewing:
    """The use cases of Review."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def review(self, draft: Draft) -> ReviewView:
        """The draft against what is in force."""
        with self._session.read() as connection:
            parent = self._session.laws.checked(connection, read_head(connection).active_digest)
            open_yaml = [row.yaml for row in proposal_list(connection, ("proposed", "approved"))]
            report = self.report(draft, parent, connection, open_yaml)
        content = parent.version.content
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
        )

    def of_proposal(self, parent: Checked, child: Checked) -> ReviewView:
        """A proposal against the version it amends."""
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
            procedure=amendment_procedure(parent.program, child.version.amendment.cls).words,
            blockers=(),
        )

    def report(self, draft: Draft, parent: Checked, connection: Connection, open_yaml: Iterable[str]) -> Report:
        """Judge a draft as an amendment of ``parent``; ``open_yaml`` are the proposals that wait already."""
        blockers: list[Blocker] = []
        standing = draft.schema == parent.version.content.schema_text
        checked = check(draft.cedar_plus, draft.schema, standing=standing)
        program = checked.program
        errors = [error for error in checked.errors if error.code != "CP011"]  # a blocker of its own, at its place
        if errors:
            first = errors[0]
            more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
            what = f"line {first.start.line}: {first.message} ({first.code}){more}"
            blockers.append(Blocker("not_clean", what, "correct the text on Author"))
        if not standing:
            blockers += _refused_schema(draft.schema)
        content, why = _content(draft, parent.version)
        blockers += [why] if why else []
        if program is None or content is None:
            return Report("", (), "", tuple(blockers), None, program)
        child = self._child(parent.version, content)
        judged = amendment_class(parent.version, child, parent.program, program)
        if not judged.cls:
            return Report("", (), "", (_unchanged(), *blockers), None, program)
        blockers += self._obstacles(draft, parent, program, content, connection)
        blockers += _already(content, open_yaml)
        child = child.model_copy(update={"amendment": child.amendment.model_copy(update={"cls": judged.cls})})
        assessment = assess(child, parent.version, parent.program)
        if assessment.rejected:
            what = f"the roster has too few people for a {judged.cls} amendment ({assessment.procedure.words})"
            blockers.append(Blocker("no_quorum", what, "the roster must grow first"))
        words = assessment.procedure.words
        return Report(judged.cls, tuple(judged.reasons), words, tuple(blockers), content, program)

    def _child(self, parent: ConstitutionVersion, content: Content) -> ConstitutionVersion:
        return build_amendment(
            parent,
            content,
            cls="sensitive",
            proposed_by=parent.proposed_by,
            created_at=self._session.clock.now(),
            summary="draft",
        )

    def _obstacles(
        self, draft: Draft, parent: Checked, program: Program, content: Content, connection: Connection
    ) -> list[Blocker]:
        found: list[Blocker] = []
        if draft.base_version != parent.version.constitution_version:
            what = (
                f"the draft was begun on {draft.base_version}, and {parent.version.constitution_version} is in force: "
                "proposing it would undo what changed between"
            )
            found.append(Blocker("old_base", what, "reset the draft and make your change again"))
        if content.invariants.strip():
            what = "the constitution has invariants, and there is no solver here to prove them"
            found.append(Blocker("invariants", what, "install the solver extra"))
        run = run_cases(program, draft.tests)
        failed = [result.name for result in run.results if not result.passed]
        apart = [result.name for result in run.results if not result.engines_agree]
        if failed:
            found.append(Blocker("tests_fail", f"{_tests(failed)} fail", "see Tests: correct the rule or the test"))
        if apart:
            found.append(
                Blocker("engines_differ", f"the two engines differ on {_tests(apart)}", "see Tests; report it")
            )
        rows = [json.loads(text) for _, _, text in directory_store.entities(connection)]
        try:
            Entities.from_json(rows, program.schema)
        except EntityError as error:
            found.append(
                Blocker("directory", f"the directory does not fit the schema: {error}", "change the directory first")
            )
        return found


def _content(draft: Draft, parent: ConstitutionVersion) -> tuple[Content | None, Blocker | None]:
    """The content that the draft would have as a version, or why it cannot be one."""
    try:
        cases = tuple(TestCase.of(case) for case in draft.tests)
        update = {
            "cedar_plus_source": draft.cedar_plus,
            "english_source": draft.english,
            "schema_text": draft.schema,
            "test_cases": cases,
        }
        plain = {name: getattr(parent.content, name) for name in type(parent.content).model_fields} | update
        return Content(**plain), None
    except GovernanceError as error:
        return None, Blocker(error.code, error.message, error.help)
    except ValueError as error:
        return None, Blocker("value", f"the draft is no valid content: {error}", "correct it on Author")


def _already(content: Content, open_yaml: Iterable[str]) -> list[Blocker]:
    for text in open_yaml:
        version = load_yaml(text)
        if version.content == content:
            what = f"this very text is proposed already, as {version.constitution_version}"
            return [Blocker("already_proposed", what, "vote on it on Sign")]
    return []


def _refused_schema(text: str) -> list[Blocker]:
    """What the linter refuses of a changed schema (CP011); what Cedar refuses is told with the rules."""
    from workbench.language.schema_lint import schema_refusals

    what = "the schema, line {}: {} (CP011)"
    help = "`workbench schema check` tells the rest"
    return [
        Blocker("schema_refused", what.format(d.start.line, d.message), d.help or help)
        for d in schema_refusals(text)[:1]
    ]


def _unchanged() -> Blocker:
    return Blocker("unchanged", "the draft says the same as what is in force", "change something on Author")


def _tests(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:3])
    return shown + (f" and {len(names) - 3} more" if len(names) > 3 else "")
