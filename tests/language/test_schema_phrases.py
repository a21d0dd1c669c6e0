"""Phrases in a schema's text: put in and taken out in place, with comments and layout kept to the character."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.language.schema_phrases import Named, PhraseError, with_phrase, without_phrase
from workbench.language.schema_reader import read_schema

SCHEMA = """// who acts
entity Team, Squad;
@doc("entity Agent, said twice")
entity Agent in [Team] = { // the swarm
  @values("lead; boss: chief | head")   role: String,
  home: { street: String, @phrase("post code") zip: Place },
};
type Place = String;
type Desk = {
  // in euros, entity action type
  amount: Long,
  @phrase("recipient | address") recipient?: String };
@phrase("issue a refund | refund …")
action refund, "pay back" appliesTo { principal: [Agent], resource: [Agent], context: Desk };
action close
  appliesTo { principal: [Agent], resource: [Agent], context: { amount: Long, hour: Long } };
namespace Shop {
  type Spot = { shelf: Long };
  entity Item = { at: Spot };
  action "buy" appliesTo { principal: [Agent], resource: [Item] };
}
"""
PLACES = (
    Named("type", "Team"),
    Named("type", "Squad"),
    Named("type", "Agent"),
    Named("type", "Shop::Item"),
    Named("action", "Action", ("refund",)),
    Named("action", "Action", ("pay back",)),
    Named("action", "Action", ("close",)),
    Named("action", "Shop::Action", ("buy",)),
    Named("attribute", "Agent", ("role",)),
    Named("attribute", "Agent", ("role",), "lead"),
    Named("attribute", "Agent", ("role",), "boss"),
    Named("attribute", "Agent", ("role",), "newcomer"),
    Named("attribute", "Agent", ("home", "zip")),
    Named("attribute", "Agent", ("home", "street"), "main street"),
    Named("attribute", "Shop::Item", ("at", "shelf")),
    Named("attribute", "context", ("amount",)),
    Named("attribute", "context", ("recipient",)),
    Named("attribute", "context", ("hour",)),
)
PHRASES = st.lists(st.sampled_from(["pay", "it", "…", "back", "Größe", "a", "7"]), min_size=1, max_size=4).map(" ".join)


def annotations(text: str) -> dict[str, tuple[str, str]]:
    """Every ``@phrase`` and ``@values`` of a schema by where it stands, as Cedar and our reader have it."""
    schema, found = read_schema(text), {}

    def note(key: str, values: object) -> None:
        found[key] = (values.get("phrase", ""), values.get("values", ""))  # type: ignore[attr-defined]

    def record(key: str, attributes: object) -> None:
        for name, attribute in attributes.items():  # type: ignore[attr-defined]
            note(f"{key}.{name}", attribute.annotations)
            record(f"{key}.{name}", getattr(attribute.type, "attributes", {}))

    for name, entity in schema.entity_types.items():
        note(name, entity.annotations)
        record(name, entity.attributes)
    for uid, action in schema.actions.items():
        note("::".join(uid), action.annotations)
        record("::".join(uid), action.context.attributes)
    return found


def bare(text: str) -> str:
    """A schema without its words."""
    return re.sub(r'@(phrase|values)\("[^"]*"\) *', "", text)


@given(st.sampled_from(PLACES), PHRASES)
def test_what_is_put_in_stands_there_and_comes_out_again(named: Named, phrase: str) -> None:
    added = with_phrase(SCHEMA, named, phrase)
    before, after = annotations(SCHEMA), annotations(added)
    changed = {key for key in before if before[key] != after[key]}
    assert changed, "some declaration says it"
    owner = named.owner if named.kind == "attribute" and named.owner != "context" else ""
    assert all(key.startswith(owner) for key in changed)
    for key in changed:
        note = after[key][1 if named.value else 0]
        assert phrase in [part.strip() for part in re.split(r"[|;:]", note)]
        if named.value:
            assert any(entry.strip().startswith(f"{named.value}:") for entry in note.split(";"))
    assert bare(added) == bare(SCHEMA), "nothing but words"
    again = without_phrase(added, named, phrase)
    back = annotations(again)
    if named.value in ("newcomer", "main street"):
        assert any(named.value in values for _, values in back.values()), "a value that is named stays a value"
    else:
        assert back == before
        assert again == SCHEMA, "to the character"


def test_only_the_annotation_changes() -> None:
    for named, line in (
        (PLACES[4], '@phrase("issue a refund | refund … | pay … back")'),
        (PLACES[6], '@phrase("pay … back") action close'),
        (PLACES[9], '@values("lead: pay … back; boss: chief | head")   role: String,'),
        (PLACES[10], '@values("lead; boss: chief | head | pay … back")   role: String,'),
        (PLACES[15], '  @phrase("pay … back") amount: Long,\n  @phrase("recipient'),
    ):
        added = with_phrase(SCHEMA, named, "pay … back")
        assert line in added
        changed = [one for one, two in zip(SCHEMA.splitlines(), added.splitlines(), strict=True) if one != two]
        assert len(changed) == 1


def test_a_word_of_every_context_is_taken_from_every_one() -> None:
    hour = Named("attribute", "context", ("amount",))
    both = SCHEMA.replace("amount: Long, hour", '@phrase("sum") amount: Long, hour')
    both = both.replace("  amount: Long,\n", '  @phrase("sum | total") amount: Long,\n')
    left = without_phrase(both, hour, "sum")
    assert "sum" not in left
    assert '@phrase("total") amount' in left


def test_lines_that_held_only_the_annotation_go_with_it() -> None:
    text = '@phrase("one")\naction a;\n  @phrase("two") // why\n  entity B;\n'
    assert without_phrase(text, Named("action", "Action", ("a",)), "one") == (
        'action a;\n  @phrase("two") // why\n  entity B;\n'
    )
    assert without_phrase(text, Named("type", "B"), "two") == '@phrase("one")\naction a;\n  // why\n  entity B;\n'


def test_escapes_and_line_breaks_in_an_annotation_are_kept() -> None:
    text = 'action a;\n@phrase("one\n  | two") action b;\n@phrase("the \\"x\\" thing") action c;\n'
    named = Named("action", "Action", ("b",))
    assert with_phrase(text, named, "three") == text.replace('| two"', '| two | three"')
    quoted = with_phrase(text, Named("action", "Action", ("c",)), "four")
    assert '@phrase("the \\"x\\" thing | four") action c' in quoted
    assert read_schema(quoted).actions["Action", "c"].annotations["phrase"] == 'the "x" thing | four'


@pytest.mark.parametrize(
    ("named", "phrase", "code"),
    [
        (Named("type", "Nobody"), "x", "not_declared"),
        (Named("action", "Action", ("Agent",)), "x", "not_declared"),
        (Named("attribute", "Agent", ("amount",)), "x", "not_declared"),
        (Named("attribute", "context", ("role",)), "x", "not_declared"),
        (Named("attribute", "Shop::Item", ("at", "street")), "x", "not_declared"),
        (Named("action", "Action", ("refund",)), "Refund  ...", "said_already"),
        (Named("attribute", "Agent", ("role",), "boss"), "CHIEF", "said_already"),
    ],
)
def test_what_cannot_be_added(named: Named, phrase: str, code: str) -> None:
    with pytest.raises(PhraseError) as caught:
        with_phrase(SCHEMA, named, phrase)
    assert caught.value.code == code


def test_what_cannot_be_taken_away() -> None:
    for named in (PLACES[4], PLACES[6], PLACES[9]):
        with pytest.raises(PhraseError) as caught:
            without_phrase(SCHEMA, named, "chief")
        assert caught.value.code == "not_said"
    with pytest.raises(PhraseError) as broken:
        with_phrase("entity ;", Named("type", "A"), "x")
    assert broken.value.code == "schema_unreadable"
