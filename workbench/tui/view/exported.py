"""What Author, Tests, Sign, Cases and Speech list, as tables for a file: values, not what is drawn. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from workbench.analysis.words_mutation import survivor_words
from workbench.tui.view.export import ExportView

if TYPE_CHECKING:
    from workbench.analysis.coverage import Covered
    from workbench.analysis.mutation import MutationScore
    from workbench.service.governing_views import CaseView
    from workbench.service.speech_turns import Judged
    from workbench.service.views import ProposalView, Seat, TestResult
    from workbench.tui.view.author import Finding
    from workbench.tui.view.table import Row

FINDINGS = ("pane", "line", "column", "what", "finding")
CASES = ("case", "state", "requester", "action", "resource", "procedure", "seats", "filled", "opened", "deadline")
PROPOSALS = ("version", "digest", "state", "class", "summary", "proposed by", "created", "seats", "filled", "due")
TESTS = ("test", "result", "expects", "ours", "cedar", "engines agree", "reviewed by", "request")
CONDITIONS = ("rule", "condition", "met both ways", "true in cases", "false in cases")
MISTAKES = ("rule", "mistake", "noticed", "case that would")
STATEMENTS = ("message", "statement", "status", "modality", "axiom", "licence", "text")


def findings(listed: Sequence[Finding], rows: Sequence[Row]) -> ExportView:
    """Author's findings as listed; ``rows`` are theirs."""

    def made() -> Iterator[tuple[object, ...]]:
        for each, row in zip(listed, rows, strict=False):
            yield each.pane, each.line, each.column, row.cells[0].text.strip(), row.cells[1].text.strip()

    return ExportView("author-findings", FINDINGS, made)


def cases(listed: Sequence[CaseView], *, everything: bool) -> ExportView:
    """Held requests."""

    def made() -> Iterator[tuple[object, ...]]:
        for case in listed:
            yield (
                case.id,
                case.state,
                case.requester,
                case.action,
                case.resource,
                case.procedure,
                *_seats(case.seats),
                case.opened_at,
                case.deadline,
            )

    return ExportView("cases" if everything else "cases-waiting", CASES, made)


def proposals(listed: Sequence[ProposalView]) -> ExportView:
    """Proposals with how far their quorum is; ``due``: when one comes into force, or expires."""

    def made() -> Iterator[tuple[object, ...]]:
        for each in listed:
            version = each.version
            due: datetime | None = each.effective_at or each.expires_at
            yield (
                version.version,
                version.digest,
                each.state,
                version.amendment_class,
                version.summary,
                version.proposed_by,
                version.created_at,
                *_seats(each.seats),
                due,
            )

    return ExportView("proposals", PROPOSALS, made)


def tests(listed: Sequence[TestResult], rejected: Sequence[Mapping[str, Any]], name: str) -> ExportView:
    """Test cases as a filter leaves them; rejected ones were not run."""

    def made() -> Iterator[tuple[object, ...]]:
        for each in listed:
            result = "pass" if each.passed and each.engines_agree else "fail" if each.engines_agree else "differ"
            yield (
                each.name,
                result,
                each.expect,
                each.ours,
                each.cedar,
                each.engines_agree,
                each.reviewed_by,
                _json(each.request),
            )
        for case in rejected:
            yield (
                str(case.get("name", "")),
                "rejected",
                str(case.get("expect", "")),
                None,
                None,
                None,
                "",
                _json(case.get("request", {})),
            )

    return ExportView(f"tests-{name}", TESTS, made)


def conditions(listed: Sequence[Covered]) -> ExportView:
    """Every condition of every rule, and how often the cases found it true and false."""

    def made() -> Iterator[tuple[object, ...]]:
        for each in listed:
            yield each.rule, each.condition, each.both, each.true, each.false

    return ExportView("tests-conditions", CONDITIONS, made)


def mistakes(score: MutationScore) -> ExportView:
    """The mistakes that no case notices, and those of which it is not known."""

    def made() -> Iterator[tuple[object, ...]]:
        for each in score.survived:
            yield each.mutant.rule, survivor_words(each), "no", _json(each.case)
        for undecided in score.undecided:
            yield undecided.mutant.rule, survivor_words(undecided), "not known", None

    return ExportView("tests-mistakes", MISTAKES, made)


def statements(found: Mapping[int, Judged]) -> ExportView:
    """Every statement of every message that was judged, in order; a message that cannot be judged is one row."""
    judged = [found[place] for place in sorted(found)]

    def made() -> Iterator[tuple[object, ...]]:
        for each in judged:
            number = each.spoken.index + 1
            if each.judgment is None:
                yield number, "", "unreadable", "", "", "", each.refused
                continue
            if not each.judgment.statement_evaluations:
                yield number, "", each.judgment.status.value, "", "", "", each.spoken.text
            for statement in each.judgment.statement_evaluations:
                yield (
                    number,
                    statement.statement_id,
                    statement.status.value,
                    str(statement.modality or ""),
                    statement.violated_axiom or "",
                    ", ".join(sorted(map(str, statement.license))),
                    statement.statement,
                )

    return ExportView("speech-statements", STATEMENTS, made)


def _seats(seats: Sequence[Seat]) -> tuple[int, int]:
    return len(seats), sum(bool(seat.filled_by) for seat in seats)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
