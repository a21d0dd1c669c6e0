"""A sentence for each word of a schema, made from a rule and proved: it compiles to a rule that reads the thing. Pure.

The rule's paraphrase is tried first, because the grammar reads those back; then plain sentences that a person would
write. Imports vocabulary, compiler, paraphrase; language.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.authoring.compiler import compile_sentence
from workbench.authoring.lexicon import CONTEXT, flatten, real_actions
from workbench.authoring.paraphrase import paraphrase
from workbench.authoring.result import SentenceResult
from workbench.authoring.vocabulary import Word, article, noun_of, plain
from workbench.language.ast import GetAttr, Has, Policy, Statement, walk
from workbench.language.check import check
from workbench.language.literals import is_plain_identifier, quote
from workbench.language.parser import parse_statement
from workbench.language.schema import ActionType, Attribute, EntityRef, ExtensionType, PrimitiveType, Schema, SetType
from workbench.language.schema_annotations import split_phrases


def example_of(schema: Schema, word: Word) -> str:
    """A sentence about ``word`` that compiles to a rule which reads it; empty where none was found."""
    for rule in _rules(schema, word):
        said = _proved(schema, word, rule)
        if said:
            return _plainer(schema, word, said)
    if word.named.kind == "type":
        return _written(schema, word, (noun_of(schema, word.named.owner),))
    return ""


def _written(schema: Schema, word: Word, forms: Sequence[str], value: str = "") -> str:
    """A sentence that a person would write with one of ``forms``, if it compiles to a rule that reads ``word``."""
    for form in forms:
        for sentence in _plain_sentences(schema, word, form, value):
            made = compile_sentence(sentence, schema)
            if made.status == "compiled" and _reads(word, made.candidates[0].statements):
                return sentence
    return ""


def _plainer(schema: Schema, word: Word, said: str) -> str:
    """The same with a value's words where the paraphrase quotes the value, if that still means the same."""
    meant = compile_sentence(said, schema)
    for item in word.values:
        for phrase in (*item.phrases, item.value):
            other = said.replace(quote(item.value), phrase)
            if other != said and _same(compile_sentence(other, schema), meant):
                return other
    return said


def _same(one: SentenceResult, other: SentenceResult) -> bool:
    return one.status == other.status == "compiled" and one.candidates[0].statements == other.candidates[0].statements


def example_with(schema: Schema, word: Word, phrase: str, value: str = "") -> str:
    """A sentence that says ``phrase`` for ``word`` (or for its ``value``) and compiles to the same; empty where none.

    ``schema`` has the phrase already.
    """
    fillers = _fillers(schema, word)
    forms = _forms(phrase, fillers)
    known = {word.own, word.title, *word.phrases} if not value else {value, quote(value)}
    known |= {each for item in word.values if item.value == value for each in item.phrases}
    olds = sorted({form for old in known - {phrase} for form in _forms(old, fillers)}, key=len, reverse=True)
    for rule in _rules(schema, word, value):
        before = _proved(schema, word, rule)
        if before:
            meant = compile_sentence(before, schema)
            for sentence in _exchanged(before, olds, forms):
                if _same(compile_sentence(sentence, schema), meant):
                    return sentence
    return _written(schema, word, forms, value)  # the paraphrase may say it otherwise


def _exchanged(sentence: str, olds: Sequence[str], forms: Sequence[str]) -> Iterator[str]:
    """``sentence`` with one of ``forms`` in the place of the longest of ``olds`` that stands in it."""
    for old in olds:
        at = sentence.casefold().find(old.casefold())
        for form in forms if at >= 0 else ():
            yield sentence[:at] + form + sentence[at + len(old) :]


def _fillers(schema: Schema, word: Word) -> tuple[str, ...]:
    """What a gap in a phrase of ``word`` may be filled with: a thing that is acted on, or a value."""
    if word.kind == "fact":
        values = [each for item in word.values for each in (*item.phrases, item.value)]
        return (*values[:4], '"example"')
    things = [noun_of(schema, name) for name in _resources(schema, word)]
    return tuple(dict.fromkeys([*map(article, things), *(f"{thing}s" for thing in things)])) or ("it",)


def _forms(phrase: str, fillers: Sequence[str]) -> tuple[str, ...]:
    """``phrase`` with its gap filled."""
    said = phrase.replace("...", "…")
    return tuple(dict.fromkeys(said.replace("…", filler) for filler in fillers))


def _plain_sentences(schema: Schema, word: Word, said: str, value: str = "") -> Iterator[str]:
    if word.kind == "action":
        actors = {name: None for action in real_actions(schema) for name in action.principals}
        yield from (f"{noun_of(schema, name).capitalize()}s may {said}." for name in actors)
        return
    if word.named.kind == "type":
        yield from _of_a_type(schema, word.named.owner, said)
        return
    for action, _ in list(_speakable(schema, word))[:3]:
        does, thing = _done(schema, action), noun_of(schema, action.resources[0])
        if value:
            yield f"Nobody may {does} if it is {said}."
            yield f"Nobody may {does} if the {word.own} is {said}."
            yield f"Nobody may {does.replace(article(thing), article(f'{said} {thing}'))}."
            continue
        yield f"Nobody may {does} if the {said} is more than 10."
        yield f"Nobody may {does} without {said}."
        yield f"Nobody may {does} unless {said}."
        yield f"Nobody may {does} if it {said}."


def _of_a_type(schema: Schema, name: str, said: str) -> Iterator[str]:
    for action in real_actions(schema):
        if name in action.principals:
            yield f"{said.capitalize()}s may {_done(schema, action)}."
        gapped = [p.replace("...", "…") for p in split_phrases(action.annotations.get("phrase", ""))]
        if name in action.resources:
            who = f"{noun_of(schema, action.principals[0]).capitalize()}s"
            yield from (f"{who} may {phrase.replace('…', article(said))}." for phrase in gapped if "…" in phrase)


def _done(schema: Schema, action: ActionType) -> str:
    phrases = split_phrases(action.annotations.get("phrase", "")) or [plain(action.id)]
    return phrases[0].replace("...", "…").replace("…", article(noun_of(schema, action.resources[0])))


def _proved(schema: Schema, word: Word, rule: str) -> str:
    """The paraphrase of ``rule`` where it compiles to a clean rule that reads ``word``; else empty."""
    statement, _ = parse_statement(rule)
    if not isinstance(statement, Policy):
        return ""
    said = paraphrase(statement, schema)
    if word.named.kind == "type" and noun_of(schema, word.named.owner).casefold() not in said.casefold():
        return ""
    made = compile_sentence(said, schema)
    if made.status != "compiled" or not _reads(word, made.candidates[0].statements):
        return ""
    return said if not check(made.candidates[0].cedar_plus, schema).errors else ""


def _reads(word: Word, statements: Sequence[Statement]) -> bool:
    """Whether one of the rules speaks of ``word``."""
    named = word.named
    for statement in statements:
        if not isinstance(statement, Policy):
            continue
        if named.kind == "type":
            return True  # the rule it was made from names it
        if named.kind == "action":
            if any(entity.id == named.path[0] for entity in statement.scope.action.entities):
                return True
            continue
        for node in (node for condition in statement.conditions for node in walk(condition.body)):
            if isinstance(node, GetAttr) and node.attr == named.path[-1]:
                return True
            if isinstance(node, Has) and named.path[-1] in node.path:
                return True
    return False


def _rules(schema: Schema, word: Word, value: str = "") -> Iterator[str]:
    """Rules that speak of ``word``, the simplest first."""
    named = word.named
    if named.kind == "action":
        uid = _uid(named.owner, named.path[0])
        action = schema.actions[named.owner, named.path[0]]
        for principal in action.principals:
            yield f"permit (principal is {principal}, action == {uid}, resource);"
        yield f"permit (principal, action == {uid}, resource);"
        yield f"forbid (principal, action == {uid}, resource);"
    elif named.kind == "type":
        yield from _of_type(schema, named.owner)
    else:
        for action, root in _speakable(schema, word):
            path = "".join(f".{step}" if is_plain_identifier(step) else f"[{quote(step)}]" for step in named.path)
            for body in _bodies(schema, action, f"{root}{path}", word, value):
                yield f"forbid (principal, action == {_uid(*action.uid)}, resource) when {{ {body} }};"


def _of_type(schema: Schema, name: str) -> Iterator[str]:
    for action in real_actions(schema):
        if name in action.principals:
            yield f"permit (principal is {name}, action == {_uid(*action.uid)}, resource);"
        if name in action.resources:
            yield from (
                f"permit (principal is {who}, action == {_uid(*action.uid)}, resource);" for who in action.principals
            )
            yield f"permit (principal, action == {_uid(*action.uid)}, resource is {name});"
        for role, types in (("principal", action.principals), ("resource", action.resources)):
            if any(name in schema.entity_ancestors(each) for each in types):
                inside = f"{role} in {_uid(name, 'sales')}"
                parts = (inside, "resource") if role == "principal" else ("principal", inside)
                yield f"permit ({parts[0]}, action == {_uid(*action.uid)}, {parts[1]});"


def _speakable(schema: Schema, word: Word) -> Iterator[tuple[ActionType, str]]:
    """(action, variable) pairs under which the fact can be read."""
    for action in real_actions(schema):
        if word.named.owner == CONTEXT:
            if any(path == word.named.path for path, _ in flatten(action.context.attributes)):
                yield action, "context"
        elif word.named.owner in action.resources:
            yield action, "resource"
        elif word.named.owner in action.principals:
            yield action, "principal"


def _resources(schema: Schema, word: Word) -> tuple[str, ...]:
    if word.named.kind == "action":
        return schema.actions[word.named.owner, word.named.path[0]].resources
    return tuple(dict.fromkeys(name for action, _ in _speakable(schema, word) for name in action.resources))


def _bodies(schema: Schema, action: ActionType, read: str, word: Word, value: str) -> Iterator[str]:
    attribute = _attribute(schema, action, word)
    values = [value] if value else [item.value for item in word.values] or ["example"]
    match attribute.type if attribute is not None else None:
        case PrimitiveType(name="Bool"):
            yield read
            yield f"!{read}"
        case PrimitiveType(name="Long"):
            number = 20 if word.named.path[-1] == "hour" else 100
            yield f"{read} > {number}"
            yield f"{read} >= {number}"
        case ExtensionType(name="decimal"):
            yield f'{read}.greaterThan(decimal("10.5"))'
        case ExtensionType(name="datetime"):
            yield f'{read} > datetime("2030-01-01")'
        case ExtensionType(name="ipaddr"):
            yield f"{read}.isLoopback()"
        case ExtensionType(name="duration"):
            yield f'{read} > duration("1h")'
        case PrimitiveType(name="String"):
            yield from (f"{read} == {quote(each)}" for each in values[:2])
        case SetType(element=PrimitiveType(name="String")):
            yield from (f"{read}.contains({quote(each)})" for each in values[:2])
        case EntityRef(name=name):
            if name in action.principals and not read.startswith("principal"):
                yield f"principal == {read}"
                yield f"principal != {read}"
            yield f"{read} == {_uid(name, 'example')}"
        case SetType(element=EntityRef(name=name)) if name in action.principals:
            yield f"{read}.contains(principal)"


def _attribute(schema: Schema, action: ActionType, word: Word) -> Attribute | None:
    attributes = (
        action.context.attributes if word.named.owner == CONTEXT else schema.entity_types[word.named.owner].attributes
    )
    return next((found for path, found in flatten(attributes) if path == word.named.path), None)


def _uid(type: str, id: str) -> str:
    return f"{type}::{quote(id)}"
