"""Reports, compliance, conflicts, gates and import on workspaces: a world, and a constitution that is none."""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from workbench.analysis.task import Task
from workbench.compat.normsync import AgentAction, NormMonitor, NormRevision, NormStore, NormVersionStore, WorldNorm
from workbench.engine.request import Request
from workbench.language.schema_reader import read_schema
from workbench.norms import Norm, compile_norm
from workbench.norms.gates import ClosedLoopError
from workbench.norms.sarif import sarif_document
from workbench.service.errors import WorkbenchError
from workbench.service.gating import assert_action_allowed, gate_action, gate_actions, gate_stored_action
from workbench.service.monitoring import Monitor
from workbench.service.norm_importing import ImportRefusedError
from workbench.service.samples import load_sample
from workbench.service.views import Credential
from workbench.service.workspace import Workspace
from workbench.store import compliance as store

NO_ATTACK = Norm("no-attack", "no attacks", "safe_zone", "attack", severity="high")
NO_THEFT = Norm("no-theft", "no theft", "market", "steal attack", priority=5)
ELVES = Norm("elves", "", "market", "trade", "Iron Guild")
START = datetime(2026, 3, 1, tzinfo=UTC)


def made(folder: Path, sample: str) -> Workspace:
    return Workspace.create(folder, sample=sample, profile="unsigned")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A world with three norms in which a few agents have acted 60 times, and a norm was repealed."""
    with made(tmp_path_factory.mktemp("world") / "ws", "world-norms") as workspace:
        for norm in (NO_ATTACK, NO_THEFT, ELVES):
            workspace.norms.add(norm, why="to be told of")
        workspace.norms.add(Norm("old", "", "", "dance"), why="soon gone")
        chance = random.Random(5)
        for number in range(60):
            agent = chance.choice(["grim", "dagna", "o'brien", "new"])
            verb = chance.choice(["Attack", "steal", "trade", "walk", "walk", "dance"])
            place = chance.choice(["safe_zone", "market", "market safe_zone"])
            workspace.norms.check(agent, verb, place, at=START + timedelta(minutes=number))
        workspace.norms.repeal("old", why="dancing is fine")
        yield workspace


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The support swarm: a constitution with forbids of its own."""
    with made(tmp_path_factory.mktemp("desk") / "ws", "support-swarm") as workspace:
        yield workspace


# ---- violations ------------------------------------------------------------------------------------------------------


def test_a_report_tells_each_broken_rule_of_each_decision(world: Workspace) -> None:
    report = world.norm_reports.report()
    told = Counter(each.to_dict()["seq"] for each in report.violations)
    broken = {row.seq: len(world.event(row.seq).decision["reasons"]) for row in world.violations(1000)}
    assert broken
    assert dict(told) == broken
    assert max(broken.values()) > 1  # an attack on the market in the safe zone
    assert [each.to_dict()["seq"] for each in report.violations] == sorted(told.elements(), reverse=True)


def test_a_report_says_what_the_check_said(world: Workspace) -> None:
    found = world.norms.check("Grim", "Attack", "Market Safe_Zone")
    told = [each for each in world.norm_reports.report().violations if each.to_dict()["seq"] == found.event]
    assert [(v.norm_id, v.norm_name, v.severity, v.description, v.agent_id, v.action_id) for v in told] == [
        (v.norm_id, v.norm_name, v.severity, v.description, v.agent_id, v.action_id) for v in found.violations
    ]
    assert [v.norm_name for v in told] == ["no-theft", "no-attack"]  # by priority
    assert told[0].timestamp == pytest.approx(found.at.timestamp())


def test_severities_and_times_narrow_a_report(world: Workspace) -> None:
    reports = world.norm_reports
    high = reports.report(severities=("high", "critical"))
    assert high.violations
    assert {v.norm_name for v in high.violations} == {"no-attack"}  # though what broke it broke no-theft as well
    assert high.violations == [v for v in reports.report().violations if v.severity == "high"]
    counted = reports.counts(severities=("high", "critical"))
    assert counted.violations == counted.violating_actions == len(high.violations)
    assert reports.counts(severities=("critical",)).violations == 0
    assert reports.counts(since=datetime.now(UTC) + timedelta(days=1)).violations == 0
    assert reports.report(since=datetime.now(UTC) + timedelta(days=1)).violations == []
    assert reports.counts(since=START) == reports.counts()


def test_a_report_of_one_agent_is_not_crowded_out_by_others(world: Workspace) -> None:
    every = [each for each in world.norm_reports.report().violations if each.agent_id == "grim"]
    assert world.norm_reports.report(agent="grim").violations == every
    assert len(every) > 2
    for who in ("grim", 'Agent::"grim"'):
        newest = world.norm_reports.report(limit=1, agent=who).violations
        assert newest == every[: len(newest)]
        assert newest
    assert world.norm_reports.report(agent="nobody").violations == []


def test_a_report_that_is_cut_says_so(world: Workspace) -> None:
    assert world.norm_reports.report().cut is False
    report = world.norm_reports.report(limit=3)
    assert report.cut is True
    assert len({each.to_dict()["seq"] for each in report.violations}) == 3


def test_norms_that_were_repealed_are_listed_as_that(world: Workspace) -> None:
    report = world.norm_reports.report()
    assert {norm.name: norm.active for norm in report.norms} == {
        "no-attack": True, "no-theft": True, "elves": True, "old": False,
    }  # fmt: skip
    total, active, _, revisions, _ = world.norm_reports.counts()
    assert (total, active, revisions) == (4, 3, 5)
    assert any(each.norm_name == "old" for each in report.violations)


def test_a_violation_of_the_constitution_is_placed_at_its_rule(
    desk: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = Path(__file__).parents[2] / "samples" / "support-swarm" / "actions.jsonl"
    actions = (json.loads(line) for line in recording.read_text(encoding="utf-8").splitlines())
    action = next(each for each in actions if each["request"]["context"].get("recipient", "").endswith("example.net"))
    sent = desk.decide(
        Request.from_json(action["request"]),
        credential=Credential(action["request"]["principal"]),
        entities=action["entities"],
        facts=action["facts"],
    )
    assert sent.decision.code == "forbidden", sent.decision
    monkeypatch.chdir(desk.location.parent)
    report = desk.norm_reports.report()
    (found,) = report.violations
    assert (found.norm_id, found.severity) == ("email-domains", "warn")
    row = desk.event(sent.seq).row
    assert found.description == (
        f"Agent '{row.agent}' asked 'send_email' on '{row.resource}', violating 'email-domains'"
    )
    rules = {each.id: each for each in report.rules}
    (result,) = sarif_document(report, version="1")["runs"][0]["results"]
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "ws/versions/1.0.0.yaml"
    for rule in rules.values():
        lines = (desk.location.parent / rule.path).read_text(encoding="utf-8").split("\n")
        assert f'@id("{rule.id}")' in lines[rule.line - 1]
    assert physical["region"]["startLine"] == rules["email-domains"].line > 1


def test_a_payload_that_was_erased_leaves_the_row(tmp_path: Path) -> None:
    with made(tmp_path / "ws", "world-norms") as workspace:
        workspace.norms.add(NO_ATTACK)
        seq = workspace.norms.check("grim", "attack", "safe_zone").event
        with workspace._session.write() as connection:
            connection.execute(text("DELETE FROM payloads"))
        (found,) = workspace.norm_reports.report().violations
        assert (found.norm_name, found.severity, found.to_dict()["seq"]) == ("no-attack", "high", seq)
        json.dumps(found.to_dict())


def test_norms_of_the_constitution_count_as_norms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "samples"
    shutil.copytree(load_sample("world-norms").root, root / "signed")
    schema = read_schema((root / "signed" / "schema.cedarschema").read_text(encoding="utf-8"))
    with (root / "signed" / "constitution.cedarplus").open("a", encoding="utf-8") as constitution:
        constitution.write("\n" + compile_norm(NO_ATTACK, schema))
    monkeypatch.setattr("workbench.service.samples.samples_root", lambda: root)
    monkeypatch.chdir(tmp_path)
    with made(tmp_path / "ws", "signed") as workspace:
        assert workspace.norm_reports.conflicts() == ()
        assert workspace.norm_reports.counts()[:2] == (1, 1)
        assert gate_action(workspace, "publish").ok  # a norm is in force, though none was added
        workspace.norms.check("grim", "attack", "safe_zone")
        report = workspace.norm_reports.report()
        (norm,), (found,) = report.norms, report.violations
        assert (norm.id, norm.severity, found.norm_id, found.severity) == (NO_ATTACK.id, "high", NO_ATTACK.id, "high")
        lines = (tmp_path / norm.path).read_text(encoding="utf-8").split("\n")
        assert f'@id("{NO_ATTACK.id}")' in lines[norm.line - 1]
        workspace.norms.add(replace(NO_ATTACK, name="inner", condition="the safe_zone"))
        (conflict,) = workspace.norm_reports.conflicts()
        assert (conflict.kind, conflict.norm_name, conflict.other_name) == ("redundant", "inner", "no-attack")


def test_checks_reports_status_and_compliance_count_the_same(tmp_path: Path) -> None:
    """And none hides a norm behind one of a higher priority, also where what was answered has been erased."""
    mask = Norm("mask", "", "", "smash", priority=10, severity="info")
    graver = Norm("graver", "", "hall", "smash", severity="critical")
    both = [("mask", "info"), ("graver", "critical")]
    with made(tmp_path / "ws", "world-norms") as workspace:
        for norm in (mask, graver):
            workspace.norms.add(norm)
        found = [workspace.norms.check("vandal", "smash", place) for place in ("hall", "hall", "yard")]
        told = Counter(each.norm_name for outcome in found for each in outcome.violations)
        assert told == {"mask": 3, "graver": 2}
        reports = workspace.norm_reports
        report = reports.compliance("vandal")
        assert (report.violations, report.violating_actions, report.violation_breakdown) == (5, 3, told)
        assert report.compliance_rate == 0
        assert reports.fleet() == (report,)
        for erased in (False, True):
            if erased:
                with workspace._session.write() as connection:
                    connection.execute(text("DELETE FROM payloads"))
            listed = [(v.norm_name, v.severity) for v in reports.report().violations]
            assert listed == [("mask", "info"), *both, *both]
            counts = reports.counts()
            assert (counts.violations, counts.violating_actions) == (5, 3)
            grave = ("critical",)
            assert [v.norm_name for v in reports.report(severities=grave).violations] == ["graver", "graver"]
            counts = reports.counts(severities=grave)
            assert (counts.violations, counts.violating_actions) == (2, 2)


# ---- compliance ------------------------------------------------------------------------------------------------------


def by_hand(workspace: Workspace, since: int = 0) -> dict[str, tuple[int, int, int]]:
    """Of each agent: decisions, violating ones, and those among the earlier half; counted from the feed."""
    flags: dict[str, list[bool]] = {}
    for row in workspace.last_events(10_000):
        if row.seq >= since:
            flags.setdefault(row.agent, []).append(row.violation)
    return {who: (len(each), sum(each), sum(each[: len(each) // 2])) for who, each in flags.items()}


def test_compliance_is_what_one_counts_by_hand(world: Workspace) -> None:
    expected = by_hand(world)
    fleet = {each.agent_id: each for each in world.norm_reports.fleet()}
    assert {who: (each.total_actions, each.violating_actions) for who, each in fleet.items()} == {
        who: counts[:2] for who, counts in expected.items()
    }
    for who, each in fleet.items():
        assert world.norm_reports.compliance(who) == each
        assert sum(each.violation_breakdown.values()) == each.violations
    rates = [each.compliance_rate for each in world.norm_reports.fleet()]
    assert rates == sorted(rates)


def test_the_halves_are_counted_by_the_database(world: Workspace) -> None:
    from workbench.service.compliance import _counted

    with world._session.read() as connection:
        counted = {each.agent_id: each for each in _counted(connection, None, None)}
    for who, (total, bad, early) in by_hand(world).items():
        assert (counted[who].total, counted[who].violating) == (total, bad)
        if total >= 10:
            assert counted[who].violating_early == early
    assert any(each.total >= 10 and 0 < each.violating_early < each.violating for each in counted.values())


def test_the_breakdown_names_norms(world: Workspace) -> None:
    named = {name for each in world.norm_reports.fleet() for name in each.violation_breakdown}
    assert named <= {"no-attack", "no-theft", "elves", "old"}
    assert {"no-attack", "old"} <= named


def test_compliance_since_a_moment(world: Workspace) -> None:
    assert world.norm_reports.fleet(datetime.now(UTC) + timedelta(days=1)) == ()
    assert world.norm_reports.compliance("grim", datetime.now(UTC) + timedelta(days=1)).total_actions == 0
    assert world.norm_reports.compliance("nobody").risk_level == "compliant"
    assert world.norm_reports.compliance('Agent::"grim"') == world.norm_reports.compliance("grim")


def test_compliance_reads_an_index_and_not_the_decisions(world: Workspace) -> None:
    """A million decisions must not be opened to be counted."""
    from sqlalchemy import event

    asked: list[tuple[str, object]] = []
    with world._session.read() as connection:
        engine = connection.engine

        def note(_c: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
            asked.append((statement, parameters))

        event.listen(engine, "before_cursor_execute", note)
        try:
            store.counts(connection)
            store.counts(connection, "grim")
            store.nth(connection, "grim", 2)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        plans = [
            " ".join(str(row) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", given))  # type: ignore[arg-type]
            for said, given in asked
            if said.startswith("SELECT")
        ]
    assert len(plans) == 3
    assert all("COVERING INDEX ix_decisions_agent_seq" in plan for plan in plans), plans


# ---- conflicts -------------------------------------------------------------------------------------------------------


def test_conflicts_of_a_world(tmp_path: Path) -> None:
    with made(tmp_path / "ws", "world-norms") as workspace:
        workspace.norms.add(NO_ATTACK)
        assert workspace.norm_reports.conflicts() == ()
        workspace.norms.add(replace(NO_ATTACK, name="again", condition="the safe_zone"))
        workspace.norms.add(Norm("orcs", "", "forest", "hunt", "Orcs"))
        workspace.norms.add(Norm("everything", "", "", "a e i o u"))
        told = [(each.kind, each.norm_name, each.other_name) for each in workspace.norm_reports.conflicts()]
        assert ("redundant", "again", "no-attack") in told
        assert ("unknown_scope", "orcs", "") in told
        assert "dead_permit" not in {kind for kind, *_ in told}  # there are verbs without vowels
        workspace.norms.repeal("again")
        workspace.norms.repeal("orcs")
        workspace.norms.repeal("everything")
        assert workspace.norm_reports.conflicts() == ()


def test_conflicts_with_a_constitution(desk: Workspace) -> None:
    delete = desk.overlays.norm('forbid (principal, action == Action::"delete_ticket", resource);', why="x", using=None)
    within = "context.messages_last_hour >= 30 && context.hour > 9"
    late = desk.overlays.norm(
        f'forbid (principal, action == Action::"reply", resource) when {{ {within} }};', why="x", using=None
    )
    try:
        told = [(each.kind, each.other) for each in desk.norm_reports.conflicts()]
        assert ("dead_permit", "delete-supervisors") in told
        assert ("redundant", "reply-rate") in told
        assert len(told) == 2
    finally:
        for each in (delete, late):
            desk.overlays.repeal(each.id, why="x", using=None)
    assert desk.norm_reports.conflicts() == ()


def test_the_solver_proves_what_form_does_not_show(desk: Workspace) -> None:
    placed = [
        desk.overlays.norm(f"forbid (principal, action == Action::\"delete_ticket\", resource) when {{ {body} }};",
                           why="x", using=None)
        for body in ('!(principal.role != "supervisor")', 'principal.role == "a" && principal.role != "a"')
    ]  # fmt: skip
    try:
        assert [each.kind for each in desk.norm_reports.conflicts()] == []
        proved = [(each.kind, each.other, each.proved) for each in desk.norm_reports.conflicts(task=Task())]
        assert ("dead_permit", "delete-supervisors", True) in proved
        assert ("never_applies", "", True) in proved
    finally:
        for each in placed:
            desk.overlays.repeal(each.id, why="x", using=None)


# ---- gates -----------------------------------------------------------------------------------------------------------


def test_a_high_risk_action_without_a_norm_fails_loud(tmp_path: Path) -> None:
    with made(tmp_path / "ws", "world-norms") as workspace:
        before = workspace.high_water()
        outcome = gate_action(workspace, "publish", agent_id="grim")
        assert (outcome.verdict, outcome.code, outcome.exit_code) == ("FAIL_LOUD", "no_active_norms", 2)
        assert outcome.human_required
        assert workspace.high_water() == before
        assert gate_action(workspace, "walk").ok
        assert gate_action(workspace, "publish", require_norms_for_high_risk=False).ok
        workspace.norms.add(NO_ATTACK)
        assert gate_action(workspace, "publish").ok
        refused = gate_action(workspace, "attack", location="safe_zone")
        assert (refused.verdict, refused.code, refused.violation_count) == ("FAIL", "norms_violated", 1)
        assert gate_actions(workspace, ["walk", "attack"], location="safe_zone").code == "norms_violated"
        assert gate_actions(workspace, []).verdict == "FAIL_LOUD"
        with pytest.raises(ValueError, match="FAIL: `attack` violates"):
            assert_action_allowed(workspace, "attack", location="safe_zone")
        workspace.close()
        broken = gate_action(workspace, "walk")
        assert (broken.verdict, broken.code, broken.exit_code) == ("FAIL_LOUD", "gate_error", 2)


def test_a_gate_over_a_monitor() -> None:
    monitor = Monitor([NO_ATTACK])
    assert gate_action(monitor, "hug").ok
    assert gate_action(monitor, "attack", location="safe_zone").code == "norms_violated"
    assert gate_actions(monitor, ["hug", "attack"], location="safe_zone").code == "norms_violated"
    assert gate_action(Monitor(), "delete_ticket").code == "no_active_norms"
    with pytest.raises(ClosedLoopError):
        assert_action_allowed(monitor, "attack", location="safe_zone")


def test_a_gate_over_no_world_is_closed(desk: Workspace) -> None:
    assert gate_action(desk, "walk").code == "gate_error"
    assert "no world" in gate_action(desk, "walk").reason


def test_a_gate_over_a_file(tmp_path: Path) -> None:
    path = tmp_path / "norms.db"
    assert gate_stored_action(path, "walk", at=1.0).exit_code == 2
    assert not path.exists()
    file(path)
    assert gate_stored_action(path, "attack", at=1.0, location="safe_zone").exit_code == 1
    assert gate_stored_action(path, "walk", at=1.0).exit_code == 0
    assert gate_stored_action(path, "", at=1.0).code == "empty_action"
    path.write_text("garbage", encoding="utf-8")
    assert gate_stored_action(path, "walk", at=1.0).exit_code == 2


# ---- import ----------------------------------------------------------------------------------------------------------


def file(path: Path, *more: WorldNorm) -> Path:
    """A norms.db with a norm, one that was repealed, their past, and violations."""
    norms = NormStore(str(path))
    first = WorldNorm("no-attack", "no attacks", "safe_zone", "attack", priority=3)
    for norm in (first, WorldNorm("gone", "", "", "dance", active=False), *more):
        norms.save_norm(norm)
    norms.save_revision(NormRevision(first.id, "add", "norm added via CLI", 1e9))
    NormVersionStore(norms).record_change(first, "admin", "initial rule")
    for found in NormMonitor(norms).check(AgentAction("hero", "attack", "safe_zone", timestamp=1e9)):
        norms.save_violation(found)
    norms.close()
    return path


def test_an_import_keeps_ids_and_tells_the_past(tmp_path: Path) -> None:
    path = file(tmp_path / "norms.db", WorldNorm("elves", "d", "market", "trade", scope="Iron Guild"))
    with made(tmp_path / "ws", "world-norms") as workspace:
        plan = workspace.norm_import.plan(path)
        assert [each.state for each in plan.norms] == ["new", "inactive", "new"]
        assert workspace.norms.list() == ()

        done = workspace.norm_import.run(path, why="we move house")
        assert [(each.name, each.state) for each in done.norms] == [
            ("no-attack", "imported"), ("gone", "inactive"), ("elves", "imported"),
        ]  # fmt: skip
        first, second = workspace.norms.list()
        assert first.id == WorldNorm("no-attack", "", "safe_zone", "attack").id
        assert (first.description, first.priority, second.scope) == ("no attacks", 3, "Iron Guild")
        assert first.why.startswith("we move house; imported from a norms.db (version 1 of ")
        assert "by admin: initial rule; add of 2001-09-09: norm added via CLI" in first.why
        assert workspace.status().violations == 0  # what was broken there was not decided here
        assert workspace.norms.check("hero", "attack", "safe_zone").violations[0].norm_id == first.id

        again = workspace.norm_import.run(path)
        assert [each.state for each in again.norms] == ["in_force", "inactive", "in_force"]
        assert len(workspace.norms.revisions()) == 2


@pytest.mark.parametrize(
    ("norm", "code"),
    [
        (WorldNorm("too-grave", "", "market", "steal", priority=10**12), "priority"),
        (WorldNorm("", "", "market", "steal"), "name_missing"),
        (WorldNorm("long", "x" * 5000, "market", "steal"), "field_too_long"),
    ],
)
def test_an_import_is_all_or_nothing(tmp_path: Path, world: Workspace, norm: WorldNorm, code: str) -> None:
    before = world.norms.list()
    path = file(tmp_path / "norms.db", norm, WorldNorm("nothing", "", "market", " == "), WorldNorm("fine", "", "", "x"))
    with pytest.raises(ImportRefusedError) as refused:
        world.norm_import.run(path)
    assert refused.value.code == code
    assert [each.code for each in refused.value.plan.of("refused")] == [code]
    assert world.norms.list() == before
    with pytest.raises(WorkbenchError, match="no norm `fin`"):
        world.norm_import.run(path, without=["fin"])
    done = world.norm_import.run(path, without=[norm.id])
    assert [(each.name, each.state) for each in done.norms][1:] == [
        ("gone", "inactive"), (norm.name, "left_out"), ("nothing", "idle"), ("fine", "imported"),
    ]  # fmt: skip
    assert {norm.name, "nothing"}.isdisjoint(view.name for view in world.norms.list())
    for view in world.norms.list():
        if view not in before:
            world.norms.repeal(view.overlay)


def test_an_import_into_no_world_says_what_there_is(tmp_path: Path, desk: Workspace) -> None:
    with pytest.raises(WorkbenchError) as refused:
        desk.norm_import.run(file(tmp_path / "norms.db"))
    assert "attack" in refused.value.detail
    assert "attack" not in {norm.name for norm in desk.norms.list()}


def test_an_import_beside_another_adds_nothing_twice(tmp_path: Path) -> None:
    path = file(tmp_path / "norms.db", WorldNorm("b", "", "", "juggle"), WorldNorm("c", "", "", "whistle"))
    with made(tmp_path / "ws", "world-norms") as workspace, Workspace.open(workspace.location) as other:
        done = workspace.norm_import.run(path, told=lambda entry: entry.name == "b" or other.norm_import.run(path))
        assert [each.state for each in done.norms] == ["imported", "inactive", "in_force", "in_force"]
        assert len(workspace.norms.list()) == 3 == len({norm.id for norm in workspace.norms.list()})


def test_an_import_tells_of_names_that_two_norms_have(tmp_path: Path) -> None:
    path = file(tmp_path / "norms.db", WorldNorm("no-attack", "", "market", "attack"))
    with made(tmp_path / "ws", "world-norms") as workspace:
        notes = [each.notes for each in workspace.norm_import.run(path).norms]
        assert notes[0] == ()
        assert "another norm of that name" in notes[2][0]


def test_a_norm_that_stands_otherwise_is_left_so(tmp_path: Path) -> None:
    with made(tmp_path / "ws", "world-norms") as workspace:
        workspace.norms.add(NO_ATTACK)  # severity high, priority 0; the file says priority 3
        done = workspace.norm_import.run(file(tmp_path / "norms.db"))
        assert done.norms[0].state == "in_force"
        assert "left so" in done.norms[0].notes[0]
        assert workspace.norms.list()[0].priority == 0
