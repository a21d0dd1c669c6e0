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
from workbench.tui.view.figures import LEAD, LEAST, ago, fits, left, number, shared
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
    standing = draw(st.sampled_from(["open", "acknowledged", "grew", "expired", "stopped"]))
    if standing in ("open", "stopped"):
        return replace(made, standing=standing)
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
@given(groups(), st.integers(28, 260), st.booleans())
def test_a_group_fills_exactly_its_row(found: GroupView, width: int, fitting: bool) -> None:
    columns = groups_view.layout(width, groups_view.needs_of([found], {}) if fitting else None)
    spans = groups_view.cells(found, columns, NOW)
    text = "".join(text for _, text in spans)
    assert plain(text)
    assert LEAD + cell_len(text) == columns[-1].start + columns[-1].width <= width
    assert len(groups_view.heads(columns, "rate", width)) == width


@settings(max_examples=60, deadline=None)
@given(agents(), st.integers(28, 260), st.booleans())
def test_an_agent_fills_exactly_its_row(found: AgentView, width: int, fitting: bool) -> None:
    columns = agents_view.layout(width, agents_view.needs_of([found]) if fitting else None)
    text = "".join(text for _, text in agents_view.cells(found, columns, NOW))
    assert plain(text)
    assert LEAD + cell_len(text) == columns[-1].start + columns[-1].width <= width
    assert len(agents_view.heads(columns, "trouble", width)) == width


@settings(max_examples=25, deadline=None)
@given(groups(), agents(), st.integers(20, 200))
def test_pages_show_no_text_as_anything_but_text(found: GroupView, who: AgentView, width: int) -> None:
    for shown in (groups_view.head(found, NOW, width), agents_view.head(who, "1h", NOW, width)):
        assert all(plain(line) for line in shown.plain.split("\n"))


@settings(max_examples=60, deadline=None)
@given(agents(), st.integers(1, 200))
def test_an_agent_in_brief_is_one_line_that_fits(who: AgentView, width: int) -> None:
    shown = agents_view.head(who, "1h", NOW, width, brief=True)
    assert "\n" not in shown.plain
    assert plain(shown.plain)
    name = agents_view.head(who, "1h", NOW, 0, brief=True)  # which is never left out
    assert shown.cell_length <= max(width, name.cell_length)
    assert shown.plain.startswith(name.plain)


@given(
    st.dictionaries(st.sampled_from("abcde"), st.integers(1, 6), min_size=1), st.integers(0, 200),
    st.dictionaries(st.sampled_from("abcde"), st.integers(0, 60)),
)  # fmt: skip
def test_no_column_is_cut_beside_one_that_has_cells_to_spare(
    weights: dict[str, int], cells: int, needs: dict[str, int]
) -> None:
    """Nor beside one that needs more than its part, where its own part would do."""
    sizes = shared(weights, cells, needs)
    assert sizes.keys() == weights.keys()
    known = {field: need for field, need in needs.items() if field in weights}
    cut = [field for field, need in known.items() if sizes[field] < need]
    spare = [field for field, need in known.items() if sizes[field] > max(need, LEAST)]
    assert not (cut and spare)
    total = sum(weights.values())
    roomy = cells >= LEAST * total
    if roomy:
        assert sum(sizes.values()) <= cells
        assert all(sizes[field] >= min(need, cells * weights[field] // total) for field, need in known.items())


def test_figures_have_the_cells_they_take_and_names_have_the_others() -> None:
    """At 80x24 two names of an action that differ at their ends are told apart."""
    found = [
        group("memory-personal-data", "viktor", action, count=count, rate=2, severity="high")
        for action, count in (("write_shared_memory", 12), ("read_shared_memory", 7))
    ]
    needs = groups_view.needs_of(found, {}, "rate")
    columns = groups_view.layout(79, needs)
    assert {column.field: column.width for column in columns}.items() >= {"count": 5, "rate": 5, "last": 4}.items()
    assert [groups_view.cells(each, columns, NOW)[4][1].strip() for each in found] == [each.action for each in found]
    assert "/min▾" in groups_view.heads(columns, "rate", 79)
    for order, title in (("count", "count▾"), ("seen", "last▾")):
        columns = groups_view.layout(79, groups_view.needs_of(found, {}, order))
        assert title in groups_view.heads(columns, order, 79), "what the order goes by is marked"
    storm = groups_view.needs_of([replace(found[0], count=10_012)], {}, "rate")
    assert storm["count"] == 6, "a figure is whole where there is room"


@settings(max_examples=60, deadline=None)
@given(st.lists(groups(), min_size=1, max_size=4), st.integers(72, 103))
def test_first_seen_has_a_column_where_no_name_is_cut_for_it(found: list[GroupView], width: int) -> None:
    needs = groups_view.needs_of(found, {})
    columns = groups_view.layout(width, needs)
    if "first" in {column.field for column in columns}:
        assert fits(columns, {field: need for field, need in needs.items() if field != "ack"})
    told = "ack" in {column.field for column in columns}
    assert told == (needs["ack"] == groups_view.KNOWN), "holds alone say by their glyph that they wait elsewhere"


@settings(max_examples=60, deadline=None)
@given(st.lists(groups(), min_size=1, max_size=4), st.integers(38, 71))
def test_beside_an_opened_group_its_action_goes_before_a_name_is_cut(found: list[GroupView], width: int) -> None:
    needs = groups_view.needs_of(found, {}) | {"beside": 1}
    columns = groups_view.layout(width, needs)
    names = {column.field: column.width for column in columns if column.field in ("rule", "agent", "action")}
    if any(cells < needs[name] for name, cells in names.items()):
        assert "action" not in names
        assert {column.field for column in columns} <= {"glyph", "severity", "rule", "agent", "rate", "mark"}


def test_what_a_person_needs_first_stays_longest() -> None:
    for width in (39, 54, 79, 119, 199):
        fields = [column.field for column in groups_view.layout(width)]
        assert {"rule", "agent", "rate"} <= set(fields)
        assert fields[0] in ("short", "kind"), "the outcome as a word, also at 40 cells"
        assert fields[-1] in ("mark", "ack")
    assert {"agent", "denied", "percent", "last"} <= {column.field for column in agents_view.layout(39)}
    assert {"allow", "hold", "denied", "held", "total"} <= {column.field for column in agents_view.layout(79)}
    assert {"allow", "hold", "deny", "violation", "held"} <= {column.field for column in agents_view.layout(119)}
    for width in (39, 54, 79, 119, 199):
        assert "refused▾" in agents_view.heads(agents_view.layout(width), "trouble", width), "what the order goes by"


@given(st.integers(0, 10**13), st.integers(4, 9))
def test_a_number_fits_and_says_its_size(value: int, width: int) -> None:
    text = number(value, width)
    assert len(text) <= width
    sizes = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
    if text[-1] in sizes:
        shown = float(text[:-1]) * sizes[text[-1]]
        assert abs(shown - value) <= sizes[text[-1]]
        assert len(f"{value:,}") > width, "shortened only where there is no room"
    else:
        assert text == f"{value:,}", "one way of writing, or two figures cannot be compared"


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
    said = groups_view.storm_text(Storm(rate, many, many + 9), width, "V")
    assert cell_len(said) <= width
    assert said.startswith("▲")
    assert f" {number(rate, 5)}" in said or width < 22, "as in the top bar and in the list"


def test_the_storm_is_said_in_full_where_there_is_room() -> None:
    said = groups_view.storm_text(Storm(10_012, 3, 22), 80, "R")
    assert said == "▲ storm: 10.0k refusals/min in 3 of 22 groups — R shows them"
    assert groups_view.storm_text(Storm(99, 1, 1), 80, "") == "▲ storm: 99 refusals/min in 1 group"


def test_holds_are_not_counted_as_refusals_and_stops_not_as_unknown() -> None:
    few = [*a_few(), replace(group("stop:3f9a", "emil", "reply", "deny", code="stopped"), standing="stopped")]
    shown = GroupsView("1h", "rate", tuple(few), NOW)
    said = groups_view.bar(shown, 120, held=False).plain
    assert said == "last hour · 6 groups of refusals, 4 unacknowledged · 1 held  by rate, held and known last"
    assert groups_view.bar(shown, 120, held=True).plain.endswith("rows keep their places while you move")
    none = GroupsView("1h", "rate", tuple(each for each in few if each.unacknowledged), NOW)
    said = groups_view.bar(none, 120, held=False).plain
    assert said == "last hour · 4 groups of refusals, none acknowledged  by rate", "the same figure not twice"
    assert groups_view.bar(none, 40, held=False).plain == "last hour · 4 groups, none acknowledged"
    assert groups_view.bar(GroupsView("1h", "rate", (), NOW), 40, held=False).plain == "last hour  nothing refused"
    columns = groups_view.layout(79)
    texts = ["".join(text for _, text in groups_view.cells(each, columns, NOW, "stop by ana")) for each in few[3:]]
    assert texts[0].split()[-1] == "Cases"
    assert "■ stop by ana" in texts[-1]
    assert texts[-1].split()[-2:] == ["✓", "stop"]
    assert "✓ known" in groups_view.head(few[-1], NOW, 80).plain
    assert "waits for people" in groups_view.head(few[3], NOW, 80).plain


@given(st.integers(4, 120), st.booleans(), st.sampled_from(["5m", "1h", "24h", "all"]))
def test_bars_keep_to_their_width(width: int, held: bool, window: str) -> None:
    counting = Counting(4_000_000, 12)
    shown = GroupsView(window, "rate", tuple(a_few()), NOW, None, counting)
    assert groups_view.bar(shown, width, held=held).cell_length <= width
    board = AgentsView(window, "busy", some_agents(), NOW, counting)
    assert agents_view.bar(board, width, held=held).cell_length <= width
