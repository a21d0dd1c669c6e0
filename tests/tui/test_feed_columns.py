"""The feed's columns by what the names need: nothing is cut beside an empty column, and the outcome stays a word."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.tui.fakes import make_row
from workbench.tui.view import events

needs = st.fixed_dictionaries(
    {name: st.integers(0, 60) for name in events.NAMES} | {name: st.integers(0, 1) for name in ("severity", "asked")}
)
widths = st.integers(20, 240)


@settings(deadline=None)
@given(widths, needs | st.none(), st.booleans())
def test_columns_fill_the_width_whatever_the_names_need(width: int, wanted: dict[str, int] | None, agent: bool) -> None:
    layout = events.columns(width, wanted, agent=agent)
    end = 0
    for column in layout:
        assert column.width >= 1
        assert column.start == end + 1
        end = column.start + column.width
    assert width - 1 <= end <= width
    assert ("agent" in {column.field for column in layout}) == agent


@settings(deadline=None)
@given(widths, needs, st.booleans())
def test_no_name_is_cut_beside_an_empty_column(width: int, wanted: dict[str, int], agent: bool) -> None:
    sizes = {column.field: column.width for column in events.columns(width, wanted, agent=agent)}
    names = [name for name in events.NAMES if name in sizes]
    cut = [name for name in names if sizes[name] < wanted[name]]
    spare = [name for name in names if sizes[name] > max(wanted[name], len(name))]
    assert not (cut and spare)
    assert not cut or "outcome" not in sizes, "the outcome has its short word before a name is cut"


@given(st.integers(36, 240), st.sampled_from(["allow", "deny", "hold", "violation"]))
def test_the_outcome_is_a_word_from_36_cells_on(width: int, kind: str) -> None:
    outcome = "deny" if kind == "violation" else kind
    row = replace(make_row(1), outcome=outcome, violation=kind == "violation")
    text = "".join(text for _, text in events.cells(row, events.columns(width)))
    said = events.verdict(outcome, kind == "violation")
    assert any(word in text for word in (f"{said.glyph} {said.word}", f"{said.glyph} viol."))


def test_the_longest_names_of_the_samples_are_whole_at_80_cells() -> None:
    row = replace(make_row(1), agent="camille", action="write_shared_memory", resource="M-12345", rule="memory-writes")
    line = "".join(text for _, text in events.cells(row, events.columns(79, events.needs_of(row))))
    assert "…" not in line
    assert "▲" not in line or "violation" in line


@given(st.text(max_size=60), st.sampled_from(["", "high"]))
def test_what_a_name_needs_is_what_its_cell_takes(name: str, severity: str) -> None:
    row = replace(make_row(1), agent=name, action=name, verb="", resource=name, rule=name, severity=severity, code="")
    need = events.needs_of(row)
    longest = max(need.values())
    assert longest <= events.MOST_CELLS + 2
    if longest < events.MOST_CELLS and name:
        whole = events.columns(200, need)
        texts = {column.field: text for column, (_, text) in zip(whole, events.cells(row, whole), strict=False)}
        for field in ("agent", "action", "resource"):
            assert name.endswith("…") or not texts[field].endswith("…")
            assert cell_len(texts[field]) - 1 >= need[field]


def test_what_a_request_says_has_the_cells_that_a_wide_terminal_leaves_over() -> None:
    row = replace(make_row(1), severity="warn", rule="close-high-priority", asked="820 EUR, recipient lena@example.com")
    narrow, wide = (events.columns(width, events.needs_of(row)) for width in (119, 199))
    assert "asked" not in {column.field for column in narrow}, "no name gives its cells away for it"
    assert (wide[-1].field, wide[-1].head) == ("asked", "request")
    assert "820 EUR, recipient lena@example.com" in "".join(text for _, text in events.cells(row, wide))
    nothing = events.columns(199, events.needs_of(replace(row, asked="")))
    assert nothing[-1].field == "rule", "no column without anything in it"


@settings(deadline=None)
@given(widths, needs)
def test_what_a_request_says_takes_no_cell_that_a_name_needs(width: int, wanted: dict[str, int]) -> None:
    layout = events.columns(width, wanted | {"asked": 1})
    sizes = {column.field: column.width for column in layout}
    if "asked" in sizes:
        assert all(sizes[name] >= wanted[name] for name in events.NAMES if name in sizes)
        assert layout[:-2] == events.columns(width, wanted | {"asked": 0})[:-1]


@given(st.lists(st.text("abe", min_size=1, max_size=12), min_size=1, max_size=8), st.integers(4, 60))
def test_a_request_that_is_too_long_ends_after_a_whole_part(parts: list[str], width: int) -> None:
    said = ", ".join(parts)
    shown = events.whole_parts(said, width)
    if len(said) <= width or len(parts[0]) + 3 > width:
        assert shown == said
    else:
        assert len(shown) <= width
        kept = shown.removesuffix(", …")
        assert said.startswith(kept + ", ")
        following = said[len(kept) + 2 :].split(", ")
        assert len(f"{kept}, {following[0]}, …") > width or len(following) == 1, "no part is left out that has room"
