"""What a dossier says of meaning and proofs, and which dossiers a vote may name: nothing in a file is believed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.service.teams import RULE, refused, write
from tests.service.test_dossier import HOSTILE, read
from workbench.analysis.assumptions import OURS
from workbench.analysis.difference import Comparison
from workbench.analysis.model import Case
from workbench.analysis.results import Answer, Difference, EnvironmentDifference, ProofReport, RequestEnvironment
from workbench.analysis.stop import Stop, Stopped
from workbench.analysis.task import NO_SOLVER, NO_SOLVER_HELP, Task
from workbench.analysis.words import Voice, headline, news, report_headline, report_notes
from workbench.governance.canonical import sha256_hex
from workbench.language.check import check
from workbench.service.analysis_memory import Remembered
from workbench.service.analysis_subjects import Subject
from workbench.service.analyst import Analyst
from workbench.service.clock import FrozenClock
from workbench.service.dossier import _dossier
from workbench.service.dossier_answers import Answers, answers, from_text, to_text, unconfirmed
from workbench.service.dossier_meaning import DATA
from workbench.service.dossier_page import folded_in
from workbench.service.views import ProposalView
from workbench.service.workspace import Workspace

ANA = 'Operator::"ana"'


def words(data: bytes) -> str:
    return " ".join(" ".join(read(data).text).split())


def told(data: bytes) -> Answers:
    text = folded_in(data, DATA)
    assert text is not None
    found = from_text(text)
    assert found is not None
    return found


class Prepared(NamedTuple):
    """A workspace with a proposal, the dossier of it, and what was found out for that."""

    place: Path
    proposal: ProposalView
    data: bytes
    memory: Remembered


@pytest.fixture(scope="module")
def prepared(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Made once: what follows are copies of it, so that the solver is asked once and not for each test."""
    place = tmp_path_factory.mktemp("prepared") / "demo"
    shutil.copytree(template, place)
    with Workspace.open(place, clock=FrozenClock()) as workspace:
        write(workspace, RULE)
        draft = workspace.draft()
        text = draft.cedar_plus.replace("context.amount <= 5000", "context.amount <= 8000")
        text = text.replace("refunds of up to 5000", "refunds of up to 8000")
        english = draft.english.replace("refunds of up to 5000", "refunds of up to 8000")
        workspace.save_draft(cedar_plus=text, english=english, revision=draft.revision)
        proposal = workspace.propose("larger refunds", proposer=ANA)
        memory = Remembered()
        workspace.dossiers._analyst = Analyst(memory)
        return Prepared(place, proposal, workspace.dossiers.make(proposal.version.digest).data, memory)


@pytest.fixture
def place(request: pytest.FixtureRequest, template: Path, tmp_path: Path) -> Path:
    """With the proposal where a test asks for it."""
    proposed = "proposal" in request.fixturenames or "data" in request.fixturenames
    made: Path = request.getfixturevalue("prepared").place if proposed else template
    shutil.copytree(made, tmp_path / "demo")
    return tmp_path / "demo"


@pytest.fixture
def proposal(workspace: Workspace, prepared: Prepared) -> ProposalView:
    return prepared.proposal


@pytest.fixture
def data(workspace: Workspace, prepared: Prepared) -> bytes:
    """The dossier, in a workspace that knows what it found out when it made it."""
    workspace.dossiers._analyst = Analyst(prepared.memory)
    return prepared.data


# ---- what is told ----------------------------------------------------------------------------------------------------


def test_every_change_of_meaning_is_told_with_a_request_that_shows_it(data: bytes) -> None:
    found, text = told(data), words(data)
    changes = {(str(where), change.change) for where, change in found.difference.witnesses}
    assert changes == {("Agent · issue_refund · Ticket", "held"), ("Agent · share_external · Ticket", "denied")}
    for said in (
        "it holds this for approval, which the present one denies",
        "nothing is newly permitted",
        "Proved: only requests like these, under the same rules, are decided otherwise.",
        "Assuming that an error denies, as the workbench decides, and that entities may be missing.",
        "Proved unchanged: 10 of 12 kinds of request.",
        "newly denied: Agent · share_external · Ticket",
        "Here is one, confirmed by both engines.",
        "context.amount 5001",
        'Nobody may share a ticket outside the company when the ticket\'s tags include "email".',
    ):
        assert said in text, said
    whole = folded_in(data, "The whole request")
    assert whole is not None
    document = json.loads(whole)
    assert list(document["request"]) == ["principal", "action", "resource", "context"]
    assert document["request"]["context"]["amount"] == 5001


def test_proofs_are_told_in_words_and_in_numbers(workspace: Workspace, data: bytes) -> None:
    report, text = told(data).report, words(data)
    rules = [rule for rule in workspace.rules() if rule.kind in ("permit", "forbid")]
    assert {answer.about for answer in report.answers if answer.kind == "never_errors"} >= {rule.id for rule in rules}
    proved = sum(answer.verdict == "holds" for answer in report.answers)
    assert f"{proved:,} proved" in text
    assert "can always be evaluated" in text
    assert "nothing: everything that was asked is proved, or shown by a request" in text
    assert NO_SOLVER not in text


def test_invariants_are_told_as_what_is_proved_to_be_kept(workspace: Workspace) -> None:
    text = """@id("no-huge") forbid (principal, action == Action::"issue_refund", resource)
    when { context.amount > 9000 };"""
    workspace.drafting.save(invariants=text, revision=workspace.draft().revision)
    proposal = workspace.propose("a promise", proposer=ANA)
    made = workspace.dossiers.make(proposal.version.digest)
    page = words(made.data)
    assert "1 invariant kept" in page
    assert "✓ The invariant `no-huge` is kept" in page
    assert "when the request's amount is more than 9000" in page
    assert workspace.dossiers.check(proposal.version.digest, made.data) == made.digest


def test_warnings_about_rules_that_stay_are_told_in_a_line_each(workspace: Workspace) -> None:
    """They are true of the version in force as well, and must not hide what is new."""
    odd = """@id("odd-{0}") forbid (principal, action == Action::"reply", resource)
    when {{ context.amount * context.amount == {0} }};"""
    with_odd(workspace, odd.format(4))
    write(workspace, odd.format(9))
    page = words(workspace.dossiers.make(workspace.propose("another", proposer=ANA).version.digest).data)
    stays = page.index("Of rules that stay as they are")
    assert page.index("! `odd-9` cannot be evaluated on every request.") < stays
    for said in (
        "! `odd-4` cannot be evaluated on every request.",
        "! A request can be held by both `refund_above_500` and `manual_review`.",
    ):
        assert page.index(said) > stays


def with_odd(workspace: Workspace, rule: str) -> None:
    """Bring a version with one more rule into force."""
    write(workspace, rule)
    digest = workspace.propose("first", proposer=ANA).version.digest
    for key in ("demo-ana", "demo-sam"):
        workspace.vote(digest, key_path=workspace.location / "keys" / key, passphrase="demo-only")
    clock = workspace.dossiers._session.clock
    assert isinstance(clock, FrozenClock)
    clock.advance(11)
    workspace.tick()
    assert workspace.version().digest == digest


def test_it_warns_of_what_prove_warns_of_and_of_nothing_else(data: bytes, workspace: Workspace) -> None:
    """That a rule denies where an entity is unknown is said once of all; each of them was proved, or is shown."""
    draft = workspace.draft()
    program = check(draft.cedar_plus, draft.schema).program
    assert program is not None
    report, voice = Analyst(Remembered()).prove(program), Voice(program)
    page = words(data)
    page = page[page.index("Proofs") : page.index("Text, line by line")]
    warned = [headline(answer, voice) for answer in news(report, voice)]
    assert warned
    for sentence in warned:
        assert f"! {sentence}" in page
    assert page.count(" ! ") == len(warned)
    assert report_headline(report, voice) in page
    (note,) = report_notes(replace(report, left_out=()), voice)
    assert note in page
    assert "10 rules cannot be evaluated where an entity is unknown" in note


def test_a_rule_that_can_never_apply_is_told(workspace: Workspace) -> None:
    write(
        workspace,
        '@id("idle") forbid (principal, action == Action::"reply", resource) when { context.amount > 3 } '
        "unless { context.amount > 2 };",
    )
    made = workspace.dossiers.make(workspace.propose("idle", proposer=ANA).version.digest)
    assert "! `idle` can never apply." in words(made.data)


def test_who_confirmed_what_and_what_nobody_did(workspace: Workspace, proposal: ProposalView) -> None:
    first = workspace.draft().tests[0]
    other = {**first["request"], "principal": 'Agent::"nobody-else"'}  # what asks the same is not taken a second time
    workspace.add_tests([{"name": "mine alone", "request": other, "entities": [], "expect": "deny", "reviewed_by": ""}])
    text = words(workspace.dossiers.make(workspace.propose("tests", proposer=ANA).version.digest).data)
    section = text[text.index("Who confirmed what") :]
    assert section.index(ANA) < section.index(str(first["name"])) < section.index("nobody mine alone")


def fake(workspace: Workspace, **changes: Callable[..., Any]) -> None:
    """Put something in the place of an analysis."""
    from importlib import import_module

    def find(module: str, name: str) -> Any:
        return changes.get(name) or getattr(import_module(f"workbench.analysis.{module}"), name)

    workspace.dossiers._analyst = Analyst(Remembered(), find=find)


PLACE = RequestEnvironment("Agent", ("Action", "reply"), "Ticket")
OPEN = EnvironmentDifference(
    PLACE, {"permitted": "undecided", "denied": "holds", "held": "unsupported"}, why={"permitted": "the time was over"}
)


def test_what_is_not_decided_is_told_as_that_and_never_as_safe(workspace: Workspace, proposal: ProposalView) -> None:
    report = ProofReport(
        OURS,
        (
            Answer("never_errors", "budget", "undecided", OURS, why="the time was over"),
            Answer("never_applies", "reply-rate", "unsupported", OURS, why="sets of sets"),
        ),
        2,
        1,
        ("templates were not looked into",),
    )
    fake(workspace, difference=lambda *_: Difference(OURS, (OPEN,)), prove=lambda *_, **__: report)
    text = words(workspace.dossiers.make(proposal.version.digest).data)
    section = text[text.index("Not decided, or not supported") :]
    for said in (
        "Not decided within the time limit: whether `budget` can always be evaluated. the time was over",
        "Not supported: whether `reply-rate` can ever apply. sets of sets",
        "Agent · reply · Ticket: proved: nothing newly denied; not decided within the time limit (the time was over): "
        "newly permitted",
        "Templates were not looked into.",
    ):
        assert said in section, said
    assert "everything that was asked" not in text
    assert "0 proved, 0 refuted by a request: 1 not decided, 1 not supported." in text


def test_it_can_be_stopped_and_tells_how_far_it_is(workspace: Workspace, proposal: ProposalView) -> None:
    steps: list[str] = []
    workspace.dossiers.make(proposal.version.digest, Task(tell=lambda progress: steps.append(progress.what)))
    assert any("issue_refund" in step for step in steps)
    workspace.dossiers._analyst = Analyst(Remembered())
    stop = Stop()
    stop.set()
    with pytest.raises(Stopped):
        workspace.dossiers.make(proposal.version.digest, Task(stop=stop))


# ---- wherever it is read ---------------------------------------------------------------------------------------------

CHECK = """
import sys
from pathlib import Path
from workbench.service.workspace import Workspace
with Workspace.open(sys.argv[1]) as workspace:
    print(workspace.dossiers.check(sys.argv[2], Path(sys.argv[3]).read_bytes()))
    print(workspace.dossiers.make(sys.argv[2]).proofs)
"""


@pytest.mark.parametrize("seed", ["1", "2"])
def test_another_process_confirms_it(
    workspace: Workspace, place: Path, tmp_path: Path, proposal: ProposalView, data: bytes, seed: str
) -> None:
    """Whatever order sets have there, and whatever the solver was asked before here: it may name other witnesses."""
    (tmp_path / "dossier.html").write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-c", CHECK, str(place), proposal.version.digest, str(tmp_path / "dossier.html")],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [f"sha256:{sha256_hex(data)}", "True"]


def test_the_page_follows_from_the_answers_in_it(workspace: Workspace, proposal: ProposalView, data: bytes) -> None:
    found = told(data)
    assert from_text(to_text(found)) == found
    assert _dossier(workspace.dossiers._facts(proposal.version.digest), found).data == data


# ---- without the solver ----------------------------------------------------------------------------------------------


@pytest.fixture
def solver(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    def there(is_here: bool) -> None:
        monkeypatch.setattr("workbench.service.dossier_answers.solver_here", lambda: is_here)

    return there


def test_without_the_solver_it_says_so_wherever_something_is_missing(
    workspace: Workspace, proposal: ProposalView, data: bytes, solver: Callable[[bool], None]
) -> None:
    solver(False)
    made = workspace.dossiers.make(proposal.version.digest)
    text = words(made.data)
    assert text.count(NO_SOLVER) == 5
    assert NO_SOLVER_HELP[1:] in text
    for never in ("nothing: everything that was asked", "confirmed by both engines", "Asked of z3"):
        assert never not in text
    assert made.data != data
    assert workspace.dossiers.check(proposal.version.digest, made.data) == made.digest


def test_a_dossier_with_proofs_is_not_taken_where_nobody_can_repeat_them(
    workspace: Workspace, proposal: ProposalView, data: bytes, solver: Callable[[bool], None]
) -> None:
    solver(False)
    with refused("no_solver") as caught:
        workspace.dossiers.check(proposal.version.digest, data)
    assert NO_SOLVER_HELP in caught.value.hint


def test_a_dossier_without_proofs_is_not_taken_where_there_could_be_some(
    workspace: Workspace, proposal: ProposalView, solver: Callable[[bool], None]
) -> None:
    """Attack: show a signer the page that hides what the change means."""
    solver(False)
    bare = workspace.dossiers.make(proposal.version.digest)
    solver(True)
    with refused("dossier_unproved"):
        workspace.dossiers.check(proposal.version.digest, bare.data)


# ---- which dossiers a vote may name ----------------------------------------------------------------------------------


def other(workspace: Workspace, proposal: ProposalView, found: Answers) -> bytes:
    """The page that a workbench elsewhere would write with other answers."""
    return _dossier(workspace.dossiers._facts(proposal.version.digest), found).data


def test_one_with_other_witnesses_that_show_the_same_is_taken(
    workspace: Workspace, proposal: ProposalView, data: bytes
) -> None:
    """As another release of the solver would name them. Its own digest goes into the vote."""
    found, facts = told(data), workspace.dossiers._facts(proposal.version.digest)
    comparison = Comparison(facts.before.program, facts.after.program, Task(OURS))

    def elsewhere(witness: Any) -> Any:
        context = {**witness.request["context"], "currency": "EUR", "hour": 7}
        return comparison.witness(Case({**witness.request, "context": context}, witness.entities))

    moved = replace(found, solver="z3-solver 4.8.12", difference=with_witnesses(found.difference, elsewhere))
    assert moved.difference != found.difference
    theirs = other(workspace, proposal, moved)
    assert theirs != data
    checked = workspace.dossiers.check(proposal.version.digest, theirs)
    assert checked != workspace.dossiers.check(proposal.version.digest, data)
    workspace.vote(
        proposal.version.digest, key_path=workspace.location / "keys" / "demo-ana", passphrase="demo-only",
        dossier=checked,
    )  # fmt: skip


def with_witnesses(difference: Difference, change: Callable[[Any], Any]) -> Difference:
    """The difference with every witness replaced; ``None`` takes one away."""
    environments = []
    for each in difference.environments:
        kept = [(one, change(one.witness)) for one in each.witnesses]
        witnesses = tuple(replace(one, witness=witness) for one, witness in kept if witness is not None)
        environments.append(replace(each, witnesses=witnesses))
    return replace(difference, environments=tuple(environments))


def _with_environment(found: Answers, change: Callable[[Any], Any]) -> Answers:
    environments = [change(each) if each.witnesses else each for each in found.difference.environments]
    return replace(found, difference=replace(found.difference, environments=tuple(environments)))


def _with_answer(found: Answers, change: Callable[[Answer], Answer]) -> Answers:
    first, *rest = found.report.answers
    return replace(found, report=replace(found.report, answers=(change(first), *rest)))


def _asking(witness: Any, **context: Any) -> Any:
    return replace(witness, request={**witness.request, "context": {**witness.request["context"], **context}})


SAMPLES = sorted((Path(__file__).parents[2] / "samples" / "dimensions").iterdir())


@pytest.mark.parametrize("folder", SAMPLES, ids=lambda folder: folder.name)
@pytest.mark.parametrize("gone", [0, 3])
def test_what_is_found_here_is_confirmed_here_witness_by_witness(folder: Path, gone: int) -> None:
    """All witnesses of every sample, those included that no page tells (an approver's is no request, and none tells
    it); or else an honest dossier from elsewhere could not be taken."""
    program = check(
        (folder / "constitution.cedarplus").read_text(), (folder / "schema.cedarschema").read_text()
    ).program
    assert program is not None
    less = replace(program, rules=(*program.rules[:gone], *program.rules[gone + 1 :]))
    parent, child = Subject("1.0.0", less), Subject("1.1.0", program)
    found = answers(Analyst(Remembered()), parent, child)
    assert found is not None
    told = Analyst(Remembered()).prove(program).answers
    whole = replace(found.report, answers=tuple(answer for answer in told if answer.kind != "no_approver"))
    ours = replace(found, report=whole)
    assert sum(answer.witness is not None for answer in whole.answers) > 20
    assert unconfirmed(replace(ours, solver="z3-solver 4.0"), ours, parent, child) == ""


Lie = Callable[[Answers], Answers]
LIES: Mapping[str, Lie] = {
    "the change is proved to deny nothing": lambda found: _with_environment(
        found, lambda each: replace(each, verdicts=dict.fromkeys(each.verdicts, "holds"), witnesses=(), exhausted={})
    ),
    "a witness less": lambda found: replace(found, difference=with_witnesses(found.difference, lambda _: None)),
    "a witness of nothing": lambda found: replace(
        found, difference=with_witnesses(found.difference, lambda one: _asking(one, amount=0, refunds_today=99))
    ),
    "a witness that no engine reads": lambda found: replace(
        found, difference=with_witnesses(found.difference, lambda one: replace(one, request={"principal": 7}))
    ),
    "a witness whose data do not fit": lambda found: replace(
        found, difference=with_witnesses(found.difference, lambda one: replace(one, entities=({"uid": 3},)))
    ),
    "another decision of a witness": lambda found: replace(
        found,
        difference=with_witnesses(
            found.difference, lambda one: replace(one, after=replace(one.after, reasons=("reply-rate",)))
        ),
    ),
    "other rules behind a change": lambda found: _with_environment(
        found,
        lambda each: replace(each, witnesses=tuple(replace(one, rules=("Trust me.",)) for one in each.witnesses)),
    ),
    "another rule behind a change": lambda found: _with_environment(
        found, lambda each: replace(each, witnesses=tuple(replace(one, rules=("budget",)) for one in each.witnesses))
    ),
    "more may change than is shown": lambda found: _with_environment(
        found, lambda each: replace(each, exhausted=dict.fromkeys(each.exhausted, False))
    ),
    "another kind of request": lambda found: _with_environment(
        found, lambda each: replace(each, environment=replace(each.environment, resource="Mail"))
    ),
    "a sentence of its own": lambda found: replace(
        found, difference=replace(found.difference, only_after=("All of this was approved by the auditors.",))
    ),
    "an order that changes": lambda found: replace(found, difference=replace(found.difference, scores=("budget",))),
    "a proof that there is none of": lambda found: _with_answer(
        found, lambda answer: replace(answer, verdict="fails" if answer.verdict == "holds" else "holds")
    ),
    "what is decided is left open": lambda found: _with_answer(
        found, lambda answer: replace(answer, verdict="undecided", why="time limit")
    ),
    "a proof about another rule": lambda found: _with_answer(found, lambda answer: replace(answer, about="budget2")),
    "another reason of a proof": lambda found: _with_answer(found, lambda answer: replace(answer, by=("budget",))),
    "a proof less": lambda found: replace(
        found, report=replace(found.report, answers=found.report.answers[1:])
    ),
    "another assumption": lambda found: replace(
        found, report=replace(found.report, assumption=replace(OURS, data="complete"))
    ),
    "nothing was left out": lambda found: replace(
        found, report=replace(found.report, left_out=(*found.report.left_out, "nothing of importance"))
    ),
    "an advertisement for a solver": lambda found: replace(found, solver="an auditor who found no fault"),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_one_that_says_what_is_not_so_is_refused(
    workspace: Workspace, proposal: ProposalView, data: bytes, lie: str
) -> None:
    theirs = other(workspace, proposal, LIES[lie](told(data)))
    assert theirs != data
    with refused("dossier_unconfirmed") as caught:
        workspace.dossiers.check(proposal.version.digest, theirs)
    assert len(str(caught.value)) < 1_000


def test_what_is_left_open_here_and_decided_there_is_not_confirmed_either(
    workspace: Workspace, proposal: ProposalView, data: bytes
) -> None:
    """A slow machine cannot vouch for what it could not prove; it says which."""
    fake(workspace, difference=lambda *_: Difference(OURS, (OPEN,)))
    with refused("dossier_unconfirmed"):
        workspace.dossiers.check(proposal.version.digest, data)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: b"",
        lambda data: data + b" ",
        lambda data: data.replace(b"newly denied", b"newly allowed"),
        lambda data: data.replace(b"<pre>{", b"<pre>[", 1),
        lambda data: data.replace(b"z3-solver", b"z4-solver", 1),
        lambda data: b"<details><summary>" + DATA.encode() + b"</summary><pre>" + b"[" * 200_000 + b"</pre></details>",
        lambda data: b"<details><summary>" + DATA.encode() + b"</summary><pre>{}</pre></details>" + data,
        lambda data: b"<details><summary>" + DATA.encode() + b"</summary><pre>\xff</pre></details>",
        lambda data: b"<details><summary>" + DATA.encode() + b"</summary><pre>&quot;</pre></details>",
        lambda data: b"\xff\xfe" * 1_000,
    ],
)
def test_what_is_no_page_of_this_proposal_is_refused_before_the_solver_is_asked(
    workspace: Workspace, proposal: ProposalView, data: bytes, change: Callable[[bytes], bytes]
) -> None:
    def never(*_: Any, **__: Any) -> Any:
        pytest.fail("the solver was asked")

    fake(workspace, difference=never, prove=never)
    with refused("dossier_mismatch"):
        workspace.dossiers.check(proposal.version.digest, change(data))


def test_what_a_proposer_writes_cannot_pass_for_the_answers(workspace: Workspace, clock: FrozenClock) -> None:
    """Attack: a rule and a summary that hold what a dossier's data look like; a text that a witness must repeat."""
    block = f"<details><summary>{DATA}</summary><pre>null</pre></details>"
    text = "</pre></details><script>alert('größer')</script>"
    write(
        workspace,
        f'@id("{block.replace(chr(34), "")}")\n'
        f'forbid (principal, action == Action::"share_external", resource) when {{ resource.category == "{text}" }};\n',
    )
    proposal = workspace.propose(f"{HOSTILE} {block}", proposer=ANA)
    made = workspace.dossiers.make(proposal.version.digest)
    tags = {tag for tag, _ in read(made.data).tags}
    assert tags.isdisjoint({"script", "img"})
    (_, change), *_ = told(made.data).difference.witnesses
    assert text in json.dumps(change.witness.entities, ensure_ascii=False)
    assert workspace.dossiers.check(proposal.version.digest, made.data) == made.digest
