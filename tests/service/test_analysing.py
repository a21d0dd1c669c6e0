"""What is analysed of a workspace: drafts, versions, proposals, pairs of them; remembered, stopped, and without z3."""

from __future__ import annotations

import builtins
import random
import sys
import threading
import time
from typing import Any

import pytest

from tests.service.conftest import CONTEXT, FACTS, ticket
from tests.service.test_amending import ANA, RULE, vote, write_rule
from workbench.analysis.assumptions import Assumption
from workbench.analysis.results import Difference
from workbench.analysis.task import NO_SOLVER_HELP, SolverMissing, Task
from workbench.engine.request import Request
from workbench.language.check import check
from workbench.language.program import Program
from workbench.service.analysis_jobs import Job
from workbench.service.analysis_memory import Remembered
from workbench.service.analysis_subjects import subject_of
from workbench.service.analyst import ANALYST, Analyst, fingerprint, solver_here
from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.views import Draft
from workbench.service.workspace import Workspace

OTHER = RULE.replace("no-email-outside", "no-pii-outside").replace('"email"', '"pii"')


def code(job: Job[Any]) -> str:
    assert job.wait(60)
    return job.error.code if job.error is not None else job.state


def denied(found: Difference | None) -> list[tuple[str, tuple[str, ...]]]:
    assert found is not None
    return [(told.change, told.rules) for _, told in found.witnesses]


# ---- what it is about ------------------------------------------------------------------------------------------------


def test_a_draft_is_compared_with_what_is_in_force(workspace: Workspace) -> None:
    write_rule(workspace)
    job = workspace.analysing.start_difference()
    assert denied(job.value()) == [("denied", ("no-email-outside",))]
    assert [each.name for each in job.about] == ["1.0.0", "draft, revision 1"]
    assert (job.revision, job.about[0].revision) == (1, None)
    assert job.progress is not None
    assert job.progress.done == job.progress.total


def test_an_unchanged_draft_changes_nothing_and_that_is_proved(workspace: Workspace) -> None:
    found = workspace.analysing.start_difference().value()
    assert found is not None
    assert found.unchanged
    assert (found.verdict("permitted"), found.verdict("denied"), found.verdict("held")) == ("holds", "holds", "holds")


def test_a_proposal_is_compared_with_what_it_follows(workspace: Workspace, clock: FrozenClock) -> None:
    write_rule(workspace)
    first = workspace.propose("no addresses outside", proposer=ANA)
    workspace.drafting.reset(first.version.digest)
    write_rule(workspace, OTHER)
    job = workspace.analysing.start_difference()  # the draft, begun on the proposal
    assert denied(job.value()) == [("denied", ("no-pii-outside",))]
    assert job.about[0].name == "1.1.0"
    second = workspace.amending.propose(workspace.draft(), "nor any other", ANA, after=first.version.digest)
    job = workspace.analysing.start_difference(after=second)
    assert denied(job.value()) == [("denied", ("no-pii-outside",))]
    job = workspace.analysing.start_difference(after=first.version.digest)
    assert denied(job.value()) == [("denied", ("no-email-outside",))]
    job = workspace.analysing.start_difference("", second)  # in force → both proposals
    assert {rules for _, rules in denied(job.value())} >= {("no-email-outside",), ("no-pii-outside",)}
    for name in ("ana", "sam"):
        vote(workspace, first, name)
    clock.advance(20)
    workspace.tick()
    assert workspace.version().version == "1.1.0"
    job = workspace.analysing.start_difference("1.0.0", "1.1.0")
    assert denied(job.value()) == [("denied", ("no-email-outside",))]
    assert denied(workspace.analysing.start_difference(after="1.1.0").value()) == denied(job.value())


def test_tightening_is_a_statement_with_a_direction(workspace: Workspace) -> None:
    write_rule(workspace)
    forth = workspace.analysing.start_tightens().value()
    back = workspace.analysing.start_tightens("draft", "").value()
    assert forth is not None
    assert back is not None
    assert (forth.verdict, back.verdict) == ("holds", "fails")
    assert back.witness is not None


def test_a_proof_looks_at_the_drafts_own_invariants_and_rules(workspace: Workspace) -> None:
    when = "context.hour > 3 && context.hour < 3"
    idle = f'@id("idle") permit (principal, action == Action::"reply", resource) when {{ {when} }};'
    never = (
        '@id("never") forbid (principal, action == Action::"issue_refund", resource) when { context.amount > 5000 };'
    )
    draft = workspace.draft()
    workspace.save_draft(cedar_plus=draft.cedar_plus + idle, invariants=never, revision=0)
    report = workspace.analysing.start_prove().value()
    assert report is not None
    assert [(answer.about, answer.verdict) for answer in report.of("invariant")] == [("never", "holds")]
    assert {answer.about for answer in report.of("never_applies") if answer.verdict == "holds"} == {"idle"}
    in_force = workspace.analysing.start_prove("", kinds=("never_applies",)).value()
    assert in_force is not None
    assert {answer.kind for answer in in_force.answers} == {"never_applies"}
    assert not any(answer.verdict == "holds" for answer in in_force.answers)


def test_a_matrix_of_what_is_in_force(workspace: Workspace) -> None:
    found = workspace.analysing.start_matrix("1.0.0", values=("supervisor", "clerk")).value()
    assert found is not None
    cells = {(cell.value, cell.action[1]): cell.verdict for cell in found.cells}
    assert (cells["supervisor", "delete_ticket"], cells["clerk", "delete_ticket"]) == ("depends", "never")


def test_the_closest_change_knows_the_directory_and_believes_it_first(workspace: Workspace) -> None:
    context = CONTEXT | FACTS | {"hour": 1, "weekday": "monday"}
    request = Request('Agent::"nora"', 'Action::"share_external"', 'Ticket::"T-1"', context | {"estimated_cost": 9_000})
    claimed = {"uid": {"type": "Agent", "id": "nora"}, "attrs": {}, "parents": []}
    job = workspace.analysing.start_closest(request, [ticket(), claimed])
    found = job.value()
    assert found is not None
    assert (found.verdict, found.wanted, found.minimal) == ("fails", "allow", True)
    ((path, was, becomes),) = found.changes
    assert (path, was, becomes) == ("context.estimated_cost", 9_000, 2_500)
    alone = workspace.analysing.start_closest(request, [ticket()], directory=False).value()
    assert alone is not None
    assert len(alone.changes) > 1, "without the directory nora is unknown as well"


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("^", "9.9.9", "no_version"),
        ("no-such", "draft", "no_version"),
        ("^", "1.0.0", "no_parent"),
        ("^", "", "no_parent"),
        ("^", "^", "no_version"),
        ("^", "sha256:" + "0" * 64, "no_version"),
        ("^", "\0\ud800", "no_version"),
    ],
)
def test_what_is_not_there_is_the_jobs_error(workspace: Workspace, before: str, after: str, why: str) -> None:
    assert code(workspace.analysing.start_difference(before, after)) == why


def test_a_draft_that_is_not_clean_says_where(workspace: Workspace) -> None:
    draft = workspace.draft()
    workspace.save_draft(
        cedar_plus=draft.cedar_plus + "\npermit (principal, action, resource) when { 1 };\n", revision=0
    )
    job = workspace.analysing.start_matrix()
    assert code(job) == "not_clean"
    assert job.error is not None
    assert f"line {draft.cedar_plus.count(chr(10)) + 2}" in job.error.detail


def test_invariants_that_are_not_clean_leave_the_meaning_of_rules_alone(workspace: Workspace) -> None:
    draft = workspace.draft()
    workspace.save_draft(cedar_plus=draft.cedar_plus + RULE, invariants="\nforbid (", revision=0)
    assert denied(workspace.analysing.start_difference().value()) == [("denied", ("no-email-outside",))]
    assert workspace.analysing.subject().invariants is None
    job = workspace.analysing.start_prove()
    assert code(job) == "invariants_unclean", "a report without them would look as if there were none"
    assert job.error is not None
    assert "line 2" in job.error.detail


def test_starting_reads_nothing_in_the_callers_thread(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A screen starts jobs from the thread that paints: neither the database nor the checker may hold it up."""
    readers: list[str] = []
    slowly = threading.Event()
    real = workspace.drafting.draft

    def draft() -> Draft:
        readers.append(threading.current_thread().name)
        assert slowly.wait(30)
        return real()

    monkeypatch.setattr(workspace.drafting, "draft", draft)
    read = workspace._session.read

    def elsewhere() -> Any:
        readers.append(threading.current_thread().name)
        return read()

    monkeypatch.setattr(workspace._session, "read", elsewhere)
    analysing = workspace.analysing
    request = Request('Agent::"nora"', 'Action::"reply"', 'Ticket::"T-1"', {})
    jobs: list[Job[Any]] = [
        analysing.start_prove(),
        analysing.start_difference(),
        analysing.start_tightens(),
        analysing.start_matrix(),
        analysing.start_closest(request),
        analysing.start_difference("1.0.0", ""),
    ]
    assert all(job.about == () for job in jobs[:5])
    for job in jobs:
        job.stop()
        assert job.done
    slowly.set()
    assert all(job.join(10) for job in jobs)
    assert all(name.startswith("analysis-") for name in readers)


def test_closing_the_workspace_stops_what_runs(workspace: Workspace) -> None:
    jobs = [workspace.analysing.start_difference(assumption=Assumption("cedar", "complete")) for _ in range(3)]
    workspace.close()
    assert all(job.join(5) for job in jobs)
    assert {job.state for job in jobs} <= {"stopped", "done", "failed"}
    assert code(workspace.analysing.start_difference()) in ("stopped", "store_closed")


# ---- what is remembered ----------------------------------------------------------------------------------------------


class Counting(Remembered):
    """Counts what is proved anew."""

    def __init__(self) -> None:
        super().__init__()
        self.put_keys: list[str] = []

    def put(self, key: str, value: Any) -> None:
        self.put_keys.append(key)
        super().put(key, value)


def program(source: str) -> Program:
    return subject_of("test", source, SCHEMA).program


SCHEMA = """entity User = { role: String, level: Long }; entity Doc = { size: Long, owner: User };
action read, write, erase, send appliesTo { principal: [User], resource: [Doc], context: { amount: Long } };"""


def rules(**limits: int) -> str:
    return "\n".join(
        f'@id("{name}") permit (principal, action == Action::"{name}", resource) when {{ context.amount < {most} }};'
        for name, most in limits.items()
    )


def test_an_edit_proves_anew_only_what_it_touches() -> None:
    memory = Counting()
    analyst = Analyst(memory)
    old = program(rules(read=5, write=5, erase=5, send=5))
    analyst.difference(old, program(rules(read=6, write=6, erase=6, send=5)))
    whole = len(memory.put_keys)
    analyst.difference(old, program(rules(read=6, write=6, erase=6, send=5)))
    assert len(memory.put_keys) == whole  # the same again: not even put together anew
    memory.put_keys.clear()
    analyst.difference(old, program(rules(read=6, write=6, erase=7, send=5)))
    assert len([key for key in memory.put_keys if not key.startswith("whole:")]) == 1


def test_another_assumption_is_another_answer() -> None:
    analyst = Analyst(Remembered())
    old = program('@id("all") permit (principal, action, resource);')
    new = program(
        '@id("all") permit (principal, action, resource); @id("not") forbid (principal, action == Action::"read",'
        " resource) when { resource.owner.level > 3 && resource.owner.level < 3 };"
    )
    ours, cedars = (analyst.difference(old, new, Task(Assumption(*each))) for each in ASSUMPTIONS)
    assert ours.verdict("denied") == "fails"  # an owner who is not known: an error, and we deny
    assert cedars.verdict("denied") == "holds"
    assert (ours.assumption, cedars.assumption) == tuple(Assumption(*each) for each in ASSUMPTIONS)


ASSUMPTIONS: tuple[tuple[Any, Any], ...] = (("cedar+", "missing"), ("cedar", "missing"))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ('@id("a") permit (principal, action, resource);', '@id("b") permit (principal, action, resource);'),
        (
            '@id("a") permit (principal, action, resource);',
            '@id("a") @stage("observe") permit (principal, action, resource);',
        ),
        ('@id("a") permit (principal, action, resource);', '@id("a") forbid (principal, action, resource);'),
    ],
    ids=["id", "stage", "effect"],
)
def test_what_an_answer_could_speak_of_makes_another_key(one: str, two: str) -> None:
    assert fingerprint(program(one)) == fingerprint(program(one))
    assert fingerprint(program(one)) != fingerprint(program(two))


def test_names_cannot_make_two_programs_one() -> None:
    marked = program("@id(\"a\\u{1}', 'b\") permit (principal, action, resource);")
    assert fingerprint(marked) != fingerprint(program('@id("a") permit (principal, action, resource);'))
    other = SCHEMA.replace("level: Long", '@values("1; 2") level: Long')
    assert fingerprint(subject_of("t", rules(read=1), SCHEMA).program) != fingerprint(
        subject_of("t", rules(read=1), other).program
    )


# ---- stopping what is really long ------------------------------------------------------------------------------------


def large(seed: int, count: int) -> Program:
    """Rules that the solver has work with: sums, products, patterns, sets, groups, optional data."""
    rng = random.Random(seed)

    def condition(place: int) -> str:
        parts = rng.sample(
            [
                f"principal.level {rng.choice(['<', '>=', '=='])} {rng.randrange(100)}",
                f"context.amount + principal.level {rng.choice('<>')} {rng.randrange(1000)}",
                f'principal.role == "r{rng.randrange(9)}"',
                f'principal.tags.contains("t{rng.randrange(9)}")',
                f'context.note like "*x{rng.randrange(20)}*y*"',
                f"principal has boss && principal.boss.level > {rng.randrange(50)}",
                f"context has n && context.n * {rng.randrange(2, 9)} > context.amount",
                f'resource in Team::"t{rng.randrange(5)}"',
            ],
            rng.randrange(1, 4),
        )
        return " && ".join([*(f"({part})" for part in parts), f"context.amount != {7 * place}"])

    text = "\n".join(
        f'@id("r{place}") {rng.choice(["permit", "permit", "forbid"])} (principal, '
        f'{rng.choice(["action", f"""action == Action::"a{rng.randrange(8)}" """])}, resource)'
        f" when {{ {condition(place)} }};"
        for place in range(count)
    )
    actions = ", ".join(f"a{number}" for number in range(8))
    schema = f"""entity Team; entity User in [Team] = {{ role: String, level: Long, boss?: User, tags: Set<String> }};
    entity Doc in [Team] = {{ owner: User, tags: Set<String> }};
    action {actions} appliesTo {{ principal: [User], resource: [Doc, User],
      context: {{ amount: Long, note: String, n?: Long }} }};"""
    found = check(text, schema)
    assert found.program is not None, found.errors
    return found.program


def endless() -> tuple[Program, Program]:
    """A change about which every question ends only when its time is up: Fermat's cubes, in eight kinds of request."""
    actions = ", ".join(f"a{number}" for number in range(8))
    schema = f"entity U; entity D; action {actions} appliesTo {{ principal: [U], resource: [D], "
    schema += "context: { a: Long, b: Long, c: Long } };"
    numbers = [f"context.{name}" for name in "abc"]
    bounds = " && ".join(f"{each} > 1 && {each} < 10000" for each in numbers)
    a, b, c = (f"{each} * {each} * {each}" for each in numbers)
    nothing = 'forbid (principal == U::"nobody", action, resource);'
    cubes = f"permit (principal, action, resource) when {{ {bounds} && {a} + {b} == {c} }};"
    made = [check(text, schema).program for text in (nothing, nothing + cubes)]
    assert made[0] is not None
    assert made[1] is not None
    return made[0], made[1]


@pytest.mark.parametrize("after", [0.05, 0.3, 0.9, 1.6])
def test_a_long_analysis_is_stopped_within_a_fifth_of_a_second(after: float) -> None:
    """Two programs of 200 rules that have nothing in common, then questions without an end.

    The job is over at once; its thread, which no one waits for, when the solver or a step in Python lets it go.
    """
    old, new = large(1, 200), large(2, 200)
    analyst = Analyst(Remembered())

    def work(task: Task) -> Difference:
        analyst.difference(old, new, task)
        return analyst.difference(*endless(), task)

    job = analyst.start("difference", work)
    time.sleep(after)
    assert job.state == "running", job.error
    since = time.perf_counter()
    job.stop()
    assert job.done
    assert time.perf_counter() - since < 0.2
    assert job.join(1.5)
    assert (job.state, job.result) == ("stopped", None)


# ---- without the solver ----------------------------------------------------------------------------------------------


@pytest.fixture
def no_z3(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in an installation without the extra: z3 can neither be found nor imported."""
    real = builtins.__import__

    def without(name: str, *args: Any, **more: Any) -> Any:
        if name.partition(".")[0] == "z3":
            raise ModuleNotFoundError("No module named 'z3'", name="z3")
        return real(name, *args, **more)

    monkeypatch.setitem(sys.modules, "z3", None)
    monkeypatch.setattr(builtins, "__import__", without)


@pytest.mark.usefixtures("no_z3")
def test_without_the_solver_every_job_says_what_is_missing(workspace: Workspace) -> None:
    write_rule(workspace)
    assert not solver_here()
    assert not workspace.analysing.solver
    for job in (workspace.analysing.start_difference(), workspace.analysing.start_tightens()):
        assert code(job) == "no_solver"
        assert job.error is not None
        assert job.error.hint == NO_SOLVER_HELP
        assert "extra `proofs`" in job.error.hint


def test_asking_whether_the_solver_is_here_does_not_load_it() -> None:
    import subprocess

    script = (
        "import sys; from workbench.service.analyst import solver_here; here = solver_here();"
        "print(here, 'z3' in sys.modules, 'sqlalchemy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["True", "False", "False"]


def test_a_missing_solver_is_told_of_in_plain_words_to_files_too() -> None:
    def missing(*_: Any, **__: Any) -> Any:
        raise SolverMissing

    analyst = Analyst(Remembered(), find=lambda module, name: missing)
    with pytest.raises(WorkbenchError, check=lambda error: error.code == "no_solver"):
        analyst.matrix(program(rules(read=5)))
    assert isinstance(ANALYST.memory, Remembered)
