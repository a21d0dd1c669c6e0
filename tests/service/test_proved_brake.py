"""The proved brake in a real workspace: proved before it acts, refused where it is not, and every way around it.

Where the verdict itself is what is tested, the proof is a fake that answers as told; everything else asks the solver.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.service.conftest import CONTEXT, Ask
from tests.service.teams import TEAM, team
from tests.service.teams import key as team_key
from tests.service.test_amending import ANA, SAM, vote
from tests.service.test_overlays import HOUR, brake, entries, lift, norm, refused, using
from workbench.analysis.assumptions import OURS
from workbench.analysis.results import Answer, Judged, Verdict, Witness
from workbench.analysis.task import NO_SOLVER_HELP, SolverMissing, Task
from workbench.governance.keys import load_private
from workbench.governance.overlay import Brake, TakenAway, placing
from workbench.governance.overlay_signing import Signed, from_envelope, signed, to_envelope
from workbench.language.program import Program
from workbench.service.clock import FrozenClock, micros, moment
from workbench.service.governing_views import OverlayView, SignWith
from workbench.service.workspace import Workspace
from workbench.store import overlays as store
from workbench.store.ledger import append, read_head, save_state

SHARE = "share-own-region"
NARROW = """permit (principal, action == Action::"share_external", resource)
when { principal.region == resource.region && context.amount < 100 };"""
UNLESS = """permit (principal, action == Action::"share_external", resource)
when { principal.region == resource.region }
unless { context.amount >= 100 };"""
WIDE = 'permit (principal, action == Action::"share_external", resource);'
LARGE = CONTEXT | {"amount": 200}


def narrow(workspace: Workspace, *who: str, **changes: Any) -> OverlayView:
    fields = {"forbids": "", "replaces": [SHARE], "instead": NARROW} | changes
    return brake(workspace, *who, **fields)


Prove = Callable[[Program, Program, Task], Answer]


def answer(verdict: Verdict, **more: Any) -> Answer:
    return Answer("tightens", "the change", verdict, OURS, **more)


@pytest.fixture
def proving(monkeypatch: pytest.MonkeyPatch) -> Callable[[Prove], list[tuple[Program, Program]]]:
    """Put a proof in the place of the solver's; what it was asked is listed."""

    def put(prove: Prove) -> list[tuple[Program, Program]]:
        asked: list[tuple[Program, Program]] = []

        def tightens(before: Program, after: Program, task: Task) -> Answer:
            assert task.assumption == OURS, "our semantics, and anything may be missing"
            asked.append((before, after))
            return prove(before, after, task)

        fake = ModuleType("workbench.analysis.tightening")
        fake.tightens = tightens  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "workbench.analysis.tightening", fake)
        return asked

    return put


# ---- what is proved acts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("instead", [NARROW, UNLESS])
def test_a_narrower_permit_acts_in_the_place_of_another(
    workspace: Workspace, place: Path, ask: Ask, clock: FrozenClock, instead: str
) -> None:
    placed = narrow(workspace, instead=instead)
    assert (placed.basis, placed.replaces, placed.instead) == ("proved", (SHARE,), instead)
    assert placed.what.startswith(f"in place of {SHARE}: permit (")
    assert ask().decision.outcome == "allow"
    denied = ask(context=LARGE)
    assert (denied.decision.code, denied.decision.reasons) == ("not_permitted", (f"brake:{placed.id}",))
    assert workspace.event(denied.seq).row.rule == f"brake:{placed.id}"
    assert workspace.verify().ok
    assert workspace.audit.why(denied.seq).redecision.status == "equal"
    with Workspace.open(place, clock=clock) as other:
        assert [view.instead for view in other.overlays.list()] == [instead]
    clock.advance(72 * HOUR)
    assert ask(context=LARGE).decision.outcome == "allow"


def test_a_wider_forbid_acts_in_the_place_of_another(workspace: Workspace) -> None:
    wider = 'forbid (principal, action == Action::"issue_refund", resource) when { context.refunds_today >= 5 };'
    placed = narrow(workspace, replaces=["refund-daily-cap"], instead=wider)
    assert (placed.basis, placed.replaces) == ("proved", ("refund-daily-cap",))


def test_all_else_about_brakes_stays(workspace: Workspace, clock: FrozenClock) -> None:
    with refused("not_operator"):
        narrow(workspace, "sam")
    with refused("too_long"):
        narrow(workspace, seconds=72 * HOUR + 1)
    first = narrow(workspace, without=["reply-own-region"])
    assert first.without == ("reply-own-region",)
    with refused("brake_in_force"):
        narrow(workspace, "ana", "sam", replaces=["delete-supervisors"], instead=DELETES)
    with refused("two_signers_needed"):
        lift(workspace, first.id, "ana")
    lift(workspace, first.id, "ana", "sam")
    with refused("second_signer_needed"):
        narrow(workspace)
    assert narrow(workspace, "sam", "ana").signers == (ANA, SAM)


def test_a_second_brake_is_refused_before_anything_is_proved(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proof may take long, and there is none to ask for."""
    narrow(workspace, without=["reply-own-region"])

    def never(*_: Any, **__: Any) -> None:
        pytest.fail("the solver was asked")

    monkeypatch.setattr("workbench.analysis.tightening.tightens", never)
    with refused("brake_in_force"):
        narrow(workspace, replaces=["delete-supervisors"], instead=DELETES)
    with refused("brake_in_force"):
        narrow(workspace, "sam", "ana", replaces=["delete-supervisors"], instead=DELETES)


DELETES = """permit (principal, action == Action::"delete_ticket", resource)
when { principal.role == "supervisor" && context.verified_identity };"""


# ---- what is not proved does not -------------------------------------------------------------------------------------


def test_what_allows_more_is_refused_with_a_request_that_shows_it(workspace: Workspace, place: Path) -> None:
    for replaces, instead in (
        ([SHARE], WIDE),
        ([SHARE], NARROW + WIDE.replace("share_external", "delete_ticket")),
        (
            ["refund-daily-cap"],
            'forbid (principal, action == Action::"issue_refund", resource) when { context.refunds_today >= 51 };',
        ),
    ):
        with refused("not_tighter") as caught:
            narrow(workspace, replaces=replaces, instead=instead)
        assert "comes to deny now, and would come to " in caught.value.detail
        assert 'Agent::"agent-1" asks to do "' in caught.value.detail
        assert "\n" not in caught.value.detail
    assert entries(place) == []
    assert workspace.overlays.list() == ()


def test_what_lets_more_wait_for_an_approval_is_not_tighter(workspace: Workspace) -> None:
    more = (
        'permit (principal in Team::"billing", action == Action::"issue_refund", resource) '
        "when { context.amount <= 9000 };"
    )
    with refused("not_tighter") as caught:
        narrow(workspace, replaces=["refund-billing"], instead=more)
    for said in ('principal in Team::"billing": true', "context.amount: 5001", "deny now, and would come to hold"):
        assert said in caught.value.detail, "and what the rules read of it"


@pytest.mark.parametrize("verdict", ["undecided", "unsupported"])
def test_what_is_not_decided_is_no_brake(workspace: Workspace, place: Path, proving: Any, verdict: Verdict) -> None:
    asked = proving(lambda *_: answer(verdict, why="the time was over"))
    with refused("not_proved") as caught:
        narrow(workspace)
    assert f"{verdict}: the time was over" in caught.value.detail
    assert len(asked) == 1
    assert entries(place) == []
    proving(lambda *_: answer("holds"))
    assert narrow(workspace).state == "in_force", "and that it was not decided once is not remembered"


def test_a_long_counterexample_is_told_in_one_line_of_bounded_length(workspace: Workspace, proving: Any) -> None:
    long = {"principal": f'Agent::"{"x" * 5_000}"', "action": 'Action::"a"', "resource": 'Ticket::"t"', "context": {}}
    found = Witness(long, (), Judged("hold", "allow", "held"), Judged("deny", "deny", "not_permitted"))
    proving(lambda *_: answer("fails", witness=found))
    with refused("not_tighter") as caught:
        narrow(workspace)
    assert len(str(caught.value)) < 1_000
    assert "comes to deny now, and would come to hold" in caught.value.detail


def test_without_the_solver_it_says_what_is_missing(workspace: Workspace, place: Path, proving: Any) -> None:
    def missing(*_: Any) -> Answer:
        raise SolverMissing

    proving(missing)
    with refused("no_solver") as caught:
        narrow(workspace)
    assert caught.value.hint == NO_SOLVER_HELP
    assert entries(place) == []
    assert brake(workspace).basis == "structure", "what needs no proof goes on without it"


def test_without_z3_installed_it_says_so_too(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "z3", None)
    with refused("no_solver"):
        narrow(workspace)


# ---- whoever takes it in proves it -----------------------------------------------------------------------------------


def envelope(workspace: Workspace, content: Brake, *who: str, **changes: Any) -> str:
    """A brake signed elsewhere, by a program that proves nothing."""
    now = workspace.overlays.now()
    fields = {
        "swarm_id": workspace.swarm_id,
        "id": "f0f0f0f0",
        "content": content,
        "why": "a leak",
        "placed_at": now,
        "expires_at": moment(micros(now) + HOUR * 1_000_000),
        "constitution": workspace.version().digest,
    } | changes
    return to_envelope(signed(placing(**fields), [opened(workspace, name) for name in who or ("ana",)]))


def opened(workspace: Workspace, name: str) -> Any:
    data = (workspace.location / "keys" / f"demo-{name}").read_bytes()
    return load_private(data, workspace.demo_passphrase())


def content(workspace: Workspace, instead: str, replaces: str = SHARE) -> Brake:
    law = workspace._session.laws.found(workspace.version().digest)
    assert law is not None, "nobody has asked for a decision yet"
    digest = law.program.by_id[replaces].digest
    return Brake(basis="proved", replaces=(TakenAway(id=replaces, digest=digest),), instead=instead)


def test_a_statement_signed_elsewhere_is_proved_here(workspace: Workspace, place: Path, ask: Ask) -> None:
    assert ask().decision.outcome == "allow"
    with refused("not_tighter"):
        workspace.overlays.hand_in(envelope(workspace, content(workspace, WIDE)))
    assert entries(place) == []
    taken = workspace.overlays.hand_in(envelope(workspace, content(workspace, NARROW)))
    assert (taken.id, taken.basis) == ("f0f0f0f0", "proved")
    assert ask(context=LARGE).decision.code == "not_permitted"


def test_what_is_cheap_to_refuse_is_refused_before_the_solver_is_asked(
    workspace: Workspace, ask: Ask, proving: Any
) -> None:
    ask()
    asked = proving(lambda *_: answer("holds"))
    good = content(workspace, NARROW)
    wrong = good.model_copy(update={"replaces": (TakenAway(id=SHARE, digest="0" * 64),)})
    changed = Signed(
        from_envelope(envelope(workspace, content(workspace, UNLESS))).statement,
        from_envelope(envelope(workspace, good)).signatures,
    )
    for code, text in (
        ("not_operator", envelope(workspace, good, "sam")),
        ("not_head", envelope(workspace, good, constitution="sha256:" + "0" * 64)),
        ("not_head", envelope(workspace, wrong)),
        ("wrong_swarm", envelope(workspace, good, swarm_id="swarm-other")),
        ("bad_signature", to_envelope(changed)),
    ):
        with refused(code):
            workspace.overlays.hand_in(text)
    assert asked == []


def test_a_second_signature_brings_a_second_proof_only_in_another_process(
    workspace: Workspace, place: Path, clock: FrozenClock, proving: Any
) -> None:
    asked = proving(lambda *_: answer("holds"))
    fields = {"why": "a leak", "using": [using(workspace, "ana")], "replaces": [SHARE], "instead": NARROW}
    file = workspace.overlays.brake_file(**fields)
    assert (len(asked), entries(place)) == (1, [])
    with Workspace.open(place, clock=clock) as other:
        assert other.overlays.cosign(file, using(other, "sam")).signers == (ANA, SAM)
    assert len(asked) == 2


# ---- while others come and go ----------------------------------------------------------------------------------------


@pytest.fixture
def ours(tmp_path: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace with two operators."""
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "config"))
    with team(tmp_path, clock, TEAM) as workspace:
        yield workspace


def by(folder: Path, *names: str) -> list[SignWith]:
    return [SignWith(str(team_key(folder, name))) for name in names]


def first_permit(workspace: Workspace) -> str:
    return next(rule.id for rule in workspace.rules() if rule.id == SHARE)


def test_what_one_operator_took_away_another_cannot_replace(ours: Workspace, tmp_path: Path) -> None:
    """Attack: a part of what a brake took away comes back as the replacement of it."""
    taken = ours.overlays.brake(without=[first_permit(ours)], why="a leak", using=by(tmp_path, "ana"))
    fields: dict[str, Any] = {"replaces": [SHARE], "instead": NARROW, "why": "some of it", "using": by(tmp_path, "bob")}
    with refused("already_taken"):
        ours.overlays.brake(**fields)
    ours.overlays.lift(taken.id, why="mended", using=by(tmp_path, "ana", "sam"))
    first = ours.overlays.brake(**fields)
    with refused("already_taken"):
        ours.overlays.brake(**(fields | {"using": by(tmp_path, "ana", "sam"), "instead": UNLESS}))
    ours.overlays.lift(first.id, why="mended", using=by(tmp_path, "ana", "sam"))


def test_it_does_not_lean_on_a_permit_that_another_brake_took_away(ours: Workspace, tmp_path: Path) -> None:
    """Attack: the permit that is replaced never covered it; one that is taken away did."""
    ours.overlays.brake(without=[SHARE], why="a leak", using=by(tmp_path, "ana"))
    with refused("not_tighter"):
        ours.overlays.brake(replaces=["reply-own-region"], instead=NARROW, why="round it", using=by(tmp_path, "bob"))


def test_it_does_not_lean_on_a_norm_that_may_be_repealed(workspace: Workspace) -> None:
    """Attack: while a norm forbids it all, anything is proved to add nothing; and then the norm ends."""
    norm(workspace, 'forbid (principal, action == Action::"share_external", resource);')
    with refused("not_tighter"):
        narrow(workspace, instead=WIDE)
    assert narrow(workspace).state == "in_force"


def test_a_brake_that_comes_in_between_is_proved_against_too(
    ours: Workspace, tmp_path: Path, clock: FrozenClock, proving: Any
) -> None:
    """The proof takes its time outside of any transaction: another process places a brake meanwhile."""
    with Workspace.open(ours.location, clock=clock) as other:

        def slow(*_: Any) -> Answer:
            if len(asked) == 1:
                other.overlays.brake(without=["reply-own-region"], why="meanwhile", using=by(tmp_path, "bob"))
            return answer("holds")

        asked = proving(slow)
        placed = ours.overlays.brake(replaces=[SHARE], instead=NARROW, why="a leak", using=by(tmp_path, "ana"))
        assert placed.state == "in_force"
        assert len(asked) == 2
        silent = [{rule.id: rule.digest for rule in before.rules}["reply-own-region"] for before, _ in asked]
        assert silent[0] != silent[1], "the second proof knows of it"


def test_one_that_comes_between_the_proof_and_the_writing_makes_it_proved_anew(
    ours: Workspace, tmp_path: Path, clock: FrozenClock, proving: Any
) -> None:
    """What is taken in is proved against exactly what is in force inside the transaction that takes it in."""
    with Workspace.open(ours.location, clock=clock) as other, Workspace.open(ours.location, clock=clock) as third:
        proving(lambda *_: answer("holds"))
        file = third.overlays.brake_file(replaces=[SHARE], instead=NARROW, why="a leak", using=by(tmp_path, "ana"))

        def slow(*_: Any) -> Answer:
            if len(asked) == 1:
                other.overlays.brake(without=["reply-own-region"], why="meanwhile", using=by(tmp_path, "bob"))
            return answer("holds")

        asked = proving(slow)
        assert ours.overlays.hand_in(file).basis == "proved"
        assert len(asked) == 2


def test_where_others_never_cease_to_come_and_go_it_is_refused_in_the_end(
    ours: Workspace, tmp_path: Path, clock: FrozenClock, proving: Any
) -> None:
    with Workspace.open(ours.location, clock=clock) as other, Workspace.open(ours.location, clock=clock) as third:
        proving(lambda *_: answer("holds"))
        file = third.overlays.brake_file(replaces=[SHARE], instead=NARROW, why="a leak", using=by(tmp_path, "ana"))

        def slow(*_: Any) -> Answer:
            standing = [view.id for view in other.overlays.list()]
            for id in standing:
                other.overlays.lift(id, why="again", using=by(tmp_path, "bob", "sam"))
            other.overlays.brake(without=["reply-own-region"], why="meanwhile", using=by(tmp_path, "bob", "sam"))
            return answer("holds")

        asked = proving(slow)
        with refused("not_proved"):
            ours.overlays.hand_in(file)
        assert 1 < len(asked) < 10
        assert [view.why for view in ours.overlays.list()] == ["meanwhile"]


def test_where_the_replaced_rule_is_taken_away_in_between_it_is_refused(
    ours: Workspace, tmp_path: Path, clock: FrozenClock, proving: Any
) -> None:
    with Workspace.open(ours.location, clock=clock) as other:

        def slow(*_: Any) -> Answer:
            other.overlays.brake(without=[SHARE], why="meanwhile", using=by(tmp_path, "bob"))
            return answer("holds")

        proving(slow)
        with refused("already_taken"):
            ours.overlays.brake(replaces=[SHARE], instead=NARROW, why="a leak", using=by(tmp_path, "ana"))
        assert [view.why for view in ours.overlays.list()] == ["meanwhile"]


def test_a_version_that_comes_into_force_during_the_proof_makes_it_another_statement(
    workspace: Workspace, place: Path, clock: FrozenClock, proving: Any
) -> None:
    amend(workspace, "ana", "sam", clock=None)

    def slow(*_: Any) -> Answer:
        with Workspace.open(place, clock=clock) as other:
            clock.advance(11)
            assert [version.version for version in other.tick()] == ["2.0.0"]
        return answer("holds")

    proving(slow)
    with refused("not_head"):
        narrow(workspace)
    assert entries(place) == []


def amend(workspace: Workspace, *who: str, clock: FrozenClock | None) -> None:
    """Propose, approve and (with ``clock``) bring into force a version whose permit to share is another one."""
    draft = workspace.draft()
    text = draft.cedar_plus.replace(f'@id("{SHARE}")', '@id("share-much")').replace(
        '@english("Agents may share tickets in their own region with external services.")\n'
        'permit (principal, action == Action::"share_external", resource)\n'
        "when { principal.region == resource.region };",
        'permit (principal, action == Action::"share_external", resource)\n'
        "when { principal.region == resource.region && context.amount > 150 };",
    )
    assert text.count("150") == 1
    tests = [case for case in draft.tests if case["request"]["action"] != 'Action::"share_external"']
    workspace.save_draft(cedar_plus=text, revision=draft.revision)
    for name in {str(case["name"]) for case in draft.tests} - {str(case["name"]) for case in tests}:
        workspace.remove_test(name)
    proposal = workspace.propose("share large ones", proposer=ANA)
    for name in who:
        vote(workspace, proposal, name)
    if clock is not None:
        clock.advance(11)
        workspace.tick()


def test_beneath_a_version_without_the_replaced_rule_its_replacement_adds_nothing(
    workspace: Workspace, ask: Ask, clock: FrozenClock
) -> None:
    narrow(workspace)
    assert ask().decision.outcome == "allow"
    amend(workspace, "ana", "sam", clock=clock)
    assert workspace.version().version == "2.0.0"
    assert [view.basis for view in workspace.overlays.list()] == ["proved"], "it stands"
    assert ask().decision.code == "not_permitted", "what only the replacement permits is denied"
    assert ask(context=LARGE).decision.outcome == "allow", "and what the new version permits of its own is not braked"


# ---- behind the workspace --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("instead", [WIDE, NARROW + WIDE.replace("share_external", "delete_ticket")])
def test_an_operator_who_writes_the_ledger_gains_nothing_by_a_brake_that_nobody_proved(
    workspace: Workspace, place: Path, ask: Ask, clock: FrozenClock, instead: str
) -> None:
    """Attack: signed by a real operator, written straight into the database, past whoever would have proved it. It is
    believed, as an operator's brake is; and it allows nothing."""
    cases: list[dict[str, Any]] = [
        {},
        {"context": LARGE},
        {"action": "delete_ticket"},
        {"agent": "omar"},
        {"action": "reply"},
    ]
    before = [ask(**case).decision.outcome for case in cases]
    found = from_envelope(envelope(workspace, content(workspace, instead)))
    body = {"event": "placed", "id": found.statement.id, "kind": "brake", "what": "…", "why": found.statement.why}
    body |= {"by": ANA, "signers": [ANA], "statement": found.statement.statement()}
    body["signatures"] = [each.plain() for each in found.signatures]
    session = workspace._session
    with session.write() as connection:
        head = read_head(connection)
        receipt = append(connection, head, kind="overlay", at=session.now(head), body=body)
        detail = json.dumps({"entry": receipt.seq})
        row = ("f0f0f0f0", "brake", "in_force", ANA, receipt.at, None, to_envelope(found), detail)
        store.put(connection, store.StoredOverlay(*row))
        head.generation += 1
        save_state(connection, head)
    assert [view.id for view in workspace.overlays.list()] == ["f0f0f0f0"]
    with Workspace.open(place, clock=clock):
        after = [ask(**case).decision.outcome for case in cases]
    assert all(now in ("deny", was) for was, now in zip(before, after, strict=True)), (before, after)
    assert before[0] == "allow"
