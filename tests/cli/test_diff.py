"""``diff A B``: text and meaning, of files and of a workspace; what is not proved is not said to be."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import RULES, Run
from workbench.cli.output import width
from workbench.service.workspace import Workspace

LOOSER = RULES.replace("when size > 100", "when size > 200")
TIGHTER = RULES.replace(
    '{ resource.tags.contains("secret") }', '{ resource.tags.contains("secret") || context.size > 9 }'
)


@pytest.fixture
def sides(desk: Path) -> Path:
    """The desk, with other versions of its rules beside it."""
    for name, text in (("looser", LOOSER), ("tighter", TIGHTER), ("same", RULES)):
        (desk / f"{name}.cedarplus").write_text(text, encoding="utf-8")
    return desk


@pytest.fixture(scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("diffed")
    before = os.environ.get("WORKBENCH_CONFIG")
    os.environ["WORKBENCH_CONFIG"] = str(folder / "config")
    Workspace.create(folder / "demo", profile="demo").close()
    yield folder
    if before is None:
        del os.environ["WORKBENCH_CONFIG"]
    else:
        os.environ["WORKBENCH_CONFIG"] = before


@pytest.fixture
def demo(_made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh demo workspace, which is the default one here."""
    place = tmp_path / "demo"
    shutil.copytree(_made / "demo", place)
    shutil.copytree(_made / "config", tmp_path / "config")
    monkeypatch.setenv("WORKBENCH_WORKSPACE", str(place))
    return place


def flat(text: str) -> str:
    """The words of a page, however they were wrapped."""
    return " ".join(text.split())


# ---- files -----------------------------------------------------------------------------------------------------------


def test_a_tighter_text_is_shown_and_what_it_means_with_a_request(run: Run, sides: Path) -> None:
    shown = run("diff", sides / "rules.cedarplus", sides / "tighter.cedarplus")
    assert shown.code == 0
    assert "+forbid (principal" in shown.out
    assert (
        '-forbid (principal, action == Action::"read", resource) when { resource.tags.contains("secret") };'
        in shown.out
    )
    page = flat(shown.out)
    assert "The new version denies this, which the present one permits; nothing is newly permitted or held." in page
    assert "Proved: only requests like this one, under the same rules, are decided otherwise." in page
    assert "assuming that an error denies, as the workbench decides, and that entities may be missing" in page
    assert "Here is one, confirmed by both engines." in page
    assert 'asks to do "read" on Doc::' in page
    assert "context.size 10" in page
    says = 'Nobody may read a doc when the doc\'s tags include "secret"'
    assert f"secrets: now: {says} or the request's size is more than 9." in page
    assert f"Before: {says}." in page  # what both say, not the sentence beside them, which nobody changed
    assert "Proved unchanged: 1 of 2 kinds of request." in page


def test_the_same_meaning_in_another_text_is_proved_to_be_that(run: Run, sides: Path) -> None:
    other = RULES.replace("size > 100", "size > 100 && size > 99")
    (sides / "other.cedarplus").write_text(other, encoding="utf-8")
    shown = run("diff", sides / "rules.cedarplus", sides / "other.cedarplus", "--exit-code")
    assert "+  when size > 100 && size > 99" in shown.out
    assert "decides every request as the present one does: proved." in flat(shown.out)
    assert shown.code == 0
    same = run("diff", sides / "rules.cedarplus", sides / "same.cedarplus", "--exit-code")
    assert same.out.startswith("the texts are the same\n")
    assert same.code == 0


def test_the_exit_code_tells_a_change_only_where_it_is_wanted(run: Run, sides: Path) -> None:
    pair = (sides / "rules.cedarplus", sides / "looser.cedarplus")
    assert run("diff", *pair).code == 0
    assert run("diff", *pair, "--exit-code").code == 1
    assert run("diff", *pair, "--exit-code", "--json").code == 1


def test_what_exists_on_one_side_only_is_a_change_for_the_exit_code(run: Run, sides: Path) -> None:
    schema = (sides / "docs.cedarschema").read_text(encoding="utf-8")
    folder = sides.parent / "grown"
    folder.mkdir()
    (folder / "rules.cedarplus").write_text(RULES, encoding="utf-8")
    more = "action erase appliesTo { principal: [User], resource: [Doc], context: Facts };\n"
    (folder / "docs.cedarschema").write_text(schema + more, encoding="utf-8")
    shown = run("diff", sides / "rules.cedarplus", folder / "rules.cedarplus", "--exit-code")
    assert shown.code == 1
    assert "+action erase appliesTo" in shown.out
    assert "Only in the new version:" in flat(shown.out)
    assert "erase" in flat(shown.out).split("Only in the new version:")[1]
    assert "! Requests that both versions take are decided alike: proved; what only one of them takes" in flat(
        shown.out
    )
    assert "every request" not in shown.out
    loose = RULES + '\n@id("erasers") permit (principal, action == Action::"erase", resource);\n'
    (folder / "rules.cedarplus").write_text(loose, encoding="utf-8")
    for options in ((), ("--markdown",)):
        page = flat(run("diff", sides / "rules.cedarplus", folder / "rules.cedarplus", *options).out)
        assert "The new version permits this, which the present one denies; nothing that both versions take" in page
        assert "denied, because the schema has no such request." in page
        assert "What only one of the versions takes is told below." in page


def test_what_is_no_longer_permitted_shows_the_field_that_makes_it_so(run: Run, sides: Path) -> None:
    """The new rule reads a field more, and what it says of it is why it does not apply."""
    narrower = '@id("narrow") permit (principal, action == Action::"read", resource) when { context.size != 77 };'
    old = (
        '@id("readers")\n@english("Users may read documents.")\npermit (principal, action == Action::"read", resource);'
    )
    assert old in RULES
    (sides / "narrow.cedarplus").write_text(RULES.replace(old, narrower), encoding="utf-8")
    page = flat(run("diff", sides / "rules.cedarplus", sides / "narrow.cedarplus").out)
    assert "context.size 77" in page
    assert "It is denied" not in page
    assert "it is denied, because no rule permits it; `narrow` comes nearest." in page
    assert "narrow: comes nearest: new: " in page


def test_json_is_one_document_and_its_witness_goes_through_decide(run: Run, sides: Path, tmp_path: Path) -> None:
    shown = run("diff", sides / "rules.cedarplus", sides / "looser.cedarplus", "--json")
    meaning = shown.json["meaning"]
    assert meaning["verdicts"] == {"permitted": "fails", "denied": "holds", "held": "holds"}
    assert shown.json["text"]["rules"].startswith("--- ")
    assert shown.json["text"]["schema"] == ""
    (changed,) = [each for each in meaning["environments"] if not each["unchanged"]]
    assert changed["action"] == 'Action::"write"'
    witness = changed["witnesses"][0]["witness"]
    asked, known = tmp_path / "asked.json", tmp_path / "known.json"
    asked.write_text(json.dumps(witness["request"]), encoding="utf-8")
    known.write_text(json.dumps(witness["entities"]), encoding="utf-8")
    for name, code in (("rules", 4), ("looser", 0)):
        assert run("decide", sides / f"{name}.cedarplus", "--request", asked, "--entities", known).code == code


def test_markdown_is_for_a_pull_request(run: Run, sides: Path) -> None:
    shown = run("diff", sides / "rules.cedarplus", sides / "looser.cedarplus", "--markdown")
    assert shown.out.startswith("## What changes: <code>")
    assert "<details>\n<summary>The new version permits this, which the present one holds for approval." in shown.out
    assert "+  when" not in shown.out


def test_it_fits_eighty_columns(run: Run, sides: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    out = run("diff", sides / "rules.cedarplus", sides / "tighter.cedarplus").out
    meaning = out[out.index("The new version") :]
    assert max(width(line) for line in meaning.splitlines()) <= 80


def test_without_the_solver_the_text_is_there_all_the_same(
    run: Run, sides: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "z3", None)
    (sides / "fresh.cedarplus").write_text(RULES.replace("size > 100", "size > 12345"), encoding="utf-8")
    pair = (sides / "rules.cedarplus", sides / "fresh.cedarplus")
    shown = run("diff", *pair)
    assert shown.code == 1
    assert "+  when size > 12345" in shown.out
    assert "error: the solver is not installed" in shown.err
    assert "help: proofs need the extra `proofs`" in shown.err
    asked = run("diff", *pair, "--json")
    assert asked.code == 1
    assert asked.json["error"]["code"] == "no_solver"
    assert asked.json["meaning"] is None
    assert "+  when size > 12345" in asked.json["text"]["rules"]


HARD = """@id("hard") forbid (principal, action, resource) when {
  context.a * context.a * context.a + context.b * context.b * context.b == context.c * context.c * context.c
  && context.a > LEAST && context.b > 1 && context.c > 1 && context.a < 90000 && context.b < 90000 && context.c < 90000
};
@id("any") permit (principal, action, resource);
"""


@pytest.fixture
def hard(tmp_path: Path) -> Path:
    """Two versions of a rule whose difference asks for solutions of Fermat's equation: the solver has long to go."""
    facts = "context: { a: Long, b: Long, c: Long }"
    schema = f"entity U; entity R; action go appliesTo {{ principal: [U], resource: [R], {facts} }};"
    (tmp_path / "hard.cedarschema").write_text(schema, encoding="utf-8")
    for name, least in (("old", "1"), ("new", "2")):
        (tmp_path / f"{name}.cedarplus").write_text(HARD.replace("LEAST", least), encoding="utf-8")
    return tmp_path


def test_what_is_not_decided_in_time_is_not_called_unchanged(run: Run, hard: Path) -> None:
    shown = run("diff", hard / "old.cedarplus", hard / "new.cedarplus", "--limit", "0.05", "--exit-code")
    page = flat(shown.out)
    assert shown.code == 1
    assert "Not decided within the time limit: whether anything is newly permitted" in page.replace(
        "not dec", "Not dec"
    )
    assert "User" not in page
    assert "as the present one does" not in page
    assert "Proved: only requests" not in page


def test_an_interrupt_stops_at_once_and_keeps_the_text(hard: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "workbench",
        "diff",
        hard / "old.cedarplus",
        hard / "new.cedarplus",
        "--limit",
        "600",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        read = [running.stdout.readline()]
        while not read[-1].startswith("+  && context.a > 2"):
            assert read[-1], "the text ended without the changed line"
            read.append(running.stdout.readline())
        time.sleep(1.0)  # deep inside the solver by now; the test holds wherever it is
        assert running.poll() is None
        running.send_signal(signal.SIGINT)
        began = time.monotonic()
        out, err = running.communicate(timeout=60)
        assert time.monotonic() - began < 10
    assert running.returncode == 130
    assert err == "stopped: what is not told is not known\n"
    assert "The new version" not in out


def test_what_cannot_be_read_is_refused(run: Run, sides: Path) -> None:
    (sides / "broken.cedarplus").write_text("permit (principal, action, resource) when { 1 };", encoding="utf-8")
    shown = run("diff", sides / "rules.cedarplus", sides / "broken.cedarplus")
    assert shown.code == 3
    assert f"{sides / 'broken.cedarplus'}:1:" in shown.err
    assert shown.out == ""
    assert run("diff", sides / "rules.cedarplus", sides / "none.cedarplus").code == 2
    assert run("diff", "-", "-", "--schema", sides / "docs.cedarschema").code == 2
    assert run("diff", sides / "rules.cedarplus", sides).code == 2
    both = run("diff", sides / "rules.cedarplus", sides / "same.cedarplus", "--json", "--markdown")
    assert both.code == 2
    assert both.json["error"]["code"] == "bad_usage"


def test_one_side_may_come_from_standard_input(run: Run, sides: Path) -> None:
    shown = run("diff", sides / "rules.cedarplus", "-", "--schema", sides / "docs.cedarschema", input=LOOSER)
    assert shown.code == 0
    assert "+++ <stdin> (rules)" in shown.out


# ---- a workspace -----------------------------------------------------------------------------------------------------


def test_the_draft_against_what_is_in_force_and_against_a_file(run: Run, demo: Path, swarm: Path) -> None:
    text = (swarm / "constitution.cedarplus").read_text(encoding="utf-8")
    (demo.parent / "new.cedarplus").write_text(text.replace("amount <= 5000", "amount <= 9000"), encoding="utf-8")
    assert run("diff", "--exit-code").code == 0  # the draft is what is in force
    assert run("draft", "set", "--cedar-plus", demo.parent / "new.cedarplus").code == 0
    shown = run("diff")
    assert shown.out.startswith("--- 1.0.0 (rules)\n+++ draft (rules)\n")
    assert "The new version holds this for approval, which the present one denies" in flat(shown.out)
    assert "refund-billing: now: Members of the team" in flat(shown.out)
    assert 'principal in Team::"billing" true context.amount 5001 and 24 fields that none of these rules reads' in flat(
        shown.out
    )
    back = run("diff", "draft", "1.0.0", "--json")
    assert back.json["meaning"]["verdicts"] == {"permitted": "holds", "denied": "fails", "held": "holds"}
    schema = swarm / "schema.cedarschema"
    other = run("diff", "active", demo.parent / "new.cedarplus", "--schema", schema, "--json")
    assert (other.json["before"], other.json["meaning"]["verdicts"]["held"]) == ("1.0.0", "fails")


def test_names_that_mean_nothing_are_refused(run: Run, demo: Path) -> None:
    for name in ("9.9.9", "sha256:0000", "\x1b[31m", "drafts"):
        shown = run("diff", "active", name)
        assert shown.code == 2, shown.err
        assert "no such file or version" in shown.err
        assert "\x1b" not in shown.err
    assert run("diff", "active", "draft", "--schema", demo / "x").code == 2


def test_names_of_a_workspace_need_one(run: Run, sides: Path) -> None:
    shown = run("diff", sides / "rules.cedarplus", "draft")
    assert shown.code == 2
    assert shown.err.startswith("error: no workspace here")
    typo = run("diff", sides / "rules.cedarplus", "tigter")
    assert typo.code == 2
    assert "no such file or version: `tigter` is no file, and there is no workspace here" in typo.err
