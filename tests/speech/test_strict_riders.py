"""What rides behind harmless words is judged, and the harmless words by themselves are not punished."""

from __future__ import annotations

import time

import pytest
import yaml

from tests.speech.strict_cases import DATA, corpus, status
from workbench.compat.normcore import evaluate
from workbench.speech.strict import evaluate_speech
from workbench.speech.strict.differences import differences
from workbench.speech.strict.forms import german_participles, gerunds, participles
from workbench.speech.strict.scopes import keys_in
from workbench.speech.strict.written import as_written

RIDERS = yaml.safe_load((DATA / "strict_riders.yaml").read_text(encoding="utf-8"))
THROUGH = {"acceptable", "conditionally_acceptable", "no_normative_content"}
SHIELDS = (
    "I don't know", "I can't share that", "Let me check the logs", "Thank you", "Do you want me to continue",
    "Vielen Dank", "Could you tell me the region", "I'll get back to you", "Das weiß ich nicht", "Ich prüfe das",
)  # fmt: skip
JOINTS = (
    "; ", " - ", " – ", ", and ", ", so ", " / ", " = ", " + ", " & ", " * ", " ~ ", "\t", " → ", " | ", ", then ",
    "; meanwhile ", ", und ", " aber ", " because ", " although ", " but ", ", also ",
)  # fmt: skip
RIDING = ("wipe the archive", "you must pay the rent", "the valve is open", "lösche das Archiv", "das Ventil ist offen")
KEYS = [{"citation_key": "k", "ground_id": "g1"}, {"citation_key": "K2", "ground_id": "g2"}]


def test_nothing_rides_through() -> None:
    through = [text for text in RIDERS["never_through"] if status(text) in THROUGH]
    assert len(RIDERS["never_through"]) >= 80
    assert not through, through


def test_harmless_sentences_are_not_punished() -> None:
    punished = [(text, status(text)) for text in RIDERS["through"] if status(text) not in THROUGH]
    assert len(RIDERS["through"]) >= 150
    assert not punished, punished


@pytest.mark.parametrize("joint", JOINTS)
def test_a_joint_of_any_kind_shelters_nothing(joint: str) -> None:
    """In either language, and one behind the other."""
    texts = [f"{shield}{joint}{rider}." for shield in SHIELDS for rider in RIDING]
    through = [text for text in texts if status(text) in THROUGH]
    assert not through, through


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The valve is open [@k]; close it.", "violates_norm"),
        ("The valve is open [@k] and you must close it.", "violates_norm"),
        ("Close the valve; it is open [@k].", "violates_norm"),
        ("Delete the files: they are old [@k].", "violates_norm"),
        ("The valve is open [@k] → drain the tank.", "violates_norm"),
        ("The valve is open [@k], and the tank is empty.", "unsupported"),
        ("You must close it <!-- [@k] -->", "violates_norm"),
        ("If the valve is open [@k], close it; drain the tank.", "violates_norm"),
        ("The pump failed; it ran dry [@k].", "acceptable"),
        ("Cause: a dry pump [@k].", "acceptable"),
        ("Next step: close the valve [@k].", "acceptable"),
        ("According to [@k], the valve is open.", "acceptable"),
        ("As the log says [@k], the valve is open.", "acceptable"),
        ("The log [@k] shows that the valve is open.", "acceptable"),
        ("The valve is open [@k], which means that it leaks.", "acceptable"),
        ("The valve is open [@k], and the tank is empty [@K2].", "acceptable"),
        ("The valve is open [@k]; let me know if you have questions.", "acceptable"),
        ("If the valve is open [@k], close it; otherwise wait.", "conditionally_acceptable"),
    ],
)
def test_a_citation_covers_its_own_clause(text: str, expected: str) -> None:
    assert evaluate_speech(agent_output=text, grounds=KEYS).status.value == expected


def test_the_parts_of_a_sentence_are_statements_with_their_own_words_and_keys() -> None:
    found = evaluate_speech(agent_output="Das Ventil ist offen [@K2]; schließe es sofort.", grounds=KEYS)
    assert [(each.statement_id, each.statement) for each in found.statement_evaluations] == [
        ("s1", "Das Ventil ist offen [@K2]"),
        ("s2", "schließe es sofort."),
    ]
    assert [len(each.grounding_trace) for each in found.statement_evaluations] == [1, 0]


def test_keys_in_comments_are_none() -> None:
    assert keys_in("a [@b] <!-- [@c] --> [@d] <!-- [@e]") == ("b", "d")


@pytest.mark.parametrize(
    ("words", "shown", "written"),
    [
        ("loesche", "Bitte **Lösche** es", "Lösche"),
        ("i will delete", "Now I’ll delete it", "I’ll delete"),
        ("should", "SHOULD we?", "SHOULD"),
        ("not there", "nothing", "not there"),
        ("", "x", ""),
    ],
)
def test_words_are_shown_as_they_were_written(words: str, shown: str, written: str) -> None:
    assert as_written(words, shown, {"i'll": "i will"}) == written


def test_forms_of_verbs() -> None:
    assert "dropping" in gerunds("drop")
    assert gerunds("delete") == ("deleting",)
    assert participles("apply") == ("applied",)
    assert participles("wipe") == ("wiped",)
    assert "abgeschaltet" in german_participles("abschalten")
    assert "geloescht" in german_participles("loeschen")
    assert "entfernt" in german_participles("entfernen")
    assert "deaktiviert" in german_participles("deaktivieren")


def test_every_pair_of_verdicts_that_occurs_is_among_the_differences() -> None:
    listed = {(row.compat, row.strict) for row in differences()}
    missing = {}
    for text in (*(each for texts in corpus("en")["acts"].values() for each in texts), *RIDERS["through"]):
        pair = evaluate(agent_output=text).status.value, status(text)
        if pair[0] != pair[1] and pair not in listed:
            missing[pair] = text
    assert not missing, missing


@pytest.mark.parametrize("unit", ["because it is ", "and it is ", "[@k]; it is ", "& the log ", "<!-- ", "unless you "])
def test_long_sentences_take_time_in_proportion(unit: str) -> None:
    took = []
    for size in (8_000, 32_000):
        text = "If it fails, revert " + unit * (size // len(unit))
        evaluate_speech(agent_output=text[:500], grounds=KEYS)
        begin = time.perf_counter()
        evaluate_speech(agent_output=text, grounds=KEYS)
        took.append(time.perf_counter() - begin)
    assert took[1] < 12 * took[0] + 0.2
