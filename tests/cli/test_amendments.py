"""Amendments on the command line: following, going back, again, rosters, dossiers, shadows; and nonsense."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Run
from workbench.service.workspace import Workspace

RULE = """
@id("no-email-outside")
forbid (principal, action == Action::"share_external", resource)
when { resource.tags.contains("email") };
"""
ANA = ("--as", 'Operator::"ana"')
SAM = ("--as", 'Operator::"sam"')


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo workspace with a rule in its draft, made once."""
    folder = tmp_path_factory.mktemp("amendments")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_CONFIG", str(folder / "config"))
        patch.setenv("HOME", str(folder / "home"))
        with Workspace.create(folder / "demo", swarm_id="swarm-amending") as made:
            draft = made.draft()
            made.save_draft(cedar_plus=draft.cedar_plus + RULE, revision=draft.revision)
    return folder / "demo"


@pytest.fixture
def place(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, which the commands are about."""
    place = tmp_path / "place"
    shutil.copytree(template, place)
    monkeypatch.setenv("WORKBENCH_WORKSPACE", str(place))
    return place


def write(run: Run, folder: Path, rule: str) -> None:
    text = run("draft", "show", "--part", "cedar-plus").out + rule
    (folder / "rules.cedarplus").write_text(text, encoding="utf-8")
    assert run("draft", "set", "--cedar-plus", folder / "rules.cedarplus").code == 0


def test_one_follows_another(run: Run, place: Path, tmp_path: Path) -> None:
    made = run("propose", "-m", "no addresses", *ANA)
    assert made.code == 0
    assert "note: the loss of any one of" in made.out
    assert run("draft", "reset", "--to", "1.1.0").out.startswith("the draft begins from 1.1.0")
    write(run, tmp_path, RULE.replace("no-email", "no-pii").replace('"email"', '"pii"'))
    second = run("propose", "-m", "and more", "--after", "1.1.0", *ANA)
    assert "1.2.0  proposed  major  after 1.1.0" in second.out
    shown = run("proposals", "--json").json["proposals"]
    assert [(each["version"]["version"], each["after"]) for each in shown] == [("1.1.0", ""), ("1.2.0", "1.1.0")]
    assert run("draft", "rebase").out.startswith("the draft is now a change of 1.0.0")
    refused = run("propose", "-m", "x", "--after", "1.1.0", *ANA)
    assert refused.code != 0
    assert "`draft rebase 1.1.0` says that your text has it all" in refused.err
    assert run("draft", "rebase", "1.1.0").out.startswith("the draft is now a change of 1.1.0")


def test_the_dossier_is_written_and_its_digest_signed(run: Run, place: Path, tmp_path: Path) -> None:
    run("propose", "-m", "no addresses", *ANA)
    file = tmp_path / "d.html"
    told = run("dossier", "-o", file, "--json").json
    assert told["digest"] == "sha256:" + hashlib.sha256(file.read_bytes()).hexdigest()
    assert run("approve", "1.1.0", "--dossier", file, *ANA).code == 0
    (proposal,) = (place / "proposals").glob("1.1.0-*.yaml")
    assert yaml.safe_load(proposal.read_text())["signatures"][0]["dossier_digest"] == told["digest"]
    file.write_bytes(file.read_bytes() + b"<!-- x -->")
    refused = run("approve", "1.1.0", "--dossier", file, *SAM)
    assert refused.code != 0
    assert "not the dossier of this proposal" in refused.err
    assert len(run("proposals", "--json").json["proposals"][0]["version"]["signers"]) == 1
    folder = tmp_path / "folder"
    folder.mkdir()
    run("dossier", "1.1.0", "-o", folder)
    assert [path.suffix for path in folder.iterdir()] == [".html"]


def test_a_shadow_from_begin_to_end(run: Run, place: Path) -> None:
    assert "no shadow runs" in run("shadow").out
    run("propose", "-m", "no addresses", *ANA)
    assert run("shadow", "1.1.0").out.startswith("1.1.0  shadow running")
    assert run("shadow", "--json").json["shadow"]["version"] == "1.1.0"
    assert run("shadow", "1.1.0").code != 0
    assert "0 decisions, 0 of them otherwise" in run("shadow", "--stop").out
    assert run("shadow", "--json").json["shadow"] is None


def test_a_roster_from_a_file(run: Run, place: Path, tmp_path: Path) -> None:
    version = yaml.safe_load((place / "versions" / "1.0.0.yaml").read_text())
    people = [each for each in version["content"]["roster"] if each["principal"] != 'Operator::"sam"']
    file = tmp_path / "roster.yaml"
    file.write_text(yaml.safe_dump({"roster": people}), encoding="utf-8")
    frozen = run("propose", "-m", "sam leaves", "--roster", file, *ANA)
    assert frozen.code != 0
    assert "nobody could approve a major amendment" in frozen.err
    for wrong in ("[]", "roster: x", "roster: [x]", "roster: []\nmore: x", "roster: [{principal: x}]", "\x00", "&a x"):
        file.write_text(wrong, encoding="utf-8")
        refused = run("propose", "-m", "x", "--roster", file, *ANA)
        assert refused.code != 0, wrong
        assert refused.err.startswith("error: "), wrong
        assert "Traceback" not in refused.err
    assert run("proposals").out == "no proposals\n"


def test_a_review_shows_what_else_changes(
    run: Run, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who signs from now on is nothing that a reviewer may have to look up elsewhere."""
    monkeypatch.setenv("ZOES", "a long secret phrase")
    assert run("keys", "new", tmp_path / "zoe", "--passphrase-env", "ZOES").code == 0
    version = yaml.safe_load((place / "versions" / "1.0.0.yaml").read_text())
    zoe = {
        "principal": 'Operator::"zoe"',
        "role": "operator",
        "keys": [(tmp_path / "zoe.pub").read_text().strip()],
    }
    file = tmp_path / "roster.yaml"
    file.write_text(yaml.safe_dump({"roster": [*version["content"]["roster"], zoe]}), encoding="utf-8")
    made = run("propose", "-m", "zoe joins", "--roster", file, *ANA)
    assert made.code == 0, made.err
    shown = run("review").out
    assert f"+{zoe['principal']} (operator)  {zoe['keys'][0]}" in shown
    assert 'because sensitive: `Operator::"zoe"` joins the roster as operator' in shown
    assert "takes effect" not in shown


def test_unsigned_and_superseding(run: Run, tmp_path: Path) -> None:
    game = tmp_path / "game"
    made = run("new", game, "--unsigned", "--swarm-id", "swarm-game")
    assert made.code == 0
    assert "[UNSIGNED]" in made.out
    assert "UNSIGNED" in run("verify", game).out
    digest = run("status", "-w", game, "--json").json["version"]["digest"]
    assert "pinned" in run("new", tmp_path / "two", "--unsigned", "--swarm-id", "swarm-game").err
    anew = run("new", tmp_path / "two", "--unsigned", "--swarm-id", "swarm-game", "--supersedes", digest)
    assert anew.code == 0
    assert "pin the new digest" in anew.out
    assert digest in run("verify", tmp_path / "two").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("propose",), "summary"),
        (("propose", "-m", "x", "--revert", "--again", *ANA), "a revert changes nothing else"),
        (("propose", "-m", "x", "--revert", *ANA), "nothing to go back to"),
        (("propose", "-m", "x", "--again", *ANA), "no proposal with this very text was vetoed"),
        (("propose", "-m", "x", "--after", "9.9.9", *ANA), "no such proposal"),
        (("propose", "-m", "x", "--as", "ana"), "unknown proposer"),
        (("dossier", "9.9.9"), "no such proposal"),
        (("dossier",), "no such proposal"),
        (("shadow", "nonsense"), "no such proposal"),
        (("shadow", "1.1.0", "--stop"), "begin or end?"),
        (("shadow", "--stop"), "no shadow runs"),
        (("draft", "reset", "--to", "9.9.9"), "no such proposal"),
        (("draft", "rebase", "9.9.9"), "no such proposal"),
        (("approve", "--dossier", "/nowhere"), "no such proposal"),
        (("new", "x", "--unsigned", "--profile", "team"), "signed or unsigned?"),
        (("new", "x", "--unsigned", "--key", "k"), "nobody signs here"),
        (("new", "x", "--unsigned", "--supersedes", "nonsense", "--swarm-id", "s"), "is not a digest"),
        (("new", "x", "--unsigned", "--swarm-id", "not an id"), "is not a swarm id"),
    ],
)
def test_nonsense_is_refused_with_words(run: Run, place: Path, words: tuple[str, ...], said: str) -> None:
    found = run(*words)
    assert found.code != 0
    assert said in found.err
    assert "Traceback" not in found.err
    assert run("proposals").out == "no proposals\n"


def test_a_dossier_that_is_not_there(run: Run, place: Path) -> None:
    run("propose", "-m", "x", *ANA)
    found = run("approve", "1.1.0", "--dossier", "/nowhere/d.html", *ANA)
    assert found.code != 0
    assert "not found" in found.err
    assert run("dossier", "1.1.0", "-o", "/nowhere/d.html").err.startswith("error: not found")
