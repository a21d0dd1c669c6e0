"""The scope of a rule in English: who, does what, to what. Pure.

An action is said by a phrase of the schema that means it and nothing else, or else by its name in quotes.
Imports lexicon, hearing, meaning, naming, norm; language for the tree.
"""

from __future__ import annotations

from dataclasses import replace

from workbench.authoring.hearing import doings
from workbench.authoring.lexicon import ActionPhrase, Lexicon, real_actions
from workbench.authoring.meaning import Env
from workbench.authoring.naming import action_name, article, entity, listed, quoted, type_noun
from workbench.authoring.norm import Doing, Thing
from workbench.language.ast import ActionScope, EntityLit, EntityScope, Scope, Slot
from workbench.language.schema import ActionType

ANYTHING = EntityScope("any")
ANYTHING_DONE = "do anything"


def environment(scope: Scope, lexicon: Lexicon | None) -> Env | None:
    """The environment of a rule: the actions that its scope covers, and the types that it is restricted to."""
    if lexicon is None:
        return None
    actions = covered(scope.action, lexicon)
    principal = scope.principal.type if scope.principal.kind in ("is", "is_in") else None
    resource = scope.resource.type if scope.resource.kind in ("is", "is_in") else None
    return Env(lexicon, actions, principal, resource) if actions else None


def covered(scope: ActionScope, lexicon: Lexicon) -> tuple[ActionType, ...]:
    """The actions that requests may name and a scope covers, in declaration order."""
    everything = real_actions(lexicon.schema)
    if scope.kind == "any":
        return everything
    uids = {(entity.type, entity.id) for entity in scope.entities}
    if scope.kind == "eq":
        return tuple(a for a in everything if a.uid in uids)
    return tuple(a for a in everything if a.uid in uids or uids & lexicon.schema.action_ancestors(a.uid))


# ---- who


def who(scope: EntityScope, lexicon: Lexicon | None, env: Env | None, kind: str) -> str:
    """Those whom a scope of a principal names; ``kind`` is what "any agent" begins with ("any", "no", "an").

    The empty string for everybody. Where a type alone is named and the actions take no other, that is said outright:
    "any agent" would be understood as everybody.
    """
    match scope:
        case EntityScope(kind="is", type=str() as name):
            said = type_noun(name, lexicon)
            if not said or not _several(env, "principal"):
                return f"{'nobody' if kind == 'no' else 'anyone'} of the type {quoted(name)}"
            return article(said) if kind == "an" else f"{kind} {said}"
        case EntityScope(kind="eq", entity=EntityLit() as one):
            return entity(one, lexicon)
        case EntityScope(kind="in", entity=EntityLit() as group):
            return f"members of {entity(group, lexicon)}"
        case EntityScope(kind="is_in", type=str() as name, entity=EntityLit() as group):
            said = type_noun(name, lexicon)
            if not said or not _several(env, "principal"):
                return f"anyone of the type {quoted(name)} in {entity(group, lexicon)}"
            return f"any {said} in {entity(group, lexicon)}"
        case EntityScope(entity=Slot(name=slot)):
            return _slot(scope, slot)
        case _:
            return ""


def _several(env: Env | None, owner: str) -> bool:
    """Whether the actions of a rule take more than one type of principal or resource, as far as is known."""
    if env is None:
        return True
    return len({name for a in env.actions for name in (a.principals if owner == "principal" else a.resources)}) > 1


def _slot(scope: EntityScope, slot: str) -> str:
    filled = f"what is filled in for {quoted('?' + slot)}"
    match scope.kind:
        case "eq":
            return filled
        case "in":
            return f"whatever is in {filled}"
        case _:
            return f"whatever is of the type {quoted(scope.type or '')} and in {filled}"


# ---- does what


def action(
    scope: ActionScope, resource: EntityScope, lexicon: Lexicon | None, env: Env | None, *, by_name: bool = False
) -> str:
    """A verb phrase for the actions and what they are done to: "reply to a ticket".

    ``by_name``: several actions as a list of names, which the grammar does not read.
    """
    if scope.kind == "any":
        return ANYTHING_DONE + _on(resource, lexicon, env)
    if scope.kind == "eq":
        return _action(scope.entities[0], resource, lexicon, env)
    if not scope.listed:
        name = action_name(scope.entities[0], lexicon)
        if lexicon is None or not _real(scope.entities[0], lexicon):
            return f"perform any action in the group {name}" + _on(resource, lexicon, env)
        return f"perform the action {name} or any action in it" + _on(resource, lexicon, env)
    if not scope.entities:
        return "perform no action" + _on(resource, lexicon, env)
    if len(scope.entities) == 1 or by_name:
        names = listed([action_name(one, lexicon) for one in scope.entities], "and")
        return f"perform any action among {names}" + _on(resource, lexicon, env)
    return listed([_action(one, resource, lexicon, env, among=True) for one in scope.entities], "or")


def _real(entity: EntityLit, lexicon: Lexicon) -> bool:
    found = lexicon.schema.actions.get((entity.type, entity.id))
    return found is None or bool(found.principals and found.resources)


def _action(
    entity: EntityLit, resource: EntityScope, lexicon: Lexicon | None, env: Env | None, *, among: bool = False
) -> str:
    if lexicon is not None and env is not None:
        uid = (entity.type, entity.id)
        for said in (s for p in lexicon.actions if p.uid == uid and not p.passive for s in _said(p, resource, lexicon)):
            if _means(said, uid, resource, lexicon, env):
                return said
    itself = "" if among or lexicon is None or _real(entity, lexicon) else " itself"
    return f"perform the action {action_name(entity, lexicon)}{itself}" + _on(resource, lexicon, env)


def _said(phrase: ActionPhrase, resource: EntityScope, lexicon: Lexicon) -> list[str]:
    """The phrase with its object filled in; without an object where the resource may be anything."""
    thing = _thing(resource, lexicon)
    if not thing and resource != ANYTHING:
        return []
    if not thing:
        kinds = lexicon.schema.actions[phrase.uid].resources
        noun = type_noun(kinds[0], lexicon) if len(kinds) == 1 else ""
        thing = article(noun) if noun else "anything"
    if phrase.named:
        verb, _, rest = phrase.text.partition(" ")
        if not rest:
            return [f"{phrase.text} {thing}"]
        return [f"{verb} {thing}", phrase.text] if thing == article(rest) else [phrase.text]
    return [" ".join(phrase.text.replace("…", f" {thing} ").replace("...", f" {thing} ").split())]


def _thing(resource: EntityScope, lexicon: Lexicon) -> str:
    match resource:
        case EntityScope(kind="is", type=str() as name):
            noun = type_noun(name, lexicon)
            return article(noun) if noun else ""
        case EntityScope(kind="eq", entity=EntityLit() as one):
            return entity(one, lexicon)
        case _:
            return ""


def _means(said: str, uid: tuple[str, str], resource: EntityScope, lexicon: Lexicon, env: Env) -> bool:
    """Whether a verb phrase means this action on these resources and nothing else."""
    heard = doings(lexicon, said)
    kinds = {name for a in env.actions for name in a.resources}
    wanted = Thing()
    match resource:
        case EntityScope(kind="is", type=str() as name):
            if len(kinds) < 2:  # the type would be taken as said in passing
                return False
            wanted = Thing(type=name)
        case EntityScope(kind="eq", entity=EntityLit() as one):
            wanted = Thing(entity=one)
        case _:
            if len(kinds) < 2:
                heard = {replace(doing, thing=replace(doing.thing, type=None)) for doing in heard}
    return {replace(doing, open=False) for doing in heard} == {Doing(uid, wanted)}


def _on(resource: EntityScope, lexicon: Lexicon | None, env: Env | None) -> str:
    match resource:
        case EntityScope(kind="any"):
            return ""
        case EntityScope(kind="is", type=str() as name):
            noun = type_noun(name, lexicon)
            plainly = noun and _several(env, "resource")
            return f" on {article(noun)}" if plainly else f" on anything of the type {quoted(name)}"
        case EntityScope(kind="eq", entity=EntityLit() as one):
            return f" on {entity(one, lexicon)}"
        case EntityScope(kind="in", entity=EntityLit() as group):
            return f" on anything inside {entity(group, lexicon)}"  # "in" would be a condition
        case EntityScope(kind="is_in", type=str() as name, entity=EntityLit() as group):
            return f" on anything of the type {quoted(name)} inside {entity(group, lexicon)}"
        case EntityScope(entity=Slot(name=slot)):
            return f" on {_slot(resource, slot)}"
        case _:
            return ""


def doing(said: str, lexicon: Lexicon | None) -> str:
    """A verb phrase as a noun: "merging a pull request"; "to merge …" where the grammar does not read it the same."""
    verb, _, rest = said.partition(" ")
    for form in _gerunds(verb):
        gerund = f"{form} {rest}".strip()
        if lexicon is not None and doings(lexicon, gerund) == doings(lexicon, said) != set():
            return gerund
    return f"to {said}"


def _gerunds(verb: str) -> tuple[str, ...]:
    vowels = "aeiou"
    if verb.endswith("ie"):
        return (verb[:-2] + "ying",)
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return (verb[:-1] + "ing",)
    short = len(verb) > 2 and verb[-1] not in vowels + "wxy" and verb[-2] in vowels and verb[-3] not in vowels
    if short and sum(letter in vowels for letter in verb) == 1:
        return (verb + verb[-1] + "ing",)
    return (verb + "ing",)
