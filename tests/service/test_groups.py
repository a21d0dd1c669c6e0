"""Groups and the board of agents over a real record; acknowledging a group, on every terminal at once."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.service.conftest import CONTEXT, Ask
from tests.service.test_acknowledging import Refused, using
from workbench.governance.errors import GovernanceError
from workbench.governance.group_acknowledgement import verify_word
from workbench.service.clock import FrozenClock
from workbench.service.group_counting import Tally, WordsRead
from workbench.service.group_views import GroupView
from workbench.service.player import decide_recorded, read_recording
from workbench.service.statement_audit import Statements
from workbench.service.storms import STORM
from workbench.service.workspace import Workspace
from workbench.store import groups as store
from workbench.store.ledger import entries

DEAR = CONTEXT | {"estimated_cost": 10_000}
HOSTILE = "n\x1b[31m]0;x\x07[bold red]‮evil​\n" + "x" * 300


def violate(ask: Ask, times: int = 1, agent: str = "nora") -> None:
    """``times`` violations of ``budget`` by ``agent`` at ``share_external``."""
    for _ in range(times):
        assert ask(agent=agent, context=DEAR).decision.reasons == ("budget",)


def only(workspace: Workspace, **how: Any) -> GroupView:
    (group,) = workspace.groups.list(**how).groups
    return group


BUDGET = ("budget", "nora", "share_external")


def test_refusals_are_grouped_and_allows_are_not(workspace: Workspace, ask: Ask, clock: FrozenClock) -> None:
    assert workspace.groups.list().groups == ()
    begun = workspace.groups.now()
    violate(ask, 3)
    clock.advance(90)
    violate(ask, 2)
    allowed = ask()
    assert allowed.decision.outcome == "allow"
    group = only(workspace)
    assert group.key == BUDGET
    assert (group.kind, group.count, group.total, group.rate, group.standing) == ("violation", 5, 5, 2, "open")
    assert (group.first, group.last) == (begun, begun + timedelta(seconds=90))
    assert sum(group.minutes) == 5
    assert group.minutes[-1] + group.minutes[-2] == 5 - group.minutes[-3]
    assert workspace.event(group.newest).row.rule == "budget"
    assert group.newest < allowed.seq


def test_windows_let_go_of_what_is_old(workspace: Workspace, ask: Ask, clock: FrozenClock) -> None:
    violate(ask, 4)
    for seconds, windows in ((290, "5m 1h 24h all"), (20, "1h 24h all"), (3400, "24h all"), (90_000, "all")):
        clock.advance(seconds)
        listed = [window for window in ("5m", "1h", "24h", "all") if workspace.groups.list(window).groups]  # type: ignore[arg-type]
        assert " ".join(listed) == windows
    with Refused("no_window"):
        workspace.groups.list("2h")  # type: ignore[arg-type]
    with Refused("no_order"):
        workspace.groups.list(order="colour")  # type: ignore[arg-type]


def test_a_long_record_is_counted_from_its_newest_end(workspace: Workspace, ask: Ask, clock: FrozenClock) -> None:
    """The answer never waits for the whole; what is left is said, and the end is the same."""
    for agent in ("nora", "viktor"):
        violate(ask, 30, agent)
        clock.advance(400)
    slow = Tally(workspace._session, step=7)
    with slow.standing() as (counts, _, _):
        assert set(counts.agents) == {"viktor"}
        assert slow.progress.left > 0
    steps = 0
    while slow.progress.left:
        with slow.standing() as (counts, _, now):
            steps += 1
    assert steps > 2
    with workspace.groups._tally.standing() as (whole, _, now):
        for key, group in whole.groups.items():
            mine = counts.groups[key]
            assert (mine.first, mine.last, mine.newest) == (group.first, group.last, group.newest)
            assert mine.slices.within("1h", now) == group.slices.within("1h", now) == 30


def test_what_other_processes_record_is_counted_too(
    workspace: Workspace, ask: Ask, place: Path, clock: FrozenClock
) -> None:
    violate(ask)
    with Workspace.open(place, clock=clock) as other:
        assert only(other).count == 1
        violate(ask, 2)
        assert only(other).count == 3


def test_the_orders(workspace: Workspace, ask: Ask, clock: FrozenClock) -> None:
    """By name, by what is new, by how many; what somebody knows of comes last in each."""
    for agent, times in (("viktor", 12), ("nora", 4), ("oscar", 30)):
        violate(ask, times, agent)
        clock.advance(45)

    def agents(order: str) -> list[str]:
        return [group.agent for group in workspace.groups.list(order=order).groups]  # type: ignore[arg-type]

    assert agents("count") == ["oscar", "viktor", "nora"]
    assert agents("rate") == ["oscar", "nora", "viktor"]  # of viktor's none is in the last minute
    assert agents("seen") == ["oscar", "nora", "viktor"]
    assert agents("name") == ["nora", "oscar", "viktor"]
    workspace.groups.acknowledge("budget", "oscar", "share_external", why="known", seconds=600)
    assert all(agents(order)[-1] == "oscar" for order in ("count", "rate", "seen", "name"))


def test_rates_that_hardly_differ_do_not_change_places(workspace: Workspace, ask: Ask, clock: FrozenClock) -> None:
    places = set()
    for number in range(12):
        for agent in ("viktor", "nora") if number % 2 else ("nora", "viktor", "viktor" if number % 4 else "nora"):
            violate(ask, 6, agent)
        clock.advance(5)
        if number > 3:
            places.add(tuple(group.agent for group in workspace.groups.list().groups))
    assert len(places) == 1, "a storm in which everybody is alike stands still"


# ---- acknowledging ---------------------------------------------------------------------------------------------------


def test_an_acknowledgement_is_seen_by_every_process(
    workspace: Workspace, ask: Ask, place: Path, clock: FrozenClock
) -> None:
    violate(ask)
    with Workspace.open(place, clock=clock) as other:
        assert only(other).standing == "open"
        said = workspace.groups.acknowledge(*BUDGET, why="the nightly run", seconds=3600, using=using(workspace, "ana"))
        group = only(other)
        assert (group.standing, group.acknowledged) == ("acknowledged", True)
        assert group.ack == said
        assert (said.by, said.why, said.rate) == ('Operator::"ana"', "the nightly run", 1)
        assert said.until == other.groups.now() + timedelta(hours=1)
        assert other.groups.acknowledgements() == (said,)
        assert (other.groups.unacknowledged(), workspace.groups.unacknowledged()) == (0, 0)
        with Refused("signature_needed"):
            other.groups.withdraw(*BUDGET, why="it was not", using=None)
        with Refused("signature_needed"):
            other.groups.acknowledge(*BUDGET, why="anyone's", seconds=30 * 86_400)
        assert only(workspace).ack == said, "what was signed stands until somebody signs"
        longer = other.groups.acknowledge(*BUDGET, why="longer", seconds=7200, using=using(other, "sam"))
        assert only(workspace).ack == longer, "a signature may replace another's"
        other.groups.withdraw(*BUDGET, why="it was not", using=using(other, "sam"))
        assert only(workspace).standing == "open"
        assert only(workspace).ack is None
        assert workspace.groups.acknowledgements() == ()
        with Refused("not_acknowledged"):
            workspace.groups.withdraw(*BUDGET)
    assert workspace.verify().ok


def test_someone_here_acknowledges_without_a_key(workspace: Workspace, ask: Ask) -> None:
    violate(ask)
    said = workspace.groups.acknowledge(*BUDGET, why="known", seconds=60)
    assert said.by == ""
    (line,) = [line for line in workspace.verify().lines if line.subject == "groups"]
    assert line.ok
    assert "1 of them by nobody" in line.message
    (told,) = [h for h in workspace.timeline.page(limit=50) if h.kind == "group"]
    assert "Someone here acknowledges that budget refuses nora share_external" in told.title


def test_it_lapses_at_its_end_and_not_before(workspace: Workspace, ask: Ask, clock: FrozenClock) -> None:
    violate(ask)
    workspace.groups.acknowledge(*BUDGET, why="known", seconds=600)
    clock.advance(599)
    assert only(workspace).standing == "acknowledged"
    clock.advance(1)
    group = only(workspace)
    assert group.standing == "expired"
    assert group.ack is not None  # who had said so is still told
    assert workspace.groups.acknowledgements() == ()
    with Refused("not_acknowledged"):
        workspace.groups.withdraw(*BUDGET)
    workspace.groups.acknowledge(*BUDGET, why="again", seconds=600, using=using(workspace, "ana"))
    clock.advance(600)
    workspace.groups.acknowledge(*BUDGET, why="what was signed is over", seconds=600)
    assert only(workspace).standing == "acknowledged"


def test_a_clock_that_jumps_lets_nothing_lapse(workspace: Workspace, ask: Ask, clock: FrozenClock) -> None:
    """A jump forward is not believed, and time never runs back."""
    violate(ask)
    said = workspace.groups.acknowledge(*BUDGET, why="known", seconds=3600)
    clock.jump(7200)
    workspace.tick()
    assert only(workspace).standing == "acknowledged"
    clock.jump(-7200 - 3000)
    workspace.tick()
    group = only(workspace)
    assert (group.standing, group.ack) == ("acknowledged", said)


def test_a_group_that_grows_tenfold_comes_back(workspace: Workspace, ask: Ask, clock: FrozenClock) -> None:
    violate(ask, 2)
    workspace.groups.acknowledge(*BUDGET, why="two a minute are usual", seconds=86_400)
    clock.advance(120)
    violate(ask, 19)
    assert only(workspace).standing == "acknowledged"
    violate(ask, 1)
    assert only(workspace).standing == "grew"
    assert workspace.groups.unacknowledged() == 1
    clock.advance(300)  # quiet again: what it had grown to is still to be looked at
    assert only(workspace).standing == "grew"
    workspace.groups.acknowledge(*BUDGET, why="seen", seconds=86_400)
    assert only(workspace).standing == "acknowledged"


@pytest.mark.parametrize(
    ("why", "seconds", "code"),
    [
        ("", 60, "why_missing"),
        ("  \n", 60, "why_missing"),
        ("x" * 501, 60, "bad_why"),
        ("a‮b", 60, "bad_why"),
        ("why", 0, "no_time"),
        ("why", -5, "no_time"),
        ("why", 30 * 86_400 + 1, "too_long"),
        ("why", 10**18, "too_long"),
    ],
)
def test_what_cannot_be_said_changes_nothing(workspace: Workspace, ask: Ask, why: str, seconds: int, code: str) -> None:
    violate(ask)
    size = workspace._session.head().size
    with Refused(code):
        workspace.groups.acknowledge(*BUDGET, why=why, seconds=seconds)
    with Refused("no_group"):
        workspace.groups.acknowledge("budget", "nobody", "share_external", why="w", seconds=60)
    assert workspace._session.head().size == size
    assert only(workspace).standing == "open"


def test_names_of_agents_are_data(workspace: Workspace, ask: Ask) -> None:
    """An agent whose name is an escape sequence is a group like any other, and can be acknowledged."""
    ask(agent=HOSTILE)
    group = only(workspace)
    assert "\x1b" in group.agent
    workspace.groups.acknowledge(*group.key, why="seen", seconds=60, using=using(workspace, "sam"))
    assert only(workspace).acknowledged
    assert workspace.verify().ok


# ---- what an audit notices -------------------------------------------------------------------------------------------


@pytest.fixture
def entry(workspace: Workspace, ask: Ask) -> dict[str, Any]:
    violate(ask)
    workspace.groups.acknowledge(*BUDGET, why="known", seconds=3600, using=using(workspace, "ana"))
    with workspace._session.read() as connection:
        (found,) = [json.loads(e.body) for e in entries(connection) if e.kind == store.KIND]
    return found


@pytest.mark.parametrize("field", ["rule", "agent", "action", "why", "id", "until", "signed_at"])
def test_a_word_that_was_changed_is_not_believed(workspace: Workspace, entry: dict[str, Any], field: str) -> None:
    body = dict(entry["body"])
    changed = "2026-03-30T10:00:00Z" if field in ("until", "signed_at") else body[field] + "x"
    assert _line(workspace, entry, entry["body"]) == ""
    assert "did not sign" in _line(workspace, entry, body | {field: changed})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rate": 500}, "did not sign"),
        ({"event": "withdrawn"}, "did not sign"),
        ({"by": 'Operator::"sam"'}, 'not `Operator::"sam"`\'s'),
        ({"key": "", "signature": ""}, "did not sign it"),
        ({"key": "SHA256:unknown"}, "no one in the roster"),
        ({"signature": "AAAA"}, "did not sign"),
        ({"rate": "1"}, "lacks"),
        ({"until": "tomorrow"}, ""),
    ],
)
def test_a_word_in_another_name_is_not_believed(
    workspace: Workspace, entry: dict[str, Any], change: dict[str, Any], said: str
) -> None:
    wrong = _line(workspace, entry, entry["body"] | change)
    assert wrong
    assert said in wrong


def test_a_signed_word_cannot_be_said_again_nor_elsewhere(workspace: Workspace, entry: dict[str, Any]) -> None:
    again = {**entry, "seq": entry["seq"] + 1}
    assert "stands in the ledger already" in _line(workspace, entry, entry["body"], again)
    roster = workspace._session.laws.checked
    with workspace._session.read() as connection:
        people = roster(connection, workspace.version().digest).version.content.roster
    verify_word(entry["body"], people, workspace.swarm_id)
    with pytest.raises(GovernanceError) as refused:
        verify_word(entry["body"], people, "swarm-of-others")
    assert refused.value.code == "bad_signature"


def _line(workspace: Workspace, entry: dict[str, Any], body: dict[str, Any], *more: dict[str, Any]) -> str:
    """What the audit's line about groups says is wrong, had the ledger held ``body`` in the place of ``entry``."""
    with workspace._session.read() as connection:
        besides = [json.loads(e.body) for e in entries(connection) if e.kind == "activation"]
        said = Statements(connection, workspace.swarm_id, [*besides, {**entry, "body": body}, *more])
        (line,) = [line for line in said.lines(()) if line.subject == "groups"]
    return "" if line.ok else line.message


# ---- storms ----------------------------------------------------------------------------------------------------------


def test_a_storm_is_said_until_it_is_acknowledged(workspace: Workspace, ask: Ask, clock: FrozenClock) -> None:
    violate(ask, STORM - 1)
    assert workspace.groups.storm() is None
    violate(ask)
    storm = workspace.groups.storm()
    assert storm is not None
    assert (storm.rate, storm.groups, storm.of) == (STORM, 1, 1)
    violate(ask, 1, "viktor")
    storm = workspace.groups.storm()
    assert storm is not None
    assert (storm.groups, storm.of) == (1, 2), "of two groups one is thick"
    assert workspace.groups.list().storm == storm
    workspace.groups.acknowledge(*BUDGET, why="on it", seconds=3600)
    assert workspace.groups.storm() is None
    workspace.groups.withdraw(*BUDGET)
    assert workspace.groups.storm() is not None
    clock.advance(61)
    assert workspace.groups.storm() is None


def test_no_notice_goes_out_for_what_is_acknowledged_until_it_grows(
    workspace: Workspace, ask: Ask, clock: FrozenClock
) -> None:
    def storms() -> int:
        return sum(notice.kind == "storm" for notice in workspace.notices.list())

    violate(ask, 20)
    workspace.groups.acknowledge(*BUDGET, why="twenty a minute are usual", seconds=86_400)
    clock.advance(61)
    violate(ask, STORM + 10)
    clock.advance(2)
    violate(ask)
    assert storms() == 0
    violate(ask, 140)  # 201 within the minute: tenfold
    clock.advance(2)
    violate(ask)
    assert storms() == 1


def test_what_a_stop_refuses_is_known_and_no_storm(workspace: Workspace, ask: Ask) -> None:
    """Whoever stops an agent makes no work for the others: its refusals wait for nobody and shout at nobody."""
    violate(ask, 2, "viktor")
    workspace.overlays.stop("agent", "nora", seconds=600, why="rogue", using=using(workspace, "ana"))
    for _ in range(STORM):
        assert ask(context=DEAR).decision.code == "stopped"
    listed = workspace.groups.list().groups
    assert [(group.agent, group.standing, group.known) for group in listed] == [
        ("viktor", "open", False),
        ("nora", "stopped", True),
    ], "though there are more of them"
    assert listed[1].rate == STORM
    assert workspace.groups.unacknowledged() == workspace.groups.list().unacknowledged == 1
    assert workspace.groups.storm() is None
    (stop,) = workspace.overlays.list()
    workspace.overlays.lift(stop.id, why="calm", using=(using(workspace, "ana"),))
    assert workspace.groups.unacknowledged() == 1, "nor once it is lifted"


# ---- agents ----------------------------------------------------------------------------------------------------------


def test_the_board_counts_what_each_agent_was_told(workspace: Workspace, ask: Ask, clock: FrozenClock) -> None:
    violate(ask, 2)
    assert ask().decision.outcome == "allow"
    assert ask(agent="viktor").decision.outcome in ("allow", "deny", "hold")
    board = workspace.agents.list()
    agents = {agent.agent: agent for agent in board.agents}
    nora = agents["nora"]
    assert (nora.violation, nora.allow, nora.total, nora.rate) == (2, 1, 3, 3)
    assert nora.deny_rate == pytest.approx(2 / 3)
    assert board.agents[0].agent == "nora"  # the most denials first
    never = [agent for agent in board.agents if agent.last is None]
    assert never, "the directory names agents that have not acted"
    assert all(agent.total == 0 and agent.agent not in ("nora", "viktor") for agent in never)
    assert [a.agent for a in workspace.agents.list(order="name").agents] == sorted(agents)
    clock.advance(400)
    assert workspace.agents.list("5m").agents[0].total == 0
    assert {agent.agent for agent in workspace.agents.list("5m").agents} == set(agents)
    with Refused("no_order"):
        workspace.agents.list(order="size")  # type: ignore[arg-type]


def test_the_board_says_who_is_stopped_and_what_waits(workspace: Workspace, ask: Ask) -> None:
    assert ask().decision.outcome == "allow"
    stop = workspace.overlays.stop("agent", "nora", seconds=600, why="rogue", using=using(workspace, "ana"))
    agents = {agent.agent: agent for agent in workspace.agents.list().agents}
    assert agents["nora"].stopped_until == stop.expires_at
    assert all(agent.stopped_until is None for name, agent in agents.items() if name != "nora")
    workspace.overlays.lift(stop.id, why="calm", using=(using(workspace, "ana"),))
    everyone = workspace.overlays.stop("all", seconds=600, why="all", using=using(workspace, "ana"))
    board = workspace.agents.list().agents
    assert {agent.stopped_until for agent in board} == {everyone.expires_at}


def test_the_board_of_a_recorded_day_is_a_plain_count_of_its_decisions(workspace: Workspace) -> None:
    recording = workspace.recording()
    assert recording is not None
    for line in list(read_recording(recording))[:120]:
        decide_recorded(workspace, line, workspace.groups.now().date())
    rows = workspace.last_events(1000)
    board = {agent.agent: agent for agent in workspace.agents.list("all", whole=True).agents}
    for agent in {row.agent for row in rows}:
        mine = [row for row in rows if row.agent == agent]
        shown = board[agent]
        assert (shown.allow, shown.hold) == tuple(sum(row.outcome == o for row in mine) for o in ("allow", "hold"))
        assert shown.denied == sum(row.outcome == "deny" for row in mine)
        assert shown.violation == sum(row.violation for row in mine)
        assert shown.newest == mine[-1].seq
        waits = [case for case in workspace.cases.list(open_only=True) if case.requester == f'Agent::"{agent}"']
        assert shown.held == len(waits)
    assert sum(agent.held for agent in board.values()) > 0
    refused = Counter((row.rule, row.agent, row.action) for row in rows if row.outcome != "allow")
    groups = workspace.groups.list("all")
    assert {group.key: group.total for group in groups.groups} == refused
    held = {(row.rule, row.agent, row.action) for row in rows if row.outcome == "hold"}
    assert groups.held == len(held) > 0
    assert groups.unacknowledged == workspace.groups.unacknowledged() == len(refused) - len(held), "what is held waits"
    order = [(group.kind == "hold", group.known) for group in groups.groups]
    assert order == sorted(order)


def test_the_order_of_entering_only_grows(workspace: Workspace, place: Path) -> None:
    entered = workspace.agents.registered()
    assert set(entered) >= {agent.agent for agent in workspace.agents.list().agents}
    (like,) = (each for each in workspace.entities() if each["uid"] == {"type": "Agent", "id": "nora"})
    for name in ('a "new" one', "aaa"):
        workspace.load_entities(({**like, "uid": {"type": "Agent", "id": name}},))
    assert workspace.agents.registered() == (*entered, 'a "new" one', "aaa")
    workspace.remove_entities((r'Agent::"a \"new\" one"',))
    assert 'a "new" one' not in {agent.agent for agent in workspace.agents.list().agents}
    assert workspace.agents.registered() == (*entered, 'a "new" one', "aaa"), "who left keeps the place"
    with Workspace.open(place, clock=FrozenClock()) as other:
        assert other.agents.registered() == workspace.agents.registered()


def test_what_was_said_in_a_database_that_was_set_back_was_not_said(
    workspace: Workspace, ask: Ask, place: Path, clock: FrozenClock, tmp_path: Path
) -> None:
    """A restored copy has another entry where the acknowledgement was: a storm must be told of again."""
    violate(ask, 2)
    workspace.close()
    shutil.copytree(place, tmp_path / "copy")
    said, read = 0, WordsRead()
    with Workspace.open(place, clock=clock) as acknowledged:
        acknowledged.groups.acknowledge(*BUDGET, why="known", seconds=3600)
        with acknowledged._session.read() as connection:
            said = len(list(read.read(connection).standing(clock.now())))
            again = len(list(read.read(connection).standing(clock.now())))
    assert (said, again) == (1, 1)
    with Workspace.open(tmp_path / "copy", clock=clock) as restored:
        for number in range(3):  # entries stand where the acknowledgement did
            restored.set_fact("budget_remaining", number)
        with restored._session.read() as connection:
            assert list(read.read(connection).standing(clock.now())) == []
