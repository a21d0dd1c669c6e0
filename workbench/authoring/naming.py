"""Names of a schema as words that lead back to that name alone: types, entities, actions. Pure.

A name is said as plain words only where no other name could be meant by them; else it is quoted exactly, with its
namespace. Imports lexicon, words; language for the tree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.authoring.lexicon import Lexicon
from workbench.authoring.words import split_name
from workbench.language.ast import EntityLit

_SNAKE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z][a-z0-9]*)*")
_CAMEL = re.compile(r"(?:[A-Z][a-z0-9]+)+")
_CONNECTING = frozenset(("and", "or", "not", "is", "are", "if", "then", "otherwise", "unless", "when", "of", "than"))
_TAKEN = frozenset(("principal", "resource", "request", "action", "approver", "requester", "actor", "set", "record"))


def plain(name: str) -> str:
    """A schema name as words: ``refunds_today`` → refunds today, ``KnowledgeBase`` → knowledge base."""
    base = name.rsplit("::", 1)[-1]
    return " ".join(re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9À-￿]+", " ", base).split()).lower()


def quoted(text: str) -> str:
    """``text`` in quotation marks; quotes and backslashes escaped, anything unprintable as ``\\u{…}``."""
    shown = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in shown) + '"'


def article(noun: str) -> str:
    """ "an agent", "a ticket"."""
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def sayable(name: str) -> bool:
    """Whether the plain words of an attribute's name lead back to that name and to no other."""
    return _SNAKE.fullmatch(name) is not None and not _CONNECTING & set(name.split("_"))


def type_noun(name: str, lexicon: Lexicon | None) -> str:
    """The noun of an entity type where it names that type alone: "knowledge base"; the empty string elsewhere."""
    said = plain(name)
    if not said or said in _TAKEN or _CONNECTING & set(said.split()):
        return ""
    if lexicon is None:
        return said if _CAMEL.fullmatch(name) else ""
    if name not in lexicon.schema.entity_types:
        return ""
    named = {word.type for word in lexicon.types if word.phrase.items == split_name(name)}
    alike = {other for other in lexicon.schema.entity_types if plain(other) == said}
    return said if named == alike == {name} else ""


def entity(node: EntityLit, lexicon: Lexicon | None) -> str:
    """``the team "billing"``; ``the "Desk::Team" "billing"`` where the noun does not say which type that is."""
    return f"the {type_noun(node.type, lexicon) or quoted(node.type)} {quoted(node.id)}"


def action_name(node: EntityLit, lexicon: Lexicon | None) -> str:
    """An action's id in quotes, with its namespace where another action has the same id."""
    if lexicon is None:
        alone = node.type == "Action"
    else:
        alone = [uid for uid in lexicon.schema.actions if uid[1] == node.id] == [(node.type, node.id)]
    return quoted(node.id if alone and "::" not in node.id else f"{node.type}::{node.id}")


def listed(said: Sequence[str], word: str) -> str:
    """ "a", "a and b", "a, b and c"."""
    return said[0] if len(said) == 1 else ", ".join(said[:-1]) + f" {word} " + said[-1]
