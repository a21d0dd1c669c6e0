"""What an agent writes is data: fed through the real store into all nine screens and their windows.

Every strip that is drawn has exactly the screen's width, and holds nothing that a terminal would act on; markup stands
there as it was written; a field of a megabyte costs no more than a short one.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.pilot import Pilot

from workbench.service.clock import SystemClock
from workbench.service.player import decide_recorded, read_recording
from workbench.service.workspace import Workspace
from workbench.tui.actions import SCREEN_NAMES, load_all
from workbench.tui.app import WorkbenchApp
from workbench.tui.view.plain import visible, visible_code

BAD = "a\x1b[31m\x9b2J\x1b]0;x\x07\u202egnp\u2066\u200b\u200d\u00ad\U000e0041\x00\r\n\tz"
TEXTS = {
    "controls": BAD,
    "markup": "[red]red[/red] [@click=app.leave]here[/] $deny \\[x]",
    "flood": "e" + "\u0301" * 500 + "漢字😀👨‍👩‍👧🇩🇪✔️" * 20,
    "long": "x" * 1_000_000,
    "surrogate": "a\ud800b",
}
SIZES = ((80, 24), (137, 40))
PATIENCE = 400
SEEN_FORMATS = (
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"  # letters' frames
)


def hostile_line(line: str, text: str) -> str:
    """A recorded action that says ``text`` wherever its agent may write."""
    action = json.loads(line)
    action["request"]["resource"] = f"Ticket::{json.dumps(text, ensure_ascii=True)}"
    for name, value in action["request"]["context"].items():
        if isinstance(value, str):
            action["request"]["context"][name] = text
    for entity in action.get("entities", []):
        if entity["uid"]["type"] == "Ticket":
            entity["uid"]["id"] = text
            entity["attrs"] |= {name: text for name, value in entity["attrs"].items() if isinstance(value, str)}
            entity["attrs"]["tags"] = [text]
    return json.dumps(action)


def decided(workspace: Workspace, text: str, wanted: int) -> int:
    """Let agents say ``text`` in several actions, of every outcome; how many of them were recorded."""
    recording = workspace.recording()
    assert recording is not None
    done, seen = 0, set()
    for line in read_recording(recording)[:400]:
        action = json.loads(line)["request"]["action"]
        if action in seen and "issue_refund" not in action:
            continue
        seen.add(action)
        try:
            decide_recorded(workspace, hostile_line(line, text), SystemClock().now().date())
        except Exception:  # refused before anything is recorded: nothing of it can be shown
            continue
        done += 1
        if done >= wanted:
            break
    return done


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("hostile") / "demo"
    with Workspace.create(made) as workspace:
        for text in TEXTS.values():
            decided(workspace, text, 6 if len(text) < 10_000 else 2)
        assert workspace.status().receipts > 15
        draft = workspace.draft()
        sayable = [text[:2_000] for name, text in TEXTS.items() if name != "surrogate"]  # no file could keep one
        said = "".join(f"\n- {text}" for text in sayable)
        workspace.save_draft(
            english=draft.english + said,
            cedar_plus=draft.cedar_plus + "".join(f"\n// {' '.join(text.split())}" for text in sayable),
            revision=draft.revision,
        )
    return made


def acted_on(text: str) -> list[str]:
    """What in ``text`` a terminal would act on, or nobody would see."""
    return [
        f"U+{ord(char):04X}"
        for char in text
        if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}
        or (
            unicodedata.category(char) == "Cf"
            and not 0x600 <= ord(char) <= 0x8E2
            and ord(char) not in (0x110BD, 0x110CD)
        )
    ]


def look(app: WorkbenchApp, where: str) -> str:
    """Hold what is drawn to the rules; the text that is drawn."""
    width, height = app.size
    strips = app.screen._compositor.render_strips()
    assert len(strips) == height, where
    for number, strip in enumerate(strips):
        found = acted_on(strip.text)
        assert not found, f"{where}, line {number}: {found} in {strip.text!r}"
        assert cell_len(strip.text) == width, f"{where}, line {number}: {cell_len(strip.text)} cells: {strip.text!r}"
        for segment in strip:
            assert segment.control is None, where
    return "\n".join(strip.text for strip in strips)


async def rest(pilot: Pilot[None], holds: Callable[[], bool] = lambda: True) -> None:
    """Until no service is at work and ``holds``."""
    for _ in range(PATIENCE):
        await pilot._wait_for_screen()
        if holds() and not any(worker.is_running for worker in pilot.app.workers):
            break
        await asyncio.sleep(0.02)
    await pilot.pause()


JOURNEYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "overview": (("tab",), ("L",), ("escape",), ("N",), ("escape",), ("question_mark",), ("escape",)),
    "author": (("down", "end"), ("escape",), ("j", "j"), ("ctrl+p",), ("escape",)),
    "tests": (("j",), ("enter",), ("escape",)),
    "review": (("d",), ("j",), ("enter",), ("escape",)),
    "sign": (("j",), ("enter",), ("escape",)),
    "live": (("G", "enter"), ("b",), ("b",), ("b",), ("b",), ("escape",), ("tab",), ("enter",), ("escape",), ("S",),
             ("escape",)),
    "cases": (("enter",), ("j",), ("enter",), ("escape",)),
    "speech": (("s",), ("enter",), ("escape",)),
    "history": (("enter",), ("escape",), ("j", "enter"), ("escape",)),
}  # fmt: skip


@pytest.mark.parametrize("size", SIZES, ids=["small", "wide"])
async def test_nothing_that_an_agent_wrote_is_acted_on(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    own = tmp_path / "demo"
    shutil.copytree(place, own)
    monkeypatch.chdir(tmp_path)
    app = WorkbenchApp(own)
    seen: list[str] = []
    async with app.run_test(size=size) as pilot:
        await rest(pilot, lambda: app.status is not None)
        for name in SCREEN_NAMES:
            await app.goto(name)
            await rest(pilot)
            seen.append(look(app, name))
            for keys in JOURNEYS[name] if size == SIZES[0] or name == "live" else ():
                await app._press_keys(keys)
                await rest(pilot)
                seen.append(look(app, f"{name} after {keys}"))
        await app.goto("speech")
        for text in TEXTS.values():
            app.post_message(_paste(f'User: hello {text[:50_000]}\nAssistant: "{text[:5_000]}" is certain.'))
            await rest(pilot)
            seen.append(look(app, "speech after a paste"))
        titles = [notice.message + notice.title for notice in app._notifications]
        assert not any(acted_on(title) for title in titles)
    drawn = "\n".join(seen)
    assert "[red]red[/red]" in drawn.replace("\n", ""), "markup is shown as it was written"
    assert "x" * 20 in drawn
    assert "␛[31m" in drawn


def _paste(text: str) -> Any:
    from textual.events import Paste

    return Paste(text)


async def test_a_megabyte_costs_no_more_than_a_word(tmp_path: Path) -> None:
    """A page of the feed with huge fields is drawn for about what a page of short ones costs."""
    from tests.tui.fakes import NOW, FakeWorkspace, make_app, settled
    from workbench.service.views import EventRow

    load_all()  # no import is part of what is timed
    spent: dict[str, float] = {}
    for kind, text in (("word", "x" * 20), ("flood", "e\u0301\u202e" * 350_000), ("megabyte", "x" * 1_000_000)):
        workspace = FakeWorkspace()
        for seq in range(1_000, 1_060):
            workspace.add(
                EventRow(seq, NOW, text, text, text, "deny", "forbidden", text, violation=True, version="1.0.0")
            )
        app = make_app(workspace)
        async with app.run_test(size=(120, 40)) as pilot:
            await settled(pilot)
            begun = time.thread_time()
            await app.goto("live")
            await settled(pilot)
            look(app, kind)
            spent[kind] = time.thread_time() - begun
    print(spent)
    assert spent["megabyte"] < 4 * spent["word"]
    assert spent["flood"] < 4 * spent["word"]


CHARS = st.text(st.one_of(st.characters(), st.sampled_from("e\u0301\u0308\u20d7\u202e\u200b\ufe0f[]\x1b")), max_size=80)


@given(CHARS)
def test_what_is_made_visible_keeps_its_length_and_is_stable(text: str) -> None:
    for make in (visible, visible_code):
        made = make(text)
        assert len(made) == len(text)
        assert make(made) == made
    assert not acted_on(visible(text))


@given(st.integers(0, 60), st.sampled_from("\u0301\u0489\u20d0\u1dc4\ufe20"))
def test_of_a_flood_of_accents_four_are_kept(many: int, mark: str) -> None:
    assert visible("a" + mark * many + "b") == "a" + mark * min(many, 4) + "\ufffd" * max(many - 4, 0) + "b"
