"""The permission matrix, where a person knows every cell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analysis.little import COMPLETE, EVERY, OURS, Kept, decided, program, task
from workbench.analysis.assumptions import Assumption
from workbench.analysis.matrix import matrix
from workbench.analysis.results import OTHER, Cell, Matrix
from workbench.analysis.rows import NoRowsError, row_name
from workbench.analysis.stop import Progress, Stop, Stopped
from workbench.language.program import Program

SCHEMA = """
entity Team in [Team];
entity Level enum ["low", "high"];
entity User in [Team] = {
  @values("lead: team lead; clerk") role: String, level: Long, rank: Level, on: Bool, score: decimal,
  skills: Set<String>, boss?: User, home: { town: String }
};
entity Bot;
entity Doc = { kind: String };
action view, edit appliesTo { principal: [User], resource: [Doc], context: { why?: String } };
action run appliesTo { principal: [User, Bot], resource: [Doc] };
"""


def table(found: Matrix) -> dict[str, str]:
    """A line for each row: the verdicts by action, ``+`` where it may be held."""
    return {
        value: " ".join(cell.verdict + "+" * cell.held for cell in found.cells if cell.value == value)
        for value in found.values
    }


def cell(found: Matrix, value: str, action: str) -> Cell:
    (one,) = [each for each in found.cells if each.value == value and each.action == ("Action", action)]
    return one


RULES = """
@id("leads") permit (principal is User, action == Action::"view", resource) when { principal.role == "lead" };
@id("auditors") permit (principal is User, action == Action::"view", resource)
  when { principal.role == "auditor" && context has why };
@id("some") permit (principal is User, action == Action::"edit", resource) when { resource.kind == "draft" };
@id("clerks") forbid (principal is User, action == Action::"edit", resource) when { "clerk" == principal.role };
procedure late { on action == Action::"edit" require approval from principal }
"""


def test_always_never_and_depends() -> None:
    found = matrix(program(RULES, SCHEMA), task(COMPLETE))
    assert found.attribute == "principal.role"
    assert found.assumption == COMPLETE
    assert found.actions == (("Action", "view"), ("Action", "edit"), ("Action", "run"))
    assert table(found) == {
        "lead": "always depends+ never",
        "clerk": "never never never",
        "auditor": "depends depends+ never",
        OTHER: "never depends+ never",
    }


def test_under_missing_data_what_is_always_permitted_may_err() -> None:
    """`some` reads the document; who it is that asks is known, since the row says so."""
    found = matrix(program(RULES, SCHEMA), task(OURS))
    assert table(found)["lead"] == "always depends+ never"
    made = program(
        RULES + '@id("odd") forbid (principal, action == Action::"view", resource) when { resource.kind == "x" '
        '&& resource.kind == "y" };',
        SCHEMA,
    )
    assert table(matrix(made, task(COMPLETE)))["lead"] == "always depends+ never"
    assert table(matrix(made, task(OURS)))["lead"] == "depends depends+ never"


@pytest.mark.parametrize("assumption", EVERY)
def test_witnesses_show_both_sides(assumption: Assumption) -> None:
    made = program(RULES, SCHEMA)
    found = matrix(made, task(assumption))
    shown = 0
    for each in found.cells:
        assert (each.permitted is not None) == (each.verdict in ("always", "depends"))
        assert (each.denied is not None) == (each.verdict != "always")
        for witness, outcomes in ((each.permitted, {"allow", "hold"}), (each.denied, {"deny"})):
            if witness is not None:
                shown += 1
                assert witness.after.outcome in outcomes
                assert witness.request["action"] == f'Action::"{each.action[1]}"'
                if assumption.semantics == "cedar+":
                    assert decided(made, witness).outcome in outcomes
                rows = {f'{row["uid"]["type"]}::"{row["uid"]["id"]}"': row["attrs"] for row in witness.entities}
                role = rows.get(witness.request["principal"], {}).get("role")
                assert role == each.value if each.value != OTHER else role not in ("lead", "clerk", "auditor")
    assert shown > 12


def test_held_is_what_waits_for_approval() -> None:
    held = cell(matrix(program(RULES, SCHEMA), task()), "lead", "edit")
    assert held.held
    cedars = cell(matrix(program(RULES, SCHEMA), task(Assumption("cedar", "missing"))), "lead", "edit")
    assert not cedars.held


def test_any_other_value_takes_in_what_is_missing() -> None:
    """A bot has no role, and an unknown user none that anybody knows."""
    made = program('@id("bots") permit (principal is Bot, action == Action::"run", resource);' + RULES, SCHEMA)
    found = matrix(made, task(COMPLETE))
    assert table(found)[OTHER] == "never depends+ depends"
    bot = cell(found, OTHER, "run").permitted
    assert bot is not None
    assert bot.request["principal"].startswith("Bot::")
    assert table(found)["lead"] == "always depends+ never"


# ---- rows ------------------------------------------------------------------------------------------------------------


def rows(text: str, attribute: str, *given: str) -> tuple[str, ...]:
    return matrix(program(text, SCHEMA), task(COMPLETE), attribute=attribute, values=given).values


@pytest.mark.parametrize(
    ("attribute", "condition", "expected"),
    [
        ("principal.role", 'principal.role != "x" || "y" == principal.role', ("lead", "clerk", "x", "y", OTHER)),
        ("principal.role", '["x", "lead"].contains(principal.role)', ("lead", "clerk", "x", OTHER)),
        ("principal.role", 'principal.role like "x*" || resource.kind == "z"', ("lead", "clerk", OTHER)),
        ("principal.level", "principal.level == 3 || principal.level == -4 || principal.level > 9", ("3", "-4", OTHER)),
        ("principal.on", "principal.on", ("true", "false", OTHER)),  # a bot has none
        ("principal.rank", 'principal.rank == Level::"low"', ('Level::"low"', 'Level::"high"', OTHER)),
        ("principal.score", 'principal.score == decimal("0.5")', ("0.5", OTHER)),
        (
            "principal.skills",
            'principal.skills.contains("a") || principal.skills.containsAny(["b", "a"])',
            ("a", "b", OTHER),
        ),
        ("principal.boss", 'principal has boss && principal.boss == User::"a"', ('User::"a"', OTHER)),
        ("principal.home.town", 'principal.home.town == "here"', ("here", OTHER)),
        ("resource.kind", 'resource.kind == "x"', ("x", OTHER)),
        ("context.why", 'context has why && context.why == "x"', ("x", OTHER)),
        ("principal", 'principal == User::"a"', ('User::"a"', OTHER)),
        ("principal in", 'principal in Team::"a" || principal in [Team::"b"]', ('Team::"a"', 'Team::"b"', OTHER)),
        ("principal in", 'principal is User in Team::"a"', ('Team::"a"', OTHER)),
    ],
)
def test_rows_are_what_schema_and_rules_name(attribute: str, condition: str, expected: tuple[str, ...]) -> None:
    text = f'permit (principal is User, action == Action::"view", resource) when {{ {condition} }};'
    assert rows(text, attribute) == expected


def test_scopes_name_values_too() -> None:
    text = 'permit (principal == User::"a", action, resource); permit (principal in Team::"b", action, resource);'
    assert rows(text, "principal") == ('User::"a"', OTHER)
    assert rows(text, "principal in") == ('Team::"b"', OTHER)


def test_what_is_said_of_approvers_names_no_row() -> None:
    text = (
        'procedure it { on action == Action::"view" when principal.role == "asks" '
        'require approval from principal where principal is User && principal.role == "approves" }'
    )
    assert rows(text, "principal.role") == ("lead", "clerk", "asks", OTHER)


def test_given_values_come_after_those_that_are_named() -> None:
    text = 'permit (principal is User, action, resource) when { principal.role == "x" };'
    assert rows(text, "principal.role", "y", "lead") == ("lead", "clerk", "x", "y", OTHER)
    assert rows("", "principal.level", "7") == ("7", OTHER)


@pytest.mark.parametrize("role", [OTHER, "(ANY other) ", '"(any other)"', "(any\u00a0other)", "(any\u200bother)"])
def test_a_value_that_reads_like_any_other_hides_nobody(role: str) -> None:
    written = role.replace('"', '\\"')
    rule = 'permit (principal is User, action == Action::"view", resource) when { principal.role == "%s" };'
    memory = Kept()
    found = matrix(program(rule % written, SCHEMA), task(COMPLETE, memory=memory))
    *_, named, rest = found.values
    assert (named, rest) == (f'"{role}"', OTHER)
    assert table(found)[named].startswith("always")
    assert table(found)[rest] == "never never never"
    assert matrix(program(rule % written, SCHEMA), task(COMPLETE, memory=memory)) == found


@given(st.lists(st.text('(any other)"Y\u00a0\u200b', max_size=14), unique=True))
def test_no_two_rows_are_called_the_same(values: list[str]) -> None:
    called = [row_name(value) for value in values]
    assert len(set(called)) == len(called)
    assert OTHER not in called


def test_no_other_value_where_the_named_ones_are_all() -> None:
    schema = "entity U; entity D; action go appliesTo { principal: [U], resource: [D], context: { on: Bool } };"
    made = program("permit (principal, action, resource) when { context.on };", schema)
    found = matrix(made, task(), attribute="context.on")
    assert table(found) == {"true": "always", "false": "never"}


@pytest.mark.parametrize(
    ("attribute", "given", "code", "words", "help"),
    [
        ("principal.rle", (), "unknown_attribute", "`principal.rle`", "`role`"),
        ("context.x", (), "unknown_attribute", "`context.x`", "`why`"),
        ("principal.home", (), "unknown_attribute", "record", "attributes"),
        ("action", (), "unknown_attribute", "`action`", "`principal.role`"),
        ("context", (), "unknown_attribute", "`context`", "`principal.role`"),
        ("role", (), "unknown_attribute", "`role`", "`principal.role`"),
        ("principal.role ==", (), "unknown_attribute", "`principal.role ==`", "`principal.role`"),
        ("", (), "unknown_attribute", "``", "`principal.role`"),
        ("principal.level", ("x",), "not_a_value", "`x`", "Long"),
        ("principal.level", ("9223372036854775808",), "not_a_value", "`9223372036854775808`", "Long"),
        ("principal.on", ("yes",), "not_a_value", "`yes`", "Bool"),
        ("principal.score", ("0.12345",), "not_a_value", "`0.12345`", "decimal"),
        ("principal.boss", ("ana",), "not_a_value", "`ana`", 'Type::"id"'),
        ("principal in", ("a",), "not_a_value", "`a`", 'Type::"id"'),
    ],
)
def test_what_is_no_attribute_or_no_value_is_refused(
    attribute: str, given: tuple[str, ...], code: str, words: str, help: str
) -> None:
    with pytest.raises(NoRowsError) as caught:
        rows("permit (principal, action, resource);", attribute, *given)
    assert caught.value.code == code
    assert words in caught.value.message
    assert help in caught.value.help


# ---- the rest --------------------------------------------------------------------------------------------------------


def test_unsupported_cells_are_called_that() -> None:
    schema = """
    entity U = { role: String }; entity D;
    action go, stay appliesTo { principal: [U], resource: [D], context: { boxes: Set<{ a: Long }> } };
    """
    made = program(
        'permit (principal, action == Action::"go", resource) when { context.boxes.contains({a: 1}) };'
        'permit (principal, action == Action::"stay", resource) when { principal.role == "a" };',
        schema,
    )
    found = matrix(made, task(COMPLETE))
    assert table(found) == {"a": "unsupported always", OTHER: "unsupported never"}
    assert "not supported" in cell(found, "a", "go").why


def test_what_is_open_for_one_kind_of_principal_is_open() -> None:
    schema = """
    entity A = { role: String }; entity B = { role: String }; entity D;
    action go appliesTo { principal: [A, B], resource: [D], context: { boxes: Set<{ a: Long }> } };
    """
    made = program("permit (principal is A, action, resource) when { context.boxes.contains({a: 1}) };", schema)
    assert table(matrix(made, task(COMPLETE), values=["x"])) == {"x": "unsupported", OTHER: "unsupported"}


def test_groups_are_rows_by_membership() -> None:
    made = program('permit (principal in Team::"a", action == Action::"view", resource);', SCHEMA)
    found = matrix(made, task(COMPLETE), attribute="principal in", values=['Team::"b"'])
    assert table(found) == {
        'Team::"a"': "always never never",
        'Team::"b"': "depends never never",  # one may be in both
        OTHER: "never never never",  # through no team either
    }


def test_a_cell_is_remembered_by_all_that_it_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Kept()
    made = program(RULES, SCHEMA)
    first = matrix(made, task(memory=memory))
    asked: list[object] = []
    from workbench.analysis.search import Search

    find = Search.find
    monkeypatch.setattr(Search, "find", lambda self, *a, **k: asked.append(self) or find(self, *a, **k))
    assert matrix(made, task(memory=memory)) == first
    assert not asked
    more = matrix(made, task(memory=memory), values=["extra"])
    assert table(more) == {**table(first), "extra": table(first)[OTHER]}
    edited = program(RULES.replace('"draft"', '"final"'), SCHEMA)
    asked.clear()
    assert table(matrix(edited, task(memory=memory))) == table(first)
    touched = {each.space.environment.action[1] for each in asked}  # type: ignore[attr-defined]
    assert touched <= {"edit"}


def test_it_tells_how_far_it_is_and_stops() -> None:
    told: list[Progress] = []
    matrix(program(RULES, SCHEMA), task(tell=told.append))
    assert [each.done for each in told] == list(range(12))
    assert {each.total for each in told} == {12}
    stop = Stop()

    def tell(progress: Progress) -> None:
        if progress.done == 3:
            stop.set()

    with pytest.raises(Stopped):
        matrix(program(RULES, SCHEMA), task(tell=tell, stop=stop))


def test_only_a_checked_program_has_a_matrix() -> None:
    with pytest.raises(ValueError, match="schema"):
        matrix(Program((), None), task())
