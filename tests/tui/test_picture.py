"""The README's pictures are drawn by the program itself, from a whole demo."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.tui.picture import main


def test_the_pictures_of_the_readme_are_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / "pictures"
    folder.mkdir()
    main(folder, ("author", "overview"))
    drawn = {path.stem: path.read_text() for path in folder.glob("*.svg")}
    assert set(drawn) == {"author", "overview"}
    assert "never-share-external-email" in drawn["author"]
    assert "v1.1.0" in drawn["overview"]
