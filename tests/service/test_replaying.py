"""Last days: what the draft would have changed is what the engine says, and nothing else counts as a change."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from tests.service.conftest import Ask, ticket
from tests.service.test_audit_redact import redact
from tests.service.test_overlays import brake, stop, using
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.language.check import check
from workbench.norms import Norm
from workbench.service import redecided, replaying
from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.redecided import ERASED, MISFIT, NOT_AGAIN, OVERLAID
from workbench.service.replayed import Replayed
from workbench.service.views import Credential
from workbench.service.workspace import Workspace

NONE_OUT = '\n@id("none-out") forbid (principal, action == Action::"share_external", resource);\n'


def write(workspace: Workspace, more: str = "", **replaced: str) -> None:
    draft = workspace.draft()
    text = draft.cedar_plus + more
    for old, new in replaced.items():
        assert old in text
        text = text.replace(old, new)
    workspace.save_draft(cedar_plus=text, revision=draft.revision)


def counted(found: Replayed) -> dict[str, int]:
    return {name: found.count(name) for name in ("denied", "held", "allowed")}  # type: ignore[arg-type]


def play(workspace: Workspace, recording: list[dict[str, Any]], many: int) -> None:
    for line in random.Random(7).sample(recording, many):
        request = Request.from_json(line["request"])
        workspace.decide(
            request, credential=Credential(str(request.principal)), entities=line["entities"], facts=line["facts"]
        )


def test_nothing_changes_under_the_same_rules(workspace: Workspace, recording: list[dict[str, Any]]) -> None:
    play(workspace, recording, 60)
    found = workspace.replaying.run(7)
    assert (found.total, found.looked_at, found.same, found.changed) == (60, 60, 60, 0)
    assert found.aside == {}


def test_it_says_what_deciding_each_anew_says(
    workspace: Workspace, recording: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted by hand, one request after the other, over pages that are much smaller than the log."""
    monkeypatch.setattr(replaying, "_PAGE", 7)
    play(workspace, recording, 120)
    write(workspace, NONE_OUT, **{"context.amount > 500": "context.amount > 100"})
    draft = workspace.draft()
    program = check(draft.cedar_plus, draft.schema).program
    assert program is not None
    engine, known = Evaluator(program), list(workspace.entities())
    names = {(e["uid"]["type"], e["uid"]["id"]) for e in known}
    wanted: Counter[tuple[str, str]] = Counter()
    agents: Counter[tuple[str, str]] = Counter()
    for row in workspace.events(0, None, 1_000):
        event = workspace.event(row.seq)
        asked = {name: event.request[name] for name in ("principal", "action", "resource", "context")}
        sent = [e for e in event.entities if (e["uid"]["type"], e["uid"]["id"]) not in names]
        decision = engine.decide(Request.from_json(asked), known + sent)
        if decision.outcome != row.outcome:
            change = {"deny": "denied", "hold": "held", "allow": "allowed"}[decision.outcome]
            wanted[change, (decision.procedures or decision.reasons or ("",))[0]] += 1
            agents[change, row.agent] += 1
    assert wanted, "the change touches some"
    found = workspace.replaying.run(7)
    assert {(each.change, each.rule_id): each.count for each in found.by_rule} == wanted
    assert {(each.change, each.agent): each.count for each in found.by_agent} == agents
    assert found.looked_at == found.total == 120
    assert found.same == 120 - sum(wanted.values())
    for each in found.by_rule:
        assert 0 < len(each.examples) <= min(each.count, redecided.EXAMPLES)
        assert [e.key for e in each.examples] == sorted((e.key for e in each.examples), reverse=True), "newest first"
        assert each.rule is not None
        assert each.rule.id == each.rule_id or each.rule.kind == "procedure"


def test_what_was_denied_may_be_newly_allowed(workspace: Workspace, ask: Ask) -> None:
    recorded = ask(action="issue_refund")
    assert recorded.decision.outcome == "deny"
    write(workspace, '\n@id("all-may") permit (principal, action == Action::"issue_refund", resource);\n')
    found = workspace.replaying.run(7)
    assert counted(found) == {"denied": 0, "held": 0, "allowed": 1}
    (group,) = found.by_rule
    (example,) = group.examples
    assert (example.outcome, example.code, example.now_code) == ("deny", "not_permitted", "allowed")
    opened = workspace.replaying.opened(example.key)
    assert opened.event.row.outcome == "deny"
    assert opened.draft.outcome == "allow"
    assert [rule.id for rule in opened.draft.rules] == ["all-may"]


def test_only_the_days_that_were_asked_for(workspace: Workspace, ask: Ask, clock: FrozenClock) -> None:
    for _ in range(3):
        ask()
        clock.advance(timedelta(days=4).total_seconds())
    write(workspace, NONE_OUT)
    assert [workspace.replaying.run(days).looked_at for days in (1, 7, 30, 0)] == [0, 1, 3, 3]
    assert workspace.replaying.run(30).count("denied") == 3


def test_an_empty_record_is_no_failure(workspace: Workspace) -> None:
    found = workspace.replaying.run(7)
    assert (found.total, found.looked_at, found.changed, found.stopped) == (0, 0, 0, False)


def test_a_stop_and_a_brake_are_no_changes_of_the_draft(workspace: Workspace, ask: Ask) -> None:
    """Both denied what the rules allow: the draft did not make that, and it is set aside with its reason."""
    stop(workspace, "agent", "nora")
    assert ask().decision.code == "stopped"
    brake(workspace)
    braked = ask(agent="camille")
    assert braked.decision.outcome == "deny"
    found = workspace.replaying.run(7)
    assert counted(found) == {"denied": 0, "held": 0, "allowed": 0}
    assert found.aside == {redecided.BESIDE_THE_RULES["stopped"]: 1, OVERLAID: 1}


def test_what_a_norm_denied_is_no_change_of_the_draft_though_it_is_named_like_a_rule(
    workspace: Workspace, ask: Ask
) -> None:
    norm = Norm("no-share", "", "", "share_external")
    workspace.norms.add(norm, using=using(workspace, "ana"))
    assert ask().decision.reasons == (norm.id,)
    found = workspace.replaying.run(7)
    assert (counted(found), found.aside) == ({"denied": 0, "held": 0, "allowed": 0}, {OVERLAID: 1})


def test_what_was_erased_is_set_aside(workspace: Workspace, ask: Ask) -> None:
    first, second = ask(), ask()
    write(workspace, NONE_OUT)
    redact(workspace, first.seq)
    found = workspace.replaying.run(7)
    assert (found.count("denied"), found.aside) == (1, {ERASED: 1})
    assert found.by_rule[0].examples[0].key == second.seq


def test_what_the_caller_claimed_or_misspelt_is_set_aside(workspace: Workspace, ask: Ask) -> None:
    ask(facts={}, context={"nonsense": 1})
    write(workspace, NONE_OUT)
    found = workspace.replaying.run(7)
    assert (found.changed, found.same) == (0, 0)
    assert sum(found.aside.values()) == found.looked_at == 1


def test_the_facts_of_then_decide_not_those_of_now(workspace: Workspace, ask: Ask) -> None:
    """The counters, and the agent's own attributes, are what they were when it was decided."""
    refund = {"agent": "jonas", "action": "issue_refund"}
    few = ask(**refund, facts={"refunds_today": 10, "messages_last_hour": 0, "budget_remaining": 2500})
    assert few.decision.outcome == "allow"
    jonas = next(e for e in workspace.entities() if e["uid"]["id"] == "jonas")
    workspace.load_entities([{**jonas, "attrs": {**jonas["attrs"], "reputation": 1}, "parents": []}])
    write(
        workspace,
        '\n@id("known") forbid (principal, action == Action::"issue_refund", resource)'
        " when { principal.reputation < 50 };\n",
    )
    found = workspace.replaying.run(7)
    assert counted(found) == {"denied": 0, "held": 0, "allowed": 0}, "he was in good repute, and in the team, then"
    assert (found.same, found.patched) == (1, 1)
    write(workspace, **{"principal.reputation < 50": "principal.reputation > 50"})
    assert workspace.replaying.run(7).count("denied") == 1


def test_a_record_that_its_own_version_does_not_bear_out_is_set_aside(workspace: Workspace, ask: Ask) -> None:
    """The row tells of a deny that its rules never made: that is no change which the draft brings."""
    worked = ask(action="close_ticket", entities=[ticket(priority="high")])
    assert worked.decision.outcome == "allow"
    with workspace._session.write() as connection:
        row = connection.exec_driver_sql("select outcome from decisions").one()
        assert row[0] == "allow"
        connection.exec_driver_sql("update decisions set outcome = 'deny', code = 'forbidden'")
    found = workspace.replaying.run(7)
    assert (found.changed, found.aside) == (0, {NOT_AGAIN: 1})


def test_requests_that_the_drafts_schema_does_not_take_are_counted_apart(workspace: Workspace, ask: Ask) -> None:
    ask()
    draft = workspace.draft()
    schema = draft.schema.replace("type Desk = { amount: Long,", "type Desk = { reason: String, amount: Long,")
    assert schema != draft.schema
    workspace.save_draft(schema=schema, revision=draft.revision)
    found = workspace.replaying.run(7)
    assert (found.changed, found.aside) == (0, {MISFIT: 1})


def test_a_draft_that_is_not_clean_is_refused(workspace: Workspace, ask: Ask) -> None:
    ask()
    write(workspace, "\npermit (")
    with pytest.raises(WorkbenchError) as caught:
        workspace.replaying.run(7)
    assert caught.value.code == "not_clean"


def test_nothing_is_recorded_by_deciding_again(workspace: Workspace, ask: Ask) -> None:
    ask()
    before = workspace.status()
    write(workspace, NONE_OUT)
    workspace.replaying.run(7)
    workspace.replaying.opened(workspace.high_water())
    after = workspace.status()
    assert (after.receipts, after.outcomes) == (before.receipts, before.outcomes)


def test_equal_requests_are_decided_once(workspace: Workspace, ask: Ask) -> None:
    for _ in range(6):
        ask()
    ask(tags=("pii",))
    found = workspace.replaying.run(7)
    assert (found.looked_at, found.distinct) == (7, 2)


def test_it_runs_beside_and_what_was_found_by_then_is_kept_when_it_is_halted(
    workspace: Workspace, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "_TELL", 1)
    monkeypatch.setattr(replaying, "_PAGE", 3)
    for _ in range(9):
        ask()
    write(workspace, NONE_OUT)
    running = workspace.replaying.start(7)
    assert running.wait(20)
    assert running.error is None
    assert running.result is not None
    assert running.result.count("denied") == 9
    assert running.progress is not None
    assert (running.progress.done, running.progress.total) == (8, 9)
    assert "newly denied" in running.progress.what
    halted = _halting(5)
    found = workspace.replaying.run(7, halted=halted)  # type: ignore[arg-type]
    assert (found.stopped, found.looked_at, found.total, found.count("denied")) == (True, 5, 9, 5)


class _halting:  # noqa: N801 - stands for an event
    """Set after it was asked ``many`` times."""

    def __init__(self, many: int) -> None:
        self._left = many

    def is_set(self) -> bool:
        self._left -= 1
        return self._left < 0


def test_a_long_log_is_read_by_pages(workspace: Workspace, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more than a page is ever held, and no transaction stays open between two."""
    monkeypatch.setattr(replaying, "_PAGE", 4)
    for _ in range(10):
        ask()
    pages: list[int] = []
    read = replaying.replays.page

    def counting(*args: Any) -> Any:
        found = read(*args)
        pages.append(len(found))
        return found

    monkeypatch.setattr(replaying.replays, "page", counting)
    assert workspace.replaying.run(7).looked_at == 10
    assert pages == [4, 4, 2]
