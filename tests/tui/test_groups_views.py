"""Rows of groups and agents at any width: every column is decided, nothing is cut in the middle, nothing is obeyed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from unicodedata import category

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.tui.group_fakes import NOW, a_few, ack_of, agent, group, some_agents
from workbench.service.group_views import AgentsView, AgentView, Counting, GroupsView, GroupView, Storm
from workbench.tui.view import agents as agents_view
from workbench.tui.view import groups as groups_view
from workbench.tui.view.figures import LEAD, ago, left, number
from workbench.tui.view.plain import one_line

names = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "",
            "nora",
            "n\x1b[31m\x07",
            "[red]evil[/]",
            "‮abc",
            "漢字" * 30,
            "e" + "\u0301" * 90,
            "x" * 5000,
            "a\xad\U000e0041b",
        ]
    ),
)
counts = st.integers(0, 10**9)
times = st.timedeltas(timedelta(0), timedelta(days=400)).map(lambda age: NOW - age)


@st.composite
def groups(draw: st.DrawFn) -> GroupView:
    """Any group at all."""
    rule, who, what = draw(names), draw(names), draw(names)
    kind = draw(st.sampled_from(["violation", "deny", "hold"]))
    made = group(
        rule, who, what, kind, count=draw(counts), rate=draw(counts), first=draw(times), last=draw(times),
        severity=draw(st.sampled_from(["", "info", "warn", "high", "critical"])),
        code=draw(st.sampled_from(["forbidden", "not_permitted", "stopped", "held"])),
        minutes=tuple(draw(st.lists(counts, min_size=20, max_size=20))),
    )  # fmt: skip
    standing = draw(st.sampled_from(["open", "acknowledged", "grew", "expired"]))
    if standing == "open":
        return made
    ack = ack_of(made, by=draw(st.sampled_from(["", 'Operator::"ana"', f'Operator::"{rule}"'])), why=draw(names))
    return replace(made, standing=standing, ack=ack)


@st.composite
def agents(draw: st.DrawFn) -> AgentView:
    """Any agent at all."""
    return agent(
        draw(names), *(draw(counts) for _ in range(4)), rate=draw(counts), held=draw(counts),
        last=draw(st.none() | times), first=draw(st.none() | times),
        stopped_until=draw(st.none() | st.just(NOW + timedelta(days=7))),
    )  # fmt: skip


SIGNS_THAT_ARE_SEEN = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"


def plain(text: str) -> bool:
    """Whether a terminal would show it, all of it, and do nothing else."""
    return not any(
        category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") and char not in SIGNS_THAT_ARE_SEEN
        for char in text
        if not "\U00013430" <= char <= "\U0001343f"  # hieroglyphs are joined by these
    )


def test_no_character_hides() -> None:
    """Every code point that Unicode calls a control or a format, between two letters, as a name would have it."""
    hidden = [
        code
        for code in range(0x110000)
        if category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp") and not plain(one_line(f"a{chr(code)}b"))
    ]
    assert [hex(code) for code in hidden] == []


@settings(max_examples=60, deadline=None)
@given(groups(), st.integers(28, 260))
def test_a_group_fills_exactly_its_row(found: GroupView, width: int) -> None:
    columns = groups_view.layout(width)
    spans = groups_view.cells(found, columns, NOW)
    text = "".join(text for _, text in spans)
    assert plain(text)
    assert LEAD + cell_len(text) == columns[-1].start + columns[-1].width <= width
    assert len(groups_view.heads(columns, "rate", width)) == width


@settings(max_examples=60, deadline=None)
@given(agents(), st.integers(28, 260))
def test_an_agent_fills_exactly_its_row(found: AgentView, width: int) -> None:
    columns = agents_view.layout(width)
    text = "".join(text for _, text in agents_view.cells(found, columns, NOW))
    assert plain(text)
    assert LEAD + cell_len(text) == columns[-1].start + columns[-1].width <= width
    assert len(agents_view.heads(columns, "trouble", width)) == width


@settings(max_examples=25, deadline=None)
@given(groups(), agents(), st.integers(20, 200))
def test_pages_show_no_text_as_anything_but_text(found: GroupView, who: AgentView, width: int) -> None:
    for shown in (groups_view.head(found, NOW, width), agents_view.head(who, "1h", NOW, width)):
        assert all(plain(line) for line in shown.plain.split("\n"))


def test_what_a_person_needs_first_stays_longest() -> None:
    for width in (39, 54, 79, 119, 199):
        fields = [column.field for column in groups_view.layout(width)]
        assert {"rule", "agent", "rate"} <= set(fields)
        assert fields[0] in ("glyph", "short", "kind")
        assert fields[-1] in ("mark", "ack")
    assert {"agent", "percent", "last"} <= {column.field for column in agents_view.layout(39)}
    for width in (79, 199):
        assert {"allow", "hold", "deny", "violation", "held", "total"} <= {c.field for c in agents_view.layout(width)}


@given(st.integers(0, 10**13), st.integers(4, 9))
def test_a_number_fits_and_says_its_size(value: int, width: int) -> None:
    text = number(value, width)
    assert len(text) <= width
    sizes = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
    if text[-1] in sizes:
        shown = float(text[:-1]) * sizes[text[-1]]
        assert abs(shown - value) <= sizes[text[-1]]
        assert len(str(value)) > width, "shortened only where there is no room"
    else:
        assert int(text.replace(",", "")) == value


@given(times)
def test_times_are_short(then) -> None:
    assert len(ago(then, NOW)) <= 4
    assert len(left(NOW + (NOW - then), NOW)) <= 4
    assert ago(None, NOW) == "never"


@given(agents(), st.integers(4, 80))
def test_the_mix_has_a_stroke_for_all_that_happened(who: AgentView, width: int) -> None:
    spans = agents_view.mix(who, width)
    assert sum(cell_len(text) for _, text in spans) == width
    happened = {kind for kind in agents_view.KINDS if getattr(who, kind)}
    assert {kind for kind, _ in spans} == (happened or {"muted"})
    texts = [text[0] for _, text in spans]
    assert len(set(texts)) == len(texts), "each outcome has a stroke of its own, not only a colour"


def test_a_deny_rate_is_never_rounded_to_nothing() -> None:
    assert agents_view.percent(agent("a", 10**6, 0, 1)) == "<1%"
    assert agents_view.percent(agent("a", 3)) == "0%"
    assert agents_view.percent(agent("a", 0)) == "–"


@given(st.integers(0, 10**7), st.integers(1, 5000), st.integers(1, 120))
def test_the_storm_is_said_in_any_width(rate: int, many: int, width: int) -> None:
    said = groups_view.storm_text(Storm(rate, many), width, "V")
    assert cell_len(said) <= width
    assert said.startswith("▲")


def test_the_storm_is_said_in_full_where_there_is_room() -> None:
    said = groups_view.storm_text(Storm(10_012, 3), 80, "V")
    assert said == "▲ storm: 10,012 denials/min in 3 groups — press V"


@given(st.integers(4, 120), st.booleans(), st.sampled_from(["5m", "1h", "24h", "all"]))
def test_bars_keep_to_their_width(width: int, held: bool, window: str) -> None:
    counting = Counting(4_000_000, 12)
    shown = GroupsView(window, "rate", tuple(a_few()), NOW, None, counting)
    assert groups_view.bar(shown, width, held=held).cell_length <= width
    board = AgentsView(window, "busy", some_agents(), NOW, counting)
    assert agents_view.bar(board, width, held=held).cell_length <= width
