"""Author's sentences as they are written: compiled once, read by the reading that was chosen, linked to their rules."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from workbench.analysis.stop import Stop, Stopped
from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.live_views import LiveView
from workbench.service.origins import Origin, of_standing, read_origins, spelled, told
from workbench.service.workspace import Workspace

TWO = "Agents must not reply or delete sensitive tickets."
ONE = "Agents must not close billing tickets."


def compiled(workspace: Workspace) -> int:
    return workspace.drafting.sentences.compiled


def test_only_a_changed_sentence_is_compiled_again(workspace: Workspace) -> None:
    draft = workspace.draft()
    lines = [f"Agents must not issue a refund above {n}." for n in range(200)]
    english = "\n".join(lines)
    writing = workspace.drafting.writing
    view = writing.live(draft, english, "")
    assert compiled(workspace) == 200
    assert {s.status for s in view.sentences} == {"compiled"}
    lines[77] = "Agents must not issue a refund above 1077."
    again = writing.live(draft, "\n".join(lines), "")
    assert compiled(workspace) == 201
    for sentence in again.sentences:
        assert again.english[sentence.start : sentence.end] == sentence.text
    assert [s.text for s in again.sentences] == lines


def test_another_schema_means_another_compilation(workspace: Workspace) -> None:
    draft = workspace.draft()
    writing = workspace.drafting.writing
    writing.live(draft, ONE, "")
    other = workspace.save_draft(schema=draft.schema.replace("close_ticket", "finish_ticket"), revision=draft.revision)
    renamed = writing.live(other, ONE, "")
    assert compiled(workspace) == 2
    assert "finish_ticket" in renamed.sentences[0].candidates[0].cedar_plus


def test_a_place_in_the_text_follows_the_sentence(workspace: Workspace) -> None:
    refused = "Agents must be polite."
    writing, draft = workspace.drafting.writing, workspace.draft()
    first = writing.live(draft, refused, "").sentences[0]
    moved = writing.live(draft, f"# Tone\n\n{refused}", "").sentences[0]
    assert compiled(workspace) == 1
    assert moved.diagnostics[0].start.line == 3
    assert moved.diagnostics[0].start.column == first.diagnostics[0].start.column
    assert moved.diagnostics[0].span.start == first.diagnostics[0].span.start + 8


def test_sentences_near_the_caret_come_first_and_it_can_be_stopped(workspace: Workspace) -> None:
    english = "\n".join(f"Agents must not issue a refund above {n}." for n in range(300))
    stop, views = Stop(), list[LiveView]()

    def tell(view: LiveView) -> None:
        views.append(view)
        stop.set()

    with pytest.raises(Stopped):
        workspace.drafting.writing.live(workspace.draft(), english, "", near=len(english), stop=stop, tell=tell)
    assert views[0].waiting > 0
    assert views[0].sentences[-1].end == len(english)
    assert views[0].sentences[0].start > 0


def test_reading_a_text_holds_up_nobody(workspace: Workspace) -> None:
    """Another thread, as the interface's own, gets its turn all the while."""
    english = "\n".join(f"Agents must not issue a refund above {n}." for n in range(200))
    draft, longest = workspace.draft(), 0.0
    thread = threading.Thread(target=workspace.drafting.writing.live, args=(draft, english, ""))
    thread.start()
    while thread.is_alive():
        began = time.perf_counter()
        time.sleep(0.001)
        longest = max(longest, time.perf_counter() - began)
    assert longest < 0.5


def test_rules_that_stand_are_named_and_those_written_by_hand_are_told(workspace: Workspace) -> None:
    writing = workspace.drafting.writing
    workspace.save_draft(english=ONE, cedar_plus="", revision=0)
    view = workspace.compile_english(ONE, cedar_plus="")
    (kept,) = writing.live(view.draft, ONE, view.cedar_plus).sentences
    assert (kept.status, kept.rules, kept.differs) == ("kept", (view.new_rules[0].id,), False)
    changed = view.cedar_plus.replace('"billing"', '"sensitive"')
    assert changed != view.cedar_plus
    (by_hand,) = writing.live(view.draft, ONE, changed).sentences
    assert (by_hand.status, by_hand.differs) == ("kept", True)


def test_a_procedure_by_another_name_is_still_what_its_sentence_says(workspace: Workspace) -> None:
    """In the sample they are named by hand, and say `on timeout deny` aloud."""
    draft = workspace.draft()
    live = workspace.drafting.writing.live(draft, draft.english, draft.cedar_plus)
    assert {sentence.status for sentence in live.sentences} == {"kept"}
    assert [sentence.text for sentence in live.sentences if sentence.differs] == []
    longer = draft.cedar_plus.replace("with timeout 1 day", "with timeout 2 days")
    assert longer != draft.cedar_plus
    (changed,) = (s for s in workspace.drafting.writing.live(draft, draft.english, longer).sentences if s.differs)
    assert "within 1 day" in changed.text


def test_a_pronoun_is_read_as_in_the_text_and_its_words_are_linked(workspace: Workspace) -> None:
    text = "Agents may reply to tickets. They must not close billing tickets."
    draft = workspace.draft()
    view = workspace.drafting.writing.live(draft, text, "")
    second = view.sentences[1]
    assert (second.status, second.meant) == ("compiled", "Agents must not close billing tickets.")
    said = {second.text[link.start : link.end] for link in second.links}
    assert {"must not", "billing"} <= said
    compiled = workspace.compile_english(text, cedar_plus="")
    kept = workspace.drafting.writing.live(compiled.draft, text, compiled.cedar_plus).sentences[1]
    assert (kept.status, kept.differs) == ("kept", False)


def test_a_choice_about_a_pronoun_holds_as_long_as_it_means_the_same(workspace: Workspace) -> None:
    text = "Agents may reply to tickets. They must not reply or delete sensitive tickets."
    writing = workspace.drafting.writing
    draft = workspace.save_draft(english=text, cedar_plus="", revision=0)
    second = writing.live(draft, text, "").sentences[1]
    assert second.status == "ambiguous"
    assert second.meant
    draft = writing.choose(draft, text, second.text, 1, meant=second.meant)
    assert writing.live(draft, text, "").sentences[1].status == "compiled"
    assert [s.status for s in workspace.compile_english(text, cedar_plus="").sentences] == ["compiled"] * 2
    other = text.replace("Agents may", "Supervisors may")
    moved = workspace.save_draft(english=other, cedar_plus="", revision=workspace.draft().revision)
    assert writing.live(moved, other, "").sentences[1].status != "compiled"


def test_while_the_rules_are_broken_the_last_sound_ones_count(workspace: Workspace) -> None:
    writing = workspace.drafting.writing
    view = workspace.compile_english(ONE, cedar_plus="")
    writing.live(view.draft, ONE, view.cedar_plus)
    (kept,) = writing.live(view.draft, ONE, view.cedar_plus + "\npermit (princ").sentences
    assert kept.status == "kept"


def test_an_answer_picks_a_reading_which_is_remembered_compiled_and_taken_back(
    workspace: Workspace, place: Path, clock: FrozenClock
) -> None:
    writing = workspace.drafting.writing
    draft = workspace.save_draft(english=TWO, cedar_plus="", revision=0)
    (asked,) = writing.live(draft, TWO, "").sentences
    assert asked.status == "ambiguous"
    assert asked.asked is not None
    answer = asked.asked.outcomes[1]
    inquiry = writing.inquiry(draft, TWO, (answer,))  # type: ignore[arg-type]
    assert inquiry.picked == 1
    draft = writing.choose(draft, TWO, TWO, inquiry.picked, answers=(answer,), by='Operator::"ana"')
    assert draft.origins[TWO].place == 2
    workspace.close()
    with Workspace.open(place, clock=clock) as again:
        draft = again.draft()
        (live,) = again.drafting.writing.live(draft, f"\n{TWO}", "").sentences
        assert live.status == "compiled"
        assert live.candidates[0].paraphrase == asked.candidates[1].paraphrase
        assert len(live.readings) == 2
        assert "reading 2 of 2, chosen by a person" in live.candidates[0].assumptions
        view = again.compile_english(TWO, cedar_plus="")
        assert len(view.new_rules) == 2
        assert again.draft().origins[TWO].answers == (answer,)
        back = again.drafting.writing.take_back(view.draft, TWO)
        assert back.origins == {}
        assert again.drafting.writing.live(back, TWO, "").sentences[0].status == "ambiguous"


def test_a_choice_is_let_go_when_its_sentence_changes(workspace: Workspace) -> None:
    writing = workspace.drafting.writing
    draft = writing.choose(workspace.save_draft(english=TWO, revision=0), TWO, TWO, 0)
    moved = workspace.save_draft(english=f"# More\n\n{TWO}\n", revision=draft.revision)
    assert list(moved.origins) == [TWO]
    edited = workspace.save_draft(english=TWO.replace("sensitive", "billing"), revision=moved.revision)
    assert edited.origins == {}
    back = workspace.save_draft(english=TWO, revision=edited.revision)
    assert writing.live(back, TWO, "").sentences[0].status == "ambiguous"


@pytest.mark.parametrize(
    ("sentence", "reading", "code"), [(ONE, 0, "not_ambiguous"), (TWO, 2, "no_reading"), (TWO, -1, "no_reading")]
)
def test_what_cannot_be_chosen_is_refused(workspace: Workspace, sentence: str, reading: int, code: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        workspace.drafting.writing.choose(workspace.draft(), sentence, sentence, reading)
    assert caught.value.code == code
    assert workspace.draft().origins == {}


def test_a_question_that_was_settled_is_not_answered_again(workspace: Workspace) -> None:
    with pytest.raises(WorkbenchError) as caught:
        workspace.drafting.writing.inquiry(workspace.draft(), TWO, ("allow", "allow"))
    assert caught.value.code == "no_question"


def test_words_are_linked_to_the_rules_as_they_stand(workspace: Workspace) -> None:
    scope = '(\n  principal,\n  action == Action::"close_ticket",\n  resource)'
    laid_out = f'forbid {scope}\nwhen {{ resource.category == "billing" }};'
    text = f'@id("a")\n@english("{ONE}")\n{laid_out}\n'
    (kept,) = workspace.drafting.writing.live(workspace.draft(), ONE, text).sentences
    by_words = {ONE[link.start : link.end]: link for link in kept.links}
    clause = by_words["billing"]
    rule = kept.candidates[0].cedar_plus
    assert rule[clause.clause_start : clause.clause_end] == 'resource.category == "billing"'


def test_origins_survive_being_stored_and_what_is_damaged_counts_as_none() -> None:
    origins = {
        "A “b”.": Origin("sha256:1", 2, 3, ("allow",), by="x"),
        "C.": Origin(model="m/x", way="rewrite", rounds=2),
    }
    assert read_origins(spelled(origins)) == origins
    assert read_origins("{") == {}
    assert read_origins("[1]") == {}
    assert read_origins('{"A.": {"place": 1, "newer": true}}') == {"A.": Origin(place=1)}
    assert list(of_standing(origins, "- C.\n- D.")) == ["C."]
    assert told(origins["C."]) == "rewritten by m/x: asked 0 times, 2 rounds of feedback, cost unknown"
