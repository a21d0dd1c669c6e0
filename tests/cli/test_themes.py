"""``workbench themes``: the list, a check that finds what is faint or broken, and a file to begin one's own with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from workbench.tui.theme_files import load_themes, themes_folder


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "config"))
    return tmp_path / "config"


def test_it_lists_every_theme_with_its_ground_and_contrast(run: Run, config: Path) -> None:
    told = run("themes")
    assert told.code == 0
    for theme in load_themes().files:
        line = next(line for line in told.out.splitlines() if line.startswith(f"{theme.name} "))
        assert theme.kind in line
        assert theme.note in line
        assert theme.contrast is None or f" {theme.contrast:.0f}:1 " in line
    listed = run("themes", "--json").json
    assert [row["name"] for row in listed["themes"]] == [theme.name for theme in load_themes().files]
    assert listed["broken"] == []


def test_a_new_one_is_written_listed_checked_and_not_written_twice(run: Run, config: Path) -> None:
    made = run("themes", "--new", "my-own", "--like", "mist")
    path = config / "themes" / "my-own.yaml"
    assert (made.code, path.is_file()) == (0, True)
    assert str(path) in made.out
    line = next(line for line in run("themes").out.splitlines() if line.startswith("my-own "))
    assert "light" in line
    assert str(path) in line
    assert run("themes", "--check", path).code == 0
    before = path.read_text(encoding="utf-8")
    again = run("themes", "--new", "my-own", "--json")
    assert (again.code, again.json["error"]["code"]) == (2, "theme_exists")
    assert path.read_text(encoding="utf-8") == before


def test_a_check_names_text_that_is_too_faint(run: Run, tmp_path: Path) -> None:
    text = (themes_folder() / "dusk.yaml").read_text(encoding="utf-8")
    path = tmp_path / "faint.yaml"
    path.write_text(text.replace('muted: "#a8a396"', 'muted: "#5a564e"'), encoding="utf-8")
    checked = run("themes", "--check", path)
    assert checked.code == 1
    assert "muted on background is" in checked.out
    found = run("themes", "--check", path, "--json").json["too_faint"]
    assert {pair["ink"] for pair in found} == {"muted"}
    assert all(pair["contrast"] < 4.5 for pair in found)


def test_a_check_says_which_eyes_see_outcomes_alike(run: Run) -> None:
    dusk = run("themes", "--check", themes_folder() / "dusk.yaml", "--json")
    assert dusk.code == 0  # words and glyphs tell them apart as well
    assert "deuteranopia" in dusk.json["outcomes_alike"]
    assert run("themes", "--check", themes_folder() / "colour-blind.yaml", "--json").json["outcomes_alike"] == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [("name: x\n", "line 1"), ("- 1\n", "not a theme"), ("name: [\n", "not valid YAML"), (None, "cannot be read")],
)
def test_a_file_that_is_no_theme_is_refused_with_the_reason(run: Run, tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "theme.yaml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    refused = run("themes", "--check", path)
    assert refused.code == 3
    assert says in refused.err
    assert run("themes", "--check", path, "--json").json["error"]["code"] == "bad_theme"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--new", "Bad Name"), "not a name for a theme"),
        (("--new", "../up"), "not a name for a theme"),
        (("--new", "fine", "--like", "nothing"), "no such theme"),
        (("--like", "dusk"), "add `--new NAME`"),
        (("--new", "fine", "--check", "x.yaml"), "one thing at a time"),
    ],
)
def test_misuse_is_told_and_writes_nothing(run: Run, config: Path, arguments: tuple[str, ...], says: str) -> None:
    refused = run("themes", *arguments)
    assert refused.code == 2
    assert says in refused.err
    assert not (config / "themes").exists()


def test_a_folder_that_cannot_be_written_is_told(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "file"))
    refused = run("themes", "--new", "fine", "--json")
    assert refused.code == 1
    assert refused.json["error"]["code"] == "config_not_writable"


def test_a_broken_one_of_ones_own_is_listed_as_such(run: Run, config: Path) -> None:
    (config / "themes").mkdir(parents=True)
    (config / "themes" / "half.yaml").write_text("name: half\ntitle: [\n", encoding="utf-8")
    told = run("themes")
    assert told.code == 0
    assert "BROKEN half.yaml line 3" in told.out
    assert json.loads(run("themes", "--json").out)["broken"] == [
        "half.yaml line 3: not valid YAML; look for a quote, bracket or colon that is missing here"
    ]
