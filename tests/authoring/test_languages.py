"""The function words are data: read once, checked key by key, and nowhere else in the grammar."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from dataclasses import dataclass, fields

import pytest

from tests.contracts.source_tree import in_rooms
from workbench.authoring.languages import LanguageError, Phrases, Table, read, text_of
from workbench.authoring.languages.english import English, english
from workbench.authoring.languages.german import german

READS = {"say", "longest", "maybe", "any_of", "table"}


@dataclass(frozen=True)
class Joints:
    if_: Phrases
    signs: Table


@dataclass(frozen=True)
class Small:
    joints: Joints


def small(text: str) -> Small:
    return read(text, Small, "xx.toml")


def test_lists_and_both_kinds_of_tables_are_read() -> None:
    found = small('[joints]\nif = ["if", "when"]\nsigns = { ">" = ["above", "over"], has = "have" }')
    assert found.joints.if_ == ("if", "when")
    assert found.joints.signs == {"above": ">", "over": ">", "has": "have"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[joints]\nif = []", "`xx.toml` lacks `joints.signs`"),
        ("", "`xx.toml` lacks `joints`"),
        ('[joints]\nif = ["if"]\nsigns = {}\nelse = ["else"]', "`joints.else` in `xx.toml` is no entry"),
        ("joints = 3", "`joints` in `xx.toml` is no table"),
        ('[joints]\nif = "if"\nsigns = { ">" = ["above"] }', "`joints.if` in `xx.toml` is no list"),
        ('[joints]\nif = ["if"]\nsigns = { ">" = [3] }', "`joints.signs` in `xx.toml` is no table"),
        ('[joints]\nif = [""]\nsigns = { ">" = ["above"] }', "`joints.if` in `xx.toml` is no list"),
        (
            '[joints]\nif = ["if"]\nsigns = { ">" = ["above"], "<" = ["above"] }',
            "`above` stands twice in `joints.signs`",
        ),
        ("[joints", "`xx.toml` is no TOML"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_the_entry_it_hangs_on(text: str, said: str) -> None:
    with pytest.raises(LanguageError) as caught:
        small(text)
    assert said in str(caught.value)


def test_there_is_no_language_without_its_file() -> None:
    with pytest.raises(LanguageError, match=r"no file `xx\.toml`"):
        text_of("xx.toml")


def test_nothing_is_read_when_the_grammar_is_imported() -> None:
    script = (
        "import workbench.authoring.document as d; from workbench.authoring.languages import text_of;"
        "print(text_of.cache_info().currsize)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "0\n"


def test_the_grammar_holds_no_phrase_of_english() -> None:
    """A phrase in a call that reads tokens would be one that no other language could say."""
    found = [
        f"{module.shown}:{node.lineno} {argument.value!r}"
        for module in in_rooms("authoring")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READS
        for part in node.args
        for argument in ast.walk(part)
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and re.search("[a-z]", argument.value)
    ]
    assert not found


def test_every_entry_of_german_is_used() -> None:
    grammar = text_of("de.lark")
    used = {
        node.attr
        for module in in_rooms("authoring")
        if "german" in module.name
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
    }
    terminals = {name for name, _ in german().terminals()}
    unused = {name for name in terminals if not re.search(rf"\b{name}\b", grammar)}
    assert {name for name in unused if name.split("_", 1)[1].lower() not in used} == set()
    assert (
        set(re.findall(r"\b(?:MODALITY|NEGATION|WHO|VERB|CONNECTIVE|PREPOSITION|CLOCK)_[A-Z_]+", grammar)) <= terminals
    )


def test_every_entry_is_used() -> None:
    """An entry that the grammar does not read is a word that the file promises and nobody understands."""
    used = {
        node.attr
        for module in in_rooms("authoring")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
    }
    entries = {
        f"{section.name}.{entry.name}": entry.name
        for section in fields(English)
        for entry in fields(getattr(english(), section.name))
    }
    assert {path for path, name in entries.items() if name not in used} == set()
