"""Reports on a workspace: violations norm by norm, counts, compliance, conflicts. Reads only.

A decision that broke several rules is one violation of each, as in a norms.db; the feed counts decisions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection

from workbench.engine.decision_filter import DecisionFilter, Outcomes
from workbench.language.annotations import DEFAULT_SEVERITY
from workbench.language.diagnostics import LineMap
from workbench.language.program import Program
from workbench.norms.compliance import AgentCompliance
from workbench.norms.conflicts import Conflict
from workbench.norms.reporting import Report, ReportedNorm, ReportedViolation, record_id
from workbench.service.checked import Checked
from workbench.service.clock import micros, moment
from workbench.service.compliance import Compliance
from workbench.service.finding import PAGE, Finding
from workbench.service.norm_breaches import broken, graded, parsed
from workbench.service.norm_files import shown_place
from workbench.service.receipts import cell, uid_id
from workbench.service.session import VERSIONS, Session
from workbench.store import compliance as store
from workbench.store.ledger import read_head

if TYPE_CHECKING:
    from workbench.analysis.task import Task
    from workbench.service.analysing import Analysing
    from workbench.service.norm_views import NormView
    from workbench.service.norming import Norms

_WORDS = ("verb", "location", "target", "faction", "hay")


class NormCounts(NamedTuple):
    """``norms``: ever; ``active``: in force; ``violations``: one for each rule that a decision broke; ``revisions``:
    ever; ``violating_actions``: decisions that broke any."""

    norms: int
    active: int
    violations: int
    revisions: int
    violating_actions: int


class NormReports:
    """The use cases of ``violations``, ``norm status``, ``norm compliance`` and ``norm conflicts``."""

    def __init__(self, session: Session, norms: Norms, analysing: Analysing, finding: Finding) -> None:
        self._session = session
        self._norms = norms
        self._analysing = analysing
        self._finding = finding
        self._compliance = Compliance(session)

    def compliance(self, agent: str, since: datetime | None = None) -> AgentCompliance:
        """One agent's report over everything recorded; see :class:`Compliance`. The breakdown is by names of norms."""
        return self._named([self._compliance.agent(agent, since)])[0]

    def fleet(self, since: datetime | None = None) -> tuple[AgentCompliance, ...]:
        """Every agent's report, the worst first."""
        return self._named(self._compliance.fleet(since))

    def _named(self, reports: Sequence[AgentCompliance]) -> tuple[AgentCompliance, ...]:
        norms = _by_rule(self._norms.list(in_force=False))
        return tuple(replace(each, violation_breakdown=_renamed(each.violation_breakdown, norms)) for each in reports)

    def conflicts(self, *, task: Task | None = None) -> tuple[Conflict, ...]:
        """Conflicts of the norms in force, seen by their form; with ``task``, proved by the solver besides.

        Raises :class:`WorkbenchError` (``no_solver``) where a proof is asked for and the solver is not installed.
        """
        from workbench.service.norm_conflicts import conflicts_of, proved

        norms = self._norms.list()
        with self._session.read() as connection:
            checked = self._checked(connection)
        found, program = conflicts_of(self._session, norms, checked)
        return found if task is None else (*found, *proved(self._analysing.analyst, norms, program, found, task))

    # ---- violations --------------------------------------------------------------------------------------------------

    def counts(self, *, since: datetime | None = None, severities: Sequence[str] = ()) -> NormCounts:
        """What there is of norms, revisions and violations: of these, those from ``since`` on, of ``severities`` only
        (one and all above it), where any are named."""
        norms = self._norms.list(in_force=False)
        violations = actions = 0
        with self._session.read() as connection:
            first = 0 if since is None else store.first_since(connection, micros(since))
            if first is not None:
                rules = {each.id: each for each in _rules(self._checked(connection).program, ("", 0))}
                known = _severity_of(_by_rule(norms), rules)
                for each in store.violating(connection, None, first, severities):
                    found = _told_of(each, severities, known)
                    violations, actions = violations + found, actions + (found > 0)
        active = sum(view.active for view in norms)
        return NormCounts(len(norms), active, violations, len(self._norms.revisions()), actions)

    def report(
        self,
        *,
        limit: int = 1000,
        since: datetime | None = None,
        severities: Sequence[str] = (),
        agent: str | None = None,
        wanted: DecisionFilter | None = None,
    ) -> Report:
        """The norms ever in force, the forbids of the version, and the violations of the newest ``limit`` decisions (of
        ``agent``, an id or a uid); of ``severities`` only (one and all above it), where any are named; of decisions
        that are ``wanted``."""
        seqs = None
        if wanted is not None and wanted.terms:
            seqs = self._finding.ids(DecisionFilter((*wanted.terms, Outcomes(("violation",))))).ids
        who = None if agent is None else cell(uid_id(agent))
        norms = self._norms.list(in_force=False)
        with self._session.read() as connection:
            checked = self._checked(connection)
            first = 0 if since is None else store.first_since(connection, micros(since))
            records: list[store.ViolationRecord] = []
            if first is not None and seqs is None:
                records = store.violation_records(connection, limit + 1, first, severities, who)
            while first is not None and seqs and len(records) <= limit:  # the newest first, a page at a time
                page, seqs = seqs[-PAGE:], seqs[:-PAGE]
                left = limit + 1 - len(records)
                records += store.violation_records(connection, left, first, severities, who, only=page)
        listed = [_norm(view, view.state in ("in_force", "signed")) for view in norms]
        known = {norm.id for norm in listed}
        place = self._place(checked)
        lines = {each.id: each for each in _rules(checked.program, place)}
        named = _by_rule(norms)
        return Report(
            [_placed(norm, lines.get(norm.id)) for norm in listed],
            [
                each
                for record in records[:limit]
                for each in _violations(record, named, lines)
                if not severities or each.severity in severities
            ],
            [each for each in lines.values() if each.id not in known],
            cut=len(records) > limit,
            place=place[0] or f"{VERSIONS}/{checked.version.constitution_version}.yaml",
        )

    def _checked(self, connection: Connection) -> Checked:
        return self._session.laws.checked(connection, read_head(connection).active_digest)

    def _place(self, checked: Checked) -> tuple[str, int]:
        """The file of the version in force, as seen from where the program runs, and the number of lines in it before
        the rules; an empty path where that cannot be told."""
        path = self._session.location / VERSIONS / f"{checked.version.constitution_version}.yaml"
        try:
            lines = [line.strip() for line in path.read_text(encoding="utf-8").split("\n")]
        except (OSError, ValueError):
            return "", 0
        source = [line.strip() for line in checked.program.source.split("\n")]
        head = source[:8]
        before = next((at for at in range(len(lines)) if lines[at : at + len(head)] == head), None)
        if before is None:
            return "", 0
        place = shown_place(path)
        return (place if "/" in place else f"{VERSIONS}/{place}"), before


def _by_rule(norms: Sequence[NormView]) -> dict[str, NormView]:
    """Norms by every name that a decision can call them by; of two with one name, the one that came last."""
    return {key: view for view in norms for key in (view.overlay, view.rule, view.id) if key}


def _renamed(breakdown: Mapping[str, int], norms: Mapping[str, NormView]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for rule, count in breakdown.items():
        view = norms.get(_bare(rule))
        name = view.name if view is not None and view.name else rule
        found[name] = found.get(name, 0) + count
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _norm(view: NormView, active: bool) -> ReportedNorm:
    return ReportedNorm(
        id=view.id,
        name=view.name or view.id,
        description=view.description or view.english,
        condition=view.condition,
        prohibited=view.prohibited,
        scope=view.scope,
        active=active,
        priority=view.priority,
        severity=view.severity or DEFAULT_SEVERITY,
        source=view.cedar_plus,
    )


def _placed(norm: ReportedNorm, rule: ReportedNorm | None) -> ReportedNorm:
    """A norm with the place of its rule in the version, where it stands in it."""
    return norm if rule is None else replace(norm, path=rule.path, line=rule.line)


def _rules(program: Program, place: tuple[str, int]) -> list[ReportedNorm]:
    """The forbids of a version that bind."""
    lines = LineMap(program.source)
    path, before = place
    return [
        ReportedNorm(
            id=rule.id,
            name=rule.id,
            description=rule.english,
            severity=rule.annotations.get("severity", DEFAULT_SEVERITY),
            source=rule.text,
            path=path,
            line=before + lines.position(rule.span.start).line if path else 0,
        )
        for rule in program.rules
        if rule.kind == "forbid" and rule.stage == "enforce"
    ]


def _violations(
    record: store.ViolationRecord, norms: Mapping[str, NormView], rules: Mapping[str, ReportedNorm]
) -> list[ReportedViolation]:
    """One for each rule that a decision broke."""
    row = record.row
    decision, request = parsed(record.decision), parsed(record.request)
    failed = {str(each.get("rule", "")): str(each.get("message", "")) for each in decision.get("errors", ())}
    context = request.get("context") if isinstance(request.get("context"), Mapping) else {}
    world = isinstance(context, Mapping) and all(isinstance(context.get(word), str) for word in _WORDS)
    told = context if world and isinstance(context, Mapping) else {}
    said = _said(request)
    act = str(said.get("action") or told.get("verb", row.action))
    where = str(said.get("location") or told.get("location", row.resource))
    at = moment(row.at).timestamp()
    own = broken(row.code, record.entry, row.rule)
    severities = graded(own, row.severity, record.decision, _severity_of(norms, rules))
    action_id = record_id(row.agent, act, where, at)
    found = []
    for rule, severity in zip(own, severities, strict=True):
        view = norms.get(_bare(rule))
        id = view.id if view is not None else rule
        name = (view.name or view.id) if view is not None else rule
        error = failed.get(rule, failed.get("", "")) if row.code != "forbidden" else ""
        found.append(
            ReportedViolation(
                id=record_id(id, action_id, row.seq),
                norm_id=id,
                norm_name=name,
                action_id=action_id,
                agent_id=row.agent,
                description=_told(row.agent, act, where, bool(told), name, error),
                severity=severity,
                timestamp=at,
                details=_details(record, rule if rule != row.code else ""),
            )
        )
    return found


def _severity_of(norms: Mapping[str, NormView], rules: Mapping[str, ReportedNorm]) -> Callable[[str], str]:
    """What a rule says of itself today; nothing of one that is no more."""

    def known(rule: str) -> str:
        view, stands = norms.get(_bare(rule)), rules.get(rule)
        return view.severity if view is not None else stands.severity if stands is not None else ""

    return known


def _told_of(each: store.Violating, severities: Sequence[str], known: Callable[[str], str]) -> int:
    """How many rules a decision broke; of these severities, where any are named."""
    rules = broken(each.code, each.entry, each.rule)
    if not severities:
        return len(rules)
    return sum(grade in severities for grade in graded(rules, each.severity, each.answer or b"", known))


def _bare(rule: str) -> str:
    """``norm:3f9a2c7e.2`` names the second rule of the overlay ``3f9a2c7e``."""
    kind, colon, id = rule.partition(":")
    return id.partition(".")[0] if colon and kind in ("norm", "brake") else rule


def _details(record: store.ViolationRecord, rule: str) -> tuple[tuple[str, Any], ...]:
    row = record.row
    at = moment(row.at).astimezone(UTC)
    return (
        ("seq", row.seq),
        ("at", at.isoformat(timespec="milliseconds" if at.microsecond else "seconds").replace("+00:00", "Z")),
        ("agent", row.agent),
        ("action", row.action),
        ("resource", row.resource),
        ("outcome", row.outcome),
        ("code", row.code),
        ("rule", rule),
        ("violation", True),
        ("version", row.version),
    )


def _said(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """An action of a world in the words of whoever asked; no rule reads them."""
    credential = request.get("credential")
    said = credential.get("said") if isinstance(credential, Mapping) else None
    return said if isinstance(said, Mapping) else {}


def _told(agent: str, act: str, where: str, world: bool, name: str, error: str) -> str:
    did = f"Agent '{agent}' performed '{act}' in '{where}'" if world else f"Agent '{agent}' asked '{act}' on '{where}'"
    if error:
        return f"{did}, and the rule '{name}' failed: {error}"
    return f"{did}, violating norm '{name}'" if world else f"{did}, violating '{name}'"
