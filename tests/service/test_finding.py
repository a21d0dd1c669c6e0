"""Finding decisions in a real workspace: norms by name, verbs, stretches, stopping; a decision made a test case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.filter_oracle import wants
from tests.service.conftest import Ask
from workbench.analysis.stop import Progress, Stopped
from workbench.analysis.task import Task
from workbench.engine.decision_filter import EVERYTHING
from workbench.engine.filter_text import parse_filter
from workbench.engine.request import Request
from workbench.norms import Norm
from workbench.service import finding
from workbench.service.clock import FrozenClock
from workbench.service.event_cases import case_of, is_asked
from workbench.service.testing import run_cases
from workbench.service.views import Credential
from workbench.service.workspace import Workspace
from workbench.store import feed

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def world(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A world with a norm, in which somebody attacks every third time."""
    folder = tmp_path_factory.mktemp("finding-world") / "w"
    with Workspace.create(
        folder, sample="world-norms", profile="unsigned", swarm_id="swarm-finding", clock=FrozenClock()
    ) as workspace:
        workspace.norms.add(Norm("no-attack", "no attacks", "safe_zone", "attack", severity="high"))
        for number in range(12):
            verb = "attack" if number % 3 == 0 else "trade"
            workspace.norms.check("grim", verb, "safe_zone", at=START + timedelta(minutes=number))
        yield workspace


def seqs(workspace: Workspace, text: str) -> list[int]:
    return workspace.finding.ids(parse_filter(text)).ids.tolist()


def test_a_norm_is_found_by_its_name_which_the_row_shows_in_the_place_of_its_id(world: Workspace) -> None:
    broken = [row.seq for row in reversed(world.violations(50))]
    assert len(broken) == 4
    for text in ("rule:no-attack", "rule:no-*", "NO-ATT", "rule:x,no-attack", "outcome:violation severity:high"):
        assert seqs(world, text) == broken, text
    assert seqs(world, "-rule:no-attack") == [seq for seq in world.event_ids() if seq not in broken]
    assert seqs(world, "rule:no-attac") == []
    assert "no-attack" in world.finding.names("rule")
    world.norms.add(Norm("no-dance", "", "", "dance"))  # names are asked anew when something comes into force
    assert seqs(world, "rule:no-dance") == []


def test_rows_carry_the_verb_of_an_action_that_is_told_in_words(world: Workspace) -> None:
    assert [row.verb for row in world.last_events(3)] == ["attack", "trade", "trade"]
    assert {row.action for row in world.last_events(3)} == {"act"}
    assert world.event(world.high_water()).row.verb == "trade"


@pytest.mark.parametrize(
    "text",
    ["action:trade", "action:t*", "action:act", "-action:attack", "TRAD", "-trade", "attack,deny", "-zzz", "tradx",
     "action:attack,trade outcome:deny", "action:trade -attack grim"],
)  # fmt: skip
def test_an_action_that_is_told_in_words_is_found_by_its_verb(
    world: Workspace, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "PAGE", 5)
    wanted = parse_filter(text)
    now, norms = world.status().now, {norm.id: norm.name for norm in world.norms.list(in_force=False)}
    fits = [row.seq for row in world.last_events(50) if wants(wanted, row, row.recorded_at or now, now, norms)]
    assert seqs(world, text) == fits
    assert [row.seq for row in world.finding.every_row(wanted)] == fits
    assert [row.seq for row in world.finding.rows(wanted, limit=3)] == fits[:3]


def test_an_action_that_has_a_name_carries_no_verb(ask: Ask, workspace: Workspace) -> None:
    ask()
    assert [row.verb for row in workspace.last_events()] == [""]


def test_rows_say_when_they_were_recorded_whatever_the_action_says(ask: Ask, workspace: Workspace) -> None:
    long_ago = workspace.status().now - timedelta(hours=2)
    seq = ask(at=long_ago).seq
    (row,) = workspace.rows([seq])
    assert row.at == long_ago
    assert row.recorded_at == workspace.status().now
    assert row == workspace.event(seq).row
    assert seqs(workspace, "since:1m") == [seq]  # what counts is when it was recorded
    assert seqs(workspace, "before:1h") == []


def put(workspace: Workspace, count: int) -> int:
    """Rows in the feed's list alone, every fifth of them bela's; the number before the first."""
    first = workspace._session.head().size + 1000
    now = int(workspace.status().now.timestamp() * 1_000_000)
    payload = feed.StoredPayload(b"", b"{}", b"[]", b"{}")
    rows = [
        feed.FeedRow(first + n, 0, "bela" if n % 5 == 0 else "ada", "x", "y", "allow", "c", "r", False, "1")
        for n in range(count)
    ]
    with workspace._session.database.write() as connection:
        feed.record(connection, [feed.Listed(row, now, payload) for row in rows])
    return first - 1


def test_long_records_are_gone_through_in_stretches_that_give_the_same(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = put(workspace, 1_000)
    whole = workspace.finding.ids(parse_filter("agent:bela"))
    monkeypatch.setattr(finding, "STRETCH", 37)
    monkeypatch.setattr(finding, "PAGE", 23)
    told: list[Progress] = []
    parts = workspace.finding.ids(parse_filter("agent:bela"), task=Task(tell=told.append))
    assert parts == whole
    assert len(parts.ids) == 200
    assert parts.high == workspace.high_water()
    assert [each.done for each in told] == sorted({each.done for each in told})
    assert all(each.done < each.total for each in told)
    assert [row.seq for row in workspace.finding.every_row(parse_filter("agent:bela"))] == parts.ids.tolist()
    assert workspace.finding.ids(EVERYTHING, after=before + 990).ids.tolist() == list(
        range(before + 991, before + 1001)
    )
    assert workspace.finding.ids(parse_filter("agent:bela since:1h"), after=before).ids == parts.ids
    assert workspace.finding.ids(parse_filter("agent:bela before:1h"), after=before).ids.tolist() == []


def test_a_search_ends_where_it_is_stopped(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    put(workspace, 200)
    monkeypatch.setattr(finding, "STRETCH", 10)
    told: list[Progress] = []
    task = Task(tell=lambda progress: (told.append(progress), task.stop.set())[0])
    with pytest.raises(Stopped):
        workspace.finding.ids(parse_filter("x"), task=task)
    assert len(told) == 1


def test_what_is_recorded_while_rows_are_read_is_left_for_the_next_time(
    workspace: Workspace, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "PAGE", 2)
    first = [ask().seq for _ in range(4)]
    rows = workspace.finding.every_row(parse_filter("agent:nora"))
    assert next(rows).seq == first[0]
    later = ask().seq
    assert [row.seq for row in rows] == first[1:]
    assert [row.seq for row in workspace.finding.every_row(parse_filter("agent:nora"), first[-1])] == [later]


# -- a decision as a test case ---------------------------------------------------------------------------------------


def test_recorded_decisions_become_cases_that_decide_alike(
    workspace: Workspace, recording: list[dict[str, Any]]
) -> None:
    """With nothing but the case: agents' teams and whatever else the rules reach stand in it."""
    for each in recording[:60]:
        request = Request.from_json(each["request"])
        credential = Credential(str(request.principal), kind="recording")
        workspace.decide(request, credential=credential, entities=each["entities"], facts=each["facts"])
    believed = workspace.entities()
    details = [workspace.event(row.seq) for row in workspace.last_events(60)]
    cases = [{**case_of(each, each.row.outcome, believed), "name": str(each.row.seq)} for each in details]
    assert {case["expect"] for case in cases} == {"allow", "deny", "hold"}
    assert not any("credential" in case["request"] for case in cases)
    with workspace._session.read() as connection:
        program = workspace._session.laws.checked(connection, details[0].version_digest).program
    failed = [result.message for result in run_cases(program, cases).results if not result.passed]
    assert failed == []


def test_only_what_the_request_reaches_stands_in_the_case(ask: Ask, workspace: Workspace) -> None:
    detail = workspace.event(ask().seq)
    uids = [(e["uid"]["type"], e["uid"]["id"]) for e in case_of(detail, "allow", workspace.entities())["entities"]]
    assert len(uids) == len(set(uids))
    assert ("Agent", "nora") in uids
    assert {kind for kind, _ in uids} - {"Agent", "Ticket"}, "the team above the agent"
    assert len(uids) < len(workspace.entities()) / 2


def test_what_was_erased_cannot_be_asked_again(ask: Ask, workspace: Workspace) -> None:
    seq = ask().seq
    with workspace._session.database.write() as connection:
        connection.execute(feed.payloads.delete())
    detail = workspace.event(seq)
    assert not is_asked(detail)
    with pytest.raises(ValueError, match="erased"):
        case_of(detail, "allow")
