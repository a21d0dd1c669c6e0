"""Deciding again what people had approved: their grants count as they did then."""

from __future__ import annotations

from tests.service.casework.swarm import Desk


def test_what_a_grant_allowed_is_allowed_again(desk: Desk) -> None:
    case = desk.held()
    desk.vote(case, "viktor")
    desk.case(case)
    allowed = desk.ask()
    assert allowed.decision.outcome == "allow"
    found = desk.workspace.replaying.run(7)
    assert (found.looked_at, found.same, found.changed, found.aside) == (2, 2, 0, {})


def test_a_draft_that_forbids_it_denies_it_in_spite_of_the_grant(desk: Desk) -> None:
    case = desk.held()
    desk.vote(case, "viktor")
    desk.case(case)
    allowed = desk.ask()
    draft = desk.workspace.draft()
    rule = '\n@id("no-refunds") forbid (principal, action == Action::"refund", resource);\n'
    desk.workspace.save_draft(cedar_plus=draft.cedar_plus + rule, revision=draft.revision)
    found = desk.workspace.replaying.run(7)
    assert found.count("denied") == 2
    was = {example.key: example.outcome for group in found.by_rule for example in group.examples}
    assert was[allowed.seq] == "allow"
    opened = desk.workspace.replaying.opened(allowed.seq)
    assert (opened.event.row.outcome, opened.draft.outcome) == ("allow", "deny")
