"""Who is believed cannot be changed past the ledger: the audit names what was, whatever table it was done in."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.governance.credential_token import token_digest, token_of
from workbench.governance.keys import generate_key, public_line
from workbench.service.errors import WorkbenchError
from workbench.service.views import VerifyLine
from workbench.service.workspace import Workspace

NORA, LOTTE = 'Agent::"nora"', 'Agent::"lotte"'
SUBJECTS = ("directory", "facts", "credentials")


@pytest.fixture
def busy(workspace: Workspace) -> Workspace:
    """A workspace in which everything that is believed has been changed before."""
    nora = next(e for e in workspace.entities() if e["uid"]["id"] == "nora")
    café = {**nora, "uid": {"type": "Agent", "id": 'café "1"\n'}}
    workspace.load_entities([café, {**nora, "uid": {"type": "Agent", "id": "gone"}}])
    workspace.load_entities([{**café, "attrs": {**nora["attrs"], "trust": 1}}])
    workspace.remove_entities(['Agent::"gone"'])
    workspace.set_fact("budget_remaining", 5)
    workspace.set_fact("budget_remaining", 6)
    workspace.set_fact("refunds_today", 1, principal=NORA)
    workspace.credentials.new_token(NORA, "one")
    second, _ = workspace.credentials.new_token(LOTTE, "two")
    workspace.credentials.revoke(second.id)
    view = workspace.credentials.register_key(NORA, public_line(generate_key(), "nora"))
    workspace.credentials.suspend(view.id)
    return workspace


def lines(workspace: Workspace) -> dict[str, VerifyLine]:
    return {line.subject: line for line in workspace.verify().lines}


def tamper(place: Path, statement: str, *values: object) -> None:
    raw = sqlite3.connect(place / "workspace.db")
    assert raw.execute(statement, values).rowcount == 1
    raw.commit()
    raw.close()


def test_what_was_done_through_the_workspace_is_sound(busy: Workspace) -> None:
    found = lines(busy)
    assert [found[subject].ok for subject in SUBJECTS] == [True, True, True]
    assert found["facts"].message == "2 facts, as the ledger has them"
    assert busy.verify().ok


_ENTITY = json.dumps({"uid": {"type": "Agent", "id": "mole"}, "attrs": {}, "parents": []})

TAMPERINGS: dict[str, tuple[str, str, tuple[object, ...], str]] = {
    "an agent made a lead": (
        "directory",
        """UPDATE directory SET entity = replace(entity, '"role":"agent"', '"role":"lead"') WHERE id = 'nora'""",
        (),
        "is not as it was",
    ),
    "an agent added": ("directory", "INSERT INTO directory VALUES ('Agent', 'mole', ?)", (_ENTITY,), "mole"),
    "an agent taken away": ("directory", "DELETE FROM directory WHERE id = 'lotte'", (), "lotte"),
    "an agent renamed": ("directory", "UPDATE directory SET id = 'nora2' WHERE id = 'nora'", (), "nora"),
    "a budget raised": (
        "facts",
        "UPDATE facts SET value = '999' WHERE attribute = 'budget_remaining'",
        (),
        "budget_remaining",
    ),
    "a budget of one's own": (
        "facts",
        "INSERT INTO facts (principal, attribute, value) VALUES (?, 'budget_remaining', '999')",
        (NORA,),
        "no entry set it",
    ),
    "a count forgotten": ("facts", "DELETE FROM facts WHERE principal <> ''", (), "is gone"),
    "a token of one's own": (
        "credentials",
        "INSERT INTO credentials (id, principal, kind, value, label, state, created_at) "
        "VALUES ('token-000000000000', ?, 'token', 'x', 'x', 'active', 0)",
        (LOTTE,),
        "no entry made it",
    ),
    "a key of another principal": (
        "credentials",
        "UPDATE credentials SET principal = ? WHERE kind = 'key' AND principal = 'Agent::\"nora\"'",
        (LOTTE,),
        "left it",
    ),
    "a revoked token back": (
        "credentials",
        "UPDATE credentials SET state = 'active' WHERE state = 'revoked'",
        (),
        "left it",
    ),
    "a suspended key back": (
        "credentials",
        "UPDATE credentials SET state = 'active' WHERE state = 'suspended'",
        (),
        "left it",
    ),
    "another token behind the same id": (
        "credentials",
        "UPDATE credentials SET value = ? WHERE label = 'one'",
        (token_digest(token_of(b"\1" * 32)),),
        "left it",
    ),
    "a credential gone": ("credentials", "DELETE FROM credentials WHERE state = 'revoked'", (), "is gone"),
}


@pytest.mark.parametrize(("subject", "statement", "values", "told"), TAMPERINGS.values(), ids=list(TAMPERINGS))
def test_what_was_done_past_it_is_told(
    busy: Workspace, place: Path, subject: str, statement: str, values: tuple[object, ...], told: str
) -> None:
    tamper(place, statement, *values)
    found = lines(busy)
    assert {name: found[name].ok for name in SUBJECTS} == {name: name != subject for name in SUBJECTS}
    assert told in found[subject].message
    assert not busy.verify().ok


def test_any_order_of_honest_changes_is_sound(workspace: Workspace) -> None:
    """Eighty changes by a generator with a fixed seed: none of them looks like tampering, refused ones included."""
    chance = random.Random(11)
    nora = next(e for e in workspace.entities() if e["uid"]["id"] == "nora")
    ids = ["nora", "lotte", "new-1", "new-2"]
    refusals = 0

    def change() -> None:
        id_ = chance.choice(ids)
        uid = f'Agent::"{id_}"'
        known = [view.id for view in workspace.credentials.list()]
        acts: list[Callable[[], object]] = [
            lambda: workspace.load_entities(
                [
                    {
                        **nora,
                        "uid": {"type": "Agent", "id": id_},
                        "attrs": {**nora["attrs"], "trust": chance.randint(0, 9)},
                    }
                ]
            ),
            lambda: workspace.remove_entities([uid]),
            lambda: workspace.set_fact("refunds_today", chance.randint(0, 3), principal=chance.choice(["", uid])),
            lambda: workspace.credentials.new_token(uid),
            lambda: workspace.credentials.register_key(uid, public_line(generate_key())),
            lambda: workspace.credentials.suspend(chance.choice(known)),
            lambda: workspace.credentials.resume(chance.choice(known)),
            lambda: workspace.credentials.revoke(chance.choice(known)),
        ]
        chance.choice(acts)()

    for _ in range(80):
        try:
            change()
        except WorkbenchError:
            refusals += 1
    assert 0 < refusals < 60
    found = lines(workspace)
    assert [found[subject].message for subject in SUBJECTS if not found[subject].ok] == []
