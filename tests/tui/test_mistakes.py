"""Tests, its other views: conditions with the cases that show them, mistakes that no case notices, proposing anew."""

import asyncio
from dataclasses import replace

from tests.tui.draft_fakes import DraftWorkspace, FakeCasebook
from tests.tui.fakes import make_app, settled
from workbench.authoring.regenerating import regenerated
from workbench.language.check import check
from workbench.service.analyst import Analyst
from workbench.service.casebook import CaseRun, Proposed
from workbench.service.errors import WorkbenchError
from workbench.service.mutating import coverage_of, score_of
from workbench.service.testing import run_cases

SCHEMA = """
entity Agent; entity Ticket;
action refund appliesTo { principal: [Agent], resource: [Ticket], context: { amount: Long } };
"""
RULES = """
@id("all") permit (principal, action, resource);
@id("cap") forbid (principal, action, resource) when { context.amount > 500 };
"""


def case(amount, expect):
    request = {
        "principal": 'Agent::"a"',
        "action": 'Action::"refund"',
        "resource": 'Ticket::"t"',
        "context": {"amount": amount},
    }
    return {"name": f"{amount}", "request": request, "entities": [], "expect": expect}


class SmallBook(FakeCasebook):
    """The real analyses over the two rules; ``slow``: long work waits until it is stopped."""

    slow = False

    def __init__(self, workspace):
        super().__init__(workspace)
        self.analyst = Analyst()
        self.taken = []

    @property
    def program(self):
        result = check(self._workspace.rules, SCHEMA)
        if result.program is None:
            raise WorkbenchError("the draft is not clean", "line 1: no", "correct it on Author", "not_clean")
        return result.program

    def run(self):
        made = self._workspace.made
        return CaseRun(run_cases(self.program, made, revision=len(made)), {each["name"]: each for each in made})

    def coverage(self):
        return coverage_of(self.program, self._workspace.made)

    def measure(self):
        return self.analyst.start("quality", lambda task: self._slowly(task) or score_of(
            self.program, self._workspace.made, task
        ))  # fmt: skip

    def propose(self):
        return self.analyst.start("tests", lambda task: self._slowly(task) or Proposed(
            1, regenerated(self.program, self._workspace.made, task=task)
        ))  # fmt: skip

    def take(self, proposed):
        self.taken.append(proposed)
        self._workspace.made = list(proposed.found.cases)
        return self._workspace.draft()

    def _slowly(self, task):
        while self.slow:
            task.stop.check()


class Small(DraftWorkspace):
    """A draft of two rules with two test cases; what is added is kept."""

    rules = RULES

    def __init__(self):
        super().__init__()
        self.made = [case(100, "allow"), case(900, "deny")]
        self.casebook = SmallBook(self)

    def draft(self):
        made = tuple(self.made)
        return replace(super().draft(), cedar_plus=self.rules, schema=SCHEMA, tests=made, revision=len(made))

    def add_tests(self, cases):
        self.calls.append("add_tests")
        self.made += [dict(each) for each in cases]
        return self.draft()


async def opened(pilot, *keys):
    await settled(pilot)
    await pilot.press("3")
    await settled(pilot)
    await pilot.press(*keys)
    await worked(pilot)
    return pilot.app.screen


async def worked(pilot):
    """Until no long work is left."""
    for _ in range(200):
        await settled(pilot)
        if pilot.app.screen._job is None:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it does not end")


def drawn(screen):
    return "\n".join(strip.text.rstrip() for strip in screen._compositor.render_strips())


def words(screen):
    return " ".join(str(screen._pane()._detail.content).split())


async def test_survivors_are_listed_and_a_adds_the_case_that_notices():
    workspace = Small()
    async with make_app(workspace).run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot, "m")
        text = drawn(screen)
        assert "Mutation score" in text
        assert "%" in text.split("Mistakes", 1)[1].split("\n", 1)[0], "the tab says how many are noticed"
        assert "If `cap` had `context.amount >= 500` instead of" in words(screen)
        assert "refund: amount 500 → allowed" in words(screen)
        await pilot.press("a")
        await settled(pilot)
        assert "✓ added" in drawn(screen)
        assert "r measures again" in drawn(screen)
        await pilot.press("a")
        await settled(pilot)
        assert workspace.calls.count("add_tests") == 1, "once is enough"
        assert workspace.made[2]["request"]["context"] == {"amount": 500}
        await pilot.press("down", "enter")
        await settled(pilot)
        assert workspace.calls.count("add_tests") == 2
        await pilot.press("r")
        await worked(pilot)
        assert "✓ added" not in drawn(screen)
        await pilot.press("v")
        await settled(pilot)
        assert "4 cases" in drawn(screen), "the new cases have run"


async def test_conditions_say_how_often_they_were_met_and_enter_opens_the_case_that_shows_one():
    async with make_app(Small()).run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot, "v")
        text = drawn(screen)
        assert "1/1" in text, "the tab counts conditions met both ways"
        assert "✓ both" in text
        await pilot.press("down")
        await settled(pilot)
        assert "SHOWN BY ✓ true 900 ✗ false 100" in words(screen)
        await pilot.press("enter")
        await settled(pilot)
        assert screen.current.name == "900"


async def test_a_condition_that_is_never_false_is_named():
    workspace = Small()
    workspace.made = [case(900, "deny")]
    async with make_app(workspace).run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot, "v")
        assert "~ true" in drawn(screen)
        assert "0/1" in drawn(screen)
        assert "`context.amount > 500` is never false" in words(screen)


async def test_a_draft_that_is_not_clean_says_so_in_every_view():
    workspace = Small()
    workspace.rules = "permit (principal,"
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot)
        for key in ("v", "v", "v"):
            assert "not clean" in drawn(screen)
            await pilot.press(key, "a")
            await settled(pilot)
        assert "add_tests" not in workspace.calls


async def test_esc_stops_what_is_measured_and_r_looks_again():
    workspace = Small()
    workspace.casebook.slow = True
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("3")
        await settled(pilot)
        await pilot.press("m")
        await asyncio.sleep(0.4)
        await pilot.pause()
        screen = pilot.app.screen
        assert "Looking for mistakes" in drawn(screen)
        assert "esc stops" in drawn(screen)
        job = screen._job
        await pilot.press("escape")
        await worked(pilot)
        assert job.signal.is_set
        assert "Stopped" in drawn(screen)
        workspace.casebook.slow = False
        await pilot.press("r")
        await worked(pilot)
        assert "Mutation score" in drawn(screen)


async def test_leaving_the_program_stops_the_work():
    workspace = Small()
    workspace.casebook.slow = True
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("3")
        await settled(pilot)
        await pilot.press("m")
        await pilot.pause()
        job = pilot.app.screen._job
    assert job.signal.is_set
    assert job.wait(5)


async def test_proposing_anew_keeps_what_is_reviewed_and_runs_what_is_new():
    workspace = Small()
    workspace.made[0] = {**workspace.made[0], "reviewed_by": 'Operator::"ana"', "origin": "generated"}
    workspace.made[1] = {**workspace.made[1], "origin": "generated"}
    async with make_app(workspace).run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot, "p")
        assert len(workspace.casebook.taken) == 1
        names = [each["name"] for each in workspace.made]
        assert names[0] == "100", "a person confirmed it"
        assert "900" not in names, "a mere proposal is made anew"
        assert len(names) > 2
        assert f"{len(names)} cases" in drawn(screen)


async def test_esc_while_proposing_leaves_the_cases_as_they_were():
    workspace = Small()
    workspace.casebook.slow = True
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("3")
        await settled(pilot)
        await pilot.press("p")
        await asyncio.sleep(0.4)
        await pilot.pause()
        assert "Proposing cases" in drawn(pilot.app.screen)
        await pilot.press("escape")
        await worked(pilot)
        assert workspace.casebook.taken == []
        assert "2 cases" in drawn(pilot.app.screen)


async def test_what_cannot_be_added_is_told():
    class Stubborn(Small):
        def add_tests(self, cases):
            raise WorkbenchError("the draft has changed", "somebody else saved it", "read it again", "stale")

    async with make_app(Stubborn()).run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot, "m")
        await pilot.press("a")
        await settled(pilot)
        assert any("the draft has changed" in str(n.title) + n.message for n in pilot.app._notifications)
        assert "✓ added" not in drawn(screen)
