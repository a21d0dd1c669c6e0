"""The model on Author, against a real server on loopback: its words as they come, ended by escape, taken by a yes."""

from __future__ import annotations

import pytest

from tests.service.model_server import rewrites, says, serving
from tests.tui.fakes import make_app
from tests.tui.test_author import areas, opened, shown, waited
from workbench.service.model_config import checked_settings, save_settings
from workbench.service.workspace import Workspace
from workbench.tui.screens.modals.model import ModelScreen
from workbench.tui.view import author_model as view
from workbench.tui.widgets.row_list import RowList

FREE = "Refunds larger than five hundred are off the table unless a supervisor does it."
OTHER = "Tickets of the billing kind are no business of agents to close."
REWRITE = "A refund must not exceed 500 unless a supervisor issues it."
CLOSED = "Agents must not close billing tickets."
KEY = "sk-the-models-key"


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("TINY_KEY", KEY)
    with serving() as model:
        yield model


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("author-model")
        patch.setenv("WORKBENCH_CONFIG", str(folder / "config"))
        Workspace.create(folder / "demo", swarm_id="swarm-author-model").close()
        yield folder


@pytest.fixture
def workspace(place):
    (place / "config" / "model.yaml").unlink(missing_ok=True)
    with Workspace.open(place / "demo") as made:
        made.save_draft(english=f"{FREE}\n", cedar_plus="", revision=made.draft().revision)
        yield made


def configure(server):
    values = {"model": "openai/tiny", "base_url": server.url, "key_env": "TINY_KEY", "candidates": 1, "timeout": 20.0}
    save_settings(checked_settings(values))


def drawn(app):
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def until(pilot, words, seconds=15.0):
    for _ in range(int(seconds / 0.1)):
        await pilot.pause(0.1)
        if words in drawn(pilot.app):
            return
    raise AssertionError(f"`{words}` never came:\n{drawn(pilot.app)}")


async def on_sentence(pilot):
    screen = await opened(pilot)
    await waited(pilot, 0.6)
    areas(screen)[0].move_cursor((0, 3))
    await pilot.pause()
    return screen


async def test_a_rewrite_is_shown_confirmed_and_compiled(server, workspace):
    configure(server)
    server.script(rewrites(REWRITE))
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await on_sentence(pilot)
        await pilot.press("f12")
        await until(pilot, "↳ rewritten")
        window = pilot.app.screen
        assert isinstance(window, ModelScreen)
        assert REWRITE in shown(window, "#model-detail")
        assert workspace.draft().english == f"{FREE}\n"
        await pilot.press("enter")
        await pilot.pause()
        assert pilot.app.screen is window, "enter alone takes nothing"
        await pilot.press("y")
        await waited(pilot, 0.8)
        assert pilot.app.screen is screen
        english, cedar = areas(screen)
        assert english.text.startswith(REWRITE)
        assert "context.amount > 500" in cedar.text
        assert workspace.draft().origins[REWRITE].model == "openai/tiny"
        english.move_cursor((0, 3))
        await pilot.pause()
        assert "rewritten by openai/tiny: asked 1 time" in shown(screen)
        assert KEY not in drawn(pilot.app)


async def test_its_words_are_shown_as_they_come_and_escape_ends_it(server, workspace):
    configure(server)
    server.script(says("Well, \x1b[31mlet me think [bold]about[/bold] refunds " * 40, piece=20, pause=0.05))
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await on_sentence(pilot)
        await pilot.press("f12")
        await until(pilot, "let me think [bold]about[/bold]")
        job = pilot.app.screen._job
        assert "\x1b" not in shown(pilot.app.screen, "#model-said")
        await pilot.press("escape")
        await waited(pilot, 0.3)
        assert pilot.app.screen is screen
        assert job.join(10), "its thread ended"
        assert job.state == "stopped"
        assert workspace.draft().english == f"{FREE}\n"


async def test_without_a_model_one_line_says_how(workspace):
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await on_sentence(pilot)
        await pilot.press("f12")
        await waited(pilot, 0.3)
        assert pilot.app.screen is screen
        assert any("workbench model set" in str(n.message) for n in pilot.app._notifications)


async def test_several_sentences_are_marked_then_taken_together(server, workspace):
    configure(server)
    workspace.save_draft(english=f"{FREE}\n{OTHER}\n\n", revision=workspace.draft().revision)
    server.script(rewrites(REWRITE), rewrites(CLOSED))
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await waited(pilot, 0.6)
        await pilot.press("f12")
        await until(pilot, "proposes")
        listed = pilot.app.screen.query_one("#model-rows", RowList)
        assert [row.key for row in listed.rows] == ["0", "0.0", "1", "1.0"]
        await pilot.press("y", "down", "down", "y")
        await pilot.pause()
        assert [row.cells[0].text for row in listed.rows] == ["", "✓", "", "✓"]
        await pilot.press("t")
        await waited(pilot, 0.8)
        assert pilot.app.screen is screen
        assert set(workspace.draft().origins) == {REWRITE, CLOSED}


async def test_a_failure_is_said_and_the_text_stays(workspace):
    values = {"model": "openai/tiny", "base_url": "http://127.0.0.1:9", "key_env": "", "candidates": 1, "timeout": 5.0}
    save_settings(checked_settings(values))
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await on_sentence(pilot)
        await pilot.press("f12")
        await until(pilot, "model_unreachable")
        await pilot.press("escape")
        await waited(pilot, 0.2)
        assert pilot.app.screen is screen
        assert workspace.draft().english == f"{FREE}\n"


def test_only_the_first_candidates_pieces_are_shown_and_a_new_round_begins_anew():
    from workbench.service.model_dialogue import ModelProgress

    stream = view.Stream()
    stream.take(ModelProgress(1, 2, 2, 1, "rewrite", "other"))
    assert "Waiting" in str(stream.shown())
    stream.take(ModelProgress(1, 2, 1, 1, "rewrite", "one "))
    stream.take(ModelProgress(1, 2, 1, 1, "rewrite", "two"))
    assert "one two" in str(stream.shown())
    stream.take(ModelProgress(1, 2, 1, 2, "rewrite", "three"))
    assert "one" not in str(stream.shown())
    assert "round 2" in str(stream.shown())
