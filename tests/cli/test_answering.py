"""Which reading is meant, on the command line: answered ahead, picked, asked for; in files and in the draft."""

from __future__ import annotations

import os
import pty
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from workbench.service.workspace import Workspace

TWO = "Agents must not reply or delete sensitive tickets."
PLAIN = "Agents must not close billing tickets."


@pytest.fixture
def text(tmp_path: Path) -> Path:
    made = tmp_path / "norms.md"
    made.write_text(f"- {PLAIN}\n- {TWO}\n", encoding="utf-8")
    return made


@pytest.fixture
def schema(swarm: Path) -> Path:
    return swarm / "schema.cedarschema"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("answering")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_CONFIG", str(place / "config"))
        with Workspace.create(place / "ws", swarm_id="swarm-answering") as workspace:
            workspace.save_draft(english=f"- {PLAIN}\n- {TWO}\n", cedar_plus="", revision=0)
        yield place


@pytest.fixture
def draft(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(template, tmp_path / "copy")
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "copy" / "config"))
    return tmp_path / "copy" / "ws"


def test_the_question_is_data(run: Run, text: Path, schema: Path) -> None:
    told = run("compile", text, "--schema", schema, "--json")
    assert told.code == 3
    first, second = told.json["sentences"]
    assert "asked" not in first
    asked = second["asked"]
    assert asked["readings"] == [1, 2]
    assert sorted(asked["outcomes"]) == ["allow", "deny"]
    assert {"path": "action", "value": '"reply"'} in asked["facts"]
    assert asked["request"]["action"] == 'Action::"reply"'


@pytest.mark.parametrize("option", ["--answer", "--pick"])
@pytest.mark.parametrize("reading", [1, 2])
def test_each_reading_can_be_chosen(run: Run, text: Path, schema: Path, option: str, reading: int) -> None:
    second = run("compile", text, "--schema", schema, "--json").json["sentences"][1]
    value = str(reading) if option == "--pick" else second["asked"]["outcomes"][reading - 1]
    told = run("compile", text, "--schema", schema, "--json", option, f"2={value}")
    assert told.code == 0, told.out
    chosen = told.json["sentences"][1]
    assert chosen["status"] == "compiled"
    assert chosen["candidates"][0]["paraphrase"] == second["candidates"][reading - 1]["paraphrase"]
    assert f"reading {reading} of 2, chosen by a person" in chosen["candidates"][0]["assumptions"]
    statements = second["candidates"][reading - 1]["cedar_plus"].split("\n\n")
    assert all(each in told.json["cedar_plus"] for each in statements)


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--answer", "2"], 2, "not an answer"),
        (["--answer", "x=allow"], 2, "not an answer"),
        (["--answer", "2=maybe"], 2, "allow, deny, hold or neither"),
        (["--answer", "²=allow"], 2, "not an answer"),
        (["--answer", "9=allow"], 2, "the text has 2 sentences"),
        (["--answer", "1=allow"], 2, "not one with several readings"),
        (["--answer", "2=allow,allow"], 2, "no question left"),
        (["--answer", "2=hold"], 3, "no reading of sentence 2 decides so"),
        (["--answer", "2=neither"], 3, "say the sentence in other words"),
        (["--pick", "2=3"], 2, "sentence 2 has 2, not 3"),
        (["--pick", "2=0"], 2, "readings count from 1"),
        (["--pick", "2=1", "--pick", "2=2"], 2, "two are picked"),
        (["--pick", "2=1", "--answer", "2=allow"], 2, "give one of them"),
        (["--pick", "2=1", "--model", "default"], 2, "without a model"),
        (["--ask", "--json"], 2, "`--json` prints one document"),
    ],
)
def test_nonsense_is_refused_with_what_to_do(
    run: Run, text: Path, schema: Path, options: list[str], code: int, said: str
) -> None:
    shown = run("compile", text, "--schema", schema, *options)
    assert shown.code == code, shown.err
    assert said in shown.err + shown.out
    if "--json" not in options:
        assert "help:" in shown.err


def test_it_is_asked_until_one_reading_is_left(run: Run, text: Path, schema: Path) -> None:
    shown = run("compile", text, "--schema", schema, "--ask", input="what\nd\n")
    assert shown.code == 0, shown.err
    assert "`what` is no answer to this" in shown.out
    assert "resource.category" in shown.out
    assert "chosen by a person" in shown.out


@pytest.mark.parametrize("said", ["\n", "", "n\n", "s\n"])
def test_what_is_left_open_stays_open(run: Run, text: Path, schema: Path, said: str) -> None:
    shown = run("compile", text, "--schema", schema, "--ask", input=said)
    assert shown.code == 3
    assert "ambiguous" in shown.out


def test_a_person_at_the_terminal_is_asked_without_an_option(text: Path, schema: Path) -> None:
    parent, child = pty.openpty()
    pid = os.fork()
    if pid == 0:  # the command, on a terminal of its own
        os.setsid()
        for stream in (0, 1, 2):
            os.dup2(child, stream)
        os.environ.update(TERM="xterm", NO_COLOR="1")
        command = ["workbench", "compile", str(text), "--schema", str(schema)]
        os.execv(sys.executable, [sys.executable, "-m", *command])
    os.close(child)
    seen = b""
    answered = False
    while True:
        try:
            piece = os.read(parent, 4096)
        except OSError:
            break
        if not piece:
            break
        seen += piece
        if not answered and b"leaves it open" in seen:
            os.write(parent, b"2\n")
            answered = True
    _, status = os.waitpid(pid, 0)
    os.close(parent)
    assert answered, seen
    assert os.waitstatus_to_exitcode(status) == 0, seen


def test_a_choice_is_remembered_with_the_draft(run: Run, draft: Path) -> None:
    first = run("draft", "compile", "-w", draft)
    assert first.code == 3
    assert "2. ambiguous" in first.out
    assert "reading 2" in first.out
    told = run("draft", "compile", "--pick", "2=2", "-w", draft, "--json")
    assert told.code == 0, told.out
    assert told.json["sentences"][1]["status"] == "compiled"
    again = run("draft", "compile", "-w", draft, "--json")
    assert again.code == 0
    assert again.json["draft"]["origins"][TWO]["place"] == 2


def test_answers_to_the_draft_are_kept_and_can_be_changed(run: Run, draft: Path) -> None:
    with Workspace.open(draft) as workspace:
        asked = workspace.drafting.writing.inquiry(workspace.draft(), TWO).asked
        assert asked is not None
        one, other = asked.outcomes
    assert run("draft", "compile", "--answer", f"2={one}", "-w", draft).code == 0
    with Workspace.open(draft) as workspace:
        assert workspace.draft().origins[TWO].answers == (one,)
        workspace.save_draft(cedar_plus="", revision=workspace.draft().revision)
    assert run("draft", "compile", "--answer", f"2={other}", "-w", draft).code == 0
    with Workspace.open(draft) as workspace:
        assert workspace.draft().origins[TWO].place == 2


def test_a_refused_answer_saves_nothing(run: Run, draft: Path) -> None:
    with Workspace.open(draft) as workspace:
        before = workspace.draft()
    assert run("draft", "compile", "--answer", "2=neither", "--add", "Agents may reply.", "-w", draft).code == 3
    with Workspace.open(draft) as workspace:
        assert workspace.draft() == before
