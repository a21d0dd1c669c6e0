"""Tests, ``m``: what no test case notices, and adding the case that does."""

import asyncio
from dataclasses import replace
from functools import partial

from tests.tui.draft_fakes import DraftWorkspace
from tests.tui.fakes import make_app, settled
from workbench.service.errors import WorkbenchError
from workbench.service.mutating import start_draft_quality
from workbench.tui.screens.modals.mistakes import MistakesScreen

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


class Small(DraftWorkspace):
    """A draft of two rules with two test cases; what is added is kept."""

    rules = RULES

    def __init__(self):
        super().__init__()
        self.made = [case(100, "allow"), case(900, "deny")]

    def draft(self):
        return replace(super().draft(), cedar_plus=self.rules, schema=SCHEMA, tests=tuple(self.made), invariants="")

    def add_tests(self, cases):
        self.calls.append("add_tests")
        self.made += [dict(each) for each in cases]
        return self.draft()


async def opened(pilot):
    await settled(pilot)
    await pilot.press("3")
    await settled(pilot)
    await pilot.press("m")
    for _ in range(100):
        await asyncio.sleep(0.05)
        await settled(pilot)
        screen = pilot.app.screen
        if isinstance(screen, MistakesScreen) and screen._job is not None and screen._job.done:
            await asyncio.sleep(0.2)
            await settled(pilot)
            return screen
    raise AssertionError("nothing was measured")


def drawn(screen):
    return "\n".join(strip.text.rstrip() for strip in screen._compositor.render_strips())


async def test_survivors_are_listed_and_a_adds_the_case_that_notices():
    workspace = Small()
    async with make_app(workspace).run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot)
        text = drawn(screen)
        assert "Mutation score" in text
        assert "1 of 1 condition" in text
        assert "`context.amount >= 500`" in text
        assert "If `cap` had `context.amount >= 500` instead of" in " ".join(text.split())
        assert "a adds: refund: amount 500 → allowed" in " ".join(text.split())
        await pilot.press("a")
        await settled(pilot)
        assert "✓ added" in drawn(screen)
        await pilot.press("a")
        await settled(pilot)
        assert workspace.calls.count("add_tests") == 1, "once is enough"
        assert workspace.made[2]["request"]["context"] == {"amount": 500}
        await pilot.press("down", "enter")
        await settled(pilot)
        assert workspace.calls.count("add_tests") == 2
        runs = workspace.calls.count("run_tests")
        await pilot.press("escape")
        await settled(pilot)
        assert workspace.calls.count("run_tests") == runs + 1, "the new case runs"


async def test_a_draft_that_is_not_clean_says_so():
    workspace = Small()
    workspace.rules = "permit (principal,"
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot)
        assert "it is not clean" in drawn(screen)
        await pilot.press("a", "escape")
        await settled(pilot)
        assert not isinstance(pilot.app.screen, MistakesScreen)
        assert "add_tests" not in workspace.calls


async def test_leaving_stops_the_work():
    workspace = Small()
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        screen = MistakesScreen(workspace, partial(start_draft_quality, workspace))
        pilot.app.push_screen(screen)
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        assert screen._job.signal.is_set
        assert screen._job.wait(5)


async def test_what_cannot_be_added_is_told():
    class Stubborn(Small):
        def add_tests(self, cases):
            raise WorkbenchError("the draft has changed", "somebody else saved it", "read it again", "stale")

    async with make_app(Stubborn()).run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot)
        await pilot.press("a")
        await settled(pilot)
        assert "✓ added" not in drawn(screen)
