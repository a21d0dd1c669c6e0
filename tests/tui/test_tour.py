"""The tour: it points at what is there, hides nothing, goes by key and by mouse, and comes by itself once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.widgets import Input

from tests.tui.draft_fakes import CEDAR, ENGLISH, NEW_RULE, DraftWorkspace
from tests.tui.fakes import NOW, make_app, settled
from tests.tui.pictures import SIZES, THEMES, picture
from tests.tui.test_shell import text_of, toasts
from workbench.service import demo
from workbench.service.governing_views import OverlayView
from workbench.tui.actions import GLOBAL, REGISTRY, SCREEN_NAMES, load_all, shown_key
from workbench.tui.remembered import Remembered
from workbench.tui.screens.modals.keys import KeysScreen
from workbench.tui.touring import LEFT_AT, OVER, SCOPE
from workbench.tui.view.tour import SENTENCE, STEPS, Facts, Keys, Telling, kept, reached, recalled, told
from workbench.tui.widgets.tour_strip import MARKS, TourStrip, keys

KEYS = Keys(".", ",", "T")
STOPS = [(number, stop) for number, step in enumerate(STEPS) for stop in step.stops]


def workspace(**changes: object) -> DraftWorkspace:
    """A draft with a rule that is not in force, and a proposal."""
    made = DraftWorkspace(proposed=True, **changes)
    made.saved = replace(made.saved, english=ENGLISH + SENTENCE + "\n", cedar_plus=CEDAR + "\n" + NEW_RULE)
    return made


@pytest.fixture
def undone(monkeypatch):
    """Nothing of it is done yet, whatever stands in the workspace: every step says what there is to do."""
    monkeypatch.setattr("workbench.tui.touring.reached", lambda *_: frozenset())


def strip(app) -> TourStrip:
    return app.screen.query_one(TourStrip)


def marked(app):
    return list(app.screen.query(", ".join(f".{mark}" for mark in MARKS)))


# -- what it says ----------------------------------------------------------------------------------------------------


def test_it_proposes_the_sentence_that_the_demo_tells_of():
    assert SENTENCE == demo.SENTENCE


def test_there_are_five_steps_in_the_order_of_the_screens():
    numbers = [SCREEN_NAMES.index(step.screen) for step in STEPS]
    assert len(STEPS) == 5
    assert numbers == sorted(numbers)


@pytest.mark.parametrize(("number", "stop"), STOPS, ids=[stop.screen for _, stop in STOPS])
def test_every_key_that_it_names_is_a_key_of_that_screen(number, stop):
    load_all()
    offered = {shown_key(key) for scope in (stop.screen, GLOBAL, "list") for a in REGISTRY.of(scope) for key in a.keys}
    assert set(stop.said.split("`")[1::2]) <= offered, number


facts = st.builds(
    Facts,
    version=st.sampled_from(["1.0.0", "1.1.0"]),
    rules=st.sampled_from(["a", "b", ""]),
    proposals=st.integers(0, 2),
    stops=st.integers(0, 2),
)


@given(facts, facts)
def test_what_is_in_force_was_also_written_and_proposed(began, now):
    done = reached(began, now)
    assert 0 not in done, "to look at what is in force is nobody's act"
    assert (3 in done) <= (2 in done) <= (1 in done)
    assert (3 in done) == (now.version != began.version)
    assert (4 in done) == (now.stops > began.stops)


@given(facts)
def test_what_stood_there_before_is_no_act_of_this_tour(began):
    """With a changed draft, an open proposal and a stop every step still says what to do."""
    assert reached(began, began) == frozenset()
    assert reached(began, replace(began, rules="c")) == ({1} if began.rules else frozenset())
    assert reached(began, replace(began, rules="")) == frozenset(), "Cedar+ that cannot be read is no rule written"


telling = st.builds(
    Telling,
    step=st.integers(0, len(STEPS) - 1),
    done=st.frozensets(st.integers(0, len(STEPS) - 1)),
    screen=st.sampled_from(SCREEN_NAMES),
    timelock=st.booleans(),
)


@given(telling, st.integers(0, 220), st.booleans())
def test_it_fits_any_width_and_always_says_how_to_go_on(what, width, short):
    first, *rest = told(what, KEYS, width, short=short).split("\n")
    assert first.cell_length <= max(width, 1)
    assert len(rest) == (0 if short or width < 10 else 1)
    if width >= 24:
        assert ("Finish" if what.step == 4 else "Next") in first.plain
    if width >= 78:
        assert STEPS[what.step].title in first.plain
        assert all(word in first.plain for word in (("Back",) if what.step else ()))
        assert ("✓ done" in first.plain) == (what.step in what.done and what.step > 0)
    if rest and width >= 78:
        assert len(rest[0].wrap(width)) <= 2, "three rows in all at 80 columns"
        step = STEPS[what.step]
        done = what.step in what.done and bool(step.act)
        waits = what.timelock and what.step == 3 and not done
        assert ("Every seat is filled" in rest[0].plain) == waits
        assert ("This step is on" in rest[0].plain) == (step.stop(what.screen) is None and not done and not waits)
        assert (f"{KEYS.next} goes on" in rest[0].plain or f"{KEYS.next} ends" in rest[0].plain) == done
        assert not (done and any(stop.said[:20] in rest[0].plain for stop in step.stops)), "nothing is still to do"


def test_a_step_that_is_done_leads_on_wherever_one_is():
    """After the proposal one stands on Sign: it is not said to go back and do what is done."""
    line = told(Telling(2, frozenset((1, 2)), "sign"), KEYS, 80).plain
    assert "The proposal waits for its signers.  . goes on: Sign it." in line
    assert "go there to do it" not in line


def test_who_has_signed_for_every_seat_is_told_to_wait():
    head, said = told(Telling(3, frozenset((1, 2)), "sign", timelock=True), KEYS, 80).plain.split("\n")
    assert "◷ the timelock runs" in head
    assert "yours" not in head
    assert "approves" not in said, "nothing is left to approve"


def test_back_and_skip_have_keys_where_letters_are_text():
    line = told(Telling(1, frozenset(), "author"), keys(typing=True), 78).plain.split("\n")[0]
    assert all(said in line for said in ("ctrl+o , Back", "F10 Next", "ctrl+o T Skip", "○ yours: F5"))


@given(st.integers(0, len(STEPS) - 1), st.sets(st.integers(0, len(STEPS) - 1)), st.none() | facts)
def test_it_is_remembered_as_it_was(step, done, began):
    assert recalled(dict(kept(step, done, began))) == (step, done, began)


json = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["step", "done", "began", "version"]), inner)
    ),
    max_leaves=8,
)


@given(json)
def test_whatever_a_file_says_a_step_is_one_of_the_five(value):
    found = recalled(value)
    assert found is None or (found[0] in range(5) and found[1] <= set(range(5)))


# -- on the screens --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_each_step_marks_what_it_is_about_and_covers_none_of_it(undone, size):
    app = make_app(workspace(), tour=True)
    async with app.run_test(size=size) as pilot:
        for number, step in enumerate(STEPS):
            for stop in step.stops:
                await app.goto(stop.screen)
                await settled(pilot)
                app.look_now()
                await settled(pilot)
                shown = strip(app)
                assert shown.telling == Telling(number, shown.telling.done, stop.screen)
                assert 2 <= shown.region.height <= 3, "a line of keys, and at most two of text"
                (about,) = marked(app)
                assert about.region.height >= 3, "there is something to see"
                assert about.region.bottom <= shown.region.y
                assert about.is_on_screen
                edges = about.styles.border
                assert "heavy" in (edges.top[0], edges.left[0]), "marked by its line, not by colour alone"
                assert stop.said.split(" `")[0].replace("`", "")[:40] in text_of(app)
            await pilot.press("escape", "full_stop")
            await settled(pilot)
        assert not strip(app).display
        assert not marked(app)


async def test_keys_go_on_and_back_and_end_it_and_begin_it_again():
    remembered = Remembered()
    app = make_app(workspace(), tour=True, remembered=remembered)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "Tour 1/5" in text_of(app)
        await pilot.press("comma")
        assert "Tour 1/5" in text_of(app), "there is nothing before the first step"
        await pilot.press("full_stop")
        await settled(pilot)
        assert (app.current_mode, strip(app).telling.step) == ("author", 1)
        await pilot.press("f10")  # the English has the focus
        await settled(pilot)
        assert (app.current_mode, strip(app).telling.step) == ("tests", 2)
        await pilot.press("comma")
        await settled(pilot)
        assert (app.current_mode, strip(app).telling.step) == ("author", 1)
        await pilot.press("ctrl+o", "full_stop")  # also while typing
        await settled(pilot)
        assert app.current_mode == "tests"
        await pilot.press("question_mark")
        await pilot.pause()
        await pilot.press("full_stop")
        assert isinstance(app.screen, KeysScreen), "nothing moves under a window"
        await pilot.press("escape", "T")
        await settled(pilot)
        assert not strip(app).display
        assert remembered.get(SCOPE, OVER, False)
        assert any("The tour is skipped" in said and "T begins it again" in said for said in toasts(app))
        await pilot.press("full_stop")
        await settled(pilot)
        assert app.current_mode == "tests", "without a tour its keys do nothing"
        await pilot.press("T")
        await settled(pilot)
        assert (app.current_mode, strip(app).telling.step) == ("overview", 0)


async def clicked(pilot, word: str) -> None:
    """Click a word of the strip."""
    shown = strip(pilot.app)
    for row, line in enumerate(text_of(pilot.app).splitlines()[shown.region.y : shown.region.bottom]):
        if word in line:
            await pilot.click(TourStrip, offset=(line.index(word), row))
            await settled(pilot)
            return
    raise AssertionError(f"`{word}` is not in the strip:\n{text_of(pilot.app)}")


async def test_the_mouse_alone_goes_through_it_and_writes_the_sentence(undone):
    made = DraftWorkspace()
    app = make_app(made, tour=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await clicked(pilot, "Next")
        assert app.current_mode == "author"
        await clicked(pilot, "“Agents must never")
        assert app.screen.query_one("#english").text.rstrip().endswith(SENTENCE)
        await clicked(pilot, "“Agents must never")
        assert app.screen.query_one("#english").text.count(SENTENCE) == 1
        await clicked(pilot, "Back")
        assert app.current_mode == "overview"
        for _ in range(2):
            await clicked(pilot, "Next")
        await pilot.press("1")
        await settled(pilot)
        await clicked(pilot, "This step is on")
        assert app.current_mode == "tests"
        await clicked(pilot, "Skip")
        assert not strip(app).display


async def test_what_is_done_is_ticked_off_and_then_the_next_screen_is_the_next_step():
    made = DraftWorkspace()
    stop = OverlayView("s1", "stop", "in_force", "agent a", "why", "ana", NOW, None)
    now = {"open_proposals": 0, "draft_changed": False}
    made.change_status = lambda status: replace(status, **now)
    app = make_app(made, tour=True)

    async def second(pilot):
        app.look_now()
        await settled(pilot)

    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("2")  # the first step is only to be read
        await settled(pilot)
        assert strip(app).telling.step == 1
        await pilot.press("escape", "3")
        await settled(pilot)
        assert strip(app).telling.step == 1, "nothing is written yet"
        assert "This step is on 2 Author" in text_of(app)
        made.saved = replace(made.saved, cedar_plus=CEDAR + "\n" + NEW_RULE)
        await second(pilot)
        assert strip(app).telling.done == {1}
        await pilot.press("2")
        await settled(pilot)
        assert "✓ done" in text_of(app)
        await pilot.press("escape", "3")
        await settled(pilot)
        assert strip(app).telling.step == 2
        await pilot.press("4")
        now["open_proposals"] = 1
        await second(pilot)
        assert "Tour 3/5 · See what it does  ✓ done" in text_of(app)
        await pilot.press("5")
        await settled(pilot)
        now["open_proposals"] = 0
        made.version_now = replace(made.version_now, version="1.1.0")
        await second(pilot)
        assert "Tour 4/5 · Sign it  ✓ done" in text_of(app)
        await pilot.press("6")
        await settled(pilot)
        now["overlays"] = (stop,)
        await second(pilot)
        assert "Tour 5/5 · Watch it, and stop  ✓ done" in text_of(app)
        await pilot.press("full_stop")
        await settled(pilot)
        assert any("That was the tour" in said for said in toasts(app))
        for key in "12345":
            await pilot.press("escape", key)
            await settled(pilot)
            assert not strip(app).display, "its strip is gone from the screens behind as well"


async def test_where_letters_are_typed_it_names_keys_that_are_no_letters():
    load_all()
    assert keys(typing=False) == Keys(".", ",", "T")
    assert keys(typing=True) == Keys("F10", "ctrl+o ,", "ctrl+o T")
    app = make_app(workspace(), tour=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        field = Input()
        await app.screen.mount(field)
        field.focus()
        await pilot.pause()
        assert "F10 Next" in text_of(app)
        await pilot.press("full_stop", "T")
        assert field.value == ".T"


async def test_a_low_screen_keeps_one_line_of_it():
    app = make_app(workspace(), tour=True)
    async with app.run_test(size=(60, 14)) as pilot:
        await settled(pilot)
        assert strip(app).region.height == 1
        assert "1/5" in text_of(app)
        await pilot.resize_terminal(80, 24)
        await settled(pilot)
        assert strip(app).region.height == 3


# -- when it comes by itself -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("demo_", "real", "over", "asked", "shown"),
    [
        (True, True, False, None, True),
        (True, True, True, None, False),  # seen, or skipped, in whatever workspace
        (True, False, False, None, False),  # nobody sits there
        (False, True, False, None, False),  # never in somebody's own workspace
        (True, True, False, False, False),
        (False, False, True, True, True),
    ],
)
async def test_it_comes_by_itself_once_in_the_demo_where_a_person_sits(demo_, real, over, asked, shown, monkeypatch):
    remembered = Remembered()
    remembered.put(SCOPE, OVER, over, everywhere=True)
    app = make_app(workspace(), demo=demo_, tour=asked, remembered=remembered, screen="cases")
    async with app.run_test(size=(80, 24)) as pilot:
        monkeypatch.setattr(type(app), "is_headless", property(lambda _: not real))
        await settled(pilot)
        assert strip(app).display is shown
        monkeypatch.undo()


async def test_it_goes_on_at_the_next_start_where_it_was_left():
    remembered = Remembered()
    for step in (1, 2):
        app = make_app(workspace(), tour=True, remembered=remembered)
        async with app.run_test(size=(80, 24)) as pilot:
            await settled(pilot)
            assert strip(app).telling.step == step - 1
            await pilot.press("f10")
            await settled(pilot)
    assert remembered.get(SCOPE, LEFT_AT, {})["step"] == 2


@pytest.mark.parametrize("where", ["palette", "sheet", "leader"])
async def test_it_is_offered_in_any_workspace(where):
    app = make_app(workspace())
    async with app.run_test(size=(80, 60)) as pilot:
        await settled(pilot)
        if where == "sheet":
            await pilot.press("question_mark")
            await pilot.pause()
            assert REGISTRY["global.tour"].help in text_of(app)
            return
        if where == "palette":
            await pilot.press("ctrl+p", *"tour in five")
            for _ in range(50):
                await pilot.pause(0.05)
                if REGISTRY["global.tour"].help in text_of(app):
                    break
            await pilot.press("enter")
        else:
            await pilot.press("ctrl+o", "T")
        await settled(pilot)
        assert strip(app).telling == Telling(0, strip(app).telling.done, "overview")


# -- pictures --------------------------------------------------------------------------------------------------------


PICTURES = [(number, stop, SIZES[0]) for number, stop in STOPS] + [(*STOPS[1], SIZES[1]), (*STOPS[-1], SIZES[1])]


@pytest.mark.parametrize(
    ("number", "stop", "size"), PICTURES, ids=[f"{stop.screen}-{size[0]}x{size[1]}" for _, stop, size in PICTURES]
)
def test_the_strip_looks_as_it_did(snap_compare, undone, number, stop, size):
    """In the dark theme on small screens, in the light one on larger."""
    remembered = Remembered()
    remembered.put(SCOPE, LEFT_AT, dict(kept(number, {1} if number > 1 else (), None)))
    app = make_app(
        workspace(),
        tour=True,
        remembered=remembered,
        screen=stop.screen,
        theme=THEMES[SIZES.index(size)],
    )

    async def before(pilot):
        await settled(pilot)
        app.look_now()
        app.clear_notifications()
        await settled(pilot)

    picture(snap_compare, app, f"tour-{stop.screen}", size, before)
