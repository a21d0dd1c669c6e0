"""A text tells of the models that helped to write it, by what a person's yes left in it."""

from __future__ import annotations

from tests.authoring.test_model_readings import PROVENANCE
from workbench.authoring.compiler import compile_sentence
from workbench.authoring.model_assist import Assisted, accepted, taken_over
from workbench.authoring.model_notes import note_of, notes_in, told
from workbench.authoring.model_readings import Proposal
from workbench.language.schema_reader import read_schema

SCHEMA = read_schema("entity U; entity D; action go appliesTo { principal: [U], resource: [D], context: { n: Long } };")
WRITTEN = "Going is off the table (beyond five) -- mostly."
SAID = "Nobody may go when the n is above 5."


def assisted(way: str) -> Assisted:
    reading = compile_sentence(SAID, SCHEMA).candidates[0]
    original = compile_sentence(WRITTEN, SCHEMA)
    proposal = Proposal(way, reading, (SAID,) if way == "rewrite" else ())  # type: ignore[arg-type]
    return Assisted(original, (proposal,), (1,), PROVENANCE)


def test_what_a_yes_to_a_rewrite_leaves_is_read_back() -> None:
    english = accepted(WRITTEN, assisted("rewrite"), 0) + "\n\nNobody may go.\n"
    (note,) = notes_in(english)
    assert (note.way, note.sentence, note.model) == ("rewrite", SAID, "openai/tiny")
    assert "off the table" in note.written
    assert "0.0004 US dollars" in note.origin
    assert "0 rounds of feedback" in note.origin
    assert note_of("forbid (…);", english, SAID) == note
    assert note_of("forbid (…);", english, "Nobody may go.") is None
    assert note_of("forbid (…);", english, "") is None
    assert told(english, "") == ("openai/tiny: 1 sentence rewritten",)


def test_what_a_yes_to_a_models_rules_leaves_is_read_back() -> None:
    source = taken_over("", assisted("direct"), 0, SCHEMA)
    note = note_of(source, "", WRITTEN)
    assert note is not None
    assert (note.way, note.model) == ("direct", "openai/tiny")
    assert told("", source) == ("openai/tiny: 1 rule written, not read by the compiler",)


def test_a_text_without_notes_tells_nothing() -> None:
    for english in ("", "<!-- as written: -->", "<!-- a comment -->", "Nobody may go. <!-- as written: x"):
        assert told(english, '@doc("by hand")') == ()
