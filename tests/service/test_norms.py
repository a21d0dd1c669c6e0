"""Norms in a workspace: added, repealed, replaced, told of and checked; in worlds that nobody signs and in signed ones.

The worlds are made once a module; each test takes names and places of its own.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.service.conftest import FACTS, ticket
from tests.service.test_amending import ANA, key, vote
from workbench.engine.request import Request
from workbench.governance.overlay import Norm as PlacedNorm
from workbench.norms import Norm
from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import SignWith
from workbench.service.norm_views import Added, NormRevision, Outcome
from workbench.service.views import Credential
from workbench.service.workspace import Workspace

PEACE = Norm("peace", "No fights in the temple", "temple", "attack steal", severity="high")


def refused(code: str) -> Any:
    return pytest.raises(WorkbenchError, check=lambda error: error.code == code)


@pytest.fixture(scope="module")
def world_place(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("worlds") / "game"
    Workspace.create(place, sample="world-norms", profile="unsigned", swarm_id="swarm-norms-test").close()
    return place


@pytest.fixture(scope="module")
def world(world_place: Path) -> Iterator[Workspace]:
    with Workspace.open(world_place) as opened:
        yield opened


@pytest.fixture
def own_world(world_place: Path, tmp_path: Path) -> Iterator[Workspace]:
    """A copy of the world as it was made: the tests of a module write into the other."""
    shutil.copytree(world_place.parent / "pristine", tmp_path / "game")
    with Workspace.open(tmp_path / "game") as opened:
        yield opened


@pytest.fixture(scope="module", autouse=True)
def pristine(world_place: Path) -> None:
    shutil.copytree(world_place, world_place.parent / "pristine")


def add(workspace: Workspace, name: str, condition: str, prohibited: str, **more: Any) -> Norm:
    norm = Norm(name, f"about {name}", condition, prohibited, **more)
    workspace.norms.add(norm, why=f"for {name}")
    return norm


def reasons(outcome: Outcome) -> list[str]:
    return [violation.norm_name for violation in outcome.violations]


# ---- a norm's life ---------------------------------------------------------------------------------------------------


def test_a_norm_acts_from_the_next_action_on_and_its_repeal_likewise(own_world: Workspace) -> None:
    norms = own_world.norms
    assert norms.check("grim", "attack", "Temple").allowed
    added = norms.add(PEACE, why="players complained")
    assert (added.already, added.norm.id, added.norm.norm) == (False, PEACE.id, PEACE)
    found = norms.check("grim", " Attack ", "The Temple", metadata={"hp": 3})
    assert (found.allowed, found.severity, found.decision.reasons) == (False, "high", (PEACE.id,))
    (violation,) = found.violations
    assert violation.description == "Agent 'grim' performed ' Attack ' in 'The Temple', violating norm 'peace'"
    assert (violation.norm_id, violation.severity, violation.event) == (PEACE.id, "high", found.event)
    gone = norms.repeal("peace", why="they made peace")
    assert (gone.state, gone.active, gone.ended_why) == ("repealed", False, "they made peace")
    assert norms.check("grim", "attack", "Temple").allowed
    again = norms.add(PEACE)
    assert again.norm.id == PEACE.id
    assert again.norm.overlay != added.norm.overlay
    assert not norms.check("grim", "attack", "Temple").allowed


def test_the_record_of_a_check_holds_the_words_as_they_were_said(world: Workspace) -> None:
    add(world, "quiet", "library", "shout")
    found = world.norms.check("isolde", " Shout ", "Library", "Nobody", metadata={"volume": 11})
    detail = world.event(found.event)
    assert detail.row.severity == "warn"
    assert detail.request["context"] == {
        "verb": "shout", "location": "library", "target": "nobody", "faction": "free folk",
        "hay": " shout  library nobody free folk",
    }  # fmt: skip
    said = {"action": " Shout ", "location": "Library", "target": "Nobody", "faction": "", "metadata": {"volume": 11}}
    assert detail.request["credential"] == {"principal": 'Agent::"isolde"', "kind": "operator", "said": said}
    (rule,) = detail.rules
    assert rule.id == Norm("quiet", "", "library", "shout").id
    why = world.audit.why(found.event)
    assert why.redecision.status == "equal"
    assert [view.id for view in why.overlays] == [world.norms.get("quiet").overlay]


def test_a_norm_that_is_in_force_is_not_added_twice(world: Workspace) -> None:
    norm = add(world, "once", "bridge", "cross")
    before = world.norms.revisions()
    again = world.norms.add(norm)
    assert (again.already, len(again.notes)) == (True, 1)
    assert world.norms.revisions() == before
    for change in ({"scope": "Red Hand"}, {"priority": 2}, {"severity": "info"}, {"description": "else"}):
        with refused("in_force_otherwise"):
            world.norms.add(replace(norm, **change))
    assert world.norms.revisions() == before


def test_the_same_under_another_name_is_another_norm_and_both_fire(world: Workspace) -> None:
    add(world, "gate-1", "gate", "open", priority=1)
    add(world, "gate-2", "gate", "open", priority=2)
    assert reasons(world.norms.check("corin", "open", "gate")) == ["gate-2", "gate-1"]


def test_two_of_one_id_that_bind_others_are_told_apart(world: Workspace) -> None:
    """Content ids know nothing of scopes. Two of one id stand while one is put in the place of the other, and where an
    older version of this program took them in; each can be named then."""
    norm = add(world, "share", "pier", "fish")
    other = world.norms.add(Norm("other", "", "pier", "fish", scope="Red Hand")).norm.cedar_plus
    twin = other.replace('@norm("other")', '@norm("share")').replace(world.norms.get("other").id, norm.id)
    twin = twin.replace('@scope("Red Hand")\n', '@scope("Red Hand")\n@doc("about share")\n')
    world.norms.repeal("other")
    first = world.norms.get("share").overlay
    with refused("in_force_otherwise"):
        world.overlays.norm(twin, why="signed elsewhere", using=None)
    content = PlacedNorm(cedar_plus=twin)
    placed = world.overlays.place_norm(content, why="to be put in its place", using=None, beside=frozenset({first}))
    found = world.norms.check("grim", "fish", "pier")
    assert found.decision.reasons == (norm.id, f"norm:{placed.id}")
    assert [violation.norm_id for violation in found.violations] == [norm.id, norm.id]
    assert world.norms.check("isolde", "fish", "pier").decision.reasons == (norm.id,)
    assert {view.scope for view in world.norms.list() if view.id == norm.id} == {"global", "Red Hand"}
    for name in (norm.id, "share"):
        with refused("not_unique") as ambiguous:
            world.norms.repeal(name)
        assert {f"`{id}`" for id in (first, placed.id)} <= set(ambiguous.value.detail.replace(",", "").split())
    assert world.norms.repeal(placed.id).scope == "Red Hand"
    assert world.norms.repeal("share").scope == "global"


def test_the_same_text_with_another_severity_is_no_second_norm(world: Workspace) -> None:
    text = world.norms.add(Norm("dike", "", "dike", "dig")).norm.cedar_plus
    with refused("in_force_otherwise"):
        world.overlays.norm(text.replace('@severity("warn")', '@severity("critical")'), why="graver", using=None)
    assert [view.severity for view in world.norms.list() if view.name == "dike"] == ["warn"]


def test_of_two_who_add_at_once_the_second_is_told(world_place: Path, world: Workspace) -> None:
    """Both have looked, and seen nothing: what is placed first counts."""
    norm = Norm("ferry", "", "ferry", "board")

    def late(adding: Norm) -> Added:
        with Workspace.open(world_place) as second:
            place = second.overlays.place_norm

            def first(*args: Any, **more: Any) -> Any:
                world.norms.add(norm)
                return place(*args, **more)

            second.overlays.place_norm = first  # type: ignore[method-assign]
            return second.norms.add(adding)

    found = late(norm)
    assert (found.already, found.norm.norm) == (True, norm)
    world.norms.repeal("ferry")
    with refused("in_force_otherwise"):
        late(replace(norm, severity="high"))
    assert [view.severity for view in world.norms.list() if view.name == "ferry"] == ["warn"]
    assert len(world.norms.add(replace(norm, severity="high"), replace=True).replaced) == 1


def test_replacing_leaves_one_and_no_moment_without(world: Workspace) -> None:
    first = add(world, "toll", "road", "pass", severity="info")
    second = Norm("toll", "", "road", "pass ride")
    noted = world.norms.add(second)
    assert noted.replaced == ()
    assert any(first.id in note for note in noted.notes)
    assert reasons(world.norms.check("corin", "pass", "road")) == ["toll", "toll"]
    done = world.norms.add(replace(second, severity="critical"), replace=True, why="dearer")
    assert {view.id for view in done.replaced} == {first.id, second.id}
    assert [(view.id, view.severity) for view in world.norms.list() if view.name == "toll"] == [(second.id, "critical")]
    found = world.norms.check("corin", "ride", "road")
    assert (reasons(found), found.severity, found.decision.reasons) == (["toll"], "critical", (second.id,))
    told = [(each.change, each.norm_id) for each in world.norms.revisions() if each.name == "toll"]
    assert told[2:] == [("add", second.id), ("add", second.id), ("add", first.id)]
    assert sorted(told[:2]) == sorted([("repeal", first.id), ("repeal", second.id)])


def test_the_history_of_a_name_counts_its_forms(own_world: Workspace) -> None:
    norms = own_world.norms
    norms.add(Norm("law", "", "a", "b"), why="one")
    norms.add(Norm("law", "", "a", "b c", priority=3), why="two", replace=True)
    norms.repeal("law", why="enough")
    norms.add(Norm("law", "", "a", "b c", priority=3), why="three")
    forms = norms.history("law")
    assert [(form.version, form.why, form.norm.state) for form in forms] == [
        (3, "three", "in_force"), (2, "two", "repealed"), (1, "one", "repealed"),
    ]  # fmt: skip
    assert [form.changed for form in forms] == [(), ("prohibited", "priority"), ()]
    assert forms[1].ended_why == "enough"
    assert norms.history(forms[2].norm.id) == forms
    with refused("no_norm"):
        norms.history("no such law")


def test_who_when_and_why_come_from_the_ledger(own_world: Workspace, tmp_path: Path) -> None:
    own_world.norms.add(PEACE, why="players complained")
    own_world.norms.repeal(PEACE.id, why="they made peace")
    repealed, added = own_world.norms.revisions()
    assert isinstance(added, NormRevision)
    assert [(each.change, each.norm_id, each.name, each.by) for each in (added, repealed)] == [
        ("add", PEACE.id, "peace", "nobody"), ("repeal", PEACE.id, "peace", "nobody"),
    ]  # fmt: skip
    assert (added.reason, repealed.reason) == ("players complained", "they made peace")
    assert 0 < added.event < repealed.event
    assert own_world.norms.revisions(1) == (repealed,)
    assert own_world.audit.verify().ok


# ---- which norm is meant ---------------------------------------------------------------------------------------------


def test_a_norm_is_found_by_any_of_its_names(world: Workspace) -> None:
    norm = add(world, "no-digging", "garden", "dig")
    view = world.norms.get(norm.id)
    for said in (norm.id, norm.id[:5], view.overlay, view.overlay[:6], "no-digging", "no-dig", f"norm:{view.overlay}"):
        assert world.norms.get(said) == view
        assert world.overlays.get(said).id == view.overlay
    for said in ("", "no", norm.id[:3], "zzzz", "nothing-such"):
        with refused("no_norm"):
            world.norms.get(said)
    add(world, "no-digging-2", "garden", "plough")
    assert world.norms.get("no-digging") == view  # a whole name counts before a beginning
    with refused("not_unique"):
        world.norms.get("no-dig")
    world.norms.repeal("no-digging")
    assert world.norms.get("no-dig").name == "no-digging-2"
    lifted = world.overlays.lift("no-digging-2", why="lifted as the overlay that it is", using=())
    assert lifted.state == "lifted"


def test_what_cannot_be_repealed_says_what_it_is(world: Workspace) -> None:
    with refused("signed_norm"):
        world.norms.repeal("act")
    with refused("no_norm"):
        world.norms.repeal("zzzz")
    add(world, "short-lived", "inn", "sing")
    world.norms.repeal("short-lived")
    with refused("not_in_force"):
        world.norms.repeal("short-lived")


@pytest.mark.parametrize(
    ("norm", "code"),
    [
        (Norm("n", "", "x", ""), "nothing_prohibited"),
        (Norm(" ", "", "x", "y"), "name_missing"),
        (Norm("n", "", "x", "y", scope=""), "scope_missing"),
        (Norm("n\u202e", "", "x", "y"), ""),
    ],
)
def test_a_norm_that_is_none_is_refused_and_nothing_is_written(world: Workspace, norm: Norm, code: str) -> None:
    before = world.norms.list(in_force=False)
    if code:
        with refused(code):
            world.norms.add(norm)
        assert world.norms.list(in_force=False) == before
    else:  # what cannot be seen is written as an escape, so that nobody is misled
        added = world.norms.add(norm)
        assert "\u202e" not in added.norm.cedar_plus
        assert added.norm.norm == norm


def test_a_text_that_is_marked_as_a_norm_and_says_something_else_is_refused(world: Workspace) -> None:
    text = world.norms.add(Norm("honest", "", "well", "drink")).norm.cedar_plus
    world.norms.repeal("honest")
    for lie in (text.replace('"*drink*"', '"*"'), text.replace('@norm("honest")', '@norm("other")')):
        with refused("norm_differs"):
            world.overlays.norm(lie, why="a lie", using=None)
    assert world.overlays.norm(text, why="as it is", using=None).rules[0] == Norm("honest", "", "well", "drink").id


# ---- whom a norm binds, and how bad it is ----------------------------------------------------------------------------


def test_a_scope_binds_its_faction_however_it_is_spelt(world: Workspace) -> None:
    view = world.norms.add(Norm("curfew", "", "night", "walk", scope="red hand")).norm
    assert view.scope == "Red Hand"  # as the directory writes it
    assert not world.norms.check("grim", "walk", "night").allowed
    assert world.norms.check("aldric", "walk", "night").allowed
    assert world.norms.check("stranger", "walk", "night").allowed
    assert not world.norms.check("stranger", "walk", "night", faction=" RED HAND ").allowed


def test_the_directorys_faction_wins_over_what_an_agent_says(world: Workspace) -> None:
    """Else a scope would bind whom it pleases: nobody leaves a faction by saying so."""
    world.norms.add(Norm("oath", "", "oath", "break", scope="Silver Order"))
    found = world.norms.check("brenna", "break", "oath", faction="Free Folk")
    assert (found.allowed, found.faction) == (False, "Silver Order")
    assert world.norms.check("isolde", "break", "oath", faction="Silver Order").allowed  # nor joins one
    assert world.event(found.event).request["context"]["faction"] == "silver order"


def test_one_of_several_factions_does_not_free_from_the_other(own_world: Workspace) -> None:
    both = [{"type": "Faction", "id": name} for name in ("Iron Guild", "Red Hand")]
    own_world.load_entities([{"uid": {"type": "Agent", "id": "spy"}, "attrs": {}, "parents": both}])
    own_world.norms.add(Norm("secrets", "", "vault", "open", scope="Iron Guild"))
    for claimed in ("", "Red Hand", "iron guild", "Free Folk"):
        found = own_world.norms.check("spy", "open", "vault", faction=claimed)
        assert not found.allowed, claimed
    assert own_world.norms.check("spy", "open", "vault", faction="red hand").faction == "red hand"


def test_adding_a_norm_tells_what_is_odd_about_it(own_world: Workspace) -> None:
    """In an incident one sees "in force", and believes it."""
    add = own_world.norms.add
    (note,) = add(Norm("typo", "", "den", "hide", scope="Red Hnd")).notes
    assert "which the directory does not know; did you mean `red hand`?" in note
    assert add(Norm("right", "", "lair", "hide", scope="RED HAND")).notes == ()
    assert add(Norm("wide", "", "", "juggle")).notes == ()
    (note,) = add(Norm("narrow", "", "fair", "juggle")).notes
    assert "forbids nothing that the norm `wide` does not forbid" in note
    assert "typo" in add(Norm("typo", "", "den", "hide sneak", scope="Red Hnd"), replace=True).notes[0]


def test_outside_of_worlds_the_same_is_told(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "desk", sample="support-swarm", profile="unsigned") as desk:
        (note,) = desk.norms.add(Norm("g", "", "", "issue_refund", scope='Team::"biling"')).notes
        assert 'binds the members of Team::"biling", which the directory does not know' in note
        (note,) = desk.norms.add(Norm("never", "", "amount == 900 amount == 901", "issue_refund")).notes
        assert "no action can ever break `never`" in note
        assert [each.kind for each in desk.norm_reports.conflicts()] == ["never_applies", "unknown_scope"]


def test_no_caller_writes_the_words_itself(world: Workspace) -> None:
    """The words are the server's: a request that brings them is refused before any rule is asked."""
    words = {"verb": "x", "location": "", "target": "", "faction": "", "hay": "x"}
    for said in (words, {"faction": "free folk"}, {"hay": ""}):
        request = Request('Agent::"grim"', 'Action::"act"', 'World::"world"', said)
        found = world.decide(request, credential=Credential('Agent::"grim"'))
        assert (found.decision.outcome, found.decision.code) == ("deny", "refused_claim")


def test_a_credential_says_who_asks(world: Workspace) -> None:
    found = world.norms.check("grim", "rest", credential=Credential('Agent::"aldric"', "token"))
    assert (found.decision.code, found.violations) == ("refused_claim", ())


def test_severity_reaches_the_feed_and_priority_only_orders(world: Workspace) -> None:
    for severity, priority in (("info", 5), ("critical", 1), ("high", 9)):
        add(world, f"grade-{severity}", "tower", "jump", severity=severity, priority=priority)
    found = world.norms.check("edda", "jump", "tower")
    assert reasons(found) == ["grade-high", "grade-info", "grade-critical"]
    assert [violation.severity for violation in found.violations] == ["high", "info", "critical"]
    (row,) = world.rows([found.event])
    assert (row.severity, row.rule, row.violation) == ("critical", found.decision.reasons[0], True)
    assert row.seq in {each.seq for each in world.violations()}
    (fine,) = world.rows([world.norms.check("edda", "rest", "tower").event])
    assert (fine.severity, fine.violation) == ("", False)


def test_a_severity_that_was_changed_in_the_store_is_found_out(own_world: Workspace, tmp_path: Path) -> None:
    own_world.norms.add(replace(PEACE, severity="critical"))
    found = own_world.norms.check("grim", "attack", "temple")
    assert own_world.audit.verify().ok
    with sqlite3.connect(next((tmp_path / "game").glob("*.db"))) as connection:
        connection.execute("UPDATE decisions SET severity = 'info' WHERE seq = ?", (found.event,))
    verified = own_world.audit.verify()
    assert not verified.ok
    assert any(f"the severity of decision {found.event}" in line.message for line in verified.lines if not line.ok)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (("grim", None), "not_text"),
        (("grim", "x", 5), "not_text"),
        (("grim", "x" * 20_000), "too_long"),
        ((7, "x"), "bad_agent"),
        (('Agent::"x', "y"), "bad_agent"),
        (("grim", "x", "", "", "", ["no object"]), "bad_metadata"),
        (("grim", "x", "", "", "", {"nan": float("nan")}), "bad_metadata"),
        (("grim", "x", "", "", "", {"long": "x" * 20_000}), "bad_metadata"),
    ],
)
def test_what_is_no_action_is_refused_and_not_recorded(world: Workspace, call: tuple[Any, ...], code: str) -> None:
    before = world.high_water()
    with refused(code):
        world.norms.check(*call)
    assert world.high_water() == before


def test_an_agent_of_another_type_is_denied_and_half_a_character_kept(world: Workspace) -> None:
    found = world.norms.check('Faction::"Red Hand"', "rest")
    assert (found.decision.code, found.violations) == ("invalid_request", ())
    assert world.event(found.event).row.outcome == "deny"
    odd = world.norms.check("grim", "half \ud800", metadata={"half": "\ud800"})
    assert world.event(odd.event).request["context"]["verb"] == "half \ud800"


# ---- in every process, at once ---------------------------------------------------------------------------------------

_OTHER = """
import json, sys
from workbench.service.workspace import Workspace
with Workspace.open(sys.argv[1]) as workspace:
    for line in sys.stdin:
        print(json.dumps(workspace.norms.check("grim", "smuggle", "harbor").allowed), flush=True)
"""


def test_another_process_is_bound_from_its_next_action_on(world: Workspace, world_place: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _OTHER, str(world_place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None

        def asked() -> bool:
            assert other.stdin is not None
            assert other.stdout is not None
            print("go", file=other.stdin, flush=True)
            return bool(json.loads(other.stdout.readline()))

        assert asked()
        add(world, "customs", "harbor", "smuggle")
        assert not asked()
        world.norms.repeal("customs")
        assert asked()
        other.stdin.close()
        other.wait(timeout=20)


# ---- in a signed workspace, under a schema that is no world ----------------------------------------------------------

NO_SHARE = Norm("no-share", "Nothing leaves", "status == closed", "share_external", severity="critical")


def using(workspace: Workspace, name: str) -> SignWith:
    return SignWith(key_path=str(key(workspace, name)), passphrase=workspace.demo_passphrase())


def test_a_norm_is_signed_by_an_operator_and_names_actions(workspace: Workspace, ask: Callable[..., Any]) -> None:
    norms = workspace.norms
    assert (norms.world, norms.unsigned) == (None, False)
    with refused("signature_needed"):
        norms.add(NO_SHARE)
    with refused("not_operator"):
        norms.add(NO_SHARE, using=using(workspace, "sam"))
    assert norms.list() == ()
    added = norms.add(NO_SHARE, why="a leak", using=using(workspace, "ana")).norm
    assert (added.id, added.added_by, added.signed) == (NO_SHARE.id, 'Operator::"ana"', True)
    request = Request('Agent::"nora"', 'Action::"share_external"', 'Ticket::"T-1"', _context())
    found = norms.check_request(
        request, credential=Credential('Agent::"nora"'), entities=[ticket(status="closed")], facts=FACTS
    )
    assert (found.allowed, found.severity) == (False, "critical")
    assert reasons(found) == ["no-share"]
    assert workspace.rows([found.event])[0].severity == "critical"
    with refused("signature_needed"):
        norms.repeal("no-share")
    with refused("not_operator"):
        norms.repeal("no-share", using=using(workspace, "sam"))
    norms.repeal("no-share", why="mended", using=using(workspace, "ana"))
    assert [(each.change, each.by) for each in norms.revisions()] == [
        ("repeal", 'Operator::"ana"'), ("add", 'Operator::"ana"'),
    ]  # fmt: skip
    with refused("not_a_world"):
        norms.check("nora", "attack")
    with refused("no_such_action"):
        norms.add(replace(NO_SHARE, prohibited="share_externally"), using=using(workspace, "ana"))


def test_a_grave_norm_is_not_hidden_by_a_rule_of_the_version(workspace: Workspace) -> None:
    """The version forbids mail to strange addresses; a norm beside it does too, and says how bad that is."""
    norm = Norm("no-mail", "", "", "send_email", severity="critical", priority=1)
    asked = {"recipient": "x@elsewhere.test"}
    request = Request('Agent::"nora"', 'Action::"send_email"', 'Ticket::"T-1"', _context(**asked))
    before = workspace.norms.check_request(
        request, credential=Credential('Agent::"nora"'), entities=[ticket()], facts=FACTS
    )
    assert (before.decision.reasons, before.severity) == (("email-domains",), "warn")
    workspace.norms.add(norm, using=using(workspace, "ana"))
    after = workspace.norms.check_request(
        request, credential=Credential('Agent::"nora"'), entities=[ticket()], facts=FACTS
    )
    assert (after.decision.reasons, after.severity) == ((norm.id, "email-domains"), "critical")
    assert {spared.rule for spared in after.decision.spared_by} == {norm.id, "email-domains"}
    assert workspace.audit.why(after.event).redecision.status == "equal"


def test_promoting_keeps_the_norm_the_norm_that_it_is(workspace: Workspace) -> None:
    workspace.norms.add(NO_SHARE, using=using(workspace, "ana"))
    source = workspace.norms.promote(["no-share"]).cedar_plus
    assert f'@id("{NO_SHARE.id}")\n@norm("no-share")\n@severity("critical")' in source
    with refused("nothing_to_promote"):
        workspace.norms.promote()
    drafted = workspace.norms.draft(replace(NO_SHARE, name="drafted", priority=4))
    assert '@norm("drafted")' in drafted.cedar_plus
    assert '@priority("4")' in drafted.cedar_plus
    assert [view.name for view in workspace.norms.list()] == ["no-share"]


def test_a_norm_that_a_version_took_in_is_signed_and_told_of(workspace: Workspace, clock: FrozenClock) -> None:
    ana = using(workspace, "ana")
    workspace.norms.add(NO_SHARE, why="a leak", using=ana)
    workspace.norms.promote()
    proposed = workspace.propose("Nothing leaves.", proposer=ANA)
    for who in ("ana", "sam"):
        vote(workspace, proposed, who)
    clock.advance(60)
    workspace.tick()
    (view,) = workspace.norms.list()
    assert (view.state, view.id, view.norm, view.rule) == ("signed", NO_SHARE.id, NO_SHARE, NO_SHARE.id)
    taken, added = workspace.norms.revisions()
    assert [(each.change, each.norm_id, each.by) for each in (taken, added)] == [
        ("take_in", NO_SHARE.id, ANA), ("add", NO_SHARE.id, ANA),
    ]  # fmt: skip
    assert (taken.reason, taken.version) == ("Nothing leaves.", view.why.split()[1].rstrip(":"))
    with refused("signed_norm"):
        workspace.norms.repeal("no-share", using=ana)
    assert workspace.norms.add(NO_SHARE, using=ana).already
    clock.advance(73 * 3600)
    workspace.tick()
    assert [each.change for each in workspace.norms.revisions()] == ["promote", "take_in", "add"]
    assert [form.version for form in workspace.norms.history("no-share")] == [1]


def _context(**changes: Any) -> dict[str, Any]:
    said = {"amount": 0, "currency": "EUR", "recipient": "lena@example.com", "estimated_cost": 1}
    return {**said, "customer_consented": True, "approvals": 0, "verified_identity": True} | changes
