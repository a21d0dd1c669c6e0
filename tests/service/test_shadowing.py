"""A shadow is asked beside what is in force, decides nothing, and tells where it would have decided otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.conftest import CONTEXT, Ask, ticket
from tests.service.teams import OTHER, refused, write
from workbench.service.clock import FrozenClock
from workbench.service.shadowing import ShadowView
from workbench.service.views import ProposalView
from workbench.service.workspace import Workspace

ANA, SAM = 'Operator::"ana"', 'Operator::"sam"'


@pytest.fixture
def proposal(workspace: Workspace) -> ProposalView:
    write(workspace)
    return workspace.propose("no addresses outside", proposer=ANA)


def seen(workspace: Workspace) -> ShadowView:
    found = workspace.shadowing.view()
    assert found is not None
    return found


def vote(workspace: Workspace, proposal: ProposalView, name: str) -> None:
    workspace.vote(
        proposal.version.digest, key_path=workspace.location / "keys" / f"demo-{name}", passphrase="demo-only"
    )


def test_it_decides_nothing_and_counts_what_it_would_have_done(
    workspace: Workspace, proposal: ProposalView, ask: Ask
) -> None:
    before = ask(tags=("email",))
    begun = workspace.shadowing.start(proposal.version.digest)
    assert (begun.state, begun.version, begun.decisions) == ("running", "1.1.0", 0)
    same, other = ask(), ask(tags=("email",))
    assert (before.decision.outcome, same.decision.outcome, other.decision.outcome) == ("allow",) * 3
    found = seen(workspace)
    assert (found.decisions, found.denied, found.held, found.allowed) == (2, 1, 0, 0)
    (sample,) = found.samples
    assert (sample.event, sample.decided, sample.shadow, sample.rule) == (
        other.seq,
        "allow",
        "deny",
        "no-email-outside",
    )
    assert (sample.agent, sample.action) == ("nora", "share_external")
    ended = workspace.shadowing.stop()
    assert (ended.state, ended.denied) == ("stopped", 1)
    ask(tags=("email",))
    assert workspace.shadowing.view() is None
    with refused("no_shadow"):
        workspace.shadowing.stop()
    assert workspace.verify().ok


def test_newly_allowed_and_newly_held_are_counted_apart(workspace: Workspace, ask: Ask) -> None:
    draft = workspace.draft()
    amount = {**CONTEXT, "amount": 700}
    held = 'procedure big { on action == Action::"share_external" when amount > 500 require approval from principal }\n'
    first = draft.cedar_plus + held
    workspace.save_draft(cedar_plus=first, revision=draft.revision)
    stricter = workspace.propose("hold it", proposer=ANA)
    workspace.shadowing.start(stricter.version.digest)
    assert ask(context=amount).decision.outcome == "allow"
    assert (seen(workspace).held, seen(workspace).denied, seen(workspace).allowed) == (1, 0, 0)
    workspace.shadowing.stop()
    workspace.reset_draft()
    draft = workspace.draft()
    opened = '@id("anyone")\npermit (principal, action == Action::"share_external", resource);\n'
    workspace.save_draft(cedar_plus=draft.cedar_plus + opened, revision=draft.revision)
    workspace.shadowing.start(workspace.propose("open it", proposer=ANA).version.digest)
    assert ask(entities=[ticket(region="fr")]).decision.outcome == "deny"
    assert (seen(workspace).held, seen(workspace).denied, seen(workspace).allowed) == (0, 0, 1)
    assert seen(workspace).samples[0].rule == "anyone"


@pytest.fixture
def second(place: Path, clock: FrozenClock) -> Iterator[Workspace]:
    with Workspace.open(place, clock=clock) as opened:
        yield opened


def test_every_process_takes_it_up_before_its_next_decision(
    workspace: Workspace, second: Workspace, proposal: ProposalView, ask: Ask
) -> None:
    """``ask`` is of the first process; the shadow is started and stopped in the second."""
    ask()
    second.shadowing.start(proposal.version.digest)
    ask(tags=("email",))
    assert seen(second).denied == seen(workspace).denied == 1
    second.shadowing.stop()
    ask(tags=("email",))
    second.shadowing.start(proposal.version.digest)
    assert seen(workspace).denied == 0, "begun anew, it has seen nothing yet"


def test_one_at_a_time_and_only_what_is_still_proposed(
    workspace: Workspace, proposal: ProposalView, clock: FrozenClock
) -> None:
    with refused("no_proposal"):
        workspace.shadowing.start("sha256:" + "0" * 64)
    with refused("no_proposal"):
        workspace.shadowing.start(workspace.version().digest)
    workspace.shadowing.start(proposal.version.digest)
    workspace.reset_draft()
    write(workspace, OTHER)
    other = workspace.propose("another", proposer=SAM)
    with refused("shadow_runs"):
        workspace.shadowing.start(other.version.digest)


@pytest.mark.parametrize("end", ["active", "expired"])
def test_it_ends_by_itself_with_its_proposal(
    workspace: Workspace, proposal: ProposalView, ask: Ask, clock: FrozenClock, end: str
) -> None:
    workspace.shadowing.start(proposal.version.digest)
    ask(tags=("email",))
    if end == "active":
        vote(workspace, proposal, "ana")
        vote(workspace, proposal, "sam")
        clock.advance(11)
    else:
        clock.advance(8 * 86_400)
    workspace.tick()
    assert workspace.proposal(proposal.version.digest).state == end
    assert workspace.shadowing.view() is None
    (last, first) = workspace.timeline.page(kinds=("shadow",))
    assert (first.body["event"], last.body["event"], last.body["denied"]) == ("started", "stopped", 1)
    assert ask(tags=("email",)).decision.outcome == ("deny" if end == "active" else "allow")


def test_a_shadow_that_cannot_take_the_request_is_no_danger(workspace: Workspace, ask: Ask) -> None:
    """Its schema has another context: every request is invalid to it, and still decided as before."""
    draft = workspace.draft()
    schema = draft.schema.replace("entity Ticket", "entity Cupboard;\nentity Ticket", 1)
    workspace.save_draft(schema=schema, revision=draft.revision)
    wider = workspace.propose("a type more", proposer=ANA)
    workspace.shadowing.start(wider.version.digest)
    assert ask().decision.outcome == "allow"
    assert (seen(workspace).decisions, seen(workspace).samples) == (1, ())


def test_what_it_keeps_holds_nothing_of_the_request(workspace: Workspace, proposal: ProposalView, ask: Ask) -> None:
    workspace.shadowing.start(proposal.version.digest)
    ask(tags=("email",), context={**CONTEXT, "recipient": "secret@example.com"})
    found = seen(workspace)
    assert found.denied == 1
    assert "secret" not in json.dumps([str(sample) for sample in found.samples])
    assert "secret" not in "".join(str(line.body) for line in workspace.timeline.page(kinds=("shadow",)))
