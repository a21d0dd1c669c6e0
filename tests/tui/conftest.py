"""What keeps pictures of screens still: no colours from the environment, no animation, no blinking cursor."""

from __future__ import annotations

import os

os.environ.pop("NO_COLOR", None)  # before Textual is imported: it would turn every picture grey
os.environ["TEXTUAL_ANIMATIONS"] = "none"
os.environ["COLORTERM"] = "truecolor"

import re
import shutil
from pathlib import Path

import pytest
import pytest_textual_snapshot

from workbench.tui.picture import without_web_fonts


class _Svg(pytest_textual_snapshot.SVGImageExtension):
    """Pictures as ``.svg`` (newer syrupy renamed the attribute), with ids that do not depend on their content.

    They carry no web fonts, like the pictures in the README.
    """

    file_extension = "svg"

    def serialize(self, data: object, **options: object) -> object:
        return re.sub(r"\bterminal-\d+-", "terminal-", without_web_fonts(str(super().serialize(data, **options))))


pytest_textual_snapshot.SVGImageExtension = _Svg


@pytest.fixture(autouse=True)
def own_config(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a screen remembers is neither read from nor written to the configuration of whoever runs the tests."""
    if "WORKBENCH_CONFIG" not in os.environ:
        monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path_factory.mktemp("config")))


@pytest.fixture(scope="session")
def made_swarm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample swarm's workspace, made once (its first version is proved, which takes a while), on 2 March 2026."""
    from workbench.service.clock import FrozenClock
    from workbench.service.workspace import Workspace

    place = tmp_path_factory.mktemp("swarm") / "demo"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_CONFIG", str(place.parent / "config"))
        Workspace.create(place, clock=FrozenClock(), swarm_id="swarm-tui-journeys").close()
    return place


@pytest.fixture
def swarm(made_swarm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it for one test; no agent holds keys, and what is exported goes into the test's folder."""
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "config"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(made_swarm, tmp_path / "demo"))


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cursors do not blink."""
    from textual.widgets import Input, TextArea

    monkeypatch.setattr(Input, "_toggle_cursor", lambda self: None)
    monkeypatch.setattr(TextArea, "_toggle_cursor_blink_visible", lambda self: None)
