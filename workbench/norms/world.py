"""Worlds: the schema's one action that is told in words, the words that are told of it, and norms over those words.

Pure; may import the language. A schema has the shape of a world where it has an action ``act`` whose context has the
texts ``verb``, ``location``, ``target``, ``faction`` and ``hay``: then norms match parts of words, exactly as the
world-norms specification §2 says. Everything is lower-cased with ``str.lower`` on both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

from workbench.language.ast import (
    WILDCARD,
    ActionScope,
    Binary,
    Condition,
    EntityLit,
    EntityScope,
    Expr,
    GetAttr,
    Like,
    Lit,
    Policy,
    Scope,
    Var,
)
from workbench.language.schema import PrimitiveType, Schema
from workbench.norms.norm import Norm, NormError, tokens

ACT = "act"
WORDS = ("verb", "location", "target", "faction", "hay")
_FACTION = "Faction"
_TEXT = PrimitiveType("String")
_ANYONE = EntityScope("any")
MAX_WORDS = 60  # of a condition, and of what is prohibited: a rule of more is one that the language refuses


class Told(NamedTuple):
    """The words of one action as the context has them (``_asdict`` is that context)."""

    verb: str
    location: str
    target: str
    faction: str
    hay: str


@dataclass(frozen=True, slots=True)
class World:
    """A schema's shape of a world. ``action``: the uid of its action; ``faction``: the type of entity that an agent may
    be in and that is called one, or empty; ``agents`` and ``places``: the types that act, and where."""

    action: tuple[str, str]
    agents: tuple[str, ...]
    places: tuple[str, ...]
    faction: str = ""


def world_of(schema: Schema) -> World | None:
    """The shape of a world in ``schema``, or ``None`` where it is none."""
    for uid, action in schema.actions.items():
        said = action.context.attributes
        if action.id != ACT or not action.principals or not action.resources:
            continue
        if all(word in said and said[word].type == _TEXT and said[word].required for word in WORDS):
            within = (name for agent in action.principals for name in sorted(schema.entity_ancestors(agent)))
            factions = [name for name in within if name.rpartition("::")[2] == _FACTION]
            return World(uid, action.principals, action.resources, factions[0] if factions else "")
    return None


def told(action: str, location: str = "", target: str = "", faction: str = "") -> Told:
    """The words of an action (specification §2): the verb without white space at its ends, all of them in ``hay``.

    Raises :class:`NormError` (``not_text``) for what is no text.
    """
    for name, value in (("action", action), ("location", location), ("target", target), ("faction", faction)):
        if not isinstance(value, str):
            raise NormError("not_text", f"the {name} is a text, not `{type(value).__name__}`", "leave out what is none")
    hay = f"{action} {location} {target} {faction}".lower()
    return Told(action.lower().strip(), location.lower(), target.lower(), faction.lower().strip(), hay)


def forbid(norm: Norm, world: World, also: Sequence[str] = ()) -> Policy:
    """The forbid that ``norm`` is in ``world``, without annotations; ``also``: further factions that it binds.

    Raises :class:`NormError`: ``nothing_prohibited``, ``too_many_words``, ``scope_missing``."""
    prohibited, condition = _words(norm.prohibited, "prohibited"), _words(norm.condition, "condition")
    if not prohibited:
        raise NormError(
            "nothing_prohibited",
            f"the norm `{norm.name}` prohibits nothing, so that no action could ever break it",
            "name one or more actions, such as `attack steal`",
        )
    needed = [_like("hay", word) for word in condition]
    banned = reduce(lambda left, right: Binary("||", left, right), [_like("verb", word) for word in prohibited])
    parts = [*_bound(norm, world, also), *needed, banned]
    body = reduce(lambda left, right: Binary("&&", left, right), parts)
    action = ActionScope("eq", (EntityLit(*world.action),))
    return Policy("forbid", Scope(_ANYONE, action, _ANYONE), (Condition("when", body),))


def _words(text: str, field: str) -> tuple[str, ...]:
    words = tokens(text)
    if len(words) > MAX_WORDS:
        what = f"`{field}` has {len(words)} words, more than {MAX_WORDS}"
        raise NormError("too_many_words", what, "write several norms")
    return words


def _like(name: str, word: str) -> Expr:
    return Like(_said(name), (WILDCARD, word, WILDCARD))


def _said(name: str) -> Expr:
    return GetAttr(Var("context"), name)


def _bound(norm: Norm, world: World, also: Sequence[str]) -> Sequence[Expr]:
    """Whom the norm binds. Where the directory can put agents into factions, being in this one is enough, whichever
    of them an agent says that it acts for."""
    if norm.everyone:
        return ()
    scope = norm.scope.strip()
    if not scope:
        raise NormError("scope_missing", "the scope is empty", "name a faction, or `global` for everyone")
    said: Expr = Binary("==", _said("faction"), Lit(scope.lower()))
    if world.faction:
        for faction in (scope, *also):
            said = Binary("||", said, Binary("in", Var("principal"), EntityLit(world.faction, faction)))
    return (said,)
