"""What the README promises: its commands exist, its Python runs, its test command is what CI runs."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
from pathlib import Path

import pytest

from tests.contracts.source_tree import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)


def test_both_commands_are_one_line_each() -> None:
    demo, tests = blocks("sh")[:2]
    assert demo.count("\n") == tests.count("\n") == 1
    assert demo.strip().endswith("workbench demo")
    assert tests.strip().endswith("-m tests")


def test_ci_runs_the_readmes_test_command(tmp_path: Path) -> None:
    """The script is run in a copy whose command only prints itself."""
    (tmp_path / ".ci").mkdir()
    script = tmp_path / ".ci" / "run"
    script.write_bytes((ROOT / ".ci" / "run").read_bytes())
    script.chmod(0o755)
    command = blocks("sh")[1].strip()
    (tmp_path / "README.md").write_text(README.replace(command, "echo ran in $PWD; exit 7"), encoding="utf-8")
    done = subprocess.run([str(script)], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 7, done.stderr
    assert f"ran in {tmp_path.resolve()}" in done.stdout
    (tmp_path / "README.md").write_text("nothing here", encoding="utf-8")
    done = subprocess.run([str(script)], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2


def test_its_python_runs_and_prints_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert len(blocks("python")) == 2
    for code in blocks("python"):
        promised = re.findall(r"print\(.*?\)  # (.*)", code)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "README.md", "exec"), {})
        assert promised
        assert printed.getvalue().splitlines()[: len(promised)] == promised


def test_it_lists_every_difference_between_the_profiles_of_speech() -> None:
    from workbench.speech.strict.differences import as_markdown

    assert as_markdown().strip() in README, "make the table anew: workbench.speech.strict.differences.as_markdown"


def test_its_rules_are_clean_and_do_what_is_said_of_them() -> None:
    """The block of rules that shows what is added to Cedar stands under the core schema."""
    from workbench.language.check import check

    source = blocks("cedar")[0]
    schema = (ROOT / "samples" / "schemas" / "concord-core.cedarschema").read_text(encoding="utf-8")
    result = check(source + "permit (principal, action, resource);", schema)
    assert result.program is not None, result.diagnostics
    assert [(rule.kind, rule.stage) for rule in result.program.rules[:3]] == [
        ("forbid", "observe"),
        ("prefer", "enforce"),
        ("procedure", "enforce"),
    ]


def test_it_names_every_sample_of_a_dimension() -> None:
    folders = sorted(path.name for path in (ROOT / "samples" / "dimensions").iterdir() if path.is_dir())
    assert folders
    assert [name for name in folders if f"`samples/dimensions/{name}`" not in README] == []


def test_every_command_it_names_exists() -> None:
    from typer.main import get_command

    from workbench.cli.main import app

    known = get_command(app).commands  # type: ignore[attr-defined]
    code = "\n".join([*blocks("sh"), *re.findall(r"`([^`\n]+)`", README)])
    named = set(re.findall(r"(?:^|[/;&] ?)workbench ([a-z]+)", code, flags=re.MULTILINE))
    commands = README.split("## On the command line")[1].split("\n## ")[0]
    table = "\n".join(line.split("|")[1] for line in commands.splitlines() if line.startswith("| `"))
    named |= set(re.findall(r"`([a-z-]+)", table))
    assert {"demo", "status", "verify", "propose"} <= named
    subcommands = {name for group in known.values() for name in getattr(group, "commands", {})}
    folders = {"workbench", "samples", "themes", "tests"}
    assert named - subcommands - folders - set(known) == set()
    grouped = re.findall(
        r"`(?:workbench )?(audit|cases|credentials|entities|export|keys|norm|notices|overlays|speech) ([a-z-]+)", README
    )
    assert len(grouped) > 12
    assert [pair for pair in grouped if pair[1] not in known[pair[0]].commands] == []


def test_the_journey_uses_the_sample_as_it_is() -> None:
    from workbench.service.samples import load_sample

    sample = load_sample()
    assert len(re.findall(r'^@id\("', sample.cedar_plus, flags=re.MULTILINE)) == 22
    assert "twenty-two rules" in README


def test_its_keys_are_those_of_the_registry() -> None:
    from workbench.tui.actions import key_table, load_all

    assert key_table(load_all()) in README, "make the table anew: python -m workbench.tui.actions"


def test_its_settings_and_its_filter_are_accepted(tmp_path: Path) -> None:
    from workbench.engine.filter_text import parse_filter
    from workbench.service.settings import read_settings
    from workbench.tui.actions import load_all
    from workbench.tui.keymap import checked

    file = tmp_path / "config.toml"
    file.write_text(blocks("toml")[0], encoding="utf-8")
    settings = read_settings(file)
    assert settings.problems == ()
    assert settings.motion == "reduced"
    chosen, problems = checked(settings.keys, load_all())
    assert problems == []
    assert chosen["live.stop"] == ("x",)
    said = re.search(r"^agent:nora .*$", README, flags=re.MULTILINE)
    assert said is not None
    kinds = [type(term).__name__ for term in parse_filter(said[0]).terms]
    assert kinds == ["Named", "Outcomes", "Named", "Named", "Recorded", "Words"]


def test_its_pictures_are_there_and_fetch_nothing() -> None:
    from workbench.tui.picture import PICTURES

    pictures = set(re.findall(r"\((\.github/[\w-]+\.svg)\)", README))
    assert pictures == {f".github/{name}.svg" for name in PICTURES}
    for picture in pictures:
        drawn = (ROOT / picture).read_text(encoding="utf-8")
        assert "Constitution" in drawn
        assert "@font-face" not in drawn
