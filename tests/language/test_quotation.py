"""Names between backticks: whatever a name is, it stays in its quotation, and no two look alike."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.language.quotation import bare, quoted

TRICKY = st.text("ab` \\u0U6c\n\t\u202e\u2066\u200b\u1fef\uff40\u02cb\U000e0001\x1b\u2028\u00a0", max_size=14)
NAMES = st.text(max_size=20) | TRICKY


@given(NAMES)
def test_no_name_gets_out_of_its_quotation(name: str) -> None:
    shown = quoted(name)
    assert (shown[0], shown[-1]) == ("`", "`")
    assert "`" not in shown[1:-1]
    assert "`" not in unicodedata.normalize("NFKC", shown[1:-1])
    assert all(char.isprintable() for char in shown)


@given(NAMES, NAMES)
def test_no_two_names_are_shown_alike(one: str, other: str) -> None:
    assert (quoted(one) == quoted(other)) == (one == other)


@given(TRICKY)
def test_a_name_written_as_another_is_shown_is_shown_otherwise(name: str) -> None:
    other = quoted(name)[1:-1]
    assert (quoted(other) == quoted(name)) == (other == name)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("no-secrets", "`no-secrets`"),
        ("two words", "`two words`"),
        ("Straße", "`Straße`"),
        ("x` is kept. ✓ `y", "`x\\u0060 is kept. ✓ \\u0060y`"),
        ("a\nb", "`a\\u000ab`"),
        ("a\u202eb", "`a\\u202eb`"),
        ("\U000e0001", "`\\U000e0001`"),
        ("C:\\new", "`C:\\new`"),
        ("\\u0060", "`\\u005cu0060`"),
    ],
)
def test_as_it_is_shown(name: str, shown: str) -> None:
    assert quoted(name) == shown


def test_one_word_needs_no_quotation_in_a_line_of_its_own() -> None:
    assert bare("issue_refund") == "issue_refund"
    assert bare("act1/x.y-z@home+1") == "act1/x.y-z@home+1"
    for name in ("two words", "", "read.\n", "a · b", "`", "-x", "x: proved, y", "N::Action::read"):
        assert bare(name) == quoted(name)
