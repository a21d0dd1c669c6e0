"""The GitHub Action and the pre-commit hooks: their own shell steps, run with bash, really let a run fail or pass."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.conftest import Run
from workbench.compat.normsync import AgentAction, NormMonitor, NormStore, WorldNorm

ROOT = Path(__file__).parents[2]
ACTION = ROOT / ".github" / "actions" / "check" / "action.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
_EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")
# What stands for `python3 -m venv`: a folder whose pip, and whose workbench, write down what they are asked. That
# workbench says that there are violations; `REAL` in its place runs this one.
_PYTHON3 = """#!/bin/bash
set -eu
[ "$1 $2" = "-m venv" ]
mkdir -p "$3/bin"
cp "$STUBS/pip" "$3/bin/python"
cp "$STUBS/workbench" "$3/bin/workbench"
"""
_PIP = """#!/bin/bash
printf '%s\\n' "$@" >>"$PIP_LOG"
"""
_WORKBENCH = """#!/bin/bash
printf '%s\\0' "$@" >>"$ASKED"
printf '\\n\\0' >>"$ASKED"
echo "::add-mask::hero"
case " $* " in *" --fail-on-violation "*) exit 1 ;; esac
"""
REAL = f'#!/bin/bash\nexec {shlex.quote(sys.executable)} -m workbench "$@"\n'

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str
    folder: Path
    pip: list[str]
    asked: list[list[str]]  # of the workbench that is none, call by call


def action() -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    return found


def run_action(folder: Path, workbench: str = _WORKBENCH, **given: str) -> Ran:
    """The action's steps one after another, as a runner does: until one fails."""
    document = action()
    known = {name: str(spec.get("default", "")) for name, spec in document["inputs"].items()}
    assert set(given) <= {name.replace("-", "_") for name in known}
    values = {f"inputs.{name}": given.get(name.replace("-", "_"), default) for name, default in known.items()}
    values |= {"github.action_path": str(ACTION.parent), "runner.temp": str(folder / "temp")}
    stubs, log, asked = folder / "stubs", folder / "pip.log", folder / "asked"
    (folder / "temp").mkdir()
    stubs.mkdir()
    for name, text in (("python3", _PYTHON3), ("pip", _PIP), ("workbench", workbench)):
        (stubs / name).write_text(text, encoding="utf-8")
        (stubs / name).chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{stubs}:{os.environ['PATH']}",
        "STUBS": str(stubs),
        "PIP_LOG": str(log),
        "ASKED": str(asked),
        "PYTHONPATH": str(ROOT),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md") if workbench is _WORKBENCH else "",
    }
    out, err, code = "", "", 0
    for step in document["runs"]["steps"]:
        assert step["shell"] == "bash"
        own = {name: _EXPRESSION.sub(lambda match: values[match[1]], text) for name, text in step["env"].items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
            cwd=folder, env=environment | own, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        out, err, code = out + done.stdout, err + done.stderr, done.returncode
        if code:
            break
    calls = asked.read_text(encoding="utf-8").split("\n\0")[:-1] if asked.exists() else []
    pip = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return Ran(code, out, err, folder, pip, [call.split("\0")[:-1] for call in calls])


def store(path: Path, *, violated: bool, agent: str = "hero") -> Path:
    """A norms.db with one norm, and perhaps what broke it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    norms = NormStore(str(path))
    norms.save_norm(WorldNorm("no-attack", "no attacks", "safe_zone", "attack"))
    if violated:
        for found in NormMonitor(norms).check(AgentAction(agent, "attack", "safe_zone", timestamp=1e9)):
            norms.save_violation(found)
    norms.close()
    return path


@pytest.mark.parametrize(("violated", "fail", "code"), [(True, "true", 1), (True, "false", 0), (False, "true", 0)])
def test_the_input_really_decides(tmp_path: Path, violated: bool, fail: str, code: int) -> None:
    """The original's action never reads ``fail-on-violation``, and its ``status`` exits with 0 whatever is recorded."""
    store(tmp_path / ".normsync" / "norms.db", violated=violated)
    ran = run_action(tmp_path, REAL, fail_on_violation=fail)
    assert ran.code == code, ran.err
    assert f"Violations: {int(violated)}" in ran.out


def test_a_missing_database_fails_whatever_the_input(tmp_path: Path) -> None:
    ran = run_action(tmp_path, REAL, fail_on_violation="false")
    assert ran.code == 2
    assert "No database found." in ran.err
    assert not (tmp_path / ".normsync").exists()


def test_what_is_installed_is_this_repository(tmp_path: Path) -> None:
    ran = run_action(tmp_path, fail_on_violation="false")
    assert ran.pip[:3] == ["-m", "pip", "install"]
    assert Path(ran.pip[-1]).resolve() == ROOT
    assert (ROOT / "pyproject.toml").is_file()


def test_a_word_that_is_neither_fails(tmp_path: Path) -> None:
    ran = run_action(tmp_path, fail_on_violation="False")
    assert ran.code == 2
    assert "neither" in ran.err
    assert ran.asked == []


def test_reports_are_written_before_the_gate_closes(tmp_path: Path) -> None:
    about = ["--at-least=high", "--since=24h", "--db=a b.db"]
    ran = run_action(
        tmp_path, db="a b.db", since="24h", at_least="high", sarif_output="out/x.sarif", junit_output="j.xml",
        format="json",
    )  # fmt: skip
    assert ran.code == 1
    assert ran.asked == [
        ["norm", "violations", *about, "--format=sarif", "--output=out/x.sarif"],
        ["norm", "violations", *about, "--format=junit", "--output=j.xml"],
        ["norm", "violations", *about, "--format=markdown"],
        ["norm", "violations", *about, "--format=json"],
        ["norm", "status", *about, "--fail-on-violation"],
    ]


def test_a_workspace_stands_in_the_place_of_the_database(tmp_path: Path) -> None:
    ran = run_action(tmp_path, workspace="swarm", fail_on_violation="false")
    assert ran.code == 0
    assert ran.asked[-1] == ["norm", "status", "--at-least=info", "--workspace=swarm", "--no-fail-on-violation"]


@pytest.mark.parametrize("name", sorted(yaml.safe_load(ACTION.read_text(encoding="utf-8"))["inputs"]))
def test_no_input_is_ever_a_command_or_an_option(tmp_path: Path, name: str) -> None:
    evil = "$(touch owned) `touch owned`\"; touch owned; '\n touch owned #"
    ran = run_action(tmp_path, **{name.replace("-", "_"): evil})
    assert not list(tmp_path.rglob("owned"))
    given = [word for call in ran.asked for word in call if "owned" in word]
    assert all(re.fullmatch("--[a-z-]+=.*", word, re.DOTALL) and word.endswith(evil) for word in given)
    assert bool(given) is (name != "fail-on-violation")


def test_scripts_hold_no_expressions() -> None:
    for step in action()["runs"]["steps"]:
        assert "${{" not in step["run"]


def test_what_agents_wrote_gives_the_runner_no_commands(tmp_path: Path) -> None:
    """A runner obeys lines that begin with ``::``. Ours stand between ``stop-commands`` and a word nobody can guess."""
    words = []
    for number in ("1", "2"):
        folder = tmp_path / number
        folder.mkdir()
        lines = run_action(folder).out.splitlines()
        said = [place for place, line in enumerate(lines) if line == "::add-mask::hero"]
        word = lines[0].removeprefix("::stop-commands::")
        assert re.fullmatch("[0-9a-f]{32}", word)
        assert said
        assert lines.index(f"::{word}::") > said[-1]
        words.append(word)
    assert words[0] != words[1]


# ---- pre-commit ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("violated", [True, False])
def test_the_hook_for_violations_fails_where_there_are_any(run: Run, tmp_path: Path, violated: bool) -> None:
    path = store(tmp_path / "norms.db", violated=violated)
    assert run(*hook("norm-status"), "--db", path).code == int(violated)


def test_the_hook_for_conflicts_fails_where_there_are_any(run: Run, tmp_path: Path) -> None:
    path = store(tmp_path / "norms.db", violated=False)
    assert run(*hook("norm-conflicts"), "--db", path).code == 0
    norms = NormStore(str(path))
    norms.save_norm(WorldNorm("elves", "", "safe_zone", "steal", scope="elves"))
    norms.close()
    assert run(*hook("norm-conflicts"), "--db", path).code == 1


def test_hooks_are_declared_as_the_tool_wants_them() -> None:
    hooks = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))
    for each in hooks:
        assert {"id", "name", "entry", "language"} <= set(each)
        assert each["language"] == "python"
        assert each["pass_filenames"] is False  # they would be taken as arguments
    assert len({each["id"] for each in hooks}) == len(hooks)


def test_hooks_look_at_the_repositorys_own_norms(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at whatever workspace the person who commits has. Without one they fail: nothing was checked."""
    monkeypatch.chdir(tmp_path)
    for each in yaml.safe_load(HOOKS.read_text(encoding="utf-8")):
        missing = run(*hook(each["id"]), *each["args"])
        assert (missing.code, "No database found" in missing.err) == (2, True)
    store(tmp_path / ".normsync" / "norms.db", violated=True)
    codes = {each["id"]: run(*hook(each["id"]), *each["args"]).code for each in yaml.safe_load(HOOKS.read_text())}
    assert codes == {"norm-conflicts": 0, "norm-status": 1}


def hook(id: str) -> list[str]:
    """A hook's entry, after the program's name; a user's ``args`` follow it."""
    hooks = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))
    program, *arguments = shlex.split(next(each["entry"] for each in hooks if each["id"] == id))
    assert program == "workbench"
    return arguments
