"""A norm goes all the way: English, rule, tests, difference, signatures, timelock; the next action that it denies is
found, opened, explained, and followed to the English and back. By keyboard, by mouse and in a real terminal.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.keys import _character_to_key
from textual.pilot import Pilot

from tests.tui.hands import Hand, before_the_screens
from workbench.service.clock import FrozenClock
from workbench.service.demo import SENTENCE
from workbench.service.player import decide_recorded, read_recording
from workbench.service.samples import load_sample
from workbench.service.verify import verify_path
from workbench.service.workspace import Workspace
from workbench.tui.app import WorkbenchApp

RULE = "never-share-external-email"
HANDS = pytest.mark.parametrize("hand", ["keys-80x24", "mouse-120x40", "terminal-80x24"])
EVERY_HAND = pytest.mark.parametrize("hand", ["keys-80x24", "keys-120x40", "mouse-120x40", "terminal-80x24"])


def drawn(app: WorkbenchApp) -> str:
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


async def until(pilot: Pilot[None], words: str, seconds: float = 15.0) -> str:
    """Wait for words on the screen; what is drawn then."""
    for _ in range(int(seconds / 0.1)):
        await pilot.pause(0.1)
        screen = drawn(pilot.app)
        if words in screen:
            return screen
    raise AssertionError(f"`{words}` never came:\n{drawn(pilot.app)}")


async def type_text(pilot: Pilot[None], text: str) -> None:
    await pilot.press(*(_character_to_key(char) for char in text))


class Swarm:
    """The recorded agents at work, in a workspace of their own on the same place."""

    def __init__(self, workspace: Workspace, clock: object) -> None:
        self.workspace, self._clock = workspace, clock
        self._lines = iter(read_recording(load_sample().actions))

    def next_share(self) -> tuple[int, str]:
        """Work until a ticket that carries addresses is shared; the receipt and the outcome."""
        for line in self._lines:
            recorded = decide_recorded(self.workspace, line, self._clock.now().date())  # type: ignore[attr-defined]
            if "share_external" in line and '"email"' in line.partition('"entities"')[2]:
                return recorded.seq, recorded.decision.outcome
        raise AssertionError("the recording has no more of them")


async def sign(person: Hand, key: str, title: str, confirm: str, button: str) -> None:
    """Vote from the window that asks for a key, its passphrase and six characters."""
    await person.act(key, title)
    await person.sees("Last six")
    await person.fill("Passphrase", "demo-only", hidden=True)
    await person.fill("Last six", confirm[-6:])
    await person.answer(button, "enter", "enter")


@EVERY_HAND
async def test_one_norm_all_the_way_and_back(swarm: Path, hand: str) -> None:
    clock = FrozenClock()
    async with before_the_screens(hand, swarm, clock) as person:
        await person.sees("v1.0.0", "In force")
        agents = Swarm(Workspace.open(swarm, clock=person.clock), person.clock)
        genesis = agents.workspace.versions()[0].digest
        assert agents.next_share()[1] == "allow"

        await person.go("author")
        await person.sees("22 rules")
        await person.write(SENTENCE)
        await person.act("f5", "Compile")
        await person.sees("23 rules", 'tags.contains("email")', "Nobody may share")

        await person.leave()
        await person.go("tests")
        await person.sees("18 passed", "engines agree", "reviewed")
        await person.act("a", "Accept")
        await person.sees("Who says so?")
        await person.answer("ana Operator", "enter")
        await person.sees("16 of 18 reviewed")

        await person.go("review")
        await person.sees("can be proposed", "major amendment", RULE)
        await person.act("v", "View")
        await person.sees("1 newly denied", "share_external")
        await person.hidden("P", "Propose")
        await person.sees("Propose the draft", "major amendment of 1.0.0")
        await person.type(" inside")
        await person.answer("Propose", "tab", "tab", "tab", "enter")

        shown = await person.sees("QUORUM", "0 of 2 seats filled", gone="Propose the draft")
        digest = re.search(r"[0-9a-f]{64}", shown.replace("\n", ""))
        assert digest
        for seats in ("1 of 2", "2 of 2"):
            await sign(person, "a", "Approve", digest.group(), "Approve")
            await person.sees(f"{seats} seats filled")
        await person.meanwhile(11)
        await person.sees("✓ active")
        assert agents.workspace.version().summary.endswith("inside")

        seq, outcome = agents.next_share()
        assert outcome == "deny"
        await person.go("live")
        await person.open("never-share")
        shown = await person.sees(f"#{seq}", SENTENCE[:40], "resource.tags")
        await person.act("o", "Open rule")
        await person.sees(f'@id("{RULE}")', SENTENCE[:40])
        await person.leave()
        await person.sees(f"#{seq}", "RULE THAT DECIDED")
        await person.act("escape", "Back")
        await person.sees("never-share", "time", gone="RULE THAT DECIDED")
        agents.workspace.close()

    found = verify_path(swarm, genesis)
    assert (found.ok, found.anchored) == (True, True)
    newest = swarm / "versions" / "1.1.0.yaml"
    newest.write_bytes(newest.read_bytes().replace(b'contains("email")', b'contains("emaik")'))
    assert not verify_path(swarm, genesis).ok
