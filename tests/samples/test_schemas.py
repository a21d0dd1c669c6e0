"""The canonical schemas: signed, lint-clean, and good enough that ordinary sentences compile under them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from workbench.authoring.document import compile_document
from workbench.cli.main import app
from workbench.governance.keys import generate_key, public_line
from workbench.language.check import check
from workbench.language.schema_lint import lint_schema
from workbench.language.schema_reader import read_schema
from workbench.service.canonical_schemas import (
    canonical_schemas,
    read_versions,
    schemas_folder,
    signed_list,
    standing_of,
)
from workbench.service.errors import WorkbenchError
from workbench.service.samples import load_sample

FOLDER = schemas_folder()
FILES = sorted(FOLDER.glob("*.cedarschema"))
NAMES = {
    "coding-agent",
    "concord-core",
    "finance-operations",
    "game-world",
    "incident-response",
    "support-swarm",
    "world-norms",
}


def test_every_schema_is_in_the_signed_list_and_nothing_else_is() -> None:
    listed = canonical_schemas()
    assert {schema.name for schema in listed} == NAMES == {path.stem for path in FILES}
    for path in FILES:
        standing = standing_of(path.read_text(encoding="utf-8"), path.stem, listed)
        assert (standing.kind, standing.schema and standing.schema.name) == ("canonical", path.stem)


def test_one_character_more_is_another_schema() -> None:
    listed = canonical_schemas()
    text = FILES[0].read_text(encoding="utf-8")
    assert standing_of(text + "\n", FILES[0].stem, listed).kind == "differs"
    assert standing_of(text + "\n", "mine", listed).kind == "other"
    assert standing_of(text, "mine", listed).kind == "canonical", "the text counts, not the file's name"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(FOLDER, tmp_path / "schemas")
    return tmp_path / "schemas"


def swap(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_list_that_was_changed_is_not_believed(copy: Path) -> None:
    place = copy / "digests.yaml"
    whole = place.read_text()
    digest = canonical_schemas()[0].digest
    for old, new in ((digest, "0" * 64), ("coding-agent", "coding_agent"), ('version: "1"', 'version: "2"')):
        place.write_text(whole)
        swap(place, old, new)
        with pytest.raises(WorkbenchError, match="signature"):
            canonical_schemas(copy)


@pytest.mark.parametrize("text", ["", "[]", "schemas: []", "schemas: 3\nsignature: x", "\x00", "schemas:\n  - name: a"])
def test_a_list_that_is_none_is_one_clear_error(copy: Path, text: str) -> None:
    (copy / "digests.yaml").write_text(text)
    with pytest.raises(WorkbenchError) as caught:
        canonical_schemas(copy)
    assert caught.value.code == "schema_list"
    (copy / "digests.yaml").unlink()
    with pytest.raises(WorkbenchError):
        canonical_schemas(copy)


def test_the_maintainers_can_sign_anew_and_strangers_cannot(copy: Path) -> None:
    key = generate_key()
    swap(copy / "concord-core.cedarschema", "entity Team;", "entity Team in [Team];")
    (copy / "digests.yaml").write_text(signed_list(copy, {**read_versions(copy), "concord-core": 2}, key))
    listed = {schema.name: schema for schema in canonical_schemas(copy, public_line(key))}
    assert (listed["concord-core"].version, listed["world-norms"].version) == (2, 1)
    with pytest.raises(WorkbenchError, match="signature"):
        canonical_schemas(copy)


def test_no_private_key_is_shipped() -> None:
    assert not any(b"PRIVATE KEY" in path.read_bytes() for path in FOLDER.rglob("*") if path.is_file())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_lint_clean_and_documented(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [found for found in lint_schema(text) if found.severity != "info"] == []
    schema = read_schema(text)
    for action in schema.actions.values():
        if action.principals and path.stem != "support-swarm":
            assert action.annotations.get("phrase"), action.id
    claimed = {"support-swarm", "concord-core"}  # kept as they were first published
    if path.stem not in claimed:
        sources = {a.source for action in schema.actions.values() for a in action.context.attributes.values()}
        assert "server" in sources
        assert all(kind.annotations.get("doc") for kind in schema.entity_types.values())


def test_check_says_what_is_canonical(tmp_path: Path) -> None:
    run = CliRunner().invoke
    told = run(app, ["schema", "check", str(FOLDER / "concord-core.cedarschema")])
    assert told.exit_code == 0
    assert "canonical: concord-core v1" in told.stdout
    mine = tmp_path / "concord-core.cedarschema"
    mine.write_text("entity A; action a appliesTo { principal: A, resource: A };")
    assert "not canonical: it has the name of concord-core v1" in run(app, ["schema", "check", str(mine)]).stdout
    other = tmp_path / "mine.cedarschema"
    other.write_text(mine.read_text())
    assert "canonical" not in run(app, ["schema", "check", str(other)]).stdout


def test_the_support_swarm_has_one_schema() -> None:
    assert load_sample("support-swarm").schema == (FOLDER / "support-swarm.cedarschema").read_text(encoding="utf-8")


def test_world_norms_are_written_as_the_product_writes_them() -> None:
    schema = read_schema((FOLDER / "world-norms.cedarschema").read_text(encoding="utf-8"))
    (act,) = schema.actions.values()
    assert set(act.context.attributes) == {"verb", "location", "target", "faction", "hay"}
    rules = r"""permit (principal, action == Action::"act", resource);
    forbid (principal, action == Action::"act", resource)
    when { context.hay like "*safe_zone*" && (context.verb like "*attack*" || context.verb like "*100\**") };"""
    assert not check(rules, schema).errors


SENTENCES = [
    ("incident-response", "Only incident commanders may resolve incidents.", 'principal.rank == "commander"'),
    (
        "incident-response",
        "Runbook agents may restart services.",
        'principal is RunbookAgent, action == Action::"restart"',
    ),
    (
        "incident-response",
        "Nobody may share evidence that contains personal data with a third party.",
        'resource.content.contains("pii")',
    ),
    (
        "incident-response",
        "Runbook agents may not restart a production service unless they are trusted.",
        'unless { principal.tier == "trusted" }',
    ),
    ("coding-agent", "Nobody may delete files that contain secrets.", 'resource.markers.contains("secret")'),
    ("coding-agent", "Coding agents must never force push to branches.", 'action == Action::"force_push"'),
    ("coding-agent", "Coding agents must not install packages with unknown licences.", 'resource.licence == "unknown"'),
    ("finance-operations", "Junior clerks may not approve invoices.", 'principal.grade == "junior"'),
    ("finance-operations", "Clerks may not make a transfer over 10000.", "context.amount > 10000"),
    ("finance-operations", "Nobody may pay an invoice flagged suspected fraud.", 'resource.flags.contains("fraud")'),
    ("game-world", "Players may not sell soulbound items.", 'resource.marks.contains("bound")'),
    ("game-world", "Nobody may speak in a channel with insults.", 'context.flags.contains("insult")'),
    ("concord-core", "Nobody may raise its own rights.", 'action == Action::"self_elevate"'),
    ("support-swarm", "Agents may reply to tickets in their own region.", "principal.region == resource.region"),
]


@pytest.mark.parametrize(("name", "sentence", "part"), SENTENCES, ids=[s[1] for s in SENTENCES])
def test_a_sentence_compiles_to_one_rule(name: str, sentence: str, part: str) -> None:
    schema = read_schema((FOLDER / f"{name}.cedarschema").read_text(encoding="utf-8"))
    result = compile_document(sentence, schema)
    assert [found.status for found in result.sentences] == ["compiled"]
    assert part in " ".join(result.cedar_plus.split())
    assert not check(result.cedar_plus, schema).errors
