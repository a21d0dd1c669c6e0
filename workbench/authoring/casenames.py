"""Short names for test cases: what the settings of a rule's conditions are, in a few words. Pure. Imports language."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from workbench.authoring.forcing import ABSENT, OTHER, PRESENT, SAME, SELF, STRANGER, Edits, Key
from workbench.authoring.naming import plain
from workbench.language.ast import Expr, walk

MOST_CHARACTERS = 90


def describe(condition: Expr, edits: Edits) -> str:
    """The settings in ``edits`` in the order of the condition: "email tag", "amount 501", "not the owner"."""
    said = [_setting(key, value, edits) for key, value in edits.items()]
    words = ", ".join(dict.fromkeys(text for text in said if text))
    if not words:
        return "any request" if sum(1 for _ in walk(condition)) == 1 else "nothing set"
    return words if len(words) <= MOST_CHARACTERS else words[: MOST_CHARACTERS - 1].rstrip() + "…"


def _setting(key: Key, value: Any, edits: Edits) -> str:
    if key[1] == "#in":
        return f"{'in' if value else 'not in'} {plain(key[2])} {key[3]}"
    if key[1] == "#type":
        return plain(value)
    if key[1] == "#id":
        return f"another {key[0]}" if value is STRANGER else f"{plain(value[0])} {value[1]}"
    if "#has" in key:
        noun = plain(key[key.index("#has") - 1])
        single = noun[:-1] if noun.endswith("s") and not noun.endswith("ss") else noun
        return f"{key[-1]} {single}" if value else f"no {key[-1]} {single}"
    name = plain(key[-1])
    if value is ABSENT:
        return f"{name} missing"
    if value is PRESENT:
        return f"{name} given"
    if value is STRANGER:
        return f"another's ({name})"
    if isinstance(value, tuple):
        return f"own ({name})" if value[0] is SELF else f"{name} {value[2]}"
    if isinstance(value, bool):
        return name if value else f"not {name}"
    if isinstance(value, Decimal):
        return f"{name} {value:f}"
    twins = [edits[other] for other in edits if other[0] != key[0] and other[-1] == key[-1]]
    if SAME in (value, *twins):
        return f"same {name}" if twins == [value] else f"different {name}"
    return f"other {name}" if value == OTHER else f"{name} {value}"
