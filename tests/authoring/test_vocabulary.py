"""The words of a schema: none is left out, every example compiles, and what a new phrase does is found beforehand."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.authoring.compiler import compile_sentence
from workbench.authoring.examples import example_of, example_with
from workbench.authoring.lexicon import flatten, real_actions
from workbench.authoring.rewording import clashes, effects, flaw
from workbench.authoring.vocabulary import Word, find, matching, words_of
from workbench.language.check import check
from workbench.language.schema import Schema
from workbench.language.schema_phrases import Named, with_phrase
from workbench.language.schema_reader import read_schema

FOLDER = Path(__file__).parents[2] / "samples" / "schemas"
SCHEMAS = [FOLDER / f"{name}.cedarschema" for name in ("support-swarm", "incident-response", "world-norms")]
SUPPORT = next(path for path in SCHEMAS if path.stem == "support-swarm").read_text(encoding="utf-8")


def support() -> Schema:
    return read_schema(SUPPORT)


def word(key: str) -> Word:
    (found,) = (each for each in words_of(support()) if each.key == key)
    return found


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_every_type_action_and_fact_is_a_word_and_its_example_compiles(path: Path) -> None:
    schema = read_schema(path.read_text(encoding="utf-8"))
    words = words_of(schema)
    keys = {each.key for each in words}
    assert len(keys) == len(words)
    assert set(schema.entity_types) <= keys
    assert sum(each.kind == "action" for each in words) == len(real_actions(schema))
    for name, entity in schema.entity_types.items():
        assert {".".join((name, *path)) for path, _ in flatten(entity.attributes)} <= keys
    with_example = 0
    for each in words:
        said = example_of(schema, each)
        if not said:
            continue
        with_example += 1
        made = compile_sentence(said, schema)
        assert made.status == "compiled", (each.key, said, made.diagnostics)
        assert not check(made.candidates[0].cedar_plus, schema).errors
        name = each.named.path[-1] if each.named.path else each.named.owner
        if each.kind in ("action", "fact"):
            assert name in made.candidates[0].cedar_plus, (each.key, said)
    assert with_example >= len(words) * 0.75, "nearly every word has a sentence"


def test_a_word_says_what_it_is_in_plain_words() -> None:
    assert word("issue_refund").phrases == ("issue a refund", "refund …")
    assert (word("issue_refund").own, word("issue_refund").of) == ("issue refund", "by an agent, to a ticket")
    assert word("Agent").kind == "actor"
    assert word("Ticket").kind == "thing"
    assert (word("context.customer_consented").sort, word("context.customer_consented").source) == (
        "yes or no",
        "the agent's own word",
    )
    assert word("context.refunds_today").source == "counted here"
    assert (word("Ticket.owner").sort, word("Ticket.owner").of) == ("an agent", "of a ticket")
    role = {value.value: value.phrases for value in word("Agent.role").values}
    assert role == {"supervisor": (), "lead": (), "compliance_handler": ("compliance handler",)}
    assert "Action::" not in "".join(each.title + each.of + each.sort for each in words_of(support()))


def test_words_are_found_by_key_by_name_and_by_what_is_said() -> None:
    words = words_of(support())
    assert [w.key for w in find(words, "Ticket.priority")] == ["Ticket.priority"]
    assert [w.key for w in find(words, "amount")] == ["context.amount"]
    assert [w.key for w in find(words, "close")] == ["close_ticket"]
    assert [w.key for w in find(words, "Issue  a refund")] == ["issue_refund"]
    assert {w.key for w in find(words, "region")} == {"Agent.region", "Ticket.region"}
    assert find(words, "nonsense") == ()
    assert [w.key for w in matching(words, "refund today")] == ["context.refunds_today"]
    assert "Ticket.tags" in [w.key for w in matching(words, "e-mail")]
    assert matching(words, "zzz") == ()


ADDED = (
    ("issue_refund", "pay … back", ""),
    ("reassign", "hand … over", ""),
    ("context.amount", "sum", ""),
    ("Ticket.priority", "urgent", "high"),
    ("context.verified_identity", "an ID check", ""),
    ("Ticket.tags", "mentions …", ""),
    ("Ticket", "case", ""),
)


@pytest.mark.parametrize(("key", "phrase", "value"), ADDED)
def test_a_new_phrase_is_understood_and_its_example_uses_it(key: str, phrase: str, value: str) -> None:
    named = word(key).named
    after = read_schema(with_phrase(SUPPORT, Named(named.kind, named.owner, named.path, value), phrase))
    said = example_with(after, word(key), phrase, value)
    assert phrase.replace("…", "").split()[0] in said
    assert compile_sentence(said, after).status == "compiled"
    assert compile_sentence(said, support()).status != "compiled", "it is the new phrase that makes it one"
    assert clashes(after, Named(named.kind, named.owner, named.path, value), phrase) == ()


def test_a_phrase_that_is_taken_is_told_with_the_sentences_that_it_makes_ambiguous() -> None:
    named = word("close_ticket").named
    after = read_schema(with_phrase(SUPPORT, named, "refund …"))
    assert clashes(after, named, "refund …") == ("issue_refund",)
    english = "A refund above 500 requires approval from a supervisor. Agents may reply to tickets in their own region."
    found = effects(english, support(), after)
    assert [(e.sentence, e.change, e.example) for e in found if not e.example] == [
        ("A refund above 500 requires approval from a supervisor.", "ambiguous", False)
    ]
    assert len(found[0].readings) == 2
    assert any("close" in reading for reading in found[0].readings)
    assert found[0].harms


def test_two_values_with_one_phrase_are_told() -> None:
    named = Named("attribute", "Agent", ("role",), "supervisor")
    after = read_schema(with_phrase(SUPPORT, named, "lead"))
    assert clashes(after, named, "lead") == ("Agent.role = lead",)
    (found,) = (e for e in effects("Only leads may delete tickets.", support(), after) if not e.example)
    assert found.change == "ambiguous"


def test_what_is_no_longer_and_what_is_newly_understood_is_told() -> None:
    more = read_schema(with_phrase(SUPPORT, word("reassign").named, "hand … over"))
    english = "Agents may hand tickets over."
    (gained,) = (e for e in effects(english, support(), more) if not e.example)
    assert (gained.change, gained.harms) == ("understood", False)
    (lost,) = (e for e in effects(english, more, support()) if not e.example)
    assert (lost.change, lost.harms) == ("refused", True)


def test_effects_can_be_stopped() -> None:
    class EnoughError(Exception):
        pass

    def step(done: int, total: int) -> None:
        assert total > 40
        if done == 3:
            raise EnoughError

    with pytest.raises(EnoughError):
        effects("", support(), support(), step=step)


@pytest.mark.parametrize(
    "phrase", ["", "  ", "a|b", "a;b", 'say "x"', "a\\b", "a\nb", "a\x1b[31m", "…", "x" * 81, "a … b … c"]
)
def test_what_can_be_no_phrase(phrase: str) -> None:
    wrong = flaw(phrase, gap=True)
    assert wrong is not None
    assert wrong.code == "bad_phrase"


def test_a_gap_only_where_something_is_named() -> None:
    assert flaw("pay … back", gap=True) is None
    assert flaw("pay ... back", gap=False) is not None
    assert flaw("customer's consent", gap=False) is None


def test_a_slip_is_asked_about_and_one_letter_is_a_slip_for_nothing() -> None:
    slip, letter = (compile_sentence(f"Agents must never {word}.", support()) for word in ("clse tickets", "z"))
    assert "did you mean `close" in slip.diagnostics[0].help
    assert "did you mean" not in letter.diagnostics[0].help
    assert letter.diagnostics[0].help, "it says what to do all the same"
