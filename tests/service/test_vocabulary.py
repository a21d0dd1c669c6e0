"""Words in a workspace: looked at before they are saved, saved as a change of the draft, compiled anew, taken back."""

from __future__ import annotations

import pytest

from workbench.service.errors import WorkbenchError
from workbench.service.vocabulary import rephrased
from workbench.service.workspace import Workspace

FEW = """- Agents may reply to tickets in their own region.
- A refund above 500 requires approval from a supervisor within 1 hour; if nobody answers, escalate to manual review.
"""


@pytest.fixture(autouse=True)
def _few(workspace: Workspace) -> None:
    """A draft of few sentences, which are looked at quickly."""
    workspace.save_draft(english=FEW, revision=workspace.draft().revision)


def test_a_phrase_is_looked_at_first_and_then_a_change_of_the_draft(workspace: Workspace) -> None:
    before = workspace.draft()
    change = workspace.vocabulary.plan("issue_refund", "pay … back")
    assert workspace.draft() == before, "looking saves nothing"
    assert (change.clashes, change.harm) == ((), ())
    assert "pay a ticket back" in change.example
    made = workspace.vocabulary.make(change)
    assert workspace.draft().schema == change.after
    assert '@phrase("issue a refund | refund … | pay … back") action issue_refund' in workspace.draft().schema
    assert made.draft.revision == workspace.draft().revision > before.revision
    assert workspace.draft().cedar_plus == before.cedar_plus, "sentences that stand are kept"
    review = workspace.review()
    assert "schema" in {part.part for part in review.parts}
    assert review.amendment_class in ("major", "sensitive")
    assert any("issue_refund" in reason for reason in review.class_reasons)


def test_everything_recompiles_and_what_is_newly_understood_becomes_a_rule(workspace: Workspace) -> None:
    draft = workspace.draft()
    workspace.save_draft(english=draft.english + "\n- Agents may hand tickets over.\n", revision=draft.revision)
    change = workspace.vocabulary.plan("reassign", "hand … over")
    assert [(e.sentence, e.change) for e in change.effects] == [("Agents may hand tickets over.", "understood")]
    made = workspace.vocabulary.make(change)
    assert made.compiled is not None
    assert [rule.english for rule in made.compiled.new_rules] == ["Agents may hand tickets over."]
    assert 'Action::"reassign"' in made.compiled.new_rules[0].cedar_plus
    assert workspace.draft().cedar_plus == made.draft.cedar_plus


def test_what_it_would_do_to_sentences_is_said(workspace: Workspace) -> None:
    change = workspace.vocabulary.plan("close_ticket", "refund …")
    assert change.clashes == ("issue_refund",)
    assert {effect.change for effect in change.harm} == {"ambiguous"}
    assert any("A refund above 500" in effect.sentence for effect in change.harm)


def test_a_change_is_taken_back_whole(workspace: Workspace) -> None:
    before = workspace.draft()
    workspace.save_draft(english=before.english + "\n- Agents may hand tickets over.\n", revision=before.revision)
    before = workspace.draft()
    made = workspace.vocabulary.make(workspace.vocabulary.plan("reassign", "hand … over"))
    after = workspace.vocabulary.undo(made)
    parts = ("english", "cedar_plus", "schema", "tests", "invariants")
    assert [getattr(after, part) for part in parts] == [getattr(before, part) for part in parts]
    assert after.revision > made.draft.revision


def test_nothing_that_was_written_meanwhile_is_lost(workspace: Workspace) -> None:
    made = workspace.vocabulary.make(workspace.vocabulary.plan("reassign", "hand … over"))
    draft = workspace.draft()
    workspace.save_draft(english=draft.english + "\n- Nobody may delete a ticket.\n", revision=draft.revision)
    with pytest.raises(WorkbenchError) as caught:
        workspace.vocabulary.undo(made)
    assert caught.value.code == "stale_draft"
    assert "Nobody may delete a ticket." in workspace.draft().english
    planned = workspace.vocabulary.plan("reassign", "pass … on")
    workspace.vocabulary.make(workspace.vocabulary.plan("close_ticket", "shut …"))
    with pytest.raises(WorkbenchError) as moved:
        workspace.vocabulary.make(planned)
    assert moved.value.code == "stale_draft"
    assert "shut …" in workspace.draft().schema


def test_a_phrase_is_removed_and_a_value_is_named(workspace: Workspace) -> None:
    schema = workspace.draft().schema
    gone = workspace.vocabulary.plan("issue_refund", "Refund ...", remove=True)
    assert "| refund …" not in gone.after
    assert gone.example == ""
    named = workspace.vocabulary.plan("Ticket.priority", "urgent", value="high")
    assert '@values("high: urgent; normal; low")' in named.after
    assert "urgent" in named.example
    assert workspace.draft().schema == schema


@pytest.mark.parametrize(
    ("word", "phrase", "more", "code"),
    [
        ("nonsense", "x", {}, "no_word"),
        ("region", "x", {}, "which_word"),
        ("issue_refund", "a | b", {}, "bad_phrase"),
        ("issue_refund", "refund …", {}, "said_already"),
        ("issue_refund", "issue refund", {}, "own_name"),
        ("issue_refund", "shout", {"remove": True}, "not_said"),
        ("issue_refund", "shout", {"value": "high"}, "no_values"),
        ("context.amount", "shout", {"value": "9"}, "no_values"),
        ("Ticket.priority", "shout", {"value": "a;b"}, "no_values"),
        ("Ticket", "the … case", {}, "bad_phrase"),
        ("reply", "must not", {}, "only_small_words"),
        ("Ticket", "Every", {}, "only_small_words"),
        ("Ticket.priority", "unless", {"value": "high"}, "only_small_words"),
    ],
)
def test_what_is_refused(workspace: Workspace, word: str, phrase: str, more: dict, code: str) -> None:  # type: ignore[type-arg]
    before = workspace.draft()
    with pytest.raises(WorkbenchError) as caught:
        workspace.vocabulary.plan(word, phrase, **more)
    assert caught.value.code == code
    assert caught.value.detail or caught.value.hint
    assert workspace.draft() == before


def test_a_value_that_the_fact_does_not_have_yet_is_told(workspace: Workspace) -> None:
    assert workspace.vocabulary.plan("Ticket.priority", "urgent", value="hihg").new_value == ("high", "normal", "low")
    assert workspace.vocabulary.plan("Ticket.priority", "urgent", value="high").new_value == ()
    workspace.vocabulary.make(workspace.vocabulary.plan("Ticket.priority", "urgent", value="high"))
    with pytest.raises(WorkbenchError) as caught:
        workspace.vocabulary.plan("Ticket.priority", "urgent", remove=True)
    assert "--value high" in caught.value.hint, "it is a phrase of a value, and the help says of which"


def test_an_action_called_like_those_who_act_clashes(workspace: Workspace) -> None:
    assert workspace.vocabulary.plan("reply", "agent …").clashes == ("Agent",)
    assert workspace.vocabulary.plan("reply", "answer …").clashes == ()


def test_a_schema_that_is_none_is_said() -> None:
    with pytest.raises(WorkbenchError) as caught:
        rephrased("entity ;", "x", "y")
    assert caught.value.code == "bad_schema"


def test_every_word_is_listed_with_an_example(workspace: Workspace) -> None:
    listed = workspace.vocabulary.listed()
    assert {"issue_refund", "Ticket.priority", "context.amount", "Agent"} <= {word.key for word in listed.words}
    said = workspace.vocabulary.example(listed.draft.schema, "Ticket.priority")
    assert "high" in said
