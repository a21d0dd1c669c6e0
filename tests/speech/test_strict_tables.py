"""The language tables, their small pattern language, and the table of differences to the compatible profile."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbench.compat.normcore import evaluate
from workbench.speech.strict import evaluate_speech
from workbench.speech.strict.differences import FIXED_IN_BOTH, REFUSED, Difference, as_markdown, differences
from workbench.speech.strict.patterns import PatternError, compiled
from workbench.speech.strict.tables import LANGUAGES, PHRASES, WORDS, TableError, language, read

FOLDER = Path(__file__).parents[2] / "workbench" / "speech" / "languages"


@pytest.mark.parametrize(
    ("phrase", "fits", "fails"),
    [
        ("must", ["must", "we must go"], ["mustard", "musts", "a-must"]),
        ("a|b c", ["a c", "b c"], ["a d", "c", "a b"]),
        ("i [really] must", ["i must", "i really must"], ["i must2", "i very must"]),
        ("must *", ["must go"], ["must", "must , go"]),
        ("i ** go", ["i go", "i a b c d go"], ["i a b c d e go", "i a , go"]),
        ("to *ing", ["to sing"], ["to ing", "to song"]),
        ("recommend+", ["recommends", "recommend"], ["recommenzd"[:8]]),
        ("{v} it", ["eat it", "take in it"], ["take it"]),
        ("go **", ["go", "go a b"], ["ago"]),
        ("1.5 a+b|c", ["1.5 c"], ["1x5 c"]),
    ],
)
def test_phrases_mean_what_they_say(phrase: str, fits: list[str], fails: list[str]) -> None:
    pattern = compiled([phrase], {"v": ["eat", "take in"]})
    assert [text for text in fits if not pattern.search(text)] == []
    assert [text for text in fails if pattern.search(text)] == []


def test_the_longest_phrase_wins() -> None:
    found = compiled(["must", "must not", "must not ever"], {}).match("must not ever go")
    assert found is not None
    assert found[0] == "must not ever"


@pytest.mark.parametrize("phrase", ["", "{x}", "** [a]"])
def test_phrases_that_are_none(phrase: str) -> None:
    with pytest.raises(PatternError):
        compiled([phrase], {})


def test_an_empty_list_matches_nothing() -> None:
    assert compiled([], {}).search("anything") is None


@pytest.mark.parametrize("name", LANGUAGES)
def test_tables_are_read_once_and_whole(name: str) -> None:
    assert language(name) is language(name)
    assert set(WORDS) <= set(language(name).words)
    assert set(PHRASES) == set(language(name).phrases)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: "x", "no TOML"),
        (lambda text: text.replace("[phrases]", "[more]\nx = 1\n[phrases]", 1), "`more`, which nothing reads"),
        (lambda text: re.sub(r"(?m)^joins = .*$", "", text), "lacks `words.joins`"),
        (lambda text: text.replace("\nrefusal = [", "\nrefusals = [", 1), "lacks `phrases.refusal`"),
        (lambda text: text.replace("[phrases]", '[phrases]\nodd = ["a"]', 1), "`phrases.odd`"),
        (lambda text: text.replace("[phrases]", "[phrases]\nodd = 5", 1), "`phrases.odd`"),
        (lambda text: text.replace("\nrefusal = [", '\nrefusal = ["{nothing}",', 1), "`{nothing}`"),
        (lambda text: re.sub(r"(?m)^imperatives = .*$", 'imperatives = "latin"', text), "`imperatives`"),
    ],
)
def test_a_table_that_is_wrong_says_where(change: Callable[[str], str], words: str) -> None:
    text = (FOLDER / "en.toml").read_text(encoding="utf-8")
    with pytest.raises(TableError, match=re.escape(words)):
        read(change(text), "en")


def test_there_is_no_third_language() -> None:
    with pytest.raises(TableError, match="`en`, `de`"):
        language("fr")


def _status(judge: Callable[..., Any], row: Difference) -> str:
    try:
        return str(judge(**row.arguments()).status.value)
    except (ValueError, TypeError):
        return REFUSED


@pytest.mark.parametrize("row", differences(), ids=lambda row: row.id)
def test_each_difference_is_one(row: Difference) -> None:
    assert _status(evaluate, row) == row.compat
    assert _status(evaluate_speech, row) == row.strict
    assert row.compat != row.strict


@pytest.mark.parametrize("row", FIXED_IN_BOTH, ids=lambda row: row.id)
def test_defects_that_neither_profile_has(row: Difference) -> None:
    assert _status(evaluate, row) == row.compat == row.strict == _status(evaluate_speech, row)


def test_every_row_of_the_specification_is_covered() -> None:
    rows = {row.row for row in (*differences(), *FIXED_IN_BOTH)}
    assert {f"9.{number}" for number in range(1, 15)} <= rows
    assert {"1.2", "1.3", "2.2", "2.4", "2.5"} <= rows
    ids = [row.id for row in (*differences(), *FIXED_IN_BOTH)]
    assert len(ids) == len(set(ids))


def test_the_table_shows_every_difference() -> None:
    lines = as_markdown().splitlines()
    table = lines[2 : lines.index("")]
    assert len(table) == len(differences())
    assert all(re.sub(r"\\\|", "", line).count("|") == 6 for line in table)
