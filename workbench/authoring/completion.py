"""What may come next at the caret: phrases of the schema and function words in English, names of the schema in Cedar+.

Pure functions of a text, an offset and a schema; nothing is changed, and nothing is offered that stands there already.
Imports lexicon, offers; language for the schema and for static types.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from workbench.authoring.lexicon import CONTEXT, Lexicon, is_text, lexicon_of, parse_values
from workbench.authoring.offers import Completions, Item
from workbench.language.inference import attributes_of, type_name
from workbench.language.literals import is_plain_identifier
from workbench.language.schema import ActionType, Attribute, EntityRef, Schema, Type

MOST = 8
_MOST_WORDS = 5
_FEWEST_LETTERS = 2


# ---- English ---------------------------------------------------------------------------------------------------------

_WORDS_BEFORE = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_BOUNDARY = re.compile(r"[.!?;:\n]")


def complete_english(text: str, offset: int, schema: Schema, *, asked: bool = False) -> Completions:
    """Phrases that go on from the words before ``offset``; with ``asked`` also where no letter of them stands yet.

    A phrase fits where the last words, one to five, are its beginning. Longer beginnings come first; after a word such
    as "may" actions do.
    """
    offset = max(0, min(offset, len(text)))
    if offset < len(text) and (text[offset].isalnum() or text[offset] == "_"):
        return Completions(offset, offset)  # within a word
    begin = max((found.end() for found in _BOUNDARY.finditer(text, max(0, offset - 400), offset)), default=0)
    before = text[begin:offset]
    lexicon = lexicon_of(schema)
    words = list(_WORDS_BEFORE.finditer(before))
    fresh = not words or words[-1].end() < len(before)
    if fresh and not asked:
        return Completions(offset, offset)
    after_modal = _ends_with(before if fresh else before[: words[-1].start()], _modals(lexicon))
    found: dict[str, tuple[tuple[int, int, int], Item, int]] = {}
    starts = [len(before)] if fresh else [word.start() for word in words[-_MOST_WORDS:]]
    for start in starts:
        typed = " ".join(before[start:].lower().split())
        if not fresh and len(typed) < _FEWEST_LETTERS:
            continue
        for phrase, item in _phrases(lexicon):
            low = phrase.lower()
            if low.startswith(typed) and low != typed and item.text not in found:
                rank = (start, _order(item.kind, after_modal), len(phrase))
                found[item.text] = (rank, item, begin + start)
    ranked = sorted(found.values(), key=lambda entry: entry[0])[:MOST]
    if not ranked:
        return Completions(offset, offset)
    first = ranked[0][2]  # what goes with the longest beginning; the others would replace another range
    return Completions(first, offset, tuple(item for _, item, start in ranked if start == first))


def _order(kind: str, after_modal: bool) -> int:
    order = ("action", "word", "type", "value", "attribute")
    return order.index(kind) if after_modal else (*order[1:], order[0]).index(kind)


def _ends_with(text: str, phrases: Iterable[str]) -> bool:
    said = " ".join(text.lower().split())
    return any(said == phrase or said.endswith(" " + phrase) for phrase in phrases)


@lru_cache(maxsize=16)
def _phrases(lexicon: Lexicon) -> tuple[tuple[str, Item], ...]:
    """Every phrase of the schema as a person would write it, then the function words."""
    found: dict[str, Item] = {}
    for action in lexicon.actions:
        said = " ".join(part.strip() for part in re.split(r"…|\.\.\.", action.text)[:1]).strip() or action.text
        found.setdefault(said, Item(said, "action", _rest(action.text, said)))
    for entity in lexicon.types:
        for said in (entity.phrase.text, _plural(entity.phrase.text)):
            found.setdefault(said, Item(said, "type", entity.type))
    for value in lexicon.values:
        found.setdefault(value.phrase.text, Item(value.phrase.text, "value", f"{'.'.join(value.path)} {value.value}"))
    for attribute in lexicon.attributes:
        said = attribute.phrase.text.split("…")[0].strip()
        if said:
            place = "the request" if attribute.place == CONTEXT else attribute.place
            found.setdefault(said, Item(said, "attribute", f"of {place}: {type_name(attribute.type)}"))
    for word in _function_words(lexicon):
        found.setdefault(word, Item(word, "word"))
    return tuple(found.items())


def _rest(whole: str, said: str) -> str:
    left = " ".join(whole.split())
    return left if left != said else ""


def _plural(noun: str) -> str:
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun + "es"
    return noun[:-1] + "ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else noun + "s"


def _modals(lexicon: Lexicon) -> tuple[str, ...]:
    words = lexicon.words.modality
    return tuple(p for p in (*words.forbid, *words.permit, *words.permit_only, *words.after_nobody) if "~" not in p)


def _function_words(lexicon: Lexicon) -> Iterator[str]:
    """Those that begin, join and limit norms; forms that depend on a lemma are left out."""
    words = lexicon.words
    joining = words.connective
    lists = (
        words.who.nobody, words.modality.forbid, words.modality.permit, words.modality.permit_only, joining.only_if,
        joining.unless, joining.except_, joining.if_, words.comparator.signs, words.comparator.between,
    )  # fmt: skip
    for phrases in lists:
        yield from (phrase for phrase in phrases if "~" not in phrase and len(phrase) > _FEWEST_LETTERS)


# ---- Cedar+ ----------------------------------------------------------------------------------------------------------

_PATH = re.compile(r"(?<![\w.])(principal|resource|context)((?:\.\w+)*)\.(\w*)\Z")
_VALUE = re.compile(
    r'(?<![\w.])(principal|resource|context)((?:\.\w+)+)\s*(?:(?:==|!=)\s*|\.contains\(\s*|\.contains(?:Any|All)\(\[(?:\s*"[^"]*",)*\s*)"([^"\n]*)\Z'
)
_ACTION = re.compile(r'((?:\w+::)*Action)::"([^"\n]*)\Z')
_IS = re.compile(r"\bis\s+([\w:]*)\Z")
_WORD = re.compile(r"(?<![\w.\"@?])(\w{2,})\Z")
_NAMED = re.compile(r'((?:\w+::)*Action)::"([^"\n]*)"')
_IS_SCOPE = re.compile(r"\b(principal|resource)\s+is\s+([\w:]+)")
_KEYWORDS = (
    "permit", "forbid", "prefer", "procedure", "principal", "action", "resource", "context", "when", "unless", "has",
    "like", "contains", "require", "approval", "timeout", "timelock", "escalate",
)  # fmt: skip


def complete_cedar(text: str, offset: int, schema: Schema) -> Completions:
    """Names of the schema that fit at ``offset``: attributes of what the rule's scope leaves, actions, values, types.

    Nothing within comments and annotations' texts.
    """
    offset = max(0, min(offset, len(text)))
    line = text[text.rfind("\n", 0, offset) + 1 : offset]
    if "//" in line or line.lstrip().startswith("@"):
        return Completions(offset, offset)
    before = text[max(0, offset - 600) : offset]
    rule = _rule_around(text, offset)
    for pattern, offered in ((_VALUE, _values), (_ACTION, _actions), (_PATH, _attributes), (_IS, _types)):
        found = pattern.search(before)
        if found is not None:
            return _made(found, offset, text, offered(found, rule, schema))
    found = _WORD.search(before)
    if found is None:
        return Completions(offset, offset)
    return _made(found, offset, text, (Item(word, "word") for word in _KEYWORDS))


def _made(found: re.Match[str], offset: int, text: str, items: Iterable[Item]) -> Completions:
    typed = found[found.lastindex or 1]
    start = offset - len(typed)
    quoted = text[start - 1 : start] == '"'
    closing = '"' if quoted and text[offset : offset + 1] != '"' else ""
    fitting = [
        Item(item.text + closing, item.kind, item.detail)
        for item in dict.fromkeys(items)
        if item.text.lower().startswith(typed.lower()) and (item.text != typed or closing)
    ]
    fitting.sort(key=lambda item: not item.text.startswith(typed))
    return Completions(start, offset, tuple(fitting[:MOST]))


def _rule_around(text: str, offset: int) -> str:
    """The text of the rule that is being written, as far as the caret."""
    start = max(text.rfind(";", 0, offset), text.rfind("\n\n", 0, offset), text.rfind("\n}", 0, offset))
    return text[start + 1 : offset]


def _scope(rule: str, schema: Schema) -> list[ActionType]:
    """The actions that the rule's scope leaves; all of them where it names none."""
    named = [schema.actions[uid] for uid in _NAMED.findall(rule) if uid in schema.actions]
    actions = [member for action in named for member in (action, *schema.members_of(action.uid))] or [
        *schema.actions.values()
    ]
    return [action for action in actions if action.principals and action.resources]


def _fields(owner: str, path: str, rule: str, schema: Schema) -> dict[str, Attribute]:
    """Attributes at ``owner`` after ``path``, of every type that is possible there."""
    actions = _scope(rule, schema)
    narrowed = {kind for who, kind in _IS_SCOPE.findall(rule) if who == owner}
    kinds: list[Type]
    if owner == CONTEXT:
        kinds = [action.context for action in actions]
    else:
        names = {
            name: None
            for action in actions
            for name in (action.principals if owner == "principal" else action.resources)
        }
        kinds = [EntityRef(name) for name in names if not narrowed or name in narrowed]
    for step in path.split(".")[1:]:
        found = [attributes_of(kind, schema).get(step) for kind in kinds]
        kinds = [attribute.type for attribute in found if attribute is not None]
    fields: dict[str, Attribute] = {}
    for kind in kinds:
        for name, attribute in attributes_of(kind, schema).items():
            fields.setdefault(name, attribute)
    return fields


def _attributes(found: re.Match[str], rule: str, schema: Schema) -> Iterator[Item]:
    for name, attribute in _fields(found[1], found[2], rule, schema).items():
        if is_plain_identifier(name):
            optional = "" if attribute.required else ", optional"
            yield Item(name, "attribute", type_name(attribute.type) + optional)


def _values(found: re.Match[str], rule: str, schema: Schema) -> Iterator[Item]:
    owner, path = found[1], found[2]
    place, _, last = path.rpartition(".")
    attribute = _fields(owner, place, rule, schema).get(last)
    if attribute is not None and is_text(attribute.type):
        for value, phrases in parse_values(attribute.annotations.get("values", "")):
            said = next((phrase.text for phrase in phrases if phrase.text != value), "")
            yield Item(value, "value", said)


def _actions(found: re.Match[str], _rule: str, schema: Schema) -> Iterator[Item]:
    for kind, name in schema.actions:
        if kind == found[1]:
            yield Item(name, "action", schema.actions[kind, name].annotations.get("phrase", "").split("|")[0].strip())


def _types(_found: re.Match[str], _rule: str, schema: Schema) -> Iterator[Item]:
    yield from (Item(name, "type") for name in schema.entity_types)
