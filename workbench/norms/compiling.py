"""From a norm to the Cedar+ text of its forbid, with annotations that say which norm it is; and back.

Pure; may import the language. The annotations are only words: :func:`norm_of` believes them where the norm that they
tell compiles to exactly the rule that they stand on, and never else. So nobody can sign one thing and show another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from workbench.language.annotations import DEFAULT_SEVERITY, SEVERITIES, priority_of
from workbench.language.ast import Annotation, Policy
from workbench.language.check import check
from workbench.language.digest import rule_digest
from workbench.language.parser import parse
from workbench.language.program import Rule
from workbench.language.quotation import bare, quoted
from workbench.language.render import render_statement
from workbench.language.schema import Schema
from workbench.norms import named_actions, world
from workbench.norms.norm import GLOBAL, Norm, NormError, tokens


def compile_norm(norm: Norm, schema: Schema) -> str:
    """The Cedar+ text of the forbid that ``norm`` is under ``schema``, annotated, ending with a newline.

    Raises :class:`NormError`: ``name_missing``, ``not_clean`` (the checker refuses the rule; its reason is told), and
    as :func:`world.forbid` and :func:`named_actions.forbid` say.
    """
    if not norm.name.strip():
        raise NormError("name_missing", "the norm has no name", "give it one, by which it is spoken of and repealed")
    text = render_statement(replace(_forbid(norm, schema), annotations=_annotations(norm))) + "\n"
    result = check(text, schema)
    if result.program is None:
        first = result.errors[0]
        raise NormError("not_clean", f"the norm `{norm.name}` does not fit the schema: {first.message}", first.help)
    return text


def norm_of(rule: Rule, schema: Schema) -> Norm | None:
    """The norm that a rule is marked as and really is under ``schema``; ``None`` for every other rule."""
    told = _told(rule.annotations)
    return told if told is not None and is_said_by(told, rule, schema) else None


def is_said_by(norm: Norm, rule: Rule, schema: Schema) -> bool:
    """Whether ``rule`` is exactly what ``norm`` compiles to."""
    try:
        return rule_digest(_forbid(norm, schema)) == rule.digest
    except NormError:
        return False


def binding_all(rule: Rule, schema: Schema, spelled: Mapping[str, Sequence[str]]) -> Rule:
    """A norm's rule, binding its faction in every spelling of it; every other rule as it is. ``spelled``: a faction in
    lower case, without white space at its ends → how it is written. The rule's digest stays that of what was signed."""
    scope = rule.annotations.get("scope", "").strip()
    others = [each for each in spelled.get(scope.lower(), ()) if each != scope] if marked(rule.annotations) else []
    norm = norm_of(rule, schema) if others else None
    shape = world.world_of(schema)
    if norm is None or norm.everyone or shape is None:
        return rule
    return replace(rule, statement=world.forbid(norm, shape, others))


def marked(annotations: Mapping[str, str]) -> bool:
    """Whether annotations claim that their rule is a norm with a content id, be it true or not."""
    return "norm" in annotations and "prohibited" in annotations


def called(annotations: Mapping[str, str]) -> str:
    """The content id of the norm that annotations tell of, by which decisions name its rule; empty where they tell of
    none, or of one with another id."""
    norm = _told(annotations)
    return norm.id if norm is not None and annotations.get("id") == norm.id else ""


@lru_cache(maxsize=4_096)
def told_in(text: str) -> Norm | None:
    """The norm that the annotations of a text's one statement tell of; ``None`` for every other text. Whether it is
    what the rule says is for :func:`norm_of`: an overlay's text was held to that when it was taken in."""
    parsed = parse(text)
    if len(parsed.statements) != 1 or not isinstance(parsed.statements[0], Policy):
        return None
    return _told({note.name: note.value for note in parsed.statements[0].annotations})


def in_words(norm: Norm) -> str:
    """What a norm forbids, in one line: ``no-attack: forbids `attack` or `kill` where safe_zone, for reds``."""
    banned = " or ".join(map(quoted, norm.prohibited.split()))
    where = f" where {' '.join(map(_word, norm.condition.split()))}" if norm.condition.split() else ""
    whom = "" if norm.everyone else f", for {bare(norm.scope.strip())}"
    return f"{bare(norm.name)}: forbids {banned}{where}{whom}"


def _word(word: str) -> str:
    return word if word.isprintable() and "`" not in word else quoted(word)


def notes(norm: Norm, schema: Schema) -> tuple[str, ...]:
    """What an author should know of a norm that is taken as it stands; sentences, none where all is well."""
    if world.world_of(schema) is None:
        return ()
    found = [word for word in tokens(norm.condition.replace("==", " ")) if word in world.WORDS[1:4]]
    if "==" in norm.condition and found:
        return (
            f"`{found[0]}` is looked for as a word in what happened: a condition names words that must be met, such as "
            "`safe_zone`, and no fields",
        )
    return ()


def _forbid(norm: Norm, schema: Schema) -> Policy:
    shape = world.world_of(schema)
    return world.forbid(norm, shape) if shape is not None else named_actions.forbid(norm, schema)


def _annotations(norm: Norm) -> tuple[Annotation, ...]:
    said = {
        "id": norm.id,
        "norm": norm.name,
        "severity": norm.severity,
        "priority": str(norm.priority),
        "scope": norm.scope,
        "doc": norm.description,
        "condition": norm.condition,
        "prohibited": norm.prohibited,
    }
    return tuple(Annotation(name, value) for name, value in said.items() if value)


def _told(annotations: Mapping[str, str]) -> Norm | None:
    if not marked(annotations):
        return None
    said = annotations.get("severity", DEFAULT_SEVERITY)
    severity = next((each for each in SEVERITIES if each == said), None)
    if severity is None or annotations.get("priority", "0") != str(priority_of(annotations)):
        return None
    try:
        return Norm(
            name=annotations["norm"],
            description=annotations.get("doc", ""),
            condition=annotations.get("condition", ""),
            prohibited=annotations["prohibited"],
            scope=annotations.get("scope", GLOBAL),
            priority=priority_of(annotations),
            severity=severity,
        )
    except NormError:
        return None
