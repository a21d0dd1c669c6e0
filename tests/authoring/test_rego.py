"""`import rego`: what is converted decides as a real Rego engine does; what is not is refused with its place."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.authoring.rego_judge import Judge
from tests.authoring.rego_programs import programs
from workbench.authoring.rego.convert import Conversion, Options, convert
from workbench.authoring.rego.mapping import MappingError, read_mapping
from workbench.authoring.rego.reading import RegoSyntaxError, read_rego
from workbench.authoring.rego.refusals import RefusalError
from workbench.language.check import check
from workbench.language.schema_reader import read_schema

FILES = sorted((Path(__file__).parent / "data" / "rego").glob("*.rego"))
QUIET = {
    "deadline": None,
    "database": None,
    "derandomize": True,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.generate],
}


def of(body: str, **options: object) -> Conversion:
    """The conversion of one `allow` with ``body``."""
    return convert(f"package p\nallow if {{\n{body}\n}}\n", None, Options(**options))  # type: ignore[arg-type]


def refusals(conversion: Conversion) -> list[tuple[str, int, int]]:
    return [(one.code, one.line, one.column) for one in conversion.refused]


# ---- deciding as Rego does -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_decides_as_rego_does(file: Path) -> None:
    """Both outcomes have to come up, or the requests would not have tried the rules."""
    text = file.read_text(encoding="utf-8")
    otherwise = not re.search(r"^(default )?allow\b", text, re.M)
    conversion = convert(text, None, Options(otherwise_allow=otherwise))
    assert conversion.whole, conversion.refused
    judge = Judge(text, conversion)
    chance, seen = Random(file.stem), Counter[bool]()
    for _ in range(150):
        asked = judge.request(chance)
        expected = judge.rego(asked, otherwise=otherwise)
        seen[expected] += 1
        assert judge.ours(asked) == expected, asked
    assert set(seen) == {True, False}


def test_there_are_enough_files() -> None:
    assert len(FILES) >= 25


@settings(max_examples=22, **QUIET)  # type: ignore[arg-type]
@given(programs(), st.integers(0, 2**32).map(Random))
def test_programs_by_chance_decide_as_rego_does(text: str, chance: Random) -> None:
    conversion = convert(text)
    judge = Judge(text, conversion)
    for _ in range(12):
        asked = judge.request(chance)
        ours, rego = judge.ours(asked), judge.rego(asked)
        assert ours == rego if conversion.whole else rego or not ours, (text, conversion.cedar_plus, asked.input)


@settings(max_examples=12, **QUIET)  # type: ignore[arg-type]
@given(programs(odd=True), st.integers(0, 2**32).map(Random))
def test_what_is_partly_converted_allows_no_more_than_rego(text: str, chance: Random) -> None:
    conversion = convert(text)
    judge = Judge(text, conversion)
    for _ in range(12):
        asked = judge.request(chance)
        assert judge.rego(asked) or not judge.ours(asked), (text, conversion.cedar_plus, asked.input)


def test_a_denial_that_is_not_converted_denies_at_least_as_much() -> None:
    """What can be said of it is still said; only what cannot falls away."""
    text = (
        "package p\ndefault allow := true\n"
        'deny contains "no" if {\n  input.action == "drop"\n  lower(input.name) == "x"\n}\n'
        'deny contains "never" if input.action == "read"\n'
    )
    conversion = convert(text)
    assert refusals(conversion) == [("function", 5, 3)]
    assert conversion.refused[0].stand_in == ("deny-3",)
    assert 'forbid (principal, action == Action::"drop", resource);' in conversion.cedar_plus


def test_a_permit_that_is_not_converted_is_left_out() -> None:
    conversion = convert('package p\nallow if lower(input.name) == "x"\nallow if input.flag\n')
    assert [(one.name, one.stand_in) for one in conversion.refused] == [("allow", ())]
    assert conversion.cedar_plus.count("permit") == 1


# ---- what is refused, and where ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "code", "column"),
    [
        ("regex.match(`^a`, input.x)", "function", 1),
        ("count(input.xs) > 3", "count", 1),
        ("input.a / 2 == 1", "arithmetic", 1),
        ("input.a == null", "null", 12),
        ("input.list[0] == 1", "index", 12),
        ("input.names[input.key] == 1", "index", 13),
        ("x := [y | some y in input.xs]; count(x) > 0", "comprehension", 6),
        ("input.a == 1 with input.a as 1", "with", 1),
        ("some x in input.xs; x > 3", "iteration", 21),
        ("not input.xs[_] == 1", "negation", 5),
        ("data.roles[input.role]", "data", 1),
        ("data.lib.ok(input.a)", "data", 1),
        ("unknown == 1", "unsafe", 1),
        ('input.tags == {"a"}', "whole_collection", 1),
        ('input.name < "m"', "order_of_texts", 1),
        ("startswith(input.a, input.b)", "pattern", 1),
        ("time.now_ns() > 3", "function", 1),
        ("{1, 2} & input.xs == set()", "set_operation", 1),
        ("input.a == 99999999999999999999", "number", 1),
        ("input.a > 1; input.a == 1.23456", "number", 14),
        ('input.a == 1; input.a == "x"', "kinds", 15),
        ("[x, y] := input.pair; x == y", "pattern_assignment", 1),
    ],
)
def test_a_refusal_names_the_construct_and_its_place(body: str, code: str, column: int) -> None:
    conversion = of(body)
    assert refusals(conversion) == [(code, 3, column)]
    assert conversion.refused[0].message
    assert conversion.refused[0].help
    assert "permit" not in conversion.cedar_plus


def test_else_recursion_and_rules_that_could_clash_are_refused() -> None:
    for text, code in (
        ("allow := true if { input.a == 1 } else := false", "else"),
        ("allow if h\nh if not h", "recursion"),
        ("allow if limit > 1\nlimit := 1 if input.a\nlimit := 2 if input.b", "conflict"),
        ("allow if limit > 1\nlimit := x if some x in {1, 2}", "conflict"),
        ("allow := input.a == 1\nallow := input.b == 1", "conflict"),
        ('allow if "x" in keyed\nkeyed[x] { x := "x" }', "keyed_rule"),
        ("allow contains x if x := 1", "rule_kind"),
    ):
        found = convert(f"package p\n{text}\n")
        assert {one.code for one in found.refused} == {code}, text


def test_a_text_without_a_decision_is_refused() -> None:
    with pytest.raises(RefusalError) as caught:
        convert("package p\nadmin if input.a\n")
    assert caught.value.code == "no_entry"
    assert "`admin`" in caught.value.help
    assert convert("package p\nadmin if input.a\n", None, Options(allow="admin")).whole


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("package p\nallow {", 2, 8),
        ("package p\nallow { input.x == 1 input.y }", 2, 22),
        ("allow { x = @ }", 1, 13),
        ("allow if { input.x ==\n}", 2, 1),
        ('x := "\\q"', 1, 6),
        ("allow if " + "(" * 100 + "1" + ")" * 100, 1, 74),
        ("allow if { some x > 1 }", 1, 19),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(text: str, line: int, column: int) -> None:
    with pytest.raises(RegoSyntaxError) as caught:
        read_rego(text)
    assert caught.value.place == (line, column)


@settings(max_examples=150, **QUIET)  # type: ignore[arg-type]
@given(st.lists(st.sampled_from([
    "allow", "deny", " if ", "{", "}", "[", "]", "(", ")", "input", ".a", "==", ":=", "=", "1", '"x"', "x", "_", "not ",
    "some ", " in ", "every ", "\n", ";", "|", ",", ":", "contains", "default ", "true", "-", "count", "else ", "with ",
]), max_size=25).map("".join))  # fmt: skip
def test_any_text_is_converted_or_refused(text: str) -> None:
    """No text of Rego's own tokens gets anything but a conversion that checks, or a refusal."""
    try:
        found = convert(text)
    except (RegoSyntaxError, RefusalError):
        return
    assert check(found.cedar_plus, found.schema).program is not None


@pytest.mark.parametrize("count", [40, 200])
def test_a_chain_that_is_too_long_for_cedar_is_refused(count: int) -> None:
    found = of(" + ".join(["input.a"] * count) + " > 1")
    assert found.whole == (count == 40)
    assert check(found.cedar_plus, found.schema).program is not None


def test_a_chain_without_end_is_no_crash() -> None:
    with pytest.raises(RegoSyntaxError, match="nested too deep"):
        of(" + ".join(["input.a"] * 3000) + " > 1")


# ---- undefined is not false ----------------------------------------------------------------------------------------


def test_a_reading_stands_behind_a_test_that_it_is_there() -> None:
    assert "when { context has a && context.a == 1 }" in of("input.a == 1").cedar_plus
    assert "when { !(context has a && context.a == 1) }" in of("not input.a == 1").cedar_plus
    assert "when { context has a && context.a != 1 }" in of("input.a != 1").cedar_plus


def test_what_the_schema_requires_needs_no_test() -> None:
    schema = read_schema(
        "entity U = { role: String, boss?: U }; entity R;\n"
        "action go appliesTo { principal: [U], resource: [R], context: { n: Long, m?: Long } };"
    )
    text = 'package p\nallow if {\ninput.user.role == "x"\ninput.n > 1\ninput.m > 1\n}'
    assert " has " not in convert(text.replace("input.m > 1\n", ""), schema).cedar_plus
    assert "context has m && context.m > 1" in convert(text, schema).cedar_plus
    # the boss is an entity of its own, and may be missing though whoever names it is there
    through = convert('package p\nallow if input.user.boss.role == "x"', schema).cedar_plus
    assert 'principal has boss.role && principal.boss.role == "x"' in through


def test_a_negation_in_every_is_about_each_element() -> None:
    """Said here, because the engine beside us takes every negation in an `every` for true."""
    assert "!context.xs.contains(1)" in of("every x in input.xs { not x == 1 }").cedar_plus
    found = of('every x in input.xs { not x in {"a", "b"} }')
    assert '!["a", "b"].containsAny(context.xs)' in found.cedar_plus


# ---- under a schema ------------------------------------------------------------------------------------------------

SHOP = """entity Agent = { role: String, limit?: Long };
entity Order = { tags: Set<String>, owner: Agent };
entity Note;
action read appliesTo { principal: [Agent], resource: [Order, Note], context: {} };
action refund appliesTo { principal: [Agent], resource: [Order], context: { amount: Long } };
action close appliesTo { principal: [Agent], resource: [Order], context: { amount: Long, why?: String } };
"""


def shop(text: str, *maps: str) -> Conversion:
    return convert(f"package p\n{text}\n", read_schema(SHOP), Options(read_mapping(maps)))


def test_a_rule_holds_for_the_actions_that_have_what_it_reads() -> None:
    found = shop("allow if input.amount < 5")
    assert 'permit (principal, action in [Action::"refund", Action::"close"], resource)' in found.cedar_plus
    # where there is no amount, none is too large
    found = shop("allow if not input.amount > 5")
    assert 'permit (principal, action == Action::"read", resource);' in found.cedar_plus
    assert "when { context.amount <= 5 }" in found.cedar_plus


def test_an_action_that_comes_later_is_not_permitted_by_a_rule_about_others() -> None:
    """A rule that lists every action there is still lists them; one that asks for none is about any."""
    text = 'package p\nallow if { input.action in {"read", "write"}; input.user.ok }\nallow if input.user.boss'
    found = convert(text).cedar_plus
    assert 'permit (principal, action in [Action::"read", Action::"write"], resource)' in found
    assert "permit (principal, action, resource)\nwhen { principal has boss && principal.boss };" in found
    assert (
        'permit (principal, action in [Action::"refund", Action::"close"], resource);'
        in shop('allow if input.action != "read"').cedar_plus
    )


def test_an_action_that_no_rule_names_is_in_the_schema_that_is_made() -> None:
    found = convert('package p\nallow if { input.action != "drop"; input.user.ok }')
    assert 'permit (principal, action == Action::"other", resource)' in found.cedar_plus
    assert "action drop, other appliesTo" in found.schema
    assert any("`other` stands for any action" in line for line in found.assumptions)


def test_an_action_that_comes_later_is_denied_by_a_rule_about_all_others() -> None:
    found = shop('deny contains "x" if input.action != "read"')
    assert 'forbid (principal, action, resource)\nwhen { action != Action::"read" };' in found.cedar_plus
    found = shop('deny contains "x" if { not input.action in {"read", "close"}; input.user.role == "x" }')
    assert '!(action in [Action::"read", Action::"close"]) && principal.role == "x"' in found.cedar_plus


def test_a_rule_holds_for_the_types_that_have_what_it_reads() -> None:
    found = shop('allow if { input.action == "read"; "x" in input.resource.tags }')
    assert 'permit (principal is Agent, action == Action::"read", resource is Order)' in found.cedar_plus
    assert 'when { resource.tags.contains("x") }' in found.cedar_plus


def test_ids_are_entities() -> None:
    found = shop('allow if { input.user == "ann"; input.resource.owner == input.user }')
    assert 'principal == Agent::"ann"' in found.cedar_plus
    assert "resource.owner == principal" in found.cedar_plus
    found = shop('allow if input.user in {"ann", "bob"}')
    assert '[Agent::"ann", Agent::"bob"].contains(principal)' in found.cedar_plus
    assert refusals(shop('allow if startswith(input.user, "a")')) == [("pattern", 2, 10)]


def test_what_the_schema_lacks_is_refused_or_said() -> None:
    assert refusals(shop('allow if input.user.rol == "x"')) == [("no_such_input", 2, 1)]
    assert refusals(shop('allow if input.amount == "x"')) == [("kinds", 2, 10)]
    found = shop('allow if input.action == "raed"')
    assert found.whole
    assert "permit" not in found.cedar_plus
    assert any("can never hold" in note for note in found.notes)


def test_one_thing_is_not_both_an_id_and_a_record() -> None:
    found = shop('allow if input.user == "ann"\nallow if input.user.role == "x"')
    assert refusals(found) == [("record", 2, 10)]
    named = shop('allow if input.user.id == "ann"\nallow if input.user.role == "x"', "input.user.id=principal")
    assert named.whole
    assert 'principal == Agent::"ann"' in named.cedar_plus


def test_a_mapping_moves_a_part_of_the_input() -> None:
    maps = ("input.caller=principal", "input.caller.kind=principal.role", "input.env.sum=context.amount")
    found = shop('allow if { input.caller.kind == "x"; input.env.sum < 3 }', *maps)
    assert found.whole
    assert 'principal.role == "x" && context.amount < 3' in found.cedar_plus
    for line in ("user=principal", "input.user", "input.user=nobody", "input=principal", "input.a=action.id", ""):
        with pytest.raises(MappingError):
            read_mapping([line])
    with pytest.raises(MappingError):
        read_mapping(["input.a=principal", "input.a=resource"])


@pytest.mark.parametrize("name", ["support-swarm", "finance-operations", "coding-agent", "incident-response"])
def test_the_shipped_schemas_are_enough_to_convert_by(name: str) -> None:
    schema = read_schema((Path(__file__).parents[2] / "samples" / "schemas" / f"{name}.cedarschema").read_text())
    actions = [action.id for action in schema.actions.values() if action.principals][:3]
    listed = ", ".join(f'"{action}"' for action in actions)
    found = convert(f"package p\ndefault allow := false\nallow if input.action in {{{listed}}}", schema)
    assert found.whole
    for action in actions:
        assert f'"{action}"' in found.cedar_plus


# ---- both syntaxes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("default allow = false\nallow { input.a == 1 }", "default allow := false\nallow if { input.a == 1 }"),
        ("allow { input.a == 1\n not input.b }", "allow if {\n input.a == 1 # one\n\n not input.b;\n}"),
        ("allow = true { input.a }", "allow if input.a"),
        ("allow { input.xs[_] == 1 }", "allow if { some x in input.xs; x == 1 }"),
        ("allow { some i; input.xs[i] == 1 }", "allow if 1 in input.xs"),
        ("allow { x := {1, 2}; x[input.a] }", "allow if input.a in {1,\n 2,\n}"),
        ("allow { input.a = 1 }", "allow if 1 == input.a"),
        ('allow { input["a"].b == `x` }', 'allow if input.a.b == "x"'),
        ('import input.user as who\nallow { who.role == "x" }', 'allow if input.user.role == "x"'),
    ],
)
def test_both_syntaxes_come_out_alike(old: str, new: str) -> None:
    first, second = convert(f"package p\n{old}\n"), convert(f"package p\nimport rego.v1\n{new}\n")
    assert first.whole
    assert second.whole
    strip = re.compile(r'@id\("[^"]*"\)\n')
    assert strip.sub("", first.cedar_plus) == strip.sub("", second.cedar_plus)


def test_what_is_assumed_is_said() -> None:
    text = "package p\nallow if { input.a + 1 > 2; input.user.vip }\nspare := 1\n"
    found = convert(text)
    said = "\n".join((*found.assumptions, *found.notes))
    assert "`input.user` is the principal" in said
    assert "`input.a` is `context.a`" in said
    assert "beyond 64 bits" in said
    assert "`principal.vip` is taken for a flag" in said
    assert "`spare` does not decide" in said
    assert found.inferred
    assert "vip?: Bool" in found.schema


def test_a_file_that_only_denies_allows_nothing_unless_told() -> None:
    text = 'package p\ndeny contains "x" if input.a == 1\n'
    assert "permit" not in convert(text).cedar_plus
    assert any("--otherwise allow" in line for line in convert(text).assumptions)
    assert "permit (principal, action, resource);" in convert(text, None, Options(otherwise_allow=True)).cedar_plus


def test_text_of_the_file_cannot_leave_its_quotes() -> None:
    hostile = '\\"); permit (principal, action, resource); //\\u001b[31m\\n'
    found = convert(f'package p\ndeny contains "{hostile}" if input.a == "{hostile}"\n')
    result = check(found.cedar_plus, found.schema)
    assert result.program is not None
    assert [rule.kind for rule in result.program.rules] == ["forbid"]
    assert "\x1b" not in found.cedar_plus
    refused = convert('package p\ndeny contains "x" if `\x1b[31m\nallow` < input.a\n')
    assert "\x1b" not in refused.cedar_plus
    assert check(refused.cedar_plus, refused.schema).program is not None
