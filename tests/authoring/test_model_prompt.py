"""The prompt holds every word of the schema, shapes that the compiler really reads, and the sentence as data alone."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.authoring.corpus import NAMES, schema_of
from workbench.authoring import model_prompt
from workbench.authoring.compiler import compile_sentence
from workbench.authoring.lexicon import flatten, parse_values, real_actions
from workbench.authoring.model_prompt import (
    MOST_VOCABULARY,
    cedar_messages,
    fed_back,
    prompt_digest,
    rewrite_messages,
    vocabulary,
)
from workbench.authoring.words import name_nouns
from workbench.language.schema import Schema
from workbench.language.schema_reader import read_schema

SCHEMA = schema_of("support-swarm")

# the vocabulary that the prompt's own examples are written in
EXAMPLES = """
entity Team; entity Visitor;
entity Clerk in [Team] = {
  @values("lead; curator") role: String, rating: Long, @phrase("trained") trained: Bool,
  @phrase("office") office: String };
entity Drawer = {
  owner: Clerk, @values("public") status: String, @phrase("office") office: String };
entity Vault = {
  @phrase("own | owner") owner: Clerk, @phrase("holds …") @values("archived: archived records") contents: Set<String> };
entity Sum = { @phrase("own | owner") owner: Clerk };
entity Item = { @values("rare") kind: String };
type Facts = {
  hour: Long, amount: Long, @source("meter") loans_today: Long, @phrase("the alarm is off") alarm_off: Bool };
@phrase("open …") action open_vault appliesTo { principal: [Clerk, Visitor], resource: [Vault], context: Facts };
@phrase("open …") action open_drawer appliesTo { principal: [Clerk, Visitor], resource: [Drawer], context: Facts };
@phrase("make a loan | make loans") action make_loan appliesTo { principal: [Clerk], resource: [Sum], context: Facts };
@phrase("approve …") action approve_loan appliesTo { principal: [Clerk], resource: [Sum], context: Facts };
@phrase("be given …") action give appliesTo { principal: [Clerk], resource: [Item], context: Facts };
"""


def every_word(schema: Schema) -> set[str]:
    words: set[str] = set()
    for action in real_actions(schema):
        words |= {" ".join(p.split()) for p in action.annotations.get("phrase", "").split("|") if p.strip()}
        if not action.annotations.get("phrase"):
            words.add(" ".join(name_nouns(action.id)))
    of = [e.attributes for e in schema.entity_types.values()] + [a.context.attributes for a in real_actions(schema)]
    for attributes in of:
        for path, attribute in flatten(attributes):
            words.add(" ".join(name_nouns(path[-1])))
            words |= {value for value, _ in parse_values(attribute.annotations.get("values", ""))}
    return words


@pytest.mark.parametrize("name", NAMES)
def test_every_word_of_the_schema_is_there(name: str) -> None:
    schema = schema_of(name)
    for messages in (rewrite_messages("x", schema), cedar_messages("x", schema)):
        system = messages[0]["content"]
        missing = {word for word in every_word(schema) if word.lower() not in system.lower()}
        assert not missing
    cedar = cedar_messages("x", schema)[0]["content"]
    for uid in schema.actions:
        assert f'{uid[0]}::"{uid[1]}"' in cedar
    for entity in schema.entity_types:
        assert f"type {entity}" in cedar


@given(st.text(max_size=200), st.lists(st.text(max_size=40), max_size=3))
def test_a_sentence_is_data_whatever_it_says(sentence: str, findings: list[str]) -> None:
    for make in (rewrite_messages, cedar_messages):
        system, user = make(sentence, SCHEMA, findings)
        asked = json.loads(user["content"])
        assert asked["sentence"] == sentence
        assert asked.get("what the compiler said", []) == findings
        assert system == make("", SCHEMA)[0], "nothing of a sentence is among the instructions"


SHAPES = [
    example.strip()
    for line in model_prompt._SHAPES.splitlines()
    if line.startswith("- ") and "…" not in line.replace("/ …", "")
    for example in re.sub(r"\(.*?\)", "", line[2:]).split(" / ")
    if example.strip() and not example.strip().startswith("…") and "double quotes" not in example
]


def test_there_are_shapes() -> None:
    assert len(SHAPES) >= 12


@pytest.mark.parametrize("example", SHAPES)
def test_the_compiler_reads_the_shapes_that_are_shown(example: str) -> None:
    result = compile_sentence(example, read_schema(EXAMPLES))
    assert result.status == "compiled", (result.diagnostics, [c.paraphrase for c in result.candidates])


def test_a_large_schema_is_cut_where_the_sentence_is_far() -> None:
    actions = "".join(
        f'@phrase("frobnicate widget number {n} | {"very " * 20}long phrase {n}")\n'
        f"action act{n} appliesTo {{ principal: [Agent], resource: [Thing] }};\n"
        for n in range(600)
    )
    last = '@phrase("archive …") action last appliesTo { principal: [Agent], resource: [Thing] };'
    schema = read_schema(f"entity Agent; entity Thing;\n{actions}{last}")
    told = vocabulary(schema, "Agents must never archive things.")
    assert len(told) < MOST_VOCABULARY + 1_000
    assert "archive …" in told
    assert re.search(r"\(\d+ more are left out\)", told)
    assert "left out" not in vocabulary(SCHEMA, "x")


def test_a_digest_stands_for_a_prompt() -> None:
    one = rewrite_messages("Agents may reply.", SCHEMA)
    assert prompt_digest(one) == prompt_digest(rewrite_messages("Agents may reply.", SCHEMA))
    assert prompt_digest(one) != prompt_digest(rewrite_messages("Agents may reply!", SCHEMA))
    assert prompt_digest(one) != prompt_digest(cedar_messages("Agents may reply.", SCHEMA))
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", prompt_digest(one))


@given(st.text(max_size=100), st.lists(st.text(max_size=50), max_size=20))
def test_what_is_fed_back_goes_on_from_what_was_asked(answer: str, findings: list[str]) -> None:
    first = rewrite_messages("Agents may reply.", SCHEMA)
    again = fed_back(first, answer, findings)
    assert again[:2] == first
    assert again[2] == {"role": "assistant", "content": answer}
    assert json.loads(again[3]["content"])["what is wrong with that"] == findings[:12]
