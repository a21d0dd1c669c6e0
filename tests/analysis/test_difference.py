"""The semantic difference of two programs: what changes is shown, what does not is proved, nothing is passed over."""

from __future__ import annotations

from typing import Any

import pytest

from tests.analysis.small import SCHEMA, decided, program
from workbench.analysis import difference as module
from workbench.analysis.assumptions import Assumption
from workbench.analysis.difference import MOST_WITNESSES, difference
from workbench.analysis.results import CHANGES, Change, Difference
from workbench.analysis.solver import Question
from workbench.analysis.stop import Progress, Stop, Stopped
from workbench.analysis.task import Task

BASE = """
@id("supervisors") permit (principal is Agent, action in Action::"group", resource)
when { principal.role == "supervisor" };
@id("no-secrets") forbid (principal, action == Action::"read", resource is Doc)
when { resource.tags.contains("secret") };
@id("small") permit (principal is Agent, action == Action::"write", resource) when { context.amount < 100 };
"""
BECOMES: dict[Change, str] = {"permitted": "allow", "denied": "deny", "held": "hold"}


def changed(found: Difference) -> dict[str, dict[Change, str]]:
    """Per action: which changes are not proved absent."""
    return {
        f"{each.environment.principal} {each.environment.action[1]}": {
            change: verdict for change, verdict in each.verdicts.items() if verdict != "holds"
        }
        for each in found.environments
        if not each.unchanged
    }


def confirmed(found: Difference, before: str, after: str, schema: str = SCHEMA) -> None:
    """Every witness does on a fresh engine what it is shown for."""
    old, new = program(before, schema), program(after, schema)
    for _, each in found.witnesses:
        request, entities = each.witness.request, each.witness.entities
        assert decided(new, request, entities) == BECOMES[each.change] == each.witness.after.outcome
        assert each.witness.before is not None
        assert decided(old, request, entities) == each.witness.before.outcome != each.witness.after.outcome


def test_the_same_text_is_proved_the_same_without_a_question(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> Any:
        raise AssertionError("nothing had to be asked")

    monkeypatch.setattr(Question, "check", never)
    found = difference(program(BASE), program(BASE), Task())
    assert found.unchanged
    assert not any(each.touched for each in found.environments)


def test_a_rule_written_otherwise_is_proved_to_change_nothing() -> None:
    after = BASE.replace("context.amount < 100", "!(context.amount >= 100)")
    found = difference(program(BASE), program(after), Task())
    assert found.unchanged
    assert [each.environment.action[1] for each in found.environments if each.touched] == ["write"]


def test_a_wider_permit_newly_permits_and_nothing_else() -> None:
    after = BASE.replace("context.amount < 100", "context.amount < 200")
    found = difference(program(BASE), program(after), Task())
    assert changed(found) == {"Agent write": {"permitted": "fails"}}
    ((_, only),) = found.witnesses
    assert only.rules == ("small",)
    assert 100 <= only.witness.request["context"]["amount"] < 200
    assert only.witness.after.reasons == ("small",)
    confirmed(found, BASE, after)


def test_a_forbid_newly_denies_only_what_was_permitted() -> None:
    after = BASE + '@id("stop") forbid (principal, action == Action::"write", resource) when { context.amount > 150 };'
    found = difference(program(BASE), program(after), Task())
    assert changed(found) == {"Agent write": {"denied": "fails"}}
    ((_, only),) = found.witnesses
    roles = {row["uid"]["id"]: row["attrs"]["role"] for row in only.witness.entities if row["uid"]["type"] == "Agent"}
    assert set(roles.values()) == {"supervisor"}  # whoever else writes more than 100 was denied before
    confirmed(found, BASE, after)


def test_a_procedure_newly_holds_what_was_permitted_and_not_what_was_denied() -> None:
    after = BASE + (
        'procedure ask { on action == Action::"read" when amount > 5 '
        "require approval from principal where principal is Agent with timeout 1 hour on timeout deny }"
    )
    found = difference(program(BASE), program(after), Task())
    assert changed(found) == {"Agent read": {"held": "fails"}}
    confirmed(found, BASE, after)
    plain = difference(program(BASE), program(after), Task(Assumption("cedar")))
    assert plain.unchanged  # Cedar knows no procedures


def test_each_rule_that_explains_a_change_has_a_witness_of_its_own() -> None:
    added = [
        f'@id("p{n}") permit (principal is Agent, action == Action::"note", resource == Note::"n{n}");'
        for n in range(5)
    ]
    found = difference(program(BASE), program(BASE + "\n".join(added)), Task())
    assert {each.rules for _, each in found.witnesses} == {(f"p{n}",) for n in range(5)}
    (here,) = [each for each in found.environments if each.witnesses]
    assert here.exhausted == {"permitted": True}


def test_a_witness_is_not_tidied_into_one_that_was_shown_already() -> None:
    """The second reason (an overflow) is the rarer one; made plain, its request would show the first reason again."""
    added = (
        '@id("few") forbid (principal, action == Action::"write", resource) when { context.amount < 10 };'
        '@id("errs") forbid (principal, action == Action::"write", resource) when { context.amount * 2 == 41 };'
    )
    before = 'permit (principal, action == Action::"write", resource);'
    found = difference(program(before), program(before + added), Task())
    assert {each.rules for _, each in found.witnesses} == {("few",), ("errs",)}
    confirmed(found, before, before + added)
    (here,) = [each for each in found.environments if each.witnesses]
    assert here.exhausted == {"denied": True}


def test_witnesses_are_limited_and_what_is_left_out_is_not_called_exhausted() -> None:
    many = range(MOST_WITNESSES + 4)
    added = [f'permit (principal is Agent, action == Action::"note", resource == Note::"n{n}");' for n in many]
    found = difference(program(BASE), program(BASE + "\n".join(added)), Task())
    assert len(found.witnesses) == MOST_WITNESSES
    (here,) = [each for each in found.environments if each.witnesses]
    assert here.exhausted == {"permitted": False}


def test_what_is_newly_held_is_explained_by_the_permits_that_let_it_through() -> None:
    ask = (
        'procedure ask { on action == Action::"note" '
        "require approval from principal where principal is Agent with timeout 1 hour on timeout deny }"
    )
    before = ask + "".join(
        f'@id("p{n}") permit (principal is Agent, action == Action::"note", resource == Note::"n{n}") '
        "when { principal.trust > 9 };"
        for n in range(2)
    )
    found = difference(program(before), program(before.replace("> 9", "> 5")), Task())
    assert {each.rules for _, each in found.witnesses} == {("p0",), ("p1",)}
    (here,) = [each for each in found.environments if each.witnesses]
    assert here.exhausted == {"held": True}


def test_attributes_with_strange_names_are_told_apart_across_schemas() -> None:
    schema = SCHEMA.replace("trust: Long", '"boss.trust": Long, trust: Long, "x y"?: Long')
    changed_type = schema.replace('"x y"?: Long', '"x y": String').replace(
        '"boss.trust": Long', '"boss.trust": decimal'
    )
    text = 'permit (principal is Agent, action == Action::"read", resource) when { principal["boss.trust"] > 3 };'
    after = 'permit (principal is Agent, action == Action::"read", resource) when { principal.trust > 3 };'
    found = difference(program(text, schema), program(after, changed_type), Task())
    (here,) = [each for each in found.environments if not each.unchanged]
    assert "boss.trust" in here.why["permitted"]


def test_fail_closed_and_missing_data_make_a_difference_that_cedar_does_not_have() -> None:
    after = BASE + (
        '@id("odd") forbid (principal is Agent, action == Action::"note", resource) '
        'when { principal.trust < 0 && principal.role == "nobody at all" && principal.role == "somebody" };'
    )
    before = BASE + 'permit (principal is Agent, action == Action::"note", resource);'
    after += 'permit (principal is Agent, action == Action::"note", resource);'
    ours = difference(program(before), program(after), Task())
    assert changed(ours) == {"Agent note": {"denied": "fails"}}  # the forbid errs where the agent is unknown
    ((_, only),) = ours.witnesses
    assert only.witness.after.errors == ("odd",)
    assert only.rules == ("odd",)
    assert difference(program(before), program(after), Task(Assumption("cedar+", "complete"))).unchanged
    assert difference(program(before), program(after), Task(Assumption("cedar"))).unchanged


def test_under_complete_data_entities_that_other_rules_name_exist() -> None:
    """A forbid that reads `Agent::"zed"` must not err, and so deny, because the question never heard of it."""
    before = BASE + 'forbid (principal, action == Action::"write", resource) when { Agent::"zed".trust > 9 };'
    after = before.replace("context.amount < 100", "context.amount < 200")
    found = difference(program(before), program(after), Task(Assumption("cedar+", "complete")))
    assert changed(found) == {"Agent write": {"permitted": "fails"}}
    confirmed(found, before, after)


def test_an_observed_rule_changes_nothing_until_it_is_enforced() -> None:
    observed = BASE + '@stage("observe") forbid (principal, action == Action::"write", resource);'
    assert difference(program(BASE), program(observed), Task()).unchanged
    enforced = BASE + 'forbid (principal, action == Action::"write", resource);'
    assert changed(difference(program(observed), program(enforced), Task())) == {"Agent write": {"denied": "fails"}}


def test_preferences_are_named_and_decide_nothing() -> None:
    after = BASE + '@id("nice") prefer score(2.0) (principal, action == Action::"read", resource);'
    found = difference(program(BASE), program(after), Task())
    assert found.unchanged
    assert found.scores == ("nice",)


def test_what_cannot_be_expressed_is_said_and_not_proved() -> None:
    schema = SCHEMA.replace("context: {}", "context: { deep: Set<Set<Long>> }")
    after = BASE + 'permit (principal, action == Action::"note", resource) when { context.deep.contains([1]) };'
    found = difference(program(BASE, schema), program(after, schema), Task())
    for each in found.environments:
        if each.environment.action[1] == "note":
            assert set(each.verdicts.values()) == {"unsupported"}
            assert all("sets of sets" in each.why[change] for change in CHANGES)
            assert not each.unchanged
    assert not found.unchanged
    assert found.verdict("permitted") == "unsupported"


# ---- a change of the schema ------------------------------------------------------------------------------------------


def test_an_attribute_that_only_the_new_schema_has() -> None:
    schema = SCHEMA.replace("trust: Long", "trust: Long, level: Long")
    after = BASE.replace("context.amount < 100", "context.amount < 100 && principal.level > 3")
    found = difference(program(BASE), program(after, schema), Task())
    assert changed(found) == {"Agent write": {"denied": "fails"}}
    assert any("`Agent.level`" in said for said in found.only_after)
    ((_, only),) = found.witnesses
    assert only.witness.before is not None
    assert (only.witness.before.outcome, only.witness.after.outcome) == ("allow", "deny")


def test_an_attribute_that_becomes_required_is_compared_where_it_is_there() -> None:
    schema = SCHEMA.replace("why?: String", "why: String")
    text = 'permit (principal is Agent, action == Action::"read", resource) when { context has why };'
    after = 'permit (principal is Agent, action == Action::"read", resource);'
    now = difference(program(text), program(after, schema), Task())
    assert now.unchanged  # whoever gave no reason was denied, and is
    lax = difference(program(after, schema), program(after), Task())
    assert changed(lax) == {"Agent read": {"permitted": "fails"}}  # whoever gives none was not taken at all
    ((_, only),) = lax.witnesses
    assert "why" not in only.witness.request["context"]
    assert only.witness.before is not None
    assert only.witness.before.code == "invalid_request"
    optional = difference(program(text), program(after), Task())
    assert changed(optional) == {"Agent read": {"permitted": "fails"}}


def test_an_entity_type_called_context_is_not_taken_for_the_context() -> None:
    schema = (
        "entity U; entity D; entity context = {{ x{0}: Long }};"
        "action go appliesTo {{ principal: [U], resource: [D], context: {{ x{1}: Long }} }};"
    )
    allows = "permit (principal, action, resource);"
    denies = allows + "forbid (principal, action, resource) unless { context has x };"
    before, after = schema.format("?", "?"), schema.format("", "?")
    found = difference(program(allows, before), program(denies, after), Task())
    assert changed(found) == {"U go": {"denied": "fails"}}


def test_an_attribute_of_another_type_is_passed_over_only_while_nothing_reads_it() -> None:
    schema = SCHEMA.replace("amount: Long", "amount: String")
    unread = 'permit (principal is Agent, action == Action::"read", resource) when { principal.trust > 3 };'
    narrower = unread.replace("> 3", "> 4")
    found = difference(program(unread), program(narrower, schema), Task())
    assert changed(found) == {"Agent read": {"denied": "fails"}}
    assert any("amount" in said for said in found.only_after)
    reads = unread + 'permit (principal is Agent, action == Action::"read", resource) when { context.amount > 5 };'
    clash = difference(program(reads), program(narrower, schema), Task())
    (here,) = [each for each in clash.environments if not each.unchanged]
    assert set(here.verdicts.values()) <= {"unsupported", "fails"}
    assert "different types" in here.why["permitted"]


def test_a_kind_of_request_that_only_one_side_has_is_denied_on_the_other() -> None:
    schema = SCHEMA.replace("principal: [Agent, Team]", "principal: [Agent]") + "entity More;"
    schema += "action fresh appliesTo { principal: [Agent], resource: [More], context: {} };"
    unsaid = difference(program(BASE), program(BASE, schema), Task())
    assert unsaid.unchanged  # nothing permits the new action, nothing permitted teams anything
    assert any("fresh" in said for said in unsaid.only_after)
    before = BASE + '@id("noting") permit (principal, action == Action::"note", resource);'
    after = before + '@id("free") permit (principal, action == Action::"fresh", resource);'
    found = difference(program(before), program(after, schema), Task())
    assert changed(found) == {"Team note": {"denied": "fails"}, "Agent fresh": {"permitted": "fails"}}
    told = {each.change: each for _, each in found.witnesses}
    assert told["permitted"].rules == ("free",)
    assert told["permitted"].witness.before is not None
    assert told["permitted"].witness.before.code == "invalid_request"
    assert told["denied"].rules == ("noting",)
    assert told["denied"].witness.after.code == "invalid_request"


def test_an_id_that_only_the_new_schema_lists_is_newly_permitted() -> None:
    schema = "entity Agent enum [{0}]; entity Doc; action go appliesTo {{ principal: [Agent], resource: [Doc] }};"
    before = 'permit (principal == Agent::"clerk", action, resource);'
    after = before + '@id("bad") permit (principal == Agent::"mallory", action, resource);'
    old, new = schema.format('"clerk"'), schema.format('"clerk", "mallory"')
    found = difference(program(before, old), program(after, new), Task())
    assert changed(found) == {"Agent go": {"permitted": "fails"}}
    ((_, only),) = found.witnesses
    assert (only.witness.request["principal"], only.rules) == ('Agent::"mallory"', ("bad",))
    assert any("mallory" in said for said in found.only_after)
    back = difference(program(after, new), program(before, old), Task())
    assert changed(back) == {"Agent go": {"denied": "fails"}}


def test_a_membership_that_only_the_new_schema_knows_is_newly_permitted() -> None:
    schema = "entity Org; entity Agent; entity Doc{0}; action go appliesTo {{ principal: [Agent], resource: [Doc] }};"
    after = '@id("evil") permit (principal, action, resource in Org::"evil");'
    found = difference(
        program('permit (principal == Agent::"a", action, resource) when { false };', schema.format("")),
        program(after, schema.format(" in [Org]")),
        Task(),
    )
    assert changed(found) == {"Agent go": {"permitted": "fails"}}
    assert any("Org" in said for said in found.only_after)


def test_what_both_sides_say_alike_and_understand_otherwise_is_not_compared() -> None:
    """Equal rules cancel out; what hangs on a membership that now comes about otherwise does not."""
    schema = (
        "entity H; entity G{0}; entity U in [{1}]; entity D; action go appliesTo {{ principal: [U], resource: [D] }};"
    )
    text = 'permit (principal, action, resource); forbid (principal in H::"h", action, resource);'
    found = difference(program(text, schema.format(" in [H]", "G")), program(text, schema.format("", "G, H")), Task())
    assert not found.unchanged
    assert set(found.environments[0].verdicts.values()) == {"unsupported"}


def test_attributes_that_hold_actions_which_only_one_side_has() -> None:
    schema = "entity U = {{ last: Action }}; entity D; action x appliesTo {{ principal: [U], resource: [D] }};{0}"
    more = schema.format("action y appliesTo { principal: [U], resource: [D] };")
    text = 'permit (principal, action == Action::"x", resource) when { principal.last == Action::"x" };'
    after = text + 'permit (principal, action == Action::"x", resource) when { principal.last == Action::"y" };'
    found = difference(program(text, schema.format("")), program(after, more), Task())
    (here,) = [each for each in found.environments if each.environment.action[1] == "x"]
    assert here.verdicts["permitted"] == "unsupported"
    assert "other ids of `Action`" in here.why["permitted"]


def test_two_actions_of_one_name_are_not_remembered_as_one() -> None:
    action = "{ action pay appliesTo { principal: [U], resource: [D] }; }"
    schema = f"entity U; entity D; namespace New {action} namespace Old {action}"
    before = 'permit (principal, action, resource) when { action == Old::Action::"pay" };'
    after = 'permit (principal, action, resource) when { action == Old::Action::"pay" && principal == U::"u" };'
    found = difference(program(before, schema), program(after, schema), Task(memory=Remembered()))
    assert {str(each.environment): each.unchanged for each in found.environments} == {
        "U · New::Action::pay · D": True,
        "U · Old::Action::pay · D": False,
    }


def test_memberships_that_come_about_in_other_ways_and_other_ids_of_data_are_not_compared() -> None:
    chain = (
        "entity Org; entity Team in [Org]; entity Agent in [Team{0}]; entity Doc = {{ level: Level }};"
        "entity Level enum [{1}]; action go appliesTo {{ principal: [Agent], resource: [Doc] }};"
    )
    plain = chain.replace("Team in [Org]", "Team").format(", Org", '"low"')
    inside = 'permit (principal in Org::"o", action, resource);'
    text = inside + 'forbid (principal == Agent::"x", action, resource);'
    found = difference(program(inside, plain), program(text, chain.format(", Org", '"low"')), Task())
    (here,) = [each for each in found.environments if not each.unchanged]
    assert any("in other ways" in why for why in here.why.values())
    level = 'permit (principal, action, resource) when { resource.level == Level::"low" };'
    higher = level.replace("}", '|| resource.level == Level::"high" }')
    old, new = (program(text, chain.format("", ids)) for text, ids in ((level, '"low"'), (higher, '"low", "high"')))
    listed = difference(old, new, Task())
    (here,) = [each for each in listed.environments if not each.unchanged]
    assert any("other ids of `Level`" in why for why in here.why.values())


# ---- long runs -------------------------------------------------------------------------------------------------------


def test_progress_is_told_and_a_stop_is_heeded_between_environments() -> None:
    told: list[Progress] = []
    stop = Stop()

    def tell(progress: Progress) -> None:
        told.append(progress)
        if progress.done == 1:
            stop.set()

    with pytest.raises(Stopped):
        difference(program(BASE), program(BASE + "forbid (principal, action, resource);"), Task(tell=tell, stop=stop))
    assert [(each.done, each.total) for each in told] == [(0, 4), (1, 4)]


def test_what_is_remembered_is_not_asked_again_and_an_edit_asks_only_what_it_touches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    whole = module._Looking.find

    def counting(self: Any, change: Any) -> Any:
        asked.append(str(self._sides.search.space.environment))
        return whole(self, change)

    monkeypatch.setattr(module._Looking, "find", counting)
    memory = Remembered()
    after = (
        BASE.replace("context.amount < 100", "context.amount < 200")
        + 'forbid (principal, action == Action::"read", resource);'
    )
    first = difference(program(BASE), program(after), Task(memory=memory))
    assert {name.split(" · ")[1] for name in asked} == {"read", "write"}
    asked.clear()
    assert difference(program(BASE), program(after), Task(memory=memory)) == first
    assert not asked
    difference(program(BASE), program(after.replace("200", "300")), Task(memory=memory))
    assert {name.split(" · ")[1] for name in asked} == {"write"}


def test_undecided_is_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Question, "check", lambda _: "unknown")
    memory = Remembered()
    after = BASE.replace("< 100", "< 200")
    found = difference(program(BASE), program(after), Task(memory=memory))
    assert changed(found) == {"Agent write": {"permitted": "undecided", "denied": "undecided"}}  # nothing can be held
    assert not found.unchanged
    assert all(why for each in found.environments for why in each.why.values())
    monkeypatch.undo()
    assert changed(difference(program(BASE), program(after), Task(memory=memory))) == {
        "Agent write": {"permitted": "fails"}
    }


class Remembered:
    """A memory that keeps everything."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def get(self, key: str) -> Any | None:
        return self.kept.get(key)

    def put(self, key: str, value: Any) -> None:
        self.kept[key] = value
