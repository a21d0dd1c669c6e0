"""Texts found for patterns: they match as asked, none is shorter, and none found means that there is none."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workbench.analysis import patterns
from workbench.analysis.patterns import Pattern, TooManyStates, common, find_text, matches, pieces, watched
from workbench.analysis.stop import Stopped
from workbench.engine import Evaluator
from workbench.engine.entities import Entities
from workbench.language.ast import WILDCARD

LETTERS = "ab"
LONGEST = 7
EVERY = ["".join(letters) for length in range(LONGEST + 1) for letters in product(LETTERS + "x", repeat=length)]
"""All texts of two letters that patterns speak of and one that they do not: the latter stands for every other."""

pattern = st.lists(st.sampled_from([WILDCARD, WILDCARD, "a", "b", "ab", "ba", ""]), max_size=4).map(tuple)
some_patterns = st.lists(pattern, max_size=3)


def of(text: str) -> Pattern:
    """``a*b`` as a pattern."""
    parts = [part for piece in text.split("*") for part in (piece, WILDCARD)][:-1]
    return tuple(part for part in parts if part != "")


def fits(text: str, like: list[Pattern], unlike: list[Pattern], avoid: set[str]) -> bool:
    return (
        text not in avoid
        and all(matches(text, each) for each in like)
        and not any(matches(text, each) for each in unlike)
    )


@given(some_patterns, some_patterns, st.sets(st.text(LETTERS + "x", max_size=2), max_size=6))
def test_what_is_found_fits_and_is_shortest_and_nothing_found_is_nothing_there(
    like: list[Pattern], unlike: list[Pattern], avoid: set[str]
) -> None:
    """By trying every text up to a length; with `x` avoided too, another letter stands for the rest."""
    found = find_text(like, unlike, avoid)
    first = next((text for text in EVERY if fits(text, like, unlike, avoid)), None)
    if found is None:
        assert first is None
    else:
        assert fits(found, like, unlike, avoid)
        assert len(found) <= (len(first) if first is not None else LONGEST * 3)
        assert first is None or len(found) == len(first) or set(found) - {*LETTERS, "x"}


@given(st.lists(pattern, min_size=1, max_size=4), st.text(LETTERS, max_size=6))
def test_a_text_that_there_is_is_not_missed(asked: list[Pattern], text: str) -> None:
    """Split the patterns by whether this text matches them: then there is an answer, and no longer a one."""
    like = [each for each in asked if matches(text, each)]
    unlike = [each for each in asked if not matches(text, each)]
    found = find_text(like, unlike, ())
    assert found is not None
    assert fits(found, like, unlike, set())
    assert len(found) <= len(text)


@given(pattern, pattern)
def test_overlap_and_containment(one: Pattern, other: Pattern) -> None:
    """Both are what they are of all short texts: two patterns this small differ on some text of eight letters."""
    assert common((one, other)) == common((other, one))
    contained = not common((one,), (other,))
    if contained:
        assert all(matches(text, other) for text in EVERY if matches(text, one))
    else:
        witness = find_text((one,), (other,), ())
        assert witness is not None
        assert matches(witness, one)
        assert not matches(witness, other)
    assert not common((one,), (one,))


@given(pattern, st.text(LETTERS + "x", max_size=5))
def test_pieces_stand_for_the_pattern(asked: Pattern, text: str) -> None:
    """As the engine decides the rule that has this pattern."""
    spelled = "".join("*" if piece is WILDCARD else str(piece) for piece in asked)
    rule = f'permit (principal, action, resource) when {{ context.s like "{spelled}" }};'
    request = {
        "principal": 'U::"u"', "action": 'Action::"a"', "resource": 'U::"r"', "context": {"s": text}
    }  # fmt: skip
    decision = Evaluator.from_cedar(rule).decide(request, Entities.from_json([]))
    assert decision.allowed == matches(text, asked)
    assert len(pieces(asked)) == 1 + sum(piece is WILDCARD for piece in asked)


@given(st.sets(st.text("xyz", max_size=1)), st.integers(0, 60))
def test_one_after_another_are_all_different(avoid: set[str], count: int) -> None:
    """As the strings of one model are named: each avoids those before it."""
    given_ = set(avoid)
    for _ in range(count):
        found = find_text([], [], given_)
        assert found is not None
        assert found not in given_
        given_.add(found)
    assert all(len(text) <= 1 for text in given_)


@given(st.text("xyzab", min_size=1, max_size=8), some_patterns)
def test_a_hint_is_taken_where_it_fits(hint: str, like: list[Pattern]) -> None:
    found = find_text(like, [], (), hints=(hint,))
    assert (found == hint) == (fits(hint, like, [], set()) or hint == find_text(like, [], ()))


@pytest.mark.parametrize(
    ("like", "unlike", "avoid", "expected"),
    [
        ([], [], (), ""),
        ([], [], ("",), "x"),
        (["*"], ["x*"], ("",), "y"),
        (["a*b"], [], (), "ab"),
        (["a*b"], [], ("ab",), "abb"),
        (["a*b", "*c*"], [], (), "acb"),
        (["*ab*", "*ba*"], [], (), "aba"),
        (["report-*"], ["report-"], (), "report-x"),
        (["*.txt", "secret*"], [], (), "secret.txt"),
        (["a", "b"], [], (), None),
        (["a*"], ["*a"], (), "ax"),
        (["a*"], ["*"], (), None),
        (["a*a"], ["aa", "a*a*a"], (), "axa"),
        (["ab"], [], ("ab",), None),
        (["*\0*"], [], (), "\0"),
        (["*𝄞"], ["𝄞"], (), "x𝄞"),
    ],
)
def test_by_hand(like: list[str], unlike: list[str], avoid: tuple[str, ...], expected: str | None) -> None:
    assert find_text([of(each) for each in like], [of(each) for each in unlike], avoid) == expected


def test_many_patterns_at_once_are_no_trouble() -> None:
    """Fourteen words in any order are found without trying their orders; states are counted, not seconds."""
    words = [f"*{chr(65 + place)}{place}*" for place in range(14)]
    found = find_text([of(word) for word in words], [of(f"z{word}") for word in words], ())
    assert found is not None
    assert len(found) == len("".join(words).replace("*", ""))


def test_a_search_that_grows_too_large_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """And is not taken for a proof: here a text exists."""
    like, unlike = [of("*aa*"), of("*bb*"), of("*ab*a*b*")], [of("aa*"), of("bb*"), of("*aabb*")]
    assert common(like, unlike)
    monkeypatch.setattr(patterns, "STATES", 5)
    with pytest.raises(TooManyStates):
        common(like, unlike)


@given(st.lists(pattern, max_size=3))
def test_the_answer_reads_well(like: list[Pattern]) -> None:
    """Where no pattern asks for anything else, all of it is letters."""
    found = find_text(like, [], ("",))
    assume(found is not None)
    assert found is not None
    assert found.isalpha()


def test_a_search_for_a_text_can_be_stopped_and_has_an_end() -> None:
    """Sixteen overlapping patterns have more combinations than anybody waits for."""
    many = [of(f"*{a}{b}*{b}{a}*") for a in "abcd" for b in "abcd"]
    looked: list[int] = []

    def stop_third() -> None:
        looked.append(1)
        if len(looked) == 3:
            raise Stopped

    with pytest.raises(Stopped), watched(stop_third, 10**9):
        find_text(many, [], set())
    assert len(looked) == 3
    search = patterns._Search(many, [], set())
    with pytest.raises(TooManyStates), watched(lambda: None, 500):
        search.walk(search.at_least, 1)
    assert find_text([of("a*b")], [], set()) is not None, "afterwards nobody watches"
