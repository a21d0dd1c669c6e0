"""Invariants at proposal: kept, broken, unclean, not decided, not provable here; for whatever is proposed."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.service.teams import OTHER, TEAM, entry, key, team, votes, who, write
from tests.service.test_analysing import no_z3
from workbench.analysis.results import Answer
from workbench.analysis.task import Task
from workbench.language.program import Program
from workbench.service.analyst import Analyst
from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.first_version import first_content
from workbench.service.governing_views import SignWith
from workbench.service.invariant_proofs import AGAIN, InvariantProofs, Look, Promise
from workbench.service.review import BlockedError
from workbench.service.samples import load_sample, read_sample
from workbench.service.views import UNPROVED, Blocker
from workbench.service.workspace import Workspace

__all__ = ["no_z3"]

HOUR, DAY = 3_600, 24 * 3_600
KEPT = """@id("no-large-refund")
@english("Nobody is ever refunded more than 5000.")
forbid (principal, action == Action::"issue_refund", resource) when { context.amount > 5000 };
"""
BROKEN = """@id("no-pii-outside")
@english("Personal data never leaves the company.")
forbid (principal, action == Action::"share_external", resource) when { resource.tags.contains("pii") };
"""
LARGER = 'permit (principal, action == Action::"issue_refund", resource) when { context.amount == 6000 };'
HOLDERS = (("rex", "recovery"), ("ria", "recovery"), ("rue", "recovery"))


@pytest.fixture(autouse=True)
def _own_pins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def ours(tmp_path: Path, clock: FrozenClock) -> Iterator[Workspace]:
    """A team whose first version promises something already, so that everything after it must keep it."""
    with team(tmp_path, clock, (*TEAM, *HOLDERS), invariants=KEPT) as workspace:
        yield workspace


def promise(workspace: Workspace, text: str) -> None:
    workspace.save_draft(invariants=text, revision=workspace.draft().revision)


def codes(blockers: tuple[Blocker, ...]) -> list[str]:
    return [blocker.code for blocker in blockers]


@contextmanager
def blocked(*wanted: str) -> Iterator[None]:
    with pytest.raises(BlockedError) as caught:
        yield
    assert codes(caught.value.blockers) == list(wanted)


class Watched(Analyst):
    """The real analyst; counts what it proves, and lets a test do something meanwhile."""

    def __init__(self, analyst: Analyst) -> None:
        super().__init__(analyst.memory)
        self.proved = 0
        self.meanwhile: Any = None
        self.instead: Any = None

    def invariants(self, program: Program, invariants: Program, task: Task | None = None) -> tuple[Answer, ...]:
        self.proved += 1
        if self.meanwhile is not None:
            self.meanwhile()
        if self.instead is not None:
            answers: tuple[Answer, ...] = self.instead(program, invariants, task)
            return answers
        return super().invariants(program, invariants, task)


def watched(workspace: Workspace) -> Watched:
    proofs = workspace.reviewing.invariants
    proofs._analyst = Watched(proofs._analyst)
    return proofs._analyst


# ---- what a review says ----------------------------------------------------------------------------------------------


def test_a_kept_invariant_is_proved_and_proposed(workspace: Workspace) -> None:
    promise(workspace, KEPT)
    review = workspace.review(Task())
    assert (review.blockers, review.amendment_class) == ((), "sensitive")
    assert [(answer.about, answer.verdict) for answer in review.invariants] == [("no-large-refund", "holds")]
    assert (review.invariants[0].assumption.semantics, review.invariants[0].assumption.data) == ("cedar+", "missing")
    assert review.invariant_words == ("Nobody may issue a refund when the request's amount is more than 5000.",)
    assert [part.part for part in review.parts] == ["invariants"]
    made = workspace.propose("we promise", proposer='Operator::"ana"')
    assert made.review.invariants == review.invariants
    workspace.drafting.reset(made.version.digest)
    assert workspace.draft().invariants == KEPT


def test_a_broken_invariant_is_named_and_shown_in_one_line(workspace: Workspace) -> None:
    promise(workspace, BROKEN)
    (blocker,) = workspace.review(Task()).blockers
    assert blocker.code == "invariant_broken"
    assert "`no-pii-outside`" in blocker.message
    assert "Nobody may share a ticket outside the company" in blocker.message  # what it says, not what stands beside it
    assert 'Agent::"' in blocker.message
    assert '"share_external"' in blocker.message
    assert "`share-own-region`" in blocker.message, "the rule that permits it"
    assert "pii" in blocker.message.rpartition("Where")[2], "the data that it takes"
    assert "\n" not in blocker.message
    with blocked("invariant_broken"):
        workspace.propose("we promise", proposer='Operator::"ana"')
    assert workspace.proposals() == ()


def test_each_broken_one_is_told_and_the_kept_ones_are_not(workspace: Workspace) -> None:
    never = 'forbid (principal, action == Action::"delete_ticket", resource);\n'
    promise(workspace, BROKEN + KEPT + never)
    review = workspace.review(Task())
    assert codes(review.blockers) == ["invariant_broken", "invariant_broken"]
    assert [answer.verdict for answer in review.invariants] == ["fails", "holds", "fails"]
    assert review.invariant_words[2] == "Nobody may delete a ticket."
    assert review.invariant_words[2].rstrip(".") in review.blockers[1].message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\n\nforbid (principal, action, resource", "line 3"),
        ('forbid (principal, action == Action::"fly", resource);', "line 1"),
        (KEPT + "permit (principal, action, resource) when { context.no_such };", "line 4"),
        (
            'procedure p { on action == Action::"reply" require approval from principal with timeout 1 hour }',
            "line 1",
        ),
        ("prefer score(1.0) (principal, action, resource);", "line 1"),
    ],
    ids=["open", "action", "attribute", "procedure", "prefer"],
)
def test_what_is_no_invariant_is_told_with_its_line(workspace: Workspace, text: str, line: str) -> None:
    promise(workspace, text)
    (blocker,) = workspace.review(Task()).blockers
    assert blocker.code == "invariants_unclean"
    assert line in blocker.message
    with blocked("invariants_unclean"):
        workspace.propose("x", proposer='Operator::"ana"')
    checked = workspace.drafting.check_invariants(workspace.draft().invariants)
    assert not checked.clean
    assert checked.diagnostics[0].start.line == int(line.split()[1])


def test_invariants_are_read_under_the_schema_that_is_proposed_with_them(workspace: Workspace) -> None:
    draft = workspace.draft()
    text = BROKEN.replace('resource.tags.contains("pii")', "resource.sealed")
    promise(workspace, text)
    assert codes(workspace.review(Task()).blockers) == ["invariants_unclean"]
    wider = draft.schema.replace("status: String", "sealed: Bool, status: String", 1)
    assert wider != draft.schema
    workspace.save_draft(schema=wider, revision=workspace.draft().revision)
    blockers = [blocker for blocker in workspace.review(Task()).blockers if blocker.code.startswith("invariant")]
    assert codes(tuple(blockers)) == ["invariant_broken"]
    assert "resource.sealed = true" in blockers[0].message


@pytest.mark.parametrize("text", ["\0", "\ud800", "forbid (principal, action, resource);\u202e"])
def test_text_that_no_constitution_may_hold_is_refused_and_kept_in_the_draft(workspace: Workspace, text: str) -> None:
    promise(workspace, text)
    assert workspace.review(Task()).blockers
    assert not workspace.drafting.check_invariants(text).clean
    with pytest.raises(BlockedError):
        workspace.propose("x", proposer='Operator::"ana"')
    assert workspace.draft().invariants == text


@pytest.mark.parametrize("text", ["", "\n \n", "// nothing is promised yet\n"])
@pytest.mark.usefixtures("no_z3")
def test_where_nothing_is_promised_no_solver_is_needed(workspace: Workspace, text: str) -> None:
    promise(workspace, text)
    write(workspace)
    assert workspace.review(Task()).blockers == ()
    assert workspace.propose("a rule", proposer='Operator::"ana"').state == "proposed"


@pytest.mark.usefixtures("no_z3")
def test_without_the_solver_a_promise_cannot_be_proposed(workspace: Workspace) -> None:
    promise(workspace, KEPT)
    (blocker,) = workspace.review(Task()).blockers
    assert blocker.code == "no_solver"
    assert "`proofs`" in blocker.help
    with blocked("no_solver"):
        workspace.propose("we promise", proposer='Operator::"ana"')
    promise(workspace, "forbid (")
    assert codes(workspace.review(Task()).blockers) == ["invariants_unclean"], (
        "what is wrong with a text is told without it"
    )


def test_once_the_solver_is_here_the_same_draft_can_be_proposed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    promise(workspace, KEPT)
    monkeypatch.setattr("workbench.service.invariant_proofs.solver_here", lambda: False)
    assert codes(workspace.review(Task()).blockers) == ["no_solver"]
    monkeypatch.undo()
    assert workspace.review(Task()).blockers == ()


# ---- when it is proved -----------------------------------------------------------------------------------------------


def test_nothing_is_proved_twice(workspace: Workspace, place: Path, clock: FrozenClock) -> None:
    analyst = watched(workspace)
    promise(workspace, KEPT)
    for _ in range(5):
        assert workspace.review(Task()).blockers == ()
    made = workspace.propose("we promise", proposer='Operator::"ana"')
    for _ in range(5):
        assert workspace.proposals()[0].review.invariants
        assert workspace.proposal(made.version.digest).review.invariants
    assert analyst.proved == 1
    with Workspace.open(place, clock=clock) as other:
        assert other.proposals()[0].review.invariants == (), "screens that list proposals prove nothing"
        other.drafting.reset(made.version.digest)
        write(other)
        assert [answer.verdict for answer in other.review(Task()).invariants] == ["holds"]


def test_two_who_ask_at_once_have_it_proved_once(workspace: Workspace) -> None:
    analyst = watched(workspace)
    promise(workspace, KEPT)
    reached = threading.Event()

    def meanwhile() -> None:
        reached.set()
        time.sleep(0.3)  # for the other one to come and ask

    analyst.meanwhile = meanwhile
    seen: list[tuple[Blocker, ...]] = []
    threads = [threading.Thread(target=lambda: seen.append(workspace.review(Task()).blockers)) for _ in range(4)]
    threads[0].start()
    assert reached.wait(10)
    for thread in threads[1:]:
        thread.start()
    for thread in threads:
        thread.join()
    assert (seen, analyst.proved) == ([()] * 4, 1)


def test_what_was_not_decided_is_tried_again_by_proposing_and_after_a_while(workspace: Workspace) -> None:
    analyst = watched(workspace)
    promise(workspace, KEPT)

    def undecided(program: Program, invariants: Program, task: Task | None) -> tuple[Answer, ...]:
        answers = Analyst.invariants(analyst, program, invariants, task)
        return tuple(replace(answer, verdict="undecided", why="the time was over") for answer in answers)

    analyst.instead = undecided
    for _ in range(3):
        (blocker,) = workspace.review(Task()).blockers
        assert blocker.code == "invariant_undecided"
        assert "the time was over" in blocker.message
    assert analyst.proved == 1
    with blocked("invariant_undecided"):
        workspace.propose("x", proposer='Operator::"ana"')
    assert analyst.proved == 2
    workspace.reviewing.invariants._now = lambda: time.monotonic() + AGAIN + 1
    assert codes(workspace.review(Task()).blockers) == ["invariant_undecided"]
    assert analyst.proved == 3, "and by looking, after a while"
    analyst.instead = None
    assert workspace.propose("x", proposer='Operator::"ana"').state == "proposed"
    assert analyst.proved == 4
    workspace.reviewing.invariants._now = lambda: time.monotonic() + 10 * AGAIN
    assert workspace.proposals()[0].review.invariants, "what is proved is not forgotten"


def test_a_proof_that_takes_too_long_is_stopped_and_blocks(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.service.amending.PROPOSING", 0.05)
    analyst = watched(workspace)
    promise(workspace, KEPT)

    def endless(_: Program, __: Program, task: Task | None) -> tuple[Answer, ...]:
        assert task is not None
        over = threading.Event()
        task.stop.enter(over.set)
        assert over.wait(30)
        task.stop.check()
        return ()

    analyst.instead = endless
    with blocked("invariant_undecided"):
        workspace.propose("x", proposer='Operator::"ana"')


def test_proposing_is_more_patient_than_looking(workspace: Workspace) -> None:
    analyst = watched(workspace)
    promise(workspace, KEPT)
    limits: list[int] = []

    def noting(program: Program, invariants: Program, task: Task | None) -> tuple[Answer, ...]:
        assert task is not None
        limits.append(task.limit_ms)
        answers = Analyst.invariants(analyst, program, invariants, task)
        return tuple(replace(answer, verdict="undecided") for answer in answers)

    analyst.instead = noting
    assert codes(workspace.review(Task()).blockers) == ["invariant_undecided"]
    with blocked("invariant_undecided"):
        workspace.propose("x", proposer='Operator::"ana"')
    looking, proposing = limits
    assert proposing == 4 * looking >= 12_000


def test_nobody_waits_for_a_proof(workspace: Workspace, place: Path, clock: FrozenClock) -> None:
    """While one workspace proves, for a review and for a proposal, another writes to the same database at once."""
    analyst = watched(workspace)
    written: list[int] = []
    with Workspace.open(place, clock=clock, busy_seconds=0.5) as other:

        def meanwhile() -> None:
            other.set_fact("budget_remaining", len(written))
            written.append(other.status().receipts)

        analyst.meanwhile = meanwhile
        promise(workspace, KEPT)
        assert workspace.review(Task()).blockers == ()
        promise(workspace, KEPT + "// once more\n")
        assert workspace.propose("x", proposer='Operator::"ana"').state == "proposed"
    assert len(written) == 2


def test_what_changes_under_a_proof_is_proved_anew(ours: Workspace, tmp_path: Path, clock: FrozenClock) -> None:
    """A roster is proposed; while that is proved, another version comes into force: its text is proved, not the old."""
    analyst = watched(ours)
    write(ours)
    first = ours.propose("a rule", proposer=who("ana"))
    votes(ours, tmp_path, first, "ana", "sam")
    ours.reviewing.invariants._known.clear()
    seen: list[int] = []

    def meanwhile() -> None:
        seen.append(len(ours.rules()))
        if len(seen) == 1:
            clock.advance(DAY)
            assert ours.tick()

    analyst.meanwhile = meanwhile
    roster = [*ours_roster(ours), entry(tmp_path, "zoe", "operator")]
    made = ours.proposal(ours.amending.propose_roster(roster, "zoe", who("ana")))
    assert len(seen) == 2
    assert made.version.parent_version == "1.1.0"
    assert "no-email-outside" in made.version.cedar_plus


def test_a_text_that_never_stands_still_is_given_up(workspace: Workspace) -> None:
    proofs = InvariantProofs(workspace.analysing.analyst)
    program = workspace.analysing.subject("").program
    moves = iter(range(1_000))

    def judge(look: Look) -> str:
        made = Promise.of(program, f"{KEPT}// {next(moves)}")
        assert made is not None
        look(made)
        return "judged"

    with pytest.raises(WorkbenchError, check=lambda error: error.code == "draft_moves"):
        proofs.judged(judge)
    assert proofs.judged(lambda look: look(Promise(program, KEPT, "fixed")).blockers) == ()


# ---- whatever is proposed --------------------------------------------------------------------------------------------


def ours_roster(workspace: Workspace) -> list[Any]:
    with workspace._session.read() as connection:
        digest = workspace.version().digest
        return list(workspace._session.laws.checked(connection, digest).version.content.roster)


def test_a_later_rule_must_keep_what_was_promised_earlier(ours: Workspace) -> None:
    write(ours, LARGER)
    assert codes(ours.review(Task()).blockers) == ["invariant_broken"]
    with blocked("invariant_broken"):
        ours.propose("larger refunds", proposer=who("ana"))
    promise(ours, "")
    assert codes(ours.review(Task()).blockers) == []
    assert ours.review(Task()).amendment_class == "sensitive", "to take a promise back is no small thing"


def test_invariants_named_with_the_proposal_are_proved_in_place_of_the_drafts(ours: Workspace) -> None:
    write(ours)
    with blocked("invariant_broken"):
        ours.amending.propose(ours.draft(), "x", who("ana"), invariants=BROKEN)
    more = KEPT + KEPT.replace("5000", "9000").replace("large", "huge")
    made = ours.amending.propose(ours.draft(), "x", who("ana"), invariants=more)
    assert [answer.verdict for answer in ours.proposal(made).review.invariants] == ["holds", "holds"]


@pytest.mark.parametrize("way", ["roster", "recovery", "revert", "again", "after"])
def test_every_way_of_proposing_proves(
    ours: Workspace, tmp_path: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    write(ours)
    first = ours.propose("a rule", proposer=who("ana"))
    if way == "again":
        votes(ours, tmp_path, first, "ana", "sam")
        votes(ours, tmp_path, first, "bob", verdict="reject")
    if way == "revert":
        votes(ours, tmp_path, first, "ana", "sam")
        clock.advance(DAY)
        assert ours.tick()
    if way == "after":
        ours.drafting.reset(first.version.digest)
        write(ours, OTHER)
    more = [*ours_roster(ours), entry(tmp_path, "zoe", "operator")]
    ways = {
        "roster": lambda: ours.amending.propose_roster(more, "zoe", who("ana")),
        "recovery": lambda: ours.amending.propose_roster(more, "zoe", who("rex")),
        "revert": lambda: ours.amending.revert("back", who("ana")),
        "again": lambda: ours.amending.propose(ours.draft(), "again", who("ana"), again=True),
        "after": lambda: ours.amending.propose(ours.draft(), "next", who("ana"), after=first.version.digest),
    }
    ours.reviewing.invariants._known.clear()
    with monkeypatch.context() as patch:
        patch.setattr("workbench.service.invariant_proofs.solver_here", lambda: False)
        with blocked("no_solver"):
            ways[way]()
    analyst = watched(ours)
    made = ours.proposal(ways[way]())
    assert analyst.proved == 1
    assert [answer.verdict for answer in made.review.invariants] == ["holds"]


def test_what_is_no_proposal_needs_no_proof(
    ours: Workspace, tmp_path: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop, a brake, a rejection, coming into force: nobody proves anything. Without a solver approvals are taken."""
    write(ours)
    first = ours.propose("a rule", proposer=who("ana"))
    proofs = ours.reviewing.invariants
    proofs._known.clear()
    ana = SignWith(str(key(tmp_path, "ana")))
    with monkeypatch.context() as here:
        here.setattr(proofs, "prove", lambda *_, **__: pytest.fail("asked for a proof"))
        assert ours.overlays.stop("all", seconds=HOUR, why="a leak", using=ana).state == "in_force"
        forbids = 'forbid (principal, action == Action::"send_email", resource);'
        assert ours.overlays.brake(forbids=forbids, why="a leak", using=[ana]).state == "in_force"
        votes(ours, tmp_path, first, "ana", verdict="reject")
    write(ours, OTHER)
    second = ours.propose("another rule", proposer=who("ana"))
    proofs._known.clear()
    with monkeypatch.context() as here:
        here.setattr("workbench.service.invariant_proofs.solver_here", lambda: False)
        assert votes(ours, tmp_path, second, "ana", "sam").review.warnings[0].code == UNPROVED
    with monkeypatch.context() as here:
        here.setattr(proofs, "prove", lambda *_, **__: pytest.fail("asked for a proof"))
        clock.advance(DAY)
        assert [version.digest for version in ours.tick()] == [second.version.digest]
    with Workspace.open(ours.location, clock=clock) as again:
        assert again.proposal(second.version.digest).state == "active"
        assert again.verify().ok


# ---- the first version -----------------------------------------------------------------------------------------------


def test_a_first_version_keeps_what_it_promises_or_nothing_is_made(tmp_path: Path, clock: FrozenClock) -> None:
    own = tmp_path / "my.key"
    for text, why in ((BROKEN, "invariant_broken"), ("forbid (", "invariants_unclean")):
        with pytest.raises(WorkbenchError, check=lambda error, why=why: error.code == why) as caught:
            Workspace.create(
                tmp_path / "one",
                profile="solo",
                key_path=own,
                passphrase="secret words",
                clock=clock,
                swarm_id="swarm-promises",
                invariants=text,
            )
        assert caught.value.title == "the workspace was not made"
        assert not own.exists(), "not even the key"
        assert list(tmp_path.iterdir()) == []
    with Workspace.create(tmp_path / "one", profile="unsigned", clock=clock, invariants=KEPT) as made:
        assert made.draft().invariants == KEPT
        assert not made.draft().changed
        write(made, LARGER)
        with blocked("invariant_broken"):
            made.propose("x", proposer=made.version().proposed_by)


@pytest.mark.usefixtures("no_z3")
def test_without_the_solver_only_a_first_version_that_promises_nothing_is_made(
    tmp_path: Path, clock: FrozenClock
) -> None:
    Workspace.create(tmp_path / "plain", profile="unsigned", clock=clock).close()
    with pytest.raises(WorkbenchError, check=lambda error: error.code == "no_solver"):
        Workspace.create(tmp_path / "promised", profile="unsigned", clock=clock, invariants=KEPT)
    assert not (tmp_path / "promised").exists()


def test_a_sample_may_bring_its_own_promises(tmp_path: Path) -> None:
    root = tmp_path / "sample"
    shutil.copytree(load_sample().root, root)
    assert first_content(read_sample(root), "demo").invariants == ""
    (root / "invariants.cedarplus").write_text(KEPT, encoding="utf-8")
    sample = read_sample(root)
    for profile in ("demo", "solo", "team"):
        assert first_content(sample, profile).invariants == KEPT
    assert first_content(sample, "demo", invariants="").invariants == "", "what is said here comes before the sample's"
    (root / "invariants.cedarplus").write_text(BROKEN, encoding="utf-8")
    with pytest.raises(WorkbenchError, check=lambda error: error.code == "invariant_broken"):
        first_content(read_sample(root), "solo")
