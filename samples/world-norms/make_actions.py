"""Writes ``actions.jsonl``: one evening of a small game world, action by action.

    python samples/world-norms/make_actions.py            # rewrites actions.jsonl beside this file
    python samples/world-norms/make_actions.py --stdout   # prints it instead

The same bytes come out of every run and every Python version: the only source of chance is
``random.Random(SEED).random()``. The evening runs from 18:00 to 21:00 UTC on Saturday 2026-03-21. Ten agents of four
factions wander, trade and now and then break the peace: about one action in fifteen attacks, steals or loots, mostly
where that hurts. The constitution forbids none of it; norms do. The words of an action are written as the service
writes them (``facts``): nobody who acts says them of itself.

May import the standard library only.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

HERE = Path(__file__).parent
SEED = 20260321
ACTIONS = 240
BEGIN = datetime(2026, 3, 21, 18, 0, tzinfo=UTC)
EVENING = 3 * 3600  # seconds

FACTIONS = {  # agent → the faction that directory.json puts it into
    "aldric": "Silver Order",
    "brenna": "Silver Order",
    "corin": "Silver Order",
    "dagna": "Iron Guild",
    "edda": "Iron Guild",
    "fenn": "Iron Guild",
    "grim": "Red Hand",
    "hild": "Red Hand",
    "isolde": "Free Folk",
    "jory": "Free Folk",
}
ROUGH = {"grim": 0.22, "hild": 0.18, "fenn": 0.08, "jory": 0.06}  # chance of breaking the peace; others never do
PEACEFUL = ["Greet", "trade", "travel", "gather herbs", "craft", "rest", "cast healing", "enter"]
ROUGH_ACTS = ["attack", "steal", "Attack", "cast fireball", "loot"]
PLACES = ["Market Square", "Safe_Zone_1", "Safe_Zone_2", "Temple", "Harbor", "North Forest", "Mine", "Arena"]
TENDER = ["Safe_Zone_1", "Safe_Zone_2", "Market Square"]  # where the peace is broken most
TARGETS = ["merchant", "traveller", "guard", "", "", "wolf", "chest"]

T = TypeVar("T")


def words(action: str, location: str, target: str, faction: str) -> dict[str, str]:
    """The context of an action as the service writes it."""
    return {
        "verb": action.lower().strip(),
        "location": location.lower(),
        "target": target.lower(),
        "faction": faction.lower().strip(),
        "hay": f"{action} {location} {target} {faction}".lower(),
    }


def text() -> str:
    """The whole recording, one JSON object a line."""
    chance = Random(SEED)

    def pick(among: Sequence[T]) -> T:
        return among[int(chance.random() * len(among))]

    lines = []
    for number in range(ACTIONS):
        agent = pick(list(FACTIONS))
        rough = chance.random() < ROUGH.get(agent, 0.0)
        action = pick(ROUGH_ACTS if rough else PEACEFUL)
        place = pick(TENDER if rough and chance.random() < 0.7 else PLACES)
        said = words(action, place, pick(TARGETS), FACTIONS[agent])
        at = BEGIN + timedelta(seconds=EVENING * number // ACTIONS, milliseconds=int(chance.random() * 1000))
        request: dict[str, Any] = {
            "principal": f'Agent::"{agent}"',
            "action": 'Action::"act"',
            "resource": 'World::"world"',
            "context": {},
        }
        when = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        lines.append({"at": when, "request": request, "facts": said, "entities": []})
    return "".join(json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n" for line in lines)


if __name__ == "__main__":
    if "--stdout" in sys.argv[1:]:
        sys.stdout.write(text())
    else:
        (HERE / "actions.jsonl").write_text(text(), encoding="utf-8")
