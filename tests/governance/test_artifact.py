"""The artifact: exact round trips, a digest that only meaning can change, and refusals with codes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.governance.chains import ANA, EVE, SAM, SCHEMA, SWARM, Chain, case, content, three_versions
from workbench.governance.artifact import ConstitutionVersion, Content, TestCase, dump_yaml, load_yaml
from workbench.governance.canonical import canonical_bytes
from workbench.governance.errors import ArtifactError
from workbench.governance.genesis import build_genesis, next_version
from workbench.governance.keys import public_line
from workbench.governance.roster import RosterEntry
from workbench.governance.versions import rank
from workbench.governance.wording import check_identifier, check_text, check_uid, text_of
from workbench.governance.yaml_reader import read_yaml

PLAIN = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp")) | st.sampled_from("\n\t \u200d"), max_size=40
)
ANY = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
JSON = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | ANY,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY.filter(lambda k: k != "__long"), inner, max_size=3),
    max_leaves=6,
)
RECORDS = st.dictionaries(ANY.filter(lambda k: k != "__long"), JSON, max_size=3)


def refused(code: str, make: Any) -> ArtifactError:
    with pytest.raises(ArtifactError) as caught:
        make()
    assert caught.value.code == code, caught.value
    return caught.value


def version(**changes: Any) -> ConstitutionVersion:
    return Chain().genesis(content(**changes))


@settings(max_examples=150, deadline=None)
@given(PLAIN, PLAIN, PLAIN, RECORDS, st.lists(RECORDS, max_size=2))
def test_yaml_round_trips(source: str, english: str, summary: str, context: Any, entities: Any) -> None:
    plain = {"name": "n", "request": {"principal": "p", "action": "a", "resource": "r", "context": context}}
    test = TestCase.of({**plain, "entities": entities, "expect": "hold", "procedure": source})
    made = build_genesis(
        swarm_id=SWARM,
        content=content(source, english_source=english, test_cases=(test,)),
        proposed_by=ANA.principal,
        created_at=Chain().now,
        summary=summary,
    )
    read = load_yaml(dump_yaml(made))
    assert read == made
    assert read.digest == made.digest
    assert dump_yaml(read) == dump_yaml(made)
    assert canonical_bytes(read.content.test_cases[0].to_mapping()["request"]["context"]) == canonical_bytes(context)


def test_a_whole_chain_round_trips_signatures_and_all() -> None:
    for made in three_versions().versions:
        assert load_yaml(dump_yaml(made)) == made


def test_the_digest_is_over_what_is_above_the_line_alone() -> None:
    made = three_versions().versions[1]
    assert made.with_signatures(()).with_activation(None).digest == made.digest
    plain = json.loads(made.signed_bytes())
    assert "signatures" not in plain
    assert "activation" not in plain
    assert plain["content"]["schema"] == SCHEMA
    assert plain["amendment"]["class"] == "major"
    assert plain["content"]["test_cases"][0]["request"]["context"] == {"amount": 5, "hour": 9}


def test_the_layout_of_the_yaml_does_not_matter() -> None:
    made = version()
    tree = read_yaml(dump_yaml(made))
    as_json = json.dumps(tree, indent=3)  # JSON is YAML, in quite another style
    assert load_yaml(as_json) == made
    reordered = "\n".join(["# a comment", *(f"{k}: {json.dumps(v)}" for k, v in reversed(list(tree.items())))])
    assert load_yaml(reordered).digest == made.digest


def test_the_layout_of_json_inside_does_not_matter_but_its_types_do() -> None:
    text = dump_yaml(version())
    line = """context: '{"amount": 5, "hour": 9}'"""
    assert line in text
    assert load_yaml(text.replace(line, """context: '{ "hour":9,"amount":5 }'""")).digest == version().digest
    digests = {
        load_yaml(text.replace(line, f"context: '{{\"amount\": {value}}}'")).digest
        for value in ("1", '"1"', "true", "[1]", "9007199254740993", '"9007199254740993"')
    }
    assert len(digests) == 6


def test_every_field_changes_the_digest() -> None:
    made = version()
    text = dump_yaml(made)
    for old, new in (
        ('constitution_version: "1.0.0"', 'constitution_version: "1.0.1"'),
        ("swarm-test", "swarm-tesu"),
        ("concord-cedar-plus-v1", "concord-cedar-plus-v2"),
        ("proposed_by: 'Operator::\"ana\"'", "proposed_by: 'Operator::\"anb\"'"),
        ("10:00:00Z", "10:00:01Z"),
        ("may-reply", "may-repla"),
        ('invariants: ""', "invariants: x"),
        ('english_source: ""', "english_source: x"),
        ("entity Agent", "entity Bgent"),
        ("expect: allow", "expect: deny"),
        ("role: operator", "role: operatos"),
        ("the first", "the furst"),
    ):
        assert old in text
        assert load_yaml(text.replace(old, new)).digest != made.digest, old


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        ("unknown_field", "swarm_id:", "swarm_ID:"),
        ("unknown_field", '  english: ""', '  english: ""\n  more: 1'),
        ("unknown_field", "  schema: |", "  schema_text: |"),
        ("unknown_field", "  class: sensitive", "  cls: sensitive"),
        ("missing_field", 'schema_version: "concord-cedar-plus-v1"\n', ""),
        ("value", "class: sensitive", "class: tiny"),
        ("value", "expect: allow", "expect: perhaps"),
        ("value", "includes: []", "includes: none"),
        ("includes", "includes: []", "includes: [{swarm_id: a, version: 1.0.0, digest: 'sha256:" + "0" * 64 + "'}]"),
        ("version", '"1.0.0"', '"1.0"'),
        ("version", '"1.0.0"', '"01.0.0"'),
        ("version", '"1.0.0"', '"1.0.0+build"'),
        ("version", '"1.0.0"', '"../../etc"'),
        ("swarm_id", "swarm-test", "swarm/test"),
        ("swarm_id", "swarm-test", "swаrm-test"),  # Cyrillic а
        ("time", "2026-03-15T10:00:00Z", "2026-03-15T10:00:00.000Z"),
        ("uid", "proposed_by: 'Operator::\"ana\"'", "proposed_by: ana"),
        ("uid", "proposed_by: 'Operator::\"ana\"'", "proposed_by: 'Operator::\"\\u{61}na\"'"),
        ("parent", "parent_digest: null", "parent_digest: 'sha256:" + "0" * 64 + "'"),
        ("json", """'{"amount": 5, "hour": 9}'""", "'[1]'"),
        ("json", """'{"amount": 5, "hour": 9}'""", "'{'"),
        ("duplicate_key", """'{"amount": 5, "hour": 9}'""", """'{"a": 5, "a": 9}'"""),
        ("float", """'{"amount": 5, "hour": 9}'""", """'{"a": 5.0}'"""),
        ("float", """'{"amount": 5, "hour": 9}'""", """'{"a": 1e3}'"""),
        ("float", """'{"amount": 5, "hour": 9}'""", """'{"a": NaN}'"""),
        ("integer_range", """'{"amount": 5, "hour": 9}'""", """'{"a": 9223372036854775808}'"""),
        ("integer_range", """'{"amount": 5, "hour": 9}'""", '\'{"a": ' + "9" * 5_000 + "}'"),
        ("integer_range", """'{"amount": 5, "hour": 9}'""", """'{"a": -0}'"""),
        ("reserved_key", """'{"amount": 5, "hour": 9}'""", """'{"__long": "5"}'"""),
        ("surrogate", """'{"amount": 5, "hour": 9}'""", """'{"a": "\\ud800"}'"""),
        ("depth", """'{"amount": 5, "hour": 9}'""", '\'{"a": ' + "[" * 5_000 + "]" * 5_000 + "}'"),
    ],
)
def test_what_is_refused(code: str, old: str, new: str) -> None:
    text = dump_yaml(version())
    assert old in text
    refused(code, lambda: load_yaml(text.replace(old, new)))


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("line_break", "a\r\nb"),
        ("line_break", "a\x85b"),
        ("line_break", "a\u2028b"),
        ("line_break", "a\x0cb"),
        ("control_character", "a\x00b"),
        ("control_character", "a\x1b[31mb"),
        ("control_character", "a\x7fb"),
        ("control_character", "a\ufeffb"),
        ("bidi_control", "// \u202e } permit"),
        ("bidi_control", "a\u2066b"),
        ("surrogate", "a\ud800b"),
    ],
)
def test_texts_hide_nothing(code: str, text: str) -> None:
    error = refused(code, lambda: check_text(f"fine\n{text}", "source"))
    assert "line 2" in error.message
    refused(code, lambda: Content(cedar_plus_source=text))


@pytest.mark.parametrize(
    "text", ["", "a \n", "\ta\t", "😀\U0010fffd", "e\u0301", "\u200f שלום", "a\u00a0b", "क\u200dष", "\n\n a"]
)
def test_texts_that_survive_exactly(text: str) -> None:
    made = version(english_source=text)
    assert load_yaml(dump_yaml(made)).content.english_source == text


def test_builders_may_normalise_line_ends() -> None:
    assert text_of("a\r\nb\rc\n") == "a\nb\nc\n"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("not_nfc", "re\u0301mi"),
        ("hidden_character", "an\u200ba"),
        ("hidden_character", "an\u202ea"),
        ("hidden_character", "an\u00ada"),
        ("look_alike", "ａna"),
        ("look_alike", "𝐚na"),
        ("mixed_script", "аna"),
        ("mixed_script", "αna"),
        ("mixed_script", "ana漢α"),
        ("identifier_empty", ""),
        ("identifier_empty", "ana "),
        ("identifier_long", "a" * 300),
    ],
)
def test_identifiers_cannot_be_mistaken(code: str, text: str) -> None:
    refused(code, lambda: check_identifier(text, "name"))


@pytest.mark.parametrize("text", ["ana", "rémi", "Анна", "漢字かな", "ana 漢字", "김철수", "o'neil-2", "משה"])
def test_names_of_many_scripts_are_welcome(text: str) -> None:
    assert check_identifier(text, "name") == text
    assert check_uid(f'Operator::"{text}"', "principal")


def entry(principal: str, *keys: str, role: str = "operator") -> RosterEntry:
    return RosterEntry(principal=principal, role=role, keys=keys)


def test_a_roster_that_could_cheat_is_refused() -> None:
    key, other = public_line(ANA.key, "one"), public_line(ANA.key, "another name")
    refused("shared_key", lambda: version(roster=(entry('O::"a"', key), entry('O::"b"', other))))
    refused("shared_key", lambda: version(roster=(entry('O::"a"', key, other),)))
    refused("shared_key", lambda: version(roster=(entry('O::"a"', key), entry('L::"l"', key, role="ledger"))))
    refused("duplicate_person", lambda: version(roster=(ANA.entry, entry(ANA.principal, public_line(EVE.key)))))
    refused("roster_key", lambda: version(roster=(entry('O::"a"', "ssh-rsa AAAA x"),)))
    refused("roster_key", lambda: version(roster=(entry('O::"a"', key.replace("ssh-ed25519 ", "ssh-ed25519  ")),)))
    refused("mixed_script", lambda: version(roster=(entry('O::"аna"', key),)))


def test_a_demo_key_belongs_to_its_swarm() -> None:
    mine, foreign = public_line(EVE.key, f"DEMO ONLY {SWARM}"), public_line(EVE.key, "DEMO ONLY swarm-other")
    assert version(roster=(entry('O::"a"', mine),))
    for line in (foreign, public_line(EVE.key, "DEMO ONLY"), public_line(EVE.key, f"demo only {SWARM}x")):
        refused("demo_key", lambda line=line: version(roster=(entry('O::"a"', line),)))


def test_two_tests_cannot_share_a_name() -> None:
    refused("duplicate_test", lambda: version(test_cases=(case(), case(expect="deny"))))


def test_a_test_case_goes_through_its_mapping() -> None:
    test = case(procedure="big_reply", reviewed_by=SAM.principal)
    assert TestCase.of(test.to_mapping()) == test
    uid = {"type": "Agent", "id": 'a"b'}
    made = TestCase.of({"name": "x", "request": {"principal": uid, "action": "a", "resource": "r"}, "expect": "deny"})
    assert made.request.principal == 'Agent::"a\\"b"'
    assert made.request.context == "{}"
    assert made.entities == "[]"
    refused("unknown_field", lambda: TestCase.of({**test.to_mapping(), "extra": 1}))
    refused("float", lambda: TestCase.of({**test.to_mapping(), "entities": [{"a": 0.5}]}))
    refused("not_json", lambda: TestCase.of({**test.to_mapping(), "entities": [{1: 2}]}))


SEED = """\
constitution_version: "1.4.2"
swarm_id: "swarm-abc123"
parent_version: "1.4.1"
signed_by: "operator-key-fingerprint"
signed_at: "2026-03-15T10:00:00Z"
content:
  cedar_plus_source: "permit (principal, action, resource);"
  english_source: "Anyone may do anything."
  test_cases: []
  schema_version: "concord-cedar-plus-v1"
"""


def test_the_single_signature_form_is_read() -> None:
    read = load_yaml(SEED)
    assert read.constitution_version == "1.4.2"
    assert read.parent_version == "1.4.1"
    assert read.proposed_by == 'Key::"operator-key-fingerprint"'
    assert read.signatures == ()
    assert load_yaml(dump_yaml(read)) == read
    refused("unknown_field", lambda: load_yaml(SEED + "more: 1\n"))
    refused("missing_field", lambda: load_yaml(SEED.replace("  test_cases: []\n", "")))


def test_version_numbers() -> None:
    ordered = [
        "0.9.9",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0",
        "1.0.10",
        "1.2.0",
    ]
    assert sorted(ordered, key=rank) == ordered
    assert [next_version("1.4.1", cls) for cls in ("minor", "major", "sensitive")] == ["1.4.2", "1.5.0", "2.0.0"]
    assert next_version("2.0.0-rc.1", "minor") == "2.0.0"


def test_not_a_mapping() -> None:
    refused("yaml", lambda: load_yaml("- a\n"))
    refused("yaml", lambda: load_yaml("a\n"))
