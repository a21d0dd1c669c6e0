"""The YAML that a constitution may be: read strictly, written in one way, and nothing lost between the two."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from workbench.governance import yaml_reader
from workbench.governance.errors import ArtifactError
from workbench.governance.yaml_reader import MAX_BYTES, read_yaml
from workbench.governance.yaml_writer import write_yaml

ODD = st.text(st.sampled_from(" \t\n\r\x85\u2028ab:#-|>'\"\\{}[]&*!%@,?~0é😀\ufeff\u200b\x00\x7f\ufffe"), max_size=20)
STRINGS = ODD | st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
TREES = st.dictionaries(
    STRINGS,
    st.recursive(
        STRINGS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(STRINGS, inner, max_size=3), max_leaves=5
    ),
    min_size=1,
    max_size=3,
)


def refused(code: str, text: str | bytes) -> ArtifactError:
    with pytest.raises(ArtifactError) as caught:
        read_yaml(text)
    assert caught.value.code == code, caught.value
    return caught.value


@settings(max_examples=300)
@given(TREES)
@example({"a": " leading\n", "b": "\n\n", "c": "x\n\n\n", "d": "\tx\n y \n", "e": "no end\nof line"})
def test_what_is_written_is_read(tree: dict[str, Any]) -> None:
    assert read_yaml(write_yaml(tree)) == tree


@settings(max_examples=100)
@given(TREES)
def test_an_ordinary_loader_reads_the_same(tree: dict[str, Any]) -> None:
    assert yaml.load(write_yaml(tree), Loader=yaml.SafeLoader) == tree


def test_texts_are_blocks() -> None:
    assert write_yaml({"source": "permit;\n\tforbid; \n"}) == "source: |\n  permit;\n  \tforbid; \n"
    assert write_yaml({"who": 'Op::"ana"', "role": "operator", "v": "1.0"}) == (
        'who: \'Op::"ana"\'\nrole: operator\nv: "1.0"\n'
    )


def test_every_scalar_is_a_string() -> None:
    text = "a: 1\nb: 1.50\nc: true\nd: null\ne: 2026-03-15\nf: 0x10\ng: ~\nh: 'x'\ni:\n"
    assert read_yaml(text) == {
        "a": "1",
        "b": "1.50",
        "c": "true",
        "d": "null",
        "e": "2026-03-15",
        "f": "0x10",
        "g": "~",
        "h": "x",
        "i": "",
    }


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("duplicate_key", "a: 1\na: 2\n"),
        ("duplicate_key", "a: {b: 1, 'b': 2}\n"),
        ("yaml_alias", "a: *b\n"),
        ("yaml_anchor", "a: &b 1\n"),
        ("yaml_anchor", "a: &b [1]\n"),
        ("yaml_tag", "a: !!python/object/apply:os.system ['true']\n"),
        ("yaml_tag", "a: !!str 1\n"),
        ("yaml_tag", "a: ! 1\n"),
        ("yaml_tag", "a: !!map {}\n"),
        ("yaml_directive", "%YAML 1.1\n---\na: 1\n"),
        ("yaml_documents", "a: 1\n---\nb: 1\n"),
        ("yaml_key", "? [a]\n: 1\n"),
        ("yaml_key", "? {a: 1}\n: 1\n"),
        ("yaml", ""),
        ("yaml", "a: [\n"),
        ("yaml", "a: 'x\n"),
        ("yaml", "a: \x01\n"),
        ("yaml", 'a: "\\UFFFFFFFF"\n'),
        ("depth", "a: " + "[" * 100 + "]" * 100),
        ("depth", "".join(" " * i + "a:\n" for i in range(200))),
    ],
)
def test_what_a_constitution_may_not_have(code: str, text: str) -> None:
    refused(code, text)


def test_an_alias_bomb_is_refused_at_its_first_anchor() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 60)]
    assert "line 1" in refused("yaml_anchor", "\n".join(lines)).message


def test_a_deep_file_is_refused_early() -> None:
    refused("depth", "[" * 2_000_000)


def test_size_and_encoding() -> None:
    refused("too_large", "a: " + "x" * MAX_BYTES)
    refused("too_large", "a: " + "é" * (MAX_BYTES // 2))
    refused("too_large", b"a" * (MAX_BYTES + 1))
    refused("utf8", b"a: \xff\n")
    assert read_yaml("a: é\n".encode()) == {"a": "é"}


def test_the_number_of_values_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys, scalars and containers all count; the real bound takes seconds to reach, so a small one stands in."""
    monkeypatch.setattr(yaml_reader, "MAX_NODES", 8)
    assert read_yaml("a: [1, 2, 3, 4, 5]\n")  # the mapping, its key, the list, five
    error = refused("too_many", "a:\n- 1\n- 2\n- 3\n- 4\n- 5\n- 6\n")
    assert "line 7" in error.message


def test_the_line_is_named() -> None:
    assert "line 3" in refused("duplicate_key", "a: 1\nb: 1\na: 2\n").message


@settings(max_examples=300)
@given(
    st.text(max_size=40) | st.text(st.sampled_from("a:-[]{}&*!|>'\"\\\n \t%@?,#"), max_size=30) | st.binary(max_size=30)
)
def test_garbage_never_escapes(text: str | bytes) -> None:
    with contextlib.suppress(ArtifactError):
        read_yaml(text)
