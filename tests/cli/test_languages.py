"""``compile --language``: German with a schema that has its words; any other language is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

SCHEMA = """
@phrase_de("Mitarbeiter | Mitarbeiterin")
entity User = { @values("admin") @values_de("admin: Verwalter") role: String };
@phrase_de("Dokument") entity Doc;
@phrase_de("… löschen") action delete appliesTo { principal: [User], resource: [Doc], context: {} };
"""


@pytest.fixture
def schema(desk: Path) -> str:
    found = desk / "deutsch.cedarschema"
    found.write_text(SCHEMA, encoding="utf-8")
    return str(found)


def test_german_is_compiled_where_it_is_said_to_be_german(run: Run, schema: str) -> None:
    text = "Nur Verwalter dürfen Dokumente löschen. Niemand darf Dokumente verlieren."
    done = run("compile", "-", "--schema", schema, "--language", "de", "--json", input=text)
    assert done.code == 3
    first, second = done.json["sentences"]
    assert first["status"] == "compiled"
    assert 'permit (principal, action == Action::"delete", resource)' in first["candidates"][0]["cedar_plus"]
    assert second["status"] == "refused"
    assert "`verlieren` is no German word" in second["diagnostics"][0]["message"]
    unsaid = run("compile", "-", "--schema", schema, "--json", input=text)
    assert [sentence["status"] for sentence in unsaid.json["sentences"]] == ["refused", "refused"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--language", "fr"], "there is no language `fr`"),
        (["--language", "de", "--model", "default"], "`--model` goes with English sentences"),
    ],
)
def test_what_cannot_be_is_said(run: Run, schema: str, options: list[str], said: str) -> None:
    done = run("compile", "-", "--schema", schema, *options, input="Niemand darf Dokumente löschen.")
    assert done.code == 2
    assert said in done.err
