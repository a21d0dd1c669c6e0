"""German carries the examples of the support swarm: the same rules as the English, and never a wrong one."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.authoring.corpus import Case, cases, schema_of
from tests.authoring.deciding import alike
from workbench.authoring.compiler import compile_sentence
from workbench.authoring.document import compile_document
from workbench.authoring.german_lexicon import GermanLexicon
from workbench.authoring.german_terms import spell
from workbench.authoring.german_words import noun_bases, tokenize, verb_bases
from workbench.authoring.languages import LanguageError
from workbench.authoring.lexicon import lexicon_of
from workbench.authoring.result import SentenceResult
from workbench.language.check import check
from workbench.language.schema import Schema
from workbench.language.schema_reader import read_schema

NAME = "support-swarm.de"
ENGLISH = cases("support-swarm")[:17]
GERMAN = cases(NAME)
EXAMPLES = 17


@cache
def compiled(text: str) -> SentenceResult:
    return compile_sentence(text, schema_of(NAME), language="de")


# ---- the corpus


def test_every_example_is_there_in_two_wordings() -> None:
    wordings = Counter(case.statements for case in GERMAN[: 2 * EXAMPLES])
    assert wordings == {case.statements: 2 for case in ENGLISH}
    assert len({case.text for case in GERMAN}) == len(GERMAN)


@pytest.mark.parametrize("case", GERMAN, ids=lambda case: case.text[:60])
def test_each_sentence_is_understood_asked_about_or_refused_as_it_should_be(case: Case) -> None:
    result = compiled(case.text)
    if case.rules:
        assert result.status == "compiled", (result.question, result.diagnostics)
        assert alike(case.statements, result.candidates[0].statements, schema_of(NAME)), result.candidates[0].cedar_plus
    elif case.ask:
        assert result.status == "ambiguous", result.diagnostics
        assert {reading.cedar_plus for reading in result.candidates} == set(case.ask)
        assert result.question.endswith("?")
    else:
        assert result.status == "refused"
        first = result.diagnostics[0]
        assert (first.code, case.text[first.span.start : first.span.end]) == (case.refuse, case.at)
        assert first.message
        assert first.help


def test_no_word_is_passed_over() -> None:
    """A word that nothing knows, put anywhere into a sentence that is understood, makes it refused."""
    for case in GERMAN[1 : 2 * EXAMPLES : 4]:
        words = case.text.split(" ")
        for place in range(1, len(words)):
            text = " ".join([*words[:place], "Quatsch", *words[place:]])
            assert compiled(text).status == "refused", text


SPARE = {
    "so", "ihrer", "eigenen", "sie", "er", "es", "Uhr", "von", "zu", "sein", "mit", "letzten", "mehr", "mindestens",
    "Tickets", "ein", "eine", "einem", "einen", "einer", "eines", "des", "die", "das", "den", "dem", "der",
}  # fmt: skip
"""Words that can be left out somewhere and nothing else is said: "aus (ihrer) eigenen Region", "bis (zu) 200"."""


def test_without_any_other_word_a_sentence_is_refused_asked_about_or_means_something_else() -> None:
    for case in GERMAN[: 2 * EXAMPLES : 4]:
        words = case.text.split(" ")
        for place, word in enumerate(words):
            result = compiled(" ".join(words[:place] + words[place + 1 :]))
            if word not in SPARE and word.lower() not in SPARE and result.status == "compiled":
                assert result.candidates[0].cedar_plus != compiled(case.text).candidates[0].cedar_plus, (
                    word,
                    case.text,
                )


# ---- nothing assumes English


@pytest.mark.parametrize("case", [case for case in GERMAN if case.rules], ids=lambda case: case.text[:60])
def test_german_is_no_english(case: Case) -> None:
    assert compile_sentence(case.text, schema_of(NAME)).status == "refused"


@pytest.mark.parametrize("case", ENGLISH, ids=lambda case: case.text[:60])
def test_english_is_no_german(case: Case) -> None:
    assert compile_sentence(case.text, schema_of(NAME)).status == "compiled"  # the schema has both
    assert compiled(case.text).status == "refused"


def test_german_phrases_add_no_english() -> None:
    """A schema's German words are none in English: the lexicon without them is the same."""
    plain, both = lexicon_of(schema_of("support-swarm")), lexicon_of(schema_of(NAME))
    assert [(w.type, w.phrase) for w in plain.types] == [(w.type, w.phrase) for w in both.types]
    assert [(w.place, w.path, w.phrase) for w in plain.attributes] == [
        (w.place, w.path, w.phrase) for w in both.attributes
    ]
    assert plain.values == both.values
    assert plain.actions == both.actions


def test_a_language_that_there_is_not_is_refused_by_name() -> None:
    with pytest.raises(LanguageError, match="`fr` is no language"):
        compile_sentence("Les agents …", schema_of(NAME), language="fr")


def test_without_german_words_in_the_schema_german_is_refused_on_the_word_that_is_missing() -> None:
    result = compile_sentence("Agenten dürfen Tickets löschen.", schema_of("support-swarm"), language="de")
    assert result.status == "refused"
    assert [(d.code, d.span.start) for d in result.diagnostics] == [("CA001", 23)]
    assert "@phrase_de" in result.diagnostics[0].help or "did you mean" in result.diagnostics[0].help


# ---- a document


TEXT = """# Regeln

Nur Supervisoren dürfen Tickets löschen, z. B. nie andere. Agenten dürfen Tickets aus ihrer eigenen Region beantworten.

- Niemand darf heikle Tickets schließen.
- Agenten müssen freundlich sein.
"""


def test_a_text_is_compiled_sentence_by_sentence_and_what_stands_stays() -> None:
    schema = schema_of(NAME)
    first = compile_document(TEXT, schema, language="de")
    assert [s.status for s in first.sentences] == ["refused", "compiled", "compiled", "refused"]
    assert [TEXT[s.start : s.end] for s in first.sentences] == [s.text for s in first.sentences]
    assert first.sentences[0].text == "Nur Supervisoren dürfen Tickets löschen, z. B. nie andere."
    assert '@english("Niemand darf heikle Tickets schließen.")' in first.cedar_plus
    assert not check(first.cedar_plus, schema).errors
    assert first.tests
    again = compile_document(TEXT, schema, first.cedar_plus, language="de")
    assert [s.status for s in again.sentences] == ["refused", "kept", "kept", "refused"]
    assert again.cedar_plus == first.cedar_plus


def test_one_memory_keeps_the_languages_apart() -> None:
    from workbench.authoring.sentence_memory import SentenceMemory

    memory, text = SentenceMemory(), "Niemand darf Tickets löschen."
    assert memory.result(text, schema_of(NAME), language="de").status == "compiled"
    assert memory.result(text, schema_of(NAME)).status == "refused"
    assert memory.result(text, schema_of(NAME), language="de").status == "compiled"
    assert memory.compiled == 2


# ---- words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rückerstattungen", "Rückerstattung"), ("Rueckerstattungen", "Rückerstattung"), ("Agenten", "Agent"),
        ("sensiblen", "sensibel"), ("hoher", "hoch"), ("personenbezogenen", "personenbezogene"),
        ("Supervisors", "Supervisor"), ("geprüfter", "geprüfte"), ("Prioritaet", "Priorität"),
    ],
)  # fmt: skip
def test_forms_of_one_word_share_a_base(one: str, other: str) -> None:
    assert noun_bases(one) & noun_bases(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Besitzer", "Besitz"), ("Agent", "Agentur"), ("geschlossen", "schließen"), ("Ticket", "Tick")],
)
def test_different_words_share_none(one: str, other: str) -> None:
    assert not noun_bases(one) & noun_bases(other)


@pytest.mark.parametrize("form", ["ausgestellt", "ausstellen", "auszustellen", "ausstellt", "Ausstellen"])
def test_a_verb_is_known_by_its_infinitive(form: str) -> None:
    assert "ausstellen" in verb_bases(form)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("1.000", "number", 1000), ("1.000,50", "number", "1000.50"), ("0,5", "number", "0.5"), ("zwölf", "number", 12),
        ("20 Uhr", "time", 1200), ("08:30", "time", 510), ("25 Uhr", "time", -1), ("„a b“", "quoted", "a b"),
        ("»a«", "quoted", "a"), ("example.com", "quoted", "example.com"), ("%", "other", None),
    ],
)  # fmt: skip
def test_numbers_times_and_quotes(text: str, kind: str, value: object) -> None:
    (token,) = tokenize(text)
    assert (token.kind, token.value) == (kind, value)


@given(st.text(alphabet="abzAZäöüÄß ,.;:!?-_'\"„“»«()0159%@⟨¦⟩\n", max_size=60))
def test_every_character_of_a_text_is_in_a_token_or_parts_them(text: str) -> None:
    tokens = tokenize(text)
    assert [text[t.start : t.end] for t in tokens] == [t.text for t in tokens]
    covered = {place for token in tokens for place in range(token.start, token.end)}
    assert all(char.isspace() or char in "-_" for place, char in enumerate(text) if place not in covered)
    spelled = spell(tokens, german_lexicon())
    assert spelled.text.count("⟨") == spelled.text.count("⟩") == len(tokens)


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=80))
def test_no_text_makes_it_fail(text: str) -> None:
    result = compiled(text)
    assert result.status == "refused"
    assert result.diagnostics


def german_lexicon() -> GermanLexicon:
    found = lexicon_of(schema_of(NAME), "de")
    assert isinstance(found, GermanLexicon)
    return found


WORDS = [re.findall(r"„[^“]*“|[\w.%@-]+|[,;:.!?]", case.text) for case in GERMAN]


@given(st.data())
def test_no_mixture_of_german_words_makes_it_fail(data: st.DataObject) -> None:
    """A sentence with words of another put into it or in place of its own: read or refused, and always soon."""
    words, others = list(data.draw(st.sampled_from(WORDS))), data.draw(st.sampled_from(WORDS))
    start = data.draw(st.integers(0, len(words)))
    end = data.draw(st.integers(start, min(start + 3, len(words))))
    first = data.draw(st.integers(0, len(others) - 1))
    last = data.draw(st.integers(first, min(first + 3, len(others))))
    text = re.sub(r" ([,;:.!?])", r"\1", " ".join([*words[:start], *others[first:last], *words[end:]]))
    result = compile_sentence(text, schema_of(NAME), ask=False, language="de")
    assert bool(result.candidates) == (result.status != "refused")
    assert bool(result.diagnostics) == (result.status == "refused")
    assert all(reading.paraphrase for reading in result.candidates)


@pytest.mark.parametrize(
    "text",
    [
        "Agenten dürfen Tickets löschen" + ", die sensibel sind" * 30 + ".",
        "Agenten dürfen " + "sensible " * 60 + "Tickets löschen.",
        "Agenten dürfen Tickets löschen, wenn sie " + "Supervisoren " * 50 + "sind.",
    ],
)
def test_a_sentence_with_too_many_readings_is_refused_before_they_are_made(text: str) -> None:
    """Each has more readings than could ever be made: 2 to the power of its repeated words."""
    assert [d.code for d in compiled(text).diagnostics] == ["CA007"]


# ---- a schema that the grammar has not seen


SHOP = """
entity Gruppe;
@phrase_de("Kassierer | Kassiererin")
entity Cashier in [Gruppe] = {
  @phrase_de("Dienstjahre") years: Long,
  @values("junior; senior") @values_de("junior: Lehrling; senior: Filialleiter") grade: String };
@phrase_de("Artikel")
entity Item = {
  @phrase_de("Preis") price: Long,
  @phrase_de("Marke") @values("own; foreign") @values_de("own: hauseigen; foreign: fremd") brand: String };
type Till = {
  @phrase_de("Rabatt") discount: Long, @source("server") hour: Long,
  @phrase_de("Ausweis des Käufers") id_shown: Bool, @source("meter") voids_today: Long };
@phrase_de("… verkaufen")
action sell appliesTo { principal: [Cashier], resource: [Item], context: Till };
@phrase_de("… aus dem Sortiment nehmen")
action delist appliesTo { principal: [Cashier], resource: [Item], context: Till };
@phrase_de("einen Storno buchen")
action void appliesTo { principal: [Cashier], resource: [Item], context: Till };
"""


@cache
def shop() -> Schema:
    return read_schema(SHOP)


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("Kein Lehrling darf Artikel aus dem Sortiment nehmen.",
         'forbid (principal, action == Action::"delist", resource)\nwhen { principal.grade == "junior" };'),
        ("Nimm keine Artikel aus dem Sortiment, es sei denn, du bist Filialleiter.",
         'forbid (principal, action == Action::"delist", resource)\nunless { principal.grade == "senior" };'),
        ("Kassiererinnen mit mehr als 5 Dienstjahren dürfen hauseigene Artikel verkaufen.",
         'permit (principal, action == Action::"sell", resource)\n'
         'when { principal.years > 5 && resource.brand == "own" };'),
        ("Kassierer mit Dienstjahren über 5 dürfen hauseigene Artikel verkaufen.",
         'permit (principal, action == Action::"sell", resource)\n'
         'when { principal.years > 5 && resource.brand == "own" };'),
        ("Wenn der Rabatt den Preis übersteigt, darf der Artikel nicht verkauft werden.",
         'forbid (principal, action == Action::"sell", resource)\nwhen { context.discount > resource.price };'),
        ("Den Preis darf der Rabatt nicht übersteigen.", ""),
        ("Artikel dürfen nur mit Ausweis des Käufers verkauft werden.",
         'forbid (principal, action == Action::"sell", resource)\nunless { context.id_shown };'),
        ("Artikel dürfen nach 22 Uhr nicht verkauft werden.",
         'forbid (principal, action == Action::"sell", resource)\nwhen { context.hour >= 22 };'),
        ("Teile keine Artikel.", ""),
    ],
)  # fmt: skip
def test_another_schema_brings_its_own_words(text: str, rules: str) -> None:
    result = compile_sentence(text, shop(), language="de")
    assert "\n\n".join(reading.cedar_plus for reading in result.candidates) == rules
    assert result.status == ("compiled" if rules else "refused")
