"""Everything that one can speak of under a schema: actors, things, actions and facts, each with its words. Pure.

Imports lexicon, words; language.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from workbench.authoring.lexicon import CONTEXT, flatten, is_text, real_actions
from workbench.authoring.words import name_nouns
from workbench.language.schema import (
    ActionType,
    Attribute,
    EntityRef,
    ExtensionType,
    PrimitiveType,
    Schema,
    SetType,
    Type,
)
from workbench.language.schema_annotations import split_phrases, split_values
from workbench.language.schema_phrases import Named

Kind: TypeAlias = Literal["actor", "thing", "action", "fact"]
KINDS: tuple[Kind, ...] = ("actor", "action", "thing", "fact")
SOURCES = {
    "caller": "the agent's own word",
    "server": "known here",
    "meter": "counted here",
    "identity": "from the identity provider",
}
GROUP = "a group"
_SORTS = {
    "Long": "a whole number",
    "String": "a text",
    "Bool": "yes or no",
    "decimal": "a number with decimals",
    "ipaddr": "a network address",
    "datetime": "a date and time",
    "duration": "a length of time",
}


@dataclass(frozen=True, slots=True)
class ValueSaid:
    """A value that a fact may have, and the phrases of the schema for it (its own words count besides)."""

    value: str
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """One thing to speak of.

    ``key``: its name for commands (``issue_refund``, ``Ticket.priority``, ``context.amount``). ``title``: what it is
    called in plain words. ``own``: the words of its name, which are always understood. ``phrases``: those that the
    schema adds. ``of``: whose it is, or who does it to what. ``sort``: what it can be. ``source``: whose word it is.
    """

    key: str
    kind: Kind
    named: Named
    title: str
    own: str
    phrases: tuple[str, ...]
    of: str = ""
    sort: str = ""
    values: tuple[ValueSaid, ...] = ()
    source: str = ""


def words_of(schema: Schema) -> tuple[Word, ...]:
    """Every word, kind by kind, in the order of the schema."""
    found = [*_types(schema), *_actions(schema), *_facts(schema)]
    return tuple(word for kind in KINDS for word in found if word.kind == kind)


def find(words: Sequence[Word], wanted: str) -> tuple[Word, ...]:
    """The words that ``wanted`` names: by key, else by the last part of a key, else by a phrase or its plain name."""
    said = " ".join(wanted.split()).casefold()
    keyed = tuple(word for word in words if word.key.casefold() == said)
    ended = tuple(word for word in words if word.key.rpartition(".")[2].rpartition("::")[2].casefold() == said)
    return keyed or ended or tuple(word for word in words if said in _names(word))


def _names(word: Word) -> frozenset[str]:
    said = (word.title, word.own, *word.phrases)
    bare = [" ".join(text.replace("…", " ").replace("...", " ").split()) for text in said]
    return frozenset(text.casefold() for text in (*said, *bare))


def matching(words: Sequence[Word], needle: str) -> tuple[Word, ...]:
    """The words in which every part of ``needle`` stands somewhere: name, phrase, value or owner."""
    parts = needle.casefold().split()
    return tuple(word for word in words if all(part in _searched(word) for part in parts))


def _searched(word: Word) -> str:
    values = " ".join(" ".join((value.value, *value.phrases)) for value in word.values)
    return " ".join((word.key, word.kind, word.title, word.own, *word.phrases, word.of, word.sort, values)).casefold()


# ---- the words -------------------------------------------------------------------------------------------------------


def _types(schema: Schema) -> Iterator[Word]:
    actors = {name for action in real_actions(schema) for name in action.principals}
    actors |= {above for name in actors for above in schema.entity_ancestors(name)} - {
        name for action in real_actions(schema) for name in action.resources
    }
    acting = {name for action in real_actions(schema) for name in (*action.principals, *action.resources)}
    for name, entity in schema.entity_types.items():
        phrases = tuple(split_phrases(entity.annotations.get("phrase", "")))
        inside = [article(noun_of(schema, parent)) for parent in entity.parents]
        sort = "" if name in acting else GROUP
        sort = f"one of {len(entity.enum)}: {', '.join(entity.enum[:6])}" if entity.enum else sort
        of = f"may belong to {_listed(inside, 'or')}" if inside else ""
        kind: Kind = "actor" if name in actors else "thing"
        yield Word(name, kind, Named("type", name), noun_of(schema, name), plain(name), phrases, of, sort)


def _actions(schema: Schema) -> Iterator[Word]:
    for action in real_actions(schema):
        phrases = tuple(split_phrases(action.annotations.get("phrase", "")))
        who = _listed([article(noun_of(schema, name)) for name in action.principals], "or")
        what = _listed([article(noun_of(schema, name)) for name in action.resources], "or")
        named = Named("action", action.type, (action.id,))
        key = action.id if action.type == "Action" else f"{action.type.removesuffix('::Action')}::{action.id}"
        yield Word(
            key, "action", named, (*phrases, plain(action.id))[0], plain(action.id), phrases, f"by {who}, to {what}"
        )


def _facts(schema: Schema) -> Iterator[Word]:
    for name, entity in schema.entity_types.items():
        for path, attribute in flatten(entity.attributes):
            yield _fact(schema, name, path, attribute, f"of {article(noun_of(schema, name))}")
    seen: dict[tuple[str, ...], tuple[Attribute, list[ActionType]]] = {}
    for action in real_actions(schema):
        for path, attribute in flatten(action.context.attributes):
            seen.setdefault(path, (attribute, []))[1].append(action)
    everywhere = len(real_actions(schema))
    for path, (attribute, actions) in seen.items():
        where = "of the request"
        if len(actions) < everywhere:
            told = _listed([plain(action.id) for action in actions[:3]], "and")
            where += f", when it is to {told}" if len(actions) <= 3 else f", in {len(actions)} actions"
        yield _fact(schema, CONTEXT, path, attribute, where)


def _fact(schema: Schema, owner: str, path: tuple[str, ...], attribute: Attribute, of: str) -> Word:
    phrases = tuple(split_phrases(attribute.annotations.get("phrase", "")))
    values = [
        ValueSaid(value, said)
        for value, said in (split_values(attribute.annotations.get("values", "")) if is_text(attribute.type) else ())
        if value
    ]
    own = plain(path[-1])
    sort = _sort(schema, attribute.type) + ("" if attribute.required else ", or not given")
    return Word(
        key=".".join((owner, *path)),
        kind="fact",
        named=Named("attribute", owner, path),
        title=own,
        own=own,
        phrases=phrases,
        of=of,
        sort=sort,
        values=tuple(values),
        source=SOURCES.get(attribute.source, attribute.source) if owner == CONTEXT else "",
    )


def _sort(schema: Schema, of: Type) -> str:
    match of:
        case PrimitiveType(name=name) | ExtensionType(name=name):
            return _SORTS[name]
        case EntityRef(name=name):
            return article(noun_of(schema, name))
        case SetType(element=EntityRef(name=name)):
            return f"any number of {noun_of(schema, name)}s"
        case SetType(element=PrimitiveType(name="String")):
            return "any number of texts"
        case SetType():
            return "any number of values"
        case _:
            return "several facts together"


def noun_of(schema: Schema, name: str) -> str:
    """What an entity of the type ``name`` is called: its first phrase without a gap, else the words of its name."""
    entity = schema.entity_types.get(name)
    said = split_phrases(entity.annotations.get("phrase", "")) if entity is not None else []
    return next((phrase for phrase in said if "…" not in phrase and "..." not in phrase), plain(name))


def _listed(items: Sequence[str], word: str) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {word} {items[-1]}" if items else ""


def plain(name: str) -> str:
    """A name of the schema as words: ``refunds_today`` → refunds today."""
    return " ".join(name_nouns(name)) or name


def article(noun: str) -> str:
    """``an agent``, ``a ticket``."""
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"
