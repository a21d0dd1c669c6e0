"""``norm violations | status | compliance | conflicts`` and top-level ``violations``: what was broken, by whom, told to
people, to CI, to code scanning. On a workspace, or with ``--db`` on a norms.db."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.durations import seconds_of
from workbench.cli.failures import FAILED, MisusedError
from workbench.cli.feed import wanted_of
from workbench.cli.norms import group
from workbench.cli.output import Printer, fitted, one_line
from workbench.cli.session import JsonOption, Session, WorkspaceOption, session_of
from workbench.cli.times import span

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from workbench.norms.reporting import Report

_SHOWN = 60  # characters of a description in a table
_MOST = 100_000
_FEW, _MANY = 50, 5_000  # violations that are listed where nobody says how many; code scanning shows 5,000


class Form(StrEnum):
    """How a report is printed."""

    table = "table"
    json = "json"
    markdown = "markdown"
    sarif = "sarif"
    junit = "junit"


class Grade(StrEnum):
    """How bad a violation is, ascending."""

    info = "info"
    warn = "warn"
    high = "high"
    critical = "critical"


DbOption = Annotated[
    Path | None,
    typer.Option("--db", metavar="PATH", help="A norms.db, instead of a workspace.", show_default=False),
]
SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="TIME",
        help="Only what is newer: 24h, 7d, 2026-03-16 (UTC). Default: all.",
        show_default=False,
    ),
]
GradeOption = Annotated[Grade, typer.Option("--at-least", help="Only violations of this severity and above.")]


def since_of(text: str | None) -> datetime | None:
    """The moment that ``--since`` names: so long ago, or at the beginning of a day. Raises ``MisusedError``."""
    if text is None:
        return None
    from datetime import UTC, datetime, timedelta

    if text.strip()[-1:].lower() in tuple("smhd"):
        try:
            return datetime.now(UTC) - timedelta(seconds=seconds_of(text, "--since"))
        except OverflowError:
            return datetime.fromtimestamp(0, UTC)  # longer ago than there are dates: everything
    try:
        return span(text, "--since")[0]
    except MisusedError as error:
        raise MisusedError(error.title, error.detail, "write 24h, 7d or 2026-03-16", error.code) from error


def severities(least: Grade) -> tuple[str, ...]:
    """The severities from ``least`` on; none at all where that is all of them."""
    every = [grade.value for grade in Grade]
    return () if least is Grade.info else tuple(every[every.index(least.value) :])


def report_of(
    session: Session, db: Path | None, since: str | None, least: Grade, limit: int, filter: str = ""
) -> Report:
    """The report of the workspace, or of the file. Raises ``MisusedError``, also where ``filter`` is of a file."""
    moment, kinds, wanted = since_of(since), severities(least), wanted_of(filter)
    if db is None:
        with session.opened() as opened:
            return opened.norm_reports.report(limit=limit, since=moment, severities=kinds, wanted=wanted)
    if wanted.terms:
        what = "a norms.db holds no decisions that a filter could be asked about"
        raise MisusedError("--filter is of a workspace", what, "leave --db or --filter out", "filter_of_file")
    from dataclasses import replace

    from workbench.service.norm_files import NormFile

    report = NormFile(db).report(moment.timestamp() if moment else None, kinds)
    if len(report.violations) > limit:
        report = replace(report, violations=report.violations[:limit], cut=True)
    return report


def violations(
    ctx: typer.Context,
    form: Annotated[Form, typer.Option("--format", help="How to print them.")] = Form.table,
    db: DbOption = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write them there.", show_default=False)
    ] = None,
    since: SinceOption = None,
    least: GradeOption = Grade.info,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            min=1,
            max=_MOST,
            show_default=False,
            help="At most this many decisions, newest first. Default: 50 for people, 5000 for programs.",
        ),
    ] = None,
    fail: Annotated[
        bool, typer.Option("--fail-on-violation/--no-fail-on-violation", help="Exit with 1 where there are any.")
    ] = False,
    filter: Annotated[
        str, typer.Option("--filter", metavar="TEXT", help="As `watch` has it: 'agent:a3 rule:R* -action:read'.")
    ] = "",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """The newest violations: what norms and other rules forbade, and who tried it.

    sarif is what code scanning reads, junit what build servers read; json has the shape of normsync's.
    """
    session = session_of(ctx).using(workspace, as_json or form is Form.json)
    if session.as_json and form is Form.table:
        form = Form.json
    most = limit or (_FEW if form in (Form.table, Form.markdown) else _MANY)
    report = report_of(session, db, since, least, most, filter)
    if report.cut:
        Printer(sys.stderr).line(f"note: only the newest {len(report.violations)} are listed; `--limit` lists more")
    if output is None:
        _print(session.out, report, form)
    else:
        _write(output, report, form)
        session.out.line(f"{len(report.violations)} violations written to {one_line(str(output))}")
    if fail and report.violations:
        raise typer.Exit(FAILED)


def _print(out: Printer, report: Report, form: Form) -> None:
    if form is Form.table:
        _table(out, report)
    else:
        out.raw(_text(report, form))


def _write(path: Path, report: Report, form: Form) -> None:
    """Into a new file that then takes the place of the old one: a reader never sees half a report."""
    import io
    import tempfile

    if form is Form.table:
        buffer = io.StringIO()
        _table(Printer(buffer), report)
        text = buffer.getvalue()
    else:
        text = _text(report, form)
    place = path.expanduser()
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(text)
        os.chmod(name, 0o644)
        os.replace(name, place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _text(report: Report, form: Form) -> str:
    from workbench import __version__
    from workbench.norms.junit import junit_text
    from workbench.norms.reporting import report_json, report_markdown
    from workbench.norms.sarif import sarif_text

    if form is Form.junit:
        return junit_text(report)
    if form is Form.sarif:
        return sarif_text(report, version=__version__) + "\n"
    return (report_json(report) if form is Form.json else report_markdown(report)) + "\n"


def _table(out: Printer, report: Report) -> None:
    if not report.violations:
        out.line(out.styled("No violations found.", "good"))
        return
    print_violations(out, report.violations)


def print_violations(out: Printer, found: Sequence[Any]) -> None:
    """Violations as a table; ``found`` are ``ReportedViolation``. Where they are decisions, with their number."""
    numbered = any("seq" in dict(each.details) for each in found)
    header = (*(("seq", "at") if numbered else ("id",)), "agent", "norm", "description", "severity")
    rows = []
    for each in found:
        details = dict(each.details)
        first = (str(details.get("seq", "")), str(details.get("at", ""))) if numbered else (each.id[:8],)
        rows.append((*first, each.agent_id, each.norm_name, fitted(one_line(each.description), _SHOWN), each.severity))
    tones = {"info": "dim", "warn": "wait", "high": "bad", "critical": "bad"}
    out.table(header, rows, [tones.get(each.severity) for each in found])  # type: ignore[misc]


def status(
    ctx: typer.Context,
    db: DbOption = None,
    fail: Annotated[
        bool,
        typer.Option("--fail-on-violation/--no-fail-on-violation", help="Exit with 1 where violations are recorded."),
    ] = True,
    since: SinceOption = None,
    least: GradeOption = Grade.info,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """How many norms, violations and revisions there are. One action can violate several norms, and counts as often.

    Exits with 1 where there are violations: a gate for CI.

    A database that is missing exits with 2, never with 0: a gate that checked nothing has not passed.
    """
    session = session_of(ctx).using(workspace, as_json)
    moment, kinds = since_of(since), severities(least)
    if db is None:
        with session.opened() as opened:
            total, active, found, revisions, acts = opened.norm_reports.counts(since=moment, severities=kinds)
    else:
        from workbench.service.norm_files import NormFile

        file = NormFile(db)
        report = file.report(moment.timestamp() if moment else None, kinds)
        total, active, found = len(report.norms), report.active, len(report.violations)
        revisions, acts = len(file.data.revisions), len({each.action_id for each in report.violations})
    failing = fail and found > 0
    document = {
        "norms": total, "active_norms": active, "violations": found, "violating_actions": acts, "revisions": revisions,
        "failing": failing,
    }  # fmt: skip
    if not session.show(document):
        out = session.out
        out.line("norm status")
        out.line(f"  Norms: {total} total, {active} active")
        counted = f"  Violations: {found}" + _by(found, acts)
        counted += f" since {since}" if since else ""
        out.line(out.styled(counted, "bad") if found else counted)
        out.line(f"  Revisions: {revisions}")
    if failing:
        raise typer.Exit(FAILED)


def compliance(
    ctx: typer.Context,
    agent: Annotated[
        str, typer.Argument(metavar="AGENT", help="An agent's id. Default: the fleet, worst first.", show_default=False)
    ] = "",
    db: DbOption = None,
    since: SinceOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """How much of what agents did kept to the rules, over everything that was recorded."""
    session = session_of(ctx).using(workspace, as_json)
    if db is not None and since is not None:
        raise MisusedError("no --since here", "a norms.db keeps no actions", "leave `--since` out")
    reports: Sequence[Any]
    if db is None:
        moment = since_of(since)
        with session.opened() as opened:
            reports = [opened.norm_reports.compliance(agent, moment)] if agent else opened.norm_reports.fleet(moment)
    else:
        from workbench.service.norm_files import NormFile

        reports = NormFile(db).compliance(agent or None)
        Printer(sys.stderr).line(
            "note: a norms.db records only what violated; the rate says nothing of what agents did besides"
        )
    if agent and not reports[0].total_actions:  # nobody is compliant by being misspelt
        Printer(sys.stderr).line(f"note: nothing is recorded of `{one_line(agent)}`")
    if session.show(reports[0] if agent else {"agents": reports}):
        return
    if agent:
        _print_agent(session.out, reports[0], from_violations=db is not None)
    elif reports:
        _print_fleet(session.out, reports)
    else:
        session.out.line("nothing is recorded of any agent")


def _by(violations: int, actions: int) -> str:
    """How many actions it were, where one of them violated several norms."""
    return "" if actions == violations else f" by {actions} action{'' if actions == 1 else 's'}"


def _print_agent(out: Printer, report: Any, *, from_violations: bool) -> None:
    total = "Total actions (from violations)" if from_violations else "Total actions"
    out.line(f"Compliance report for agent: {one_line(report.agent_id)}")
    out.line(f"  {total}: {report.total_actions}")
    acts = report.violations if from_violations else report.violating_actions
    out.line(f"  Violations: {report.violations}" + _by(report.violations, acts))
    out.line(f"  Compliance rate: {100 * report.compliance_rate:.1f}%")
    out.line(f"  Risk level: {report.risk_level}")
    out.line(f"  Trend: {report.trend}")
    if report.violation_breakdown:
        out.line("  Violation breakdown:")
        for name, count in report.violation_breakdown.items():
            out.line(f"    {one_line(name)}: {count}")


def _print_fleet(out: Printer, reports: Sequence[Any]) -> None:
    tones: dict[str, Any] = {"compliant": "good", "low_risk": None, "medium_risk": "wait"}
    rows = []
    for each in reports:
        most = next(iter(each.violation_breakdown.items()), None)
        rows.append(
            (
                each.agent_id,
                str(each.total_actions),
                str(each.violations),
                f"{100 * each.compliance_rate:.1f}%",
                each.risk_level,
                each.trend,
                f"{most[0]} ({most[1]})" if most else "",
            )
        )
    header = ("agent", "actions", "violations", "rate", "risk", "trend", "most often")
    out.table(header, rows, [tones.get(each.risk_level, "bad") for each in reports])


def register(app: typer.Typer) -> None:
    """Add this module's commands to ``norm``, and the one that stands at the top as well."""
    group.command("violations")(violations)
    group.command("status")(status)
    group.command("compliance")(compliance)
    app.command("violations")(violations)
