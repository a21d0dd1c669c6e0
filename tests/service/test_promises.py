"""Invariants that take long or that nobody proved: a review does not wait, an approval does, and all of it can end."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.service.teams import TEAM, key, refused, team, votes, who, write
from workbench.analysis.stop import Stopped
from workbench.analysis.task import Task
from workbench.service.clock import FrozenClock
from workbench.service.governing_views import SignWith
from workbench.service.invariant_proofs import InvariantProofs, Kept
from workbench.service.views import UNPROVED, Blocker, ProposalView
from workbench.service.workspace import Workspace

KEPT = 'forbid (principal, action == Action::"issue_refund", resource) when { context.amount > 5000 };'
BROKEN = '@id("never") forbid (principal, action == Action::"share_external", resource);'
_CUBES = " + ".join("*".join([f"context.{name}"] * 3) for name in ("amount", "approvals"))
_RANGES = " && ".join(f"context.{name} > 1 && context.{name} < 10000" for name in ("amount", "approvals", "hour"))
HARD = f"""@id("hard") forbid (principal, action == Action::"share_external", resource)
when {{ {_RANGES} && {_CUBES} == context.hour*context.hour*context.hour }};
"""
"""Fermat's last theorem for cubes below 10,000: the solver does not get to its end within minutes."""


@pytest.fixture(autouse=True)
def _own_pins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def ours(tmp_path: Path, clock: FrozenClock) -> Iterator[Workspace]:
    with team(tmp_path, clock, TEAM) as workspace:
        yield workspace


def codes(found: tuple[Blocker, ...]) -> list[str]:
    return [blocker.code for blocker in found]


def cheated(workspace: Workspace, invariants: str, monkeypatch: pytest.MonkeyPatch) -> ProposalView:
    """What a program proposes that proves nothing."""
    with monkeypatch.context() as here:
        here.setattr(InvariantProofs, "judged", lambda self, judge, **_: judge(lambda promise: Kept()))
        digest = workspace.amending.propose(workspace.draft(), "trust me", who("ana"), invariants=invariants)
    return workspace.proposal(digest)


def in_a_thread(work: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    """``work`` begun; what it returned or raised."""
    ended: list[object] = []

    def run() -> None:
        try:
            ended.append(work())
        except Exception as error:
            ended.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, ended


# ---- an approval -----------------------------------------------------------------------------------------------------


def test_nobody_approves_what_breaks_its_promise_whoever_proposed_it(
    ours: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = cheated(ours, BROKEN, monkeypatch)
    (told,) = [warning for warning in proposal.review.warnings if warning.code == UNPROVED]
    assert "not proved here" in told.message
    assert proposal.version.version in told.help
    with refused("invariant_broken"):
        votes(ours, tmp_path, proposal, "ana")
    assert ours.proposal(proposal.version.digest).version.signers == (), "nothing was signed"
    assert codes(ours.proposal(proposal.version.digest).review.warnings)[0] == "invariant_broken"
    voted = votes(ours, tmp_path, proposal, "ana", verdict="reject")
    assert [signer.verdict for signer in voted.version.signers] == ["reject"]


def test_a_vote_that_was_signed_elsewhere_is_held_to_the_same(
    ours: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = cheated(ours, BROKEN, monkeypatch).version.digest
    with monkeypatch.context() as here:
        here.setattr("workbench.service.amending.require_promises", lambda *_: None)
        here.setattr(ours.amending, "_record", lambda digest, signature: sent.append(signature))
        sent: list[object] = []
        ours.amending.vote(digest, using=SignWith(str(key(tmp_path, "ana"))), verdict="approve", comment="")
    with refused("invariant_broken"):
        ours.amending.cast(digest, sent[0])  # type: ignore[arg-type]
    assert ours.proposal(digest).version.signers == ()


def test_looking_proves_once_and_approving_then_costs_nothing(
    ours: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = cheated(ours, KEPT, monkeypatch)
    assert ours.amending.prove(proposal.version.digest) == ()
    shown = ours.proposal(proposal.version.digest).review
    assert UNPROVED not in codes(shown.warnings)
    assert [answer.verdict for answer in shown.invariants] == ["holds"]
    monkeypatch.setattr(InvariantProofs, "_proved", lambda *_: pytest.fail("proved a second time"))
    assert votes(ours, tmp_path, proposal, "ana").version.signers


def test_what_is_not_decided_is_not_approved_and_no_transaction_waits_for_it(
    ours: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.service.vote_checks.PROPOSING", 4.0)
    proposal = cheated(ours, HARD, monkeypatch)
    thread, ended = in_a_thread(lambda: votes(ours, tmp_path, proposal, "ana"))
    began = time.monotonic()
    write(ours)  # a write of another: it would wait for a transaction that proves
    assert thread.is_alive()
    assert time.monotonic() - began < 3
    thread.join(60)
    assert getattr(ended[0], "code", ended) == "invariant_undecided"


# ---- looking, and ending ---------------------------------------------------------------------------------------------


def test_a_review_does_not_wait_and_its_job_says_the_rest(ours: Workspace) -> None:
    write(ours)
    ours.save_draft(invariants=BROKEN, revision=ours.draft().revision)
    at_once = ours.review()
    assert codes(at_once.blockers) == [UNPROVED]
    assert at_once.amendment_class == "sensitive"
    assert at_once.changes, "everything else is there"
    job = ours.reviewing.start(ours.draft)
    found = job.value()
    assert found is not None
    assert codes(found.blockers) == ["invariant_broken"]
    assert ours.review() == found, "and from then on it is known"


@pytest.mark.parametrize("way", ["stop", "close"])
@pytest.mark.parametrize("what", ["review", "propose", "vote"])
def test_a_hard_proof_ends_within_a_second_with_nothing_done(
    ours: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, what: str
) -> None:
    task = Task()
    if what == "vote":
        digest = cheated(ours, HARD, monkeypatch).version.digest
        using = SignWith(str(key(tmp_path, "ana")))
        thread, ended = in_a_thread(lambda: ours.vote(digest, using=using, task=task))
    else:
        ours.save_draft(invariants=HARD, revision=ours.draft().revision)
        work = {
            "review": lambda: ours.review(task),
            "propose": lambda: ours.amending.propose(ours.draft(), "hard", who("ana"), task=task),
        }[what]
        thread, ended = in_a_thread(work)
    thread.join(2.0)
    assert thread.is_alive(), f"it was to take long, and came to {ended}"
    began = time.monotonic()
    if way == "stop":
        task.stop.set()
    else:
        ours.close()
    thread.join(5)
    assert time.monotonic() - began < 1
    assert [type(each) for each in ended] == [Stopped]
    if way == "stop":
        assert all(proposal.version.signers == () for proposal in ours.proposals())
        assert len(ours.proposals()) == (what == "vote")
