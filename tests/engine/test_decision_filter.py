"""The filter language of the feed: what is written is what is meant, and every mistake is told with its place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.engine.decision_filter import (
    EVERYTHING,
    NAME_KEYS,
    OUTCOMES,
    Ago,
    Clock,
    DecisionFilter,
    Named,
    Outcomes,
    Pattern,
    Recorded,
    Words,
    named,
)
from workbench.engine.filter_text import LONGEST, FilterError, parse_filter
from workbench.language.annotations import SEVERITIES

NOW = datetime(2026, 3, 16, 9, 30, tzinfo=UTC)

texts = st.text(st.sampled_from('aB3-_:,*"\\ \t\n%é\u202e\U0001f600') | st.characters(), max_size=6)


@st.composite
def patterns(draw: st.DrawFn) -> Pattern:
    """No empty piece but at the ends: two gaps in a row are one."""
    inner = draw(st.lists(texts.filter(bool), max_size=2))
    ends = draw(st.tuples(texts, texts))
    if draw(st.booleans()):
        return Pattern((ends[0],))
    return Pattern((ends[0], *inner, ends[1]))


several = st.lists(patterns(), min_size=1, max_size=3).map(tuple)


def no_v(term: Named) -> Named:
    """Versions and severities as they stand in rows: lower case, without a ``v``."""
    if term.key == "severity":
        return Named("severity", tuple(Pattern((level,)) for level in SEVERITIES[: len(term.patterns)]), term.negated)
    if term.key == "version":
        clean = (Pattern(tuple(piece.lstrip("vV") for piece in p.pieces)) for p in term.patterns)
        return Named(
            "version", tuple(Pattern(("1", *p.pieces[1:])) for p in clean if all(p.pieces[1:-1])), term.negated
        )
    return term


terms = st.one_of(
    st.builds(Named, st.sampled_from(NAME_KEYS), several, st.booleans()).map(no_v).filter(lambda term: term.patterns),
    st.builds(Words, several, st.booleans()),
    st.builds(Outcomes, st.lists(st.sampled_from(OUTCOMES), min_size=1, unique=True).map(tuple), st.booleans()),
    st.builds(
        Recorded,
        st.sampled_from(["since", "before"]),
        st.integers(0, 999_999_999).map(Ago)
        | st.integers(0, 86_399).map(Clock)
        | st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0)),
    ),
)
filters = st.lists(terms, max_size=5).map(lambda found: DecisionFilter(tuple(found)))


@given(filters)
def test_what_is_printed_is_read_as_the_same_filter(wanted: DecisionFilter) -> None:
    assert parse_filter(str(wanted)) == wanted


@given(st.text(st.sampled_from('agent:outcme sinb-*,"\\10mhd') | st.characters(), max_size=60))
def test_any_text_is_a_filter_or_an_error_with_a_place_in_it(text: str) -> None:
    found: DecisionFilter | FilterError
    try:
        found = parse_filter(text)
    except FilterError as error:
        found = error
    if isinstance(found, DecisionFilter):
        assert parse_filter(str(found)) == found
    else:
        assert 0 <= found.start <= found.end <= len(text)
        assert found.code.startswith("filter_")
        assert found.message
        assert found.help


def test_the_example_of_the_issue() -> None:
    assert parse_filter("agent:a3 outcome:deny rule:R* text").terms == (
        named("agent", "a3"),
        Outcomes(("deny",)),
        Named("rule", (Pattern(("R", "")),)),
        Words((Pattern(("text",)),)),
    )


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("-action:read,list", Named("action", (Pattern(("read",)), Pattern(("list",))), negated=True)),
        ('rule:"No * refunds"', Named("rule", (Pattern(("No * refunds",)),))),
        ('rule:"No "*', Named("rule", (Pattern(("No ", "")),))),
        ('rule:""', Named("rule", (Pattern(("",)),))),
        ('-"a:b"', Words((Pattern(("a:b",)),), negated=True)),
        ('"-a"', Words((Pattern(("-a",)),))),
        (r'"say \"no\" \\ \n"', Words((Pattern(('say "no" \\ \\n',)),))),
        ("a**b", Words((Pattern(("a", "b")),))),
        ("OUTCOME:Denied,HELD,denied", Outcomes(("deny", "hold"))),
        ("version:v1.2.0", Named("version", (Pattern(("1.2.0",)),))),
        ("severity:HIGH", Named("severity", (Pattern(("high",)),))),
        ("agent:urn:a:1", Named("agent", (Pattern(("urn:a:1",)),))),
        ("-since:10m", Recorded("before", Ago(600))),
        ("before:09:30", Recorded("before", Clock(34_200))),
        ("since:2026-03-16", Recorded("since", datetime(2026, 3, 16, tzinfo=UTC))),
        ("since:2026-03-16t09:30:05z", Recorded("since", datetime(2026, 3, 16, 9, 30, 5, tzinfo=UTC))),
    ],
)
def test_terms(text: str, term: object) -> None:
    assert parse_filter(text).terms == (term,)


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("x agent:", "filter_no_value", (8, 8)),
        ("agent:a,,b", "filter_no_value", (8, 8)),
        ("since:", "filter_no_value", (6, 6)),
        ("-", "filter_no_value", (1, 1)),
        ("x agnt:a", "filter_unknown_key", (2, 7)),
        ("outcome:maybe", "filter_unknown_outcome", (0, 13)),
        ("outcome:d*", "filter_unknown_outcome", (0, 10)),
        ("severity:grim", "filter_unknown_severity", (0, 13)),
        ("since:24:00", "filter_no_time", (0, 11)),
        ("since:2026-02-30", "filter_no_time", (0, 16)),
        ("since:2026-W10-1", "filter_no_time", (0, 16)),
        ("since:²m", "filter_no_time", (0, 8)),
        ("since:1m,2m", "filter_one_value", (0, 11)),
        ('x "open', "filter_open_quote", (2, 7)),
        ("a" * (LONGEST + 1), "filter_too_long", (LONGEST, LONGEST + 1)),
        ("a " * 41, "filter_too_many", (0, 82)),
        ("agent:" + "a," * 100 + "a", "filter_too_many", (0, 207)),
    ],
)
def test_mistakes_are_told_with_their_place(text: str, code: str, place: tuple[int, int]) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text)
    assert (caught.value.code, (caught.value.start, caught.value.end)) == (code, place)


def test_near_words_are_guessed() -> None:
    with pytest.raises(FilterError, match="no key") as caught:
        parse_filter("agnt:a3")
    assert "did you mean `agent:`?" in caught.value.help
    with pytest.raises(FilterError) as caught:
        parse_filter("outcome:denyed")
    assert "did you mean `deny`?" in caught.value.help


def test_times_are_counted_from_now() -> None:
    def at(text: str) -> datetime:
        (term,) = parse_filter(f"since:{text}").terms
        assert isinstance(term, Recorded)
        return term.at(NOW)

    assert at("90s") == NOW - timedelta(seconds=90)
    assert at("09:30") == NOW
    assert at("09:31") == NOW - timedelta(hours=23, minutes=59)  # yesterday's: the clock has not shown it today
    assert at("2026-03-17") == datetime(2026, 3, 17, tzinfo=UTC)
    assert at("999999999d") == datetime.min.replace(tzinfo=UTC)


def test_outcomes_are_exchanged_and_the_rest_stays() -> None:
    wanted = parse_filter("agent:a3 outcome:deny -text")
    assert wanted.outcomes == ("deny",)
    assert str(wanted.with_outcomes("hold")) == "outcome:hold agent:a3 -text"
    assert str(wanted.with_outcomes()) == "agent:a3 -text"
    assert parse_filter("-outcome:allow").outcomes == ()
    assert not EVERYTHING.with_outcomes()
