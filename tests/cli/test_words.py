"""``words``: listed with sentences that compile; a phrase that would change sentences is refused first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import SCHEMA, Run
from tests.cli.test_diff import _made, demo  # noqa: F401 - fixtures
from workbench.authoring.compiler import compile_sentence
from workbench.language.schema_reader import read_schema


@pytest.fixture
def schema(desk: Path) -> Path:
    found = desk / "words.cedarschema"
    found.write_text("// ours\n" + SCHEMA, encoding="utf-8")
    return found


def test_every_word_is_listed_with_a_sentence_that_compiles(run: Run, schema: Path) -> None:
    done = run("words", "--schema", str(schema), "--json")
    assert done.code == 0
    words = {word["key"]: word for word in json.loads(done.out)["words"]}
    assert {"User", "Doc", "read", "write", "User.role", "Doc.tags", "Doc.owner", "context.size"} == set(words)
    assert words["context.size"]["sort"] == "a whole number"
    for word in words.values():
        if word["example"]:
            assert compile_sentence(word["example"], read_schema(SCHEMA)).status == "compiled"
    assert words["read"]["example"]
    text = run("words", "--schema", str(schema))
    assert "Who acts" in text.out
    assert "What is known of it" in text.out
    only = run("words", "--find", "size", "--schema", str(schema))
    assert "context.size" in only.out
    assert "Doc.tags" not in only.out
    none = run("words", "--find", "zebra", "--schema", str(schema))
    assert (none.code, "no word has `zebra`" in none.out) == (0, True)


def test_a_phrase_is_printed_or_written_with_everything_else_as_it_was(run: Run, schema: Path) -> None:
    printed = run("words", "add", "read", "have a look at …", "--schema", str(schema))
    assert printed.code == 0
    assert '@phrase("have a look at …") action read' in printed.out
    assert printed.out.startswith("// ours\n")
    assert "have a look" not in schema.read_text(encoding="utf-8"), "only `--write` writes"
    written = run("words", "add", "read", "have a look at …", "--schema", str(schema), "--write")
    assert written.code == 0
    assert schema.read_text(encoding="utf-8") == printed.out
    taken = run("words", "remove", "read", "have a look at …", "--schema", str(schema), "--write")
    assert taken.code == 0
    assert schema.read_text(encoding="utf-8") == "// ours\n" + SCHEMA


def test_a_clash_is_told_and_nothing_is_written(run: Run, schema: Path, desk: Path) -> None:
    before = schema.read_text(encoding="utf-8")
    english = desk / "rules.md"
    english.write_text("Users may read a doc.\n", encoding="utf-8")
    more = ("--schema", str(schema), "--english", str(english), "--write")
    refused = run("words", "add", "write", "read …", *more)
    assert refused.code == 3
    assert "the same words name read" in refused.out
    assert "could mean several things: Users may read a doc." in refused.out
    assert "nothing was changed" in refused.out
    assert schema.read_text(encoding="utf-8") == before
    document = json.loads(run("words", "add", "write", "read …", *more, "--json").out)
    assert (document["done"], document["clashes"]) == (False, ["read"])
    assert document["sentences"][0]["change"] == "ambiguous"
    assert run("words", "add", "write", "read …", *more, "--anyway").code == 0
    assert '@phrase("read …") action "write"' in schema.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("add", "wriet", "x"), 2, "no such word"),
        (("add", "read", "a|b"), 3, "`|` separates phrases"),
        (("add", "read", ""), 3, "the phrase is empty"),
        (("add", "read", "must not"), 3, "belongs to the grammar already"),
        (("add", "read", "read"), 3, "it is always understood"),
        (("remove", "read", "x"), 3, "none of its phrases"),
        (("add", "context.size", "x", "--value", "big"), 3, "it has no values"),
        (("add", "read", "peruse …", "--english", "nofile.md"), 2, "no"),
    ],
)
def test_nonsense_is_told_and_nothing_is_written(
    run: Run, schema: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    before = schema.read_text(encoding="utf-8")
    done = run("words", *arguments, "--schema", str(schema), "--write")
    assert (done.code, said in done.err) == (code, True), done
    assert schema.read_text(encoding="utf-8") == before


def test_in_a_workspace_it_is_a_change_of_the_draft(run: Run, demo: Path) -> None:  # noqa: F811
    done = run("words", "add", "issue_refund", "pay … back")
    assert done.code == 0
    assert "saved as revision" in done.out
    assert "pay a ticket back" in done.out
    assert "pay … back" in run("draft", "show", "--part", "schema").out
    refused = run("words", "add", "close_ticket", "refund …")
    assert refused.code == 3
    assert "A refund above 500" in refused.out
    assert "refund …" not in run("words", "--find", "close_ticket").out
    assert run("words", "remove", "issue_refund", "pay … back").code == 0
    assert "pay … back" not in run("draft", "show", "--part", "schema").out


def test_a_new_value_is_written_only_when_it_is_meant(run: Run, desk: Path) -> None:
    schema = desk / "valued.cedarschema"
    text = SCHEMA.replace("role: String", '@values("lead; aide") role: String', 1)
    assert text != SCHEMA
    schema.write_text(text, encoding="utf-8")
    slip = ("words", "add", "User.role", "head", "--value", "laed", "--schema", str(schema), "--write")
    refused = run(*slip)
    assert refused.code == 3
    assert "`laed` is no value of User.role yet; its values are: lead, aide" in refused.out
    assert schema.read_text(encoding="utf-8") == text
    assert run(*slip, "--anyway").code == 0
    assert "laed: head" in schema.read_text(encoding="utf-8")
